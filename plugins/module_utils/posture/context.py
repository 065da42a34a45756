# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collectors are told, and through what they look at the host."""

import os
from typing import Any, Callable, Dict, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils import host

POSTURE_VERSION = 1
"""Raised when a posture could be misread by an older version of the collection."""


class Context(NamedTuple):
    """The questions that a posture must answer.

    ``loader`` is auto, augenrules or auditctl. ``requirements`` are lines in
    auditctl's syntax: the state of each path that they name is collected; so
    is that of the lines that ``templates`` (templates.py) are filled to.
    ``configuration`` is the folder of audit.rules and rules.d. ``samples``
    holds, by control, the record types of which one record is wanted and the
    fields that it must have. The limits are those of the search for privileged
    commands (files looked at, seconds) and of the log (bytes read, seconds).

    ``root`` stands for "/": in tests it is a folder. ``run`` runs a program that
    only tells something, as host.run does.
    """

    loader: str = "auto"
    requirements: Tuple[str, ...] = ()
    templates: Tuple[Dict[str, Any], ...] = ()
    configuration: str = "/etc/audit"
    samples: Dict[str, Dict[str, Any]] = {}
    scan_entries: int = 1000000
    scan_seconds: int = 20
    log_bytes: int = 64 * 1024 * 1024
    log_seconds: int = 30
    root: str = "/"
    run: Callable[[Sequence[str]], Tuple[int, str]] = host.run

    def path(self, path: str) -> str:
        """Where a path of the host lies for this process."""
        return path if self.root == "/" else os.path.join(self.root, path.lstrip("/"))

    def program(self, name: str) -> Optional[str]:
        """The path of a program of the host, or None where there is none."""
        if self.root == "/":
            return host.find_program(name)
        for folder in ("usr/sbin", "usr/bin", "sbin", "bin"):
            if os.path.isfile(os.path.join(self.root, folder, name)):
                return "/{0}/{1}".format(folder, name)
        return None
