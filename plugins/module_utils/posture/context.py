# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collectors are told."""

from typing import NamedTuple, Tuple

POSTURE_VERSION = 1
"""Raised when a posture could be misread by an older version of the collection."""


class Context(NamedTuple):
    """The questions that a posture must answer.

    ``loader`` is auto, augenrules or auditctl. ``requirements`` are lines in
    auditctl's syntax: the state of each path that they name is collected.
    ``configuration`` is the folder of audit.rules and rules.d.
    """

    loader: str = "auto"
    requirements: Tuple[str, ...] = ()
    configuration: str = "/etc/audit"
