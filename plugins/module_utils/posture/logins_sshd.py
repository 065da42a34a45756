# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How sshd lets people in: as ``sshd -T`` tells it, and without that as its files are read by it (sshd_config(5))."""

import fnmatch
import re
import shlex
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture.logins_accounts import User, exists
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

Plain = Dict[str, Any]

FILES = ("/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config")
"""The second is where SUSE keeps what it ships; it counts where the first is not there."""

_PERMITS = ("no", "forced-commands-only", "prohibit-password", "yes")
"""PermitRootLogin from the strictest on."""
_DEFAULTS = {
    "permitrootlogin": "prohibit-password",
    "usepam": "no",
    "loglevel": "INFO",
    "authorizedkeysfile": ".ssh/authorized_keys .ssh/authorized_keys2",
}
"""servconf.c, fill_default_server_options (OpenSSH 7.0 and newer)."""
_MOST_INCLUDES = 16  # servconf.h, SERVCONF_MAX_DEPTH


class _Line(NamedTuple):
    file: str
    number: int
    keyword: str
    value: str
    match: Optional[str]
    """The condition under which it holds, or None where it always does."""


def collect(seen: Seen, users: Optional[Sequence[User]]) -> Plain:
    """``installed, source, permit_root_login, use_pam, log_level, authorized_keys_file`` (as it is written),
    ``authorized_keys`` (the paths that this means for who can log in; null where one cannot be told), ``root_by_match``
    (Match blocks under which root may log in more freely than elsewhere, as texts) and ``problems`` (lines that sshd
    does not understand): null where a file could not be read, because what is in it is not known."""
    file = next((file for file in FILES if seen.exists(file)), None)
    installed = seen.context.program("sshd") is not None or file is not None
    told: Plain = dict.fromkeys(
        ("source", "permit_root_login", "use_pam", "log_level", "authorized_keys_file", "authorized_keys")
    )
    told.update(installed=installed, problems=[], root_by_match=[])
    if not installed:
        return told
    told.update(problems=None, root_by_match=None)
    before = len(seen.not_seen)
    lines = _lines(seen, file, None, 0) if file is not None else []
    whole = len(seen.not_seen) == before
    options = _answer(seen)
    if options is not None:
        told["source"] = "sshd -T"
    elif whole:
        told["source"], options = "files", _first(lines)
    if options is None:
        return told
    permit = _permit(options.get("permitrootlogin", _DEFAULTS["permitrootlogin"]))
    pattern = options.get("authorizedkeysfile", _DEFAULTS["authorizedkeysfile"])
    told["permit_root_login"] = permit
    told["use_pam"] = options.get("usepam", _DEFAULTS["usepam"]).lower() == "yes"
    told["log_level"] = options.get("loglevel", _DEFAULTS["loglevel"]).upper()
    told["authorized_keys_file"] = _words(pattern)
    told["authorized_keys"] = None if users is None else sorted(_keys(_words(pattern), users))
    if whole:
        told["problems"] = _problems(lines)
        told["root_by_match"] = _root_by_match(lines, permit)
    return told


def key_directories(seen: Seen, sshd: Plain, users: Optional[Sequence[User]]) -> Optional[List[Plain]]:
    """The directories that hold the keys by which an account of this host can be opened.

    Args:
        seen: Where the files are read.
        sshd: What :func:`collect` has told.
        users: The accounts, or None.

    Returns:
        ``path, user, exists`` by path, from AuthorizedKeysFile everywhere and under each Match block; ``user`` is
        null where several accounts share the directory. Without sshd those that it takes when nothing is set. None
        where the accounts or all of its files are not known.
    """
    file = next((file for file in FILES if seen.exists(file)), None)
    if users is None or (
        sshd["installed"] and (sshd["problems"] is None or (file is None and sshd["source"] == "files"))
    ):
        return None
    patterns = sshd["authorized_keys_file"] or _words(_DEFAULTS["authorizedkeysfile"])
    owners: Dict[str, Set[str]] = {}
    keys = [_keys(patterns, users)]
    for line in _lines(seen, file, None, 0) if file is not None else ():
        if line.keyword == "authorizedkeysfile" and line.match is not None:
            matched = [user for user in users if _can_be(line.match, user.name)]
            keys.append(_keys(_words(line.value), matched))
    for path, names in [item for one in keys for item in one.items()]:
        owners.setdefault(path.rpartition("/")[0] or "/", set()).update(names)
    return [
        {
            "path": path,
            "user": next(iter(owners[path])) if len(owners[path]) == 1 else None,
            "exists": exists(seen, path),
        }
        for path in sorted(owners)
    ]


def _answer(seen: Seen) -> Optional[Dict[str, str]]:
    """What sshd takes its files to mean; it needs root and host keys for that."""
    program = seen.context.program("sshd")
    if program is None:
        return None
    # Older releases refuse -T alone where there is a Match block.
    for more in ((), ("-C", "user=root,host=localhost,addr=127.0.0.1")):
        try:
            status, text = seen.context.run((program, "-T") + more)
        except EvidenceError:
            return None
        if status == 0 and "permitrootlogin" in text.lower():
            found: Dict[str, str] = {}
            for line in text.split("\n"):
                keyword, _blank, value = line.strip().partition(" ")
                found.setdefault(keyword.lower(), value)
            return found
    return None


def _lines(seen: Seen, file: str, match: Optional[str], depth: int) -> List[_Line]:
    """The lines of a file and of what it includes; a Match block ends with its file."""
    found: List[_Line] = []
    for number, line in seen.lines(file):
        parts = re.match(r"([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*)", line)
        if parts is None:
            continue
        keyword, value = parts.group(1).lower(), parts.group(2).strip()
        if keyword == "match":
            # `Match all` ends a block.
            match = None if value.lower() == "all" else value
        elif keyword == "include" and depth < _MOST_INCLUDES:
            for pattern in _words(value):
                path = pattern if pattern.startswith("/") else file.rpartition("/")[0] + "/" + pattern
                for other in seen.matching(path):
                    found += _lines(seen, other, match, depth + 1)
        else:
            found.append(_Line(file, number, keyword, value, match))
    return found


def _words(value: str) -> List[str]:
    try:
        return shlex.split(value, comments=True)
    except ValueError:  # a quote without its end
        return value.split()


def _first(lines: Sequence[_Line]) -> Dict[str, str]:
    """The first value of a keyword is the one that counts."""
    found: Dict[str, str] = {}
    for line in lines:
        if line.match is None:
            found.setdefault(line.keyword, " ".join(_words(line.value)))
    return found


def _permit(value: str) -> str:
    word = value.lower()
    return "prohibit-password" if word == "without-password" else word


def _problems(lines: Sequence[_Line]) -> List[str]:
    """Lines with which sshd does not start."""
    return [
        "{0}:{1}: PermitRootLogin {2} is no value of it".format(line.file, line.number, line.value)
        for line in lines
        if line.keyword == "permitrootlogin" and _permit_of(line) not in _PERMITS
    ]


def _permit_of(line: _Line) -> str:
    return _permit((_words(line.value) or [""])[0])


def _root_by_match(lines: Sequence[_Line], permit: str) -> List[str]:
    """Match blocks under which root may do more than the rest of the file says."""
    found = []
    strict = _PERMITS.index(permit) if permit in _PERMITS else len(_PERMITS)
    for line in lines:
        if line.keyword != "permitrootlogin" or line.match is None or not _can_be(line.match, "root"):
            continue
        value = _permit_of(line)
        if value in _PERMITS and _PERMITS.index(value) > strict:
            found.append(
                "{0}:{1}: under `Match {2}` PermitRootLogin is {3}, elsewhere {4}".format(
                    line.file, line.number, line.match, value, permit
                )
            )
    return found


def _can_be(condition: str, user: str) -> bool:
    """Whether a Match block can hold for a user: one for other users does not (match_pattern_list, match.c)."""
    words = _words(condition.replace("=", " "))
    for name, value in zip(words, words[1:]):
        if name.lower() != "user":
            continue
        patterns = value.split(",")
        refused = [one[1:] for one in patterns if one.startswith("!")]
        taken = [one for one in patterns if not one.startswith("!")]
        if any(fnmatch.fnmatchcase(user, one) for one in refused):
            return False
        if not any(fnmatch.fnmatchcase(user, one) for one in taken):
            return False
    return True


def _keys(patterns: Sequence[str], users: Sequence[User]) -> Dict[str, Set[str]]:
    """The files of keys that the patterns mean, each with whose it is (expand_authorized_keys, auth.c)."""
    found: Dict[str, Set[str]] = {}
    for user in users:
        if not user.can_log_in or user.folder is None:
            continue
        signs = {"%": "%", "h": user.folder, "u": user.name, "U": str(user.uid)}
        for pattern in patterns:
            if pattern.lower() == "none":
                continue
            path = re.sub(r"%([%huU])", lambda match, signs=signs: signs[match.group(1)], pattern)  # type: ignore[misc]
            path = path if path.startswith("/") else user.folder + "/" + path
            found.setdefault(re.sub(r"/{2,}", "/", path), set()).add(user.name)
    return found
