# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a run of `make compliance` has left a report: where it has not, an older one must not stand for it."""

from __future__ import annotations

import os
import pathlib
import re
import sys
from collections.abc import Callable

from layout import collections_path

FOLDER = "audit-compliance"  # the default of audit_compliance_result_dir
FILE = "compliance.json"
BESIDE = ("compliance.html", "compliance.csv", "compliance.junit.xml", "compliance.sarif")
# With these ansible-playbook judges nobody, as it was asked to.
ASKS_ONLY = ("-h", "--help", "--version", "--syntax-check", "--list-hosts", "--list-tasks", "--list-tags")

Stamp = tuple[int, int] | None


def stamp(checkout: pathlib.Path) -> Stamp:
    """What changes when the report is written again; None where there is none."""
    try:
        found = (checkout / FOLDER / FILE).lstat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def verdict(
    checkout: pathlib.Path, before: Stamp, code: int, arguments: list[str], list_hosts: Callable[[], str]
) -> int:
    """The exit code of a run that ended with ``code``: no success without an assessment.

    Args:
        checkout: Where ansible-playbook was started.
        before: The stamp of before the run.
        code: What ansible-playbook ended with.
        arguments: What the user gave it.
        list_hosts: Its answer to --list-hosts.
    """
    elsewhere = any("audit_compliance_result_dir" in argument for argument in arguments)
    if elsewhere or set(arguments) & set(ASKS_ONLY) or stamp(checkout) not in (before, None):
        return code
    # A result folder of its own can stand in the inventory.
    if code == 0 and re.search(r"^ *hosts \([1-9]", list_hosts(), re.M):
        return code
    # A run that was refused because another one has the folder has told so; what lies there is the other one's.
    aside = _set_aside(checkout) if before and not _is_taken(checkout) else ""
    if code == 0:
        print(f"auditops.trail: no host was assessed: none is left to judge.{aside}", file=sys.stderr)
        return 1
    if aside:
        print(f"auditops.trail: this run made no report.{aside}", file=sys.stderr)
    return code


def _is_taken(checkout: pathlib.Path) -> bool:
    """Whether another run is writing its results into the folder; the run that ended here does not live any more."""
    if str(collections_path()) not in sys.path:
        sys.path.insert(0, str(collections_path()))
    from ansible_collections.auditops.trail.plugins.plugin_utils import moments, occupied

    return bool(occupied.is_taken(str(checkout / FOLDER), moments.now()))


def _set_aside(checkout: pathlib.Path) -> str:
    earlier = checkout / FOLDER / "earlier"
    try:
        earlier.mkdir(mode=0o700, exist_ok=True)
        os.replace(checkout / FOLDER / FILE, earlier / FILE)
        for name in BESIDE:
            if (checkout / FOLDER / name).exists():
                os.replace(checkout / FOLDER / name, earlier / name)
    except OSError as error:
        return f" {FOLDER}/{FILE} is of an earlier run and could not be moved away: {error.strerror}."
    return f" That of an earlier run is {FOLDER}/earlier/{FILE} now."
