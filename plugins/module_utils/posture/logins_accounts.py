# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of this host, as its own files have them: passwd(5), group(5), shadow(5).

No password, and nothing that was made of one, leaves this file.
"""

import os
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

Plain = Dict[str, Any]

NO_LOGIN = frozenset(("nologin", "false", "true", "sync", "halt", "shutdown", "poweroff"))
"""Programs that stand for a shell in passwd and give none."""
_OF_FILES = frozenset(("files", "compat", "db", "systemd"))
"""Where nsswitch.conf(5) can send a question and the answer is a local one."""


_MOST_ID = 0xFFFFFFFF
"""What a larger number is taken for."""


class User(NamedTuple):
    """One line of passwd, without the password's field."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str

    @property
    def can_log_in(self) -> bool:
        """Whether a session of this account begins with a shell; an empty field means /bin/sh."""
        return self.shell.rpartition("/")[2] not in NO_LOGIN

    @property
    def folder(self) -> Optional[str]:
        """The home without a slash at its end, "" for that of /; an empty field means / as well. None if relative."""
        return self.home.rstrip("/") if self.home[:1] in ("/", "") else None


class Group(NamedTuple):
    """One line of group, without the password's field."""

    name: str
    gid: int
    members: List[str]


class Accounts(NamedTuple):
    """None where the file could not be read."""

    users: Optional[List[User]]
    groups: Optional[List[Group]]


def read(seen: Seen) -> Accounts:
    """The users and groups of the files."""
    return Accounts(_rows(seen, "/etc/passwd", 7, _user), _rows(seen, "/etc/group", 4, _group))


# As the C library reads them (fgetpwent_r.c, fgetgrent_r.c, nss/nss_files/files-parse.c): blanks at the beginning of a
# line do not count, fields that are not there at the end are empty, and the last one takes the rest of the line.
_NUMBER = re.compile(r"\s*\+?[0-9]+\Z", re.ASCII)


def _rows(seen: Seen, file: str, fields: int, made: Callable[[List[str]], Any]) -> Optional[List[Any]]:
    text = seen.text(file)
    if text is None:
        if not any(missed.startswith(file + ":") for missed in seen.not_seen):
            seen.miss(file, "there is no such file")
        return None
    found = []
    for written in text.split("\n"):
        line = written.lstrip()
        # + and - lines ask a directory service (nsswitch.conf, compat).
        if line[:1] in ("#", "+", "-", ""):
            continue
        parts = line.split(":", fields - 1)
        parts += [""] * (fields - len(parts))
        try:
            found.append(made(parts))
        except ValueError:
            continue  # as the C library does: a line without numbers is no account
    return found


def _number(text: str) -> int:
    if not _NUMBER.match(text):
        raise ValueError(text)
    return min(int(text), _MOST_ID)


def _user(parts: List[str]) -> User:
    return User(parts[0], _number(parts[2]), _number(parts[3]), parts[5], parts[6].strip())


def _group(parts: List[str]) -> Group:
    return Group(parts[0], _number(parts[2]), [name for name in parts[3].strip().split(",") if name])


def told(accounts: Accounts, seen: Seen) -> Plain:
    """``number, duplicate_uids, duplicate_gids, duplicate_names, duplicate_group_names, uid_zero, elsewhere``."""
    users, groups = accounts
    return {
        "number": None if users is None else len(users),
        "duplicate_uids": None if users is None else _shared("uid", [(user.uid, user.name) for user in users]),
        "duplicate_gids": None if groups is None else _shared("gid", [(group.gid, group.name) for group in groups]),
        "duplicate_names": None if users is None else _twice([user.name for user in users]),
        "duplicate_group_names": None if groups is None else _twice([group.name for group in groups]),
        "uid_zero": None if users is None else [user.name for user in users if user.uid == 0],
        "elsewhere": _elsewhere(seen),
    }


def _shared(what: str, pairs: Sequence[Tuple[int, str]]) -> List[Plain]:
    names: Dict[int, List[str]] = {}
    for number, name in pairs:
        names.setdefault(number, []).append(name)
    # One name twice is told as such.
    return [{what: number, "names": names[number]} for number in sorted(names) if len(set(names[number])) > 1]


def _twice(names: Sequence[str]) -> List[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _elsewhere(seen: Seen) -> List[str]:
    """The services besides the files that nsswitch.conf asks for users: their accounts are not looked at."""
    found: List[str] = []
    for _number, line in seen.lines("/etc/nsswitch.conf"):
        name, colon, services = line.partition("#")[0].partition(":")
        if colon and name.strip() == "passwd":
            found = [word for word in services.split() if word[0] != "[" and word[-1] != "]" and word not in _OF_FILES]
    return found


def homes(accounts: Accounts, seen: Seen) -> Optional[List[Plain]]:
    """``user, uid, home, keys_directory, exists`` of each account that can log in; null where one cannot be told."""
    if accounts.users is None:
        return None
    found = []
    for user in accounts.users:
        if not user.can_log_in or user.folder is None:
            continue
        keys = user.folder + "/.ssh"
        found.append(
            {
                "user": user.name,
                "uid": user.uid,
                "home": user.folder or "/",
                "keys_directory": keys,
                "exists": exists(seen, keys),
            }
        )
    return found


def exists(seen: Seen, path: str) -> Optional[bool]:
    """Whether something is there; None where that cannot be told, which is noted."""
    try:
        os.stat(seen.context.path(path))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as exc:
        seen.miss(path, exc)
        return None
    return True


def root_is_locked(seen: Seen) -> Optional[bool]:
    """Whether no password lets root in; None where shadow cannot be read. Only the field's first sign is looked at."""
    for _number, line in seen.lines("/etc/shadow"):
        parts = line.split(":")
        if parts[0] == "root" and len(parts) > 1:
            return parts[1][:1] in ("!", "*")
    return None


def members(accounts: Accounts, name: str) -> Optional[List[str]]:
    """Who is in a group, by passwd or by group; None where the group is not in the file."""
    if accounts.users is None or accounts.groups is None:
        return None
    groups = [group for group in accounts.groups if group.name == name]
    if not groups:
        return None
    numbers = {group.gid for group in groups}
    found = {member for group in accounts.groups if group.gid in numbers for member in group.members}
    return sorted(found | {user.name for user in accounts.users if user.gid in numbers})
