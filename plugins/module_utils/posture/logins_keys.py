# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the keys lie that open an account over SSH, and what else vouches for a key (sshd_config(5)).

A key is put there by making a file or folder that was not there before, so what
is missing is told as well, as far as it can be watched: a watch needs the
folder above its path (kernel/audit_watch.c, audit_get_nd).
"""

from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set

from ansible_collections.auditops.trail.plugins.module_utils.posture import logins_sshd
from ansible_collections.auditops.trail.plugins.module_utils.posture.logins_accounts import User, exists
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

Plain = Dict[str, Any]

_PROGRAMS = ("authorizedkeyscommand", "authorizedprincipalscommand")
_NAMES = {
    "trustedusercakeys": "TrustedUserCAKeys",
    "authorizedkeyscommand": "AuthorizedKeysCommand",
    "authorizedprincipalsfile": "AuthorizedPrincipalsFile",
    "authorizedprincipalscommand": "AuthorizedPrincipalsCommand",
    "revokedkeys": "RevokedKeys",
}


class _Setting(NamedTuple):
    """The words of a setting of sshd's, and the condition under which it holds; None where it always does."""

    keyword: str
    words: List[str]
    match: Optional[str]


def directories(seen: Seen, sshd: Plain, users: Optional[Sequence[User]]) -> Optional[List[Plain]]:
    """The directories that hold the keys by which an account of this host can be opened, or would hold them.

    Args:
        seen: Where the files are read.
        sshd: What logins_sshd.collect has told.
        users: The accounts, or None.

    Returns:
        ``path, user, exists`` by path, from AuthorizedKeysFile everywhere and under each Match block; ``user`` is
        null where several accounts share the directory. Those of who can log in and whose home is there, and those that
        are there of who cannot: sftp and tunnels need no shell. Of a directory that lies in missing ones, the uppermost
        is told. Without sshd those that it takes when nothing is set. None where the accounts or all of its files
        are not known.
    """
    settings = _settings(seen, sshd)
    if users is None or settings is None:
        return None
    default = sshd["authorized_keys_file"] or logins_sshd.words(logins_sshd.DEFAULTS["authorizedkeysfile"])
    patterns = [_Setting("authorizedkeysfile", default, None)]
    patterns += [one for one in settings if one.keyword == "authorizedkeysfile" and one.match is not None]
    owners: Dict[str, Set[str]] = {}
    others: Dict[str, Set[str]] = {}
    for user in users:
        for path in _above_files(patterns, user):
            if user.can_log_in and _home_is_there(seen, path, user):
                owners.setdefault(_watchable(seen, path), set()).add(user.name)
            elif not user.can_log_in and exists(seen, path) is not False:
                others.setdefault(path, set()).add(user.name)
    owners = dict(others, **owners)
    return [
        {
            "path": path,
            "user": next(iter(owners[path])) if len(owners[path]) == 1 else None,
            "exists": exists(seen, path),
        }
        for path in sorted(owners)
    ]


def _above_files(patterns: Sequence[_Setting], user: User) -> Iterator[str]:
    for one in patterns:
        if one.match is None or logins_sshd.can_be(one.match, user.name):
            for path in logins_sshd.key_files(one.words, [user]):
                yield path.rpartition("/")[0] or "/"


def _home_is_there(seen: Seen, path: str, user: User) -> bool:
    """Without its home an account has no keys in it, and /nonexistent is there for nobody."""
    home = user.folder or ""
    return not path.startswith(home + "/") or exists(seen, home or "/") is not False


def _watchable(seen: Seen, path: str) -> str:
    """The path, or of missing folders above it the uppermost."""
    if exists(seen, path) is not False:
        return path
    above = path.rpartition("/")[0]
    while above and exists(seen, above) is False:
        path, above = above, above.rpartition("/")[0]
    return path


def sources(seen: Seen, sshd: Plain, users: Optional[Sequence[User]]) -> Optional[List[Plain]]:
    """What else decides whether a key opens an account: certificate authorities, principals, programs that are asked.

    Returns:
        ``path, what`` (the keyword), ``exists`` by path. Of a file of each account its directory is told, as of keys.
        None as for :func:`directories`.
    """
    settings = _settings(seen, sshd)
    if users is None or settings is None:
        return None
    found: Dict[str, str] = {}
    always = [
        _Setting(keyword, logins_sshd.words(sshd[keyword]), None) for keyword in logins_sshd.TRUST if sshd.get(keyword)
    ]
    for one in always + [one for one in settings if one.keyword in _NAMES and one.match is not None]:
        for path in _paths(seen, one, users):
            found.setdefault(_watchable(seen, path), _NAMES[one.keyword])
    return [{"path": path, "what": found[path], "exists": exists(seen, path)} for path in sorted(found)]


def _paths(seen: Seen, setting: _Setting, users: Sequence[User]) -> List[str]:
    values = [value for value in setting.words if value.lower() != "none"]
    if setting.keyword in _PROGRAMS:  # what follows are its arguments
        return [value for value in values[:1] if value.startswith("/")]
    found = {value for value in values if value.startswith("/") and "%" not in value}
    of_each = setting._replace(words=[value for value in values if value not in found])
    for user in logins_sshd.logging_in(users):
        found.update(path for path in _above_files([of_each], user) if _home_is_there(seen, path, user))
    return sorted(found)


def _settings(seen: Seen, sshd: Plain) -> Optional[List[_Setting]]:
    """The lines of sshd's files; none without sshd, and None where not all of them are known."""
    file = next((file for file in logins_sshd.FILES if seen.exists(file)), None)
    if sshd["installed"] and (sshd["problems"] is None or (file is None and sshd["source"] == "files")):
        return None
    lines = logins_sshd.lines_of(seen, file) if file is not None else []
    return [_Setting(line.keyword, logins_sshd.words(line.value), line.match) for line in lines]
