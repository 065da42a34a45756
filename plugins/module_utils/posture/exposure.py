# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a file lets in besides root: what ENTRYs (posture/entry.py) say, as short texts for people."""

from typing import Any, Dict, List, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.config.surroundings import gid

Plain = Dict[str, Any]
_GROUP_READ = 0o040


def log_group(values: Optional[Plain]) -> int:
    """The number of auditd.conf's log_group; root's where it is not known."""
    name = (values or {}).get("log_group") or "root"
    number = int(name) if name.isdecimal() else gid(name)
    return 0 if number is None else number


def group_reads(entry: Plain) -> bool:
    """Whether the group of an ENTRY may read it."""
    return bool(int(entry["mode"], 8) & _GROUP_READ)


def described(entry: Plain) -> str:
    """``path mode owner:group``, numbers where there are no names."""
    return "{0} {1} {2}:{3}".format(
        entry["path"], entry["mode"], entry["owner"] or entry["uid"], entry["group"] or entry["gid"]
    )


def faults(entry: Plain, groups: Sequence[int] = (0,), others_read: bool = False) -> List[str]:
    """What is wrong with an ENTRY that root alone should change.

    Args:
        entry: The ENTRY.
        groups: The groups, by number, that it may belong to.
        others_read: Whether everybody may read it.
    """
    found = []
    if entry["uid"] != 0:
        found.append("its owner is {0}".format(entry["owner"] or entry["uid"]))
    if entry["gid"] not in groups:
        found.append("its group is {0}".format(entry["group"] or entry["gid"]))
    if entry["group_write"]:
        found.append("its group can change it")
    if entry["other_write"]:
        found.append("everybody can change it")
    elif entry["other_access"] and not others_read:
        found.append("everybody can read or enter it")
    mode = " ({0})".format(entry["mode"])
    return ["{0}: {1}{2}".format(entry["path"], text, mode if "can" in text else "") for text in found]
