# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file or directory as the posture tells of it: whose it is, and who can read and change it."""

import grp
import os
import pwd
import stat
from typing import Any, Callable, Dict, Optional

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import acl
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import utc

Plain = Dict[str, Any]
_TYPES = (
    (stat.S_ISREG, "file"),
    (stat.S_ISDIR, "dir"),
    (stat.S_ISCHR, "character"),
    (stat.S_ISBLK, "block"),
    (stat.S_ISFIFO, "fifo"),
    (stat.S_ISSOCK, "socket"),
)


def look(context: Context, path: str) -> Optional[Plain]:
    """The object that a path leads to, or None where there is none.

    Returns:
        ``path, type, mode, uid, gid, owner, group, size, modified, group_access, group_write, other_access,
        other_write``, and ``link``, what the path itself says, where it is a symbolic link. ``acl``: whether an access
        control list lets in users or groups by name, null where that could not be read; ``acl_readers`` tells them,
        as ``user anna r--``. The group's access is that of the list, where there is one.

    Raises:
        EvidenceError: it is there, or may be, and cannot be looked at.
    """
    place = context.path(path)
    try:
        found = os.stat(place)
        link = os.readlink(place) if os.path.islink(place) else None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as exc:
        raise EvidenceError("cannot be looked at: {0}".format(exc.strerror), path, remedy="run as root.") from None
    mode = stat.S_IMODE(found.st_mode)
    listed = acl.read(place)
    by_group = mode >> 3 & 7 if listed is None or listed.group is None else listed.group
    entry: Plain = {
        "path": path,
        "type": next((name for is_type, name in _TYPES if is_type(found.st_mode)), "other"),
        "mode": "{0:04o}".format(mode),
        "uid": found.st_uid,
        "gid": found.st_gid,
        "owner": user_name(found.st_uid),
        "group": group_name(found.st_gid),
        "size": found.st_size,
        "modified": utc(found.st_mtime),
        "group_access": bool(by_group),
        "group_write": bool(by_group & 2),
        "other_access": bool(mode & stat.S_IRWXO),
        "other_write": bool(mode & stat.S_IWOTH),
        "acl": None if listed is None else bool(listed.named),
        "acl_readers": [] if listed is None else [_reader(*one) for one in listed.named],
    }
    if link is not None:
        entry["link"] = link
    return entry


def _reader(kind: str, number: int, bits: int) -> str:
    name = user_name(number) if kind == "user" else group_name(number)
    return "{0} {1} {2}".format(kind, number if name is None else name, acl.letters(bits))


def user_name(uid: int) -> Optional[str]:
    """The name of a user, or None where the user database has none."""
    return _named(lambda: pwd.getpwuid(uid).pw_name)


def group_name(gid: int) -> Optional[str]:
    """The name of a group, or None where the group database has none."""
    return _named(lambda: grp.getgrgid(gid).gr_name)


def _named(ask: Callable[[], str]) -> Optional[str]:
    try:
        return ask()
    except (KeyError, OverflowError):
        return None
