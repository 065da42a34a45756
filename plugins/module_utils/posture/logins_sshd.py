# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How sshd lets people in: as ``sshd -T`` tells it, and without that as its files are read by it (sshd_config(5))."""

import fnmatch
import re
import shlex
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import includes
from ansible_collections.auditops.trail.plugins.module_utils.posture.logins_accounts import User
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

Plain = Dict[str, Any]

FILES = ("/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config")
"""The second is where SUSE keeps what it ships; it counts where the first is not there."""

_PERMITS = ("no", "forced-commands-only", "prohibit-password", "yes")
"""PermitRootLogin from the strictest on."""
DEFAULTS = {
    "permitrootlogin": "prohibit-password",
    "usepam": "no",
    "loglevel": "INFO",
    "authorizedkeysfile": ".ssh/authorized_keys .ssh/authorized_keys2",
}
"""servconf.c, fill_default_server_options (OpenSSH 7.0 and newer)."""
TRUST = (
    "trustedusercakeys",
    "authorizedkeyscommand",
    "authorizedprincipalsfile",
    "authorizedprincipalscommand",
    "revokedkeys",
)
"""What lets keys in that stand in no authorized_keys, or keeps some out."""
_OTHERS = ("dropbear", "tinysshd", "lshd", "wolfsshd")
_UNITS = "/etc/systemd/system/*.wants/{0}*"
_MOST_INCLUDES = 16  # servconf.h, SERVCONF_MAX_DEPTH


class Line(NamedTuple):
    """One line of sshd's files."""

    file: str
    number: int
    keyword: str
    value: str
    match: Optional[str]
    """The condition under which it holds, or None where it always does."""


def collect(seen: Seen, users: Optional[Sequence[User]]) -> Plain:
    """``installed, source, permit_root_login, use_pam, log_level, authorized_keys_file`` (as it is written),
    ``authorized_keys`` (the paths that this means for who can log in; null where one cannot be told), each of
    :data:`TRUST` as it is written outside of a Match block (null where it is not set), ``others`` (SSH servers of
    another make that run or are started at boot), ``alone`` (true without such, and null with one, because its settings
    are not read), ``root_by_match`` (Match blocks under which root may log in more freely than elsewhere, as texts) and
    ``problems`` (lines that sshd does not understand): null where a file could not be read, because what is in it is
    not known."""
    file = next((file for file in FILES if seen.exists(file)), None)
    installed = seen.context.program("sshd") is not None or file is not None
    told: Plain = dict.fromkeys(
        ("source", "permit_root_login", "use_pam", "log_level", "authorized_keys_file", "authorized_keys", *TRUST)
    )
    others = _others(seen)
    told.update(installed=installed, problems=[], root_by_match=[], others=others, alone=None if others else True)
    if not installed:
        return told
    told.update(problems=None, root_by_match=None)
    before = len(seen.not_seen)
    lines = lines_of(seen, file) if file is not None else []
    whole = len(seen.not_seen) == before
    options = _answer(seen)
    if options is not None:
        told["source"] = "sshd -T"
    elif whole:
        told["source"], options = "files", _first(lines)
    if options is None:
        return told
    permit = _permit(options.get("permitrootlogin", DEFAULTS["permitrootlogin"]))
    pattern = options.get("authorizedkeysfile", DEFAULTS["authorizedkeysfile"])
    told["permit_root_login"] = permit
    told["use_pam"] = options.get("usepam", DEFAULTS["usepam"]).lower() == "yes"
    told["log_level"] = options.get("loglevel", DEFAULTS["loglevel"]).upper()
    told["authorized_keys_file"] = words(pattern)
    told.update({keyword: options.get(keyword) for keyword in TRUST})
    told["authorized_keys"] = None if users is None else sorted(key_files(words(pattern), logging_in(users)))
    if whole:
        told["problems"] = _problems(lines)
        told["root_by_match"] = _root_by_match(lines, permit)
    return told


def _others(seen: Seen) -> List[str]:
    """SSH servers of another make. One that is installed may only serve to unlock a disk before the boot goes on
    (dropbear-initramfs); where not all processes show, it counts."""
    found = []
    for name in _OTHERS:
        running = seen.running((name,))
        program = seen.context.program(name) is not None
        if (program if running is None else running) or seen.matching(_UNITS.format(name)):
            found.append(name)
            seen.miss(name, "this SSH server's settings are not read")
    return found


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


def lines_of(seen: Seen, file: str) -> List[Line]:
    """The lines of a file and of what it includes; a Match block ends with its file."""
    return _lines(seen, file, None, includes.Includes(seen, _MOST_INCLUDES))


def _lines(seen: Seen, file: str, match: Optional[str], chain: includes.Includes) -> List[Line]:
    found: List[Line] = []
    if not chain.enter(file):
        return found
    for number, line in seen.lines(file):
        parts = re.match(r"([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*)", line)
        if parts is None:
            continue
        keyword, value = parts.group(1).lower(), parts.group(2).strip()
        if keyword == "match":
            # `Match all` ends a block.
            match = None if value.lower() == "all" else value
        elif keyword == "include":
            for pattern in words(value):
                path = pattern if pattern.startswith("/") else file.rpartition("/")[0] + "/" + pattern
                for other in seen.matching(path):
                    found += _lines(seen, other, match, chain)
        else:
            found.append(Line(file, number, keyword, value, match))
    chain.leave()
    return found


def words(value: str) -> List[str]:
    """The words of a value, as they are between quotes."""
    try:
        return shlex.split(value, comments=True)
    except ValueError:  # a quote without its end
        return value.split()


def _first(lines: Sequence[Line]) -> Dict[str, str]:
    """The first value of a keyword is the one that counts."""
    found: Dict[str, str] = {}
    for line in lines:
        if line.match is None:
            found.setdefault(line.keyword, " ".join(words(line.value)))
    return found


def _permit(value: str) -> str:
    word = value.lower()
    return "prohibit-password" if word == "without-password" else word


def _problems(lines: Sequence[Line]) -> List[str]:
    """Lines with which sshd does not start."""
    return [
        "{0}:{1}: PermitRootLogin {2} is no value of it".format(line.file, line.number, line.value)
        for line in lines
        if line.keyword == "permitrootlogin" and _permit_of(line) not in _PERMITS
    ]


def _permit_of(line: Line) -> str:
    return _permit((words(line.value) or [""])[0])


def _root_by_match(lines: Sequence[Line], permit: str) -> List[str]:
    """Match blocks under which root may do more than the rest of the file says."""
    found = []
    strict = _PERMITS.index(permit) if permit in _PERMITS else len(_PERMITS)
    for line in lines:
        if line.keyword != "permitrootlogin" or line.match is None or not can_be(line.match, "root"):
            continue
        value = _permit_of(line)
        if value in _PERMITS and _PERMITS.index(value) > strict:
            found.append(
                "{0}:{1}: under `Match {2}` PermitRootLogin is {3}, elsewhere {4}".format(
                    line.file, line.number, line.match, value, permit
                )
            )
    return found


def can_be(condition: str, user: str) -> bool:
    """Whether a Match block can hold for a user: one for other users does not (match_pattern_list, match.c)."""
    found = words(condition.replace("=", " "))
    for name, value in zip(found, found[1:]):
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


def logging_in(users: Sequence[User]) -> List[User]:
    """Those whose sessions begin with a shell."""
    return [user for user in users if user.can_log_in]


def key_files(patterns: Sequence[str], users: Sequence[User]) -> Dict[str, Set[str]]:
    """The files of keys that the patterns mean, each with whose it is (expand_authorized_keys, auth.c)."""
    found: Dict[str, Set[str]] = {}
    for user in users:
        if user.folder is None:
            continue
        for pattern in patterns:
            if pattern.lower() != "none":
                found.setdefault(expanded(pattern, user, user.folder), set()).add(user.name)
    return found


def expanded(pattern: str, user: User, folder: str) -> str:
    """The path that a pattern means for one account, whose home is ``folder``."""
    signs = {"%": "%", "h": folder, "u": user.name, "U": str(user.uid)}
    path = re.sub(r"%([%huU])", lambda match: signs[match.group(1)], pattern)
    return re.sub(r"/{2,}", "/", path if path.startswith("/") else folder + "/" + path)
