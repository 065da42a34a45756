# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a file lets in besides root: what ENTRYs (posture/entry.py) say, as short texts for people."""

from typing import Any, Dict, List, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.config.surroundings import gid
from ansible_collections.auditops.trail.plugins.module_utils.posture.entry import group_name
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

Plain = Dict[str, Any]
_GROUP_READ, _GROUP_ALL, _STICKY = 0o040, 0o070, 0o1000


def log_group(values: Optional[Plain]) -> int:
    """The number of auditd.conf's log_group; root's where it is not known."""
    name = (values or {}).get("log_group") or "root"
    number = int(name) if name.isdecimal() else gid(name)
    return 0 if number is None else number


def group_reads(entry: Plain) -> bool:
    """Whether the group of an ENTRY may read it."""
    return group_enters(entry) and bool(int(entry["mode"], 8) & _GROUP_READ)


def group_enters(entry: Plain) -> bool:
    """Whether the group of an ENTRY has any access to it."""
    return bool(entry.get("group_access", int(entry["mode"], 8) & _GROUP_ALL))


def described(entry: Plain) -> str:
    """``path mode owner:group``, numbers where there are no names, and whom an access control list lets in."""
    text = "{0} {1} {2}:{3}".format(
        entry["path"], entry["mode"], entry["owner"] or entry["uid"], entry["group"] or entry["gid"]
    )
    return text + "".join(" ({0})".format(reader) for reader in entry.get("acl_readers") or ())


def by_list(entry: Plain, groups: Sequence[int] = (0,), others_read: bool = False) -> List[str]:
    """Whom besides root and the groups an access control list lets in; with ``others_read``, who may change it."""
    ours = {"user root"} | {"group {0}".format(group_name(number) or number) for number in groups}
    named = [reader.rpartition(" ") for reader in entry.get("acl_readers") or ()]
    return [
        "{0} ({1})".format(who, letters)
        for who, _blank, letters in named
        # Root's group may be one of ours and still not change anything.
        if (who not in ours and not others_read) or ("w" in letters and who != "user root")
    ]


def faults(entry: Plain, groups: Sequence[int] = (0,), others_read: bool = False) -> List[str]:
    """What is wrong with an ENTRY that root alone should change.

    Args:
        entry: The ENTRY.
        groups: The groups, by number, that may have access to it.
        others_read: Whether everybody may read it.
    """
    found = []
    if entry["uid"] != 0:
        found.append("its owner is {0}".format(entry["owner"] or entry["uid"]))
    if entry["gid"] not in groups and group_enters(entry) and not (others_read and not entry["group_write"]):
        found.append("its group is {0}".format(entry["group"] or entry["gid"]))
    if entry["group_write"]:
        found.append("its group can change it")
    if entry["other_write"]:
        found.append("everybody can change it")
    elif entry["other_access"] and not others_read:
        found.append("everybody can read or enter it")
    for who in by_list(entry, groups, others_read):
        found.append("by its access control list {0} can {1} it".format(who, "change" if "w" in who[-4:] else "read"))
    mode = " ({0})".format(entry["mode"])
    return ["{0}: {1}{2}".format(entry["path"], text, mode if "can" in text else "") for text in found]


def folder_faults(entry: Plain) -> List[str]:
    """What is wrong with a folder above files that root alone should change: who can put another in their place.

    Its group matters only where it can change what is in there; in a sticky one nobody changes another's file.
    """
    told = dict(entry, group_write=entry["group_write"] and entry["gid"] != 0)
    sticky = bool(int(entry["mode"], 8) & _STICKY)
    return [text for text in faults(told, (entry["gid"],), True) if not (sticky and "can change" in text)]


def complete(seen: Seen, exposed: List[str], entries: Sequence[Plain], whole: bool) -> Optional[List[str]]:
    """What is exposed, or None where nothing is and not all was seen: half a list with a fault in it is fault enough.

    Args:
        seen: Is told of each list of access that could not be read.
        exposed: What was found.
        entries: The ENTRYs that were looked at.
        whole: Whether these are all of them.
    """
    hidden = [entry["path"] for entry in entries if entry.get("acl", False) is None]
    for path in hidden:
        seen.miss(path, "its access control list could not be read")
    return exposed if exposed or (whole and not hidden) else None
