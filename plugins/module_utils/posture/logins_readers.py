# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can read the audit log besides root: the log's group, and whom sudo lets read or do everything."""

import os
import re
from typing import Any, Dict, List, NamedTuple, Optional, Set

from ansible_collections.auditops.trail.plugins.module_utils.posture import includes, logins_accounts
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

Plain = Dict[str, Any]

SUDOERS = ("/etc/sudoers", "/usr/etc/sudoers")
"""The second is where SUSE keeps what it ships; it counts where the first is not there."""

READING = frozenset(
    "auditctl aulast aulastlog aureport ausearch ausyscall auvirt awk bash busybox cat chgrp chmod chown cp csh cut "
    "dash dd egrep emacs env fgrep find fish gawk grep head install journalctl ksh less ln mawk more mount mv nano "
    "nsenter perl pico python python2 python3 rsync ruby scp sed setfacl sh sort strings su sudoedit systemd-run tac "
    "tail tar tcsh tee unshare vi view vim vim.basic vim.tiny xxd zcat zgrep zless zsh".split()
)
"""Programs that as root show the log, or change who may read it."""
_VARIANT = re.compile(r"(bash|emacs|gawk|mawk|perl|python|ruby|vim)[-.0-9]")
"""The same by the names of releases and builds: python3.11, vim.gtk3."""
_MOST_INCLUDES = 128  # sudoers(5)
_ALIAS = re.compile(r"(Cmnd|Cmd|User|Host|Runas)_Alias\s+(.*)")
_INCLUDE = re.compile(r"[#@](include(?:dir)?)\s+(\S.*)\Z")
_TAG = re.compile(r"\b(?:NO)?(?:EXEC|FOLLOW|INTERCEPT|LOG_INPUT|LOG_OUTPUT|MAIL|PASSWD|SETENV)\s*:")
_OPTION = re.compile(
    r"\b(?:APPARMOR_PROFILE|CHROOT|CWD|LIMITPRIVS|NOTAFTER|NOTBEFORE|PRIVS|ROLE|TIMEOUT|TYPE)\s*=\s*"
    r"(?:\"[^\"]*\"|(?:\\.|[^\s\\,:])+)"
)
_DIGEST = re.compile(r"sha(?:224|256|384|512)\s*:\s*\S+")


class _Line(NamedTuple):
    file: str
    number: int
    text: str


def collect(posture: Plain, seen: Seen, accounts: logins_accounts.Accounts) -> Plain:
    """``log_group``, ``members`` (null where the group is in no file), ``sudo`` (null where a file cannot be read):
    each line that grants reading, with ``file``, ``line``, ``text``."""
    group = _log_group(posture, seen)
    before = len(seen.not_seen)
    file = next((file for file in SUDOERS if seen.exists(file)), None)
    lines = [] if file is None else _lines(seen, file, includes.Includes(seen, _MOST_INCLUDES))
    whole = len(seen.not_seen) == before
    return {
        "log_group": group,
        "members": None if group is None else logins_accounts.members(accounts, group),
        "sudo": _grants(lines) if whole else None,
    }


def _log_group(posture: Plain, seen: Seen) -> Optional[str]:
    """auditd.conf(5): the default is root; None where the file cannot be read."""
    value: Any = posture.get("config")
    for step in ("auditd", "values", "log_group"):
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, str):
        return value
    before = len(seen.not_seen)
    for _number, line in seen.lines("/etc/audit/auditd.conf"):
        found = re.match(r"log_group\s*=\s*(\S+)", line)
        if found:
            return found.group(1)
    return "root" if len(seen.not_seen) == before else None


def _lines(seen: Seen, file: str, chain: includes.Includes) -> List[_Line]:
    """The lines of sudoers and of what it includes, joined where they go on with a backslash."""
    found: List[_Line] = []
    if not chain.enter(file):
        return found
    for start, line in seen.joined(file):
        include = _INCLUDE.match(line)
        if include is None:
            # A number after the sign is a uid: #1000 ALL = …
            text = re.sub(r"(?<!\S)#(?!\d).*", "", line).strip()
            if text:
                found.append(_Line(file, start, text))
            continue
        path = _path(seen, file, include.group(2))
        for other in [path] if include.group(1) == "include" else _in_folder(seen, path):
            found += _lines(seen, other, chain)
    chain.leave()
    return found


def _path(seen: Seen, file: str, written: str) -> str:
    """The path that an include means: in quotes or with escaped blanks, and ``%h`` is the host's name without its
    domain. What is not there adds nothing."""
    if written.startswith('"'):
        path = written[1:].partition('"')[0]
    else:
        path = re.sub(r"\\(.)", r"\1", str(re.match(r"(?:\\.|\S)*", written).group()))  # type: ignore[union-attr]
    if "%h" in path:
        name = (seen.text("/proc/sys/kernel/hostname") or "").strip().partition(".")[0]
        if not name:
            seen.miss(path, "the host's name in it is not known")
        path = path.replace("%h", name)
    return path if path.startswith("/") else file.rpartition("/")[0] + "/" + path


def _in_folder(seen: Seen, path: str) -> List[str]:
    """What sudo takes of a folder: files alone, of no package manager and no editor."""
    names = [name for name in seen.names(path) if "." not in name and not name.endswith("~")]
    paths = [path.rstrip("/") + "/" + name for name in names]
    return [one for one in paths if not os.path.isdir(seen.context.path(one))]


def _grants(lines: List[_Line]) -> List[Plain]:
    aliases: Dict[str, List[str]] = {}
    for line in lines:
        alias = _ALIAS.match(line.text)
        if alias is not None and alias.group(1) in ("Cmnd", "Cmd"):
            for one in re.split(r"\s*:\s*(?=[A-Z][A-Z0-9_]*\s*=)", alias.group(2)):
                name, _sign, commands = one.partition("=")
                aliases[name.strip()] = _commands(commands)
    found = []
    for line in lines:
        if line.text.startswith("Defaults") or _ALIAS.match(line.text) or "=" not in line.text:
            continue
        if any(_reads(command, aliases) for command in _granted(line.text)):
            text = _DIGEST.sub("", " ".join(line.text.split()))
            found.append({"file": line.file, "line": line.number, "text": " ".join(text.split())})
    return found


def _granted(text: str) -> List[str]:
    """The commands that a line lets somebody run: ``users hosts = commands : hosts = commands`` (sudoers(5))."""
    rest = _bare(text.partition("=")[2])
    found = []
    for number, part in enumerate(re.split(r"(?<!\\):", rest)):
        found += _listed(re.split(r"(?<!\\)=", part, maxsplit=1)[-1] if number else part)
    return found


def _bare(text: str) -> str:
    """Without digests, whom the commands run as, options and tags."""
    text = _DIGEST.sub(" ", re.sub(r"\([^)]*\)", " ", text))
    return _TAG.sub(" ", _OPTION.sub(" ", text))


def _commands(text: str) -> List[str]:
    """The commands of an alias."""
    return _listed(_bare(text))


def _listed(text: str) -> List[str]:
    """The commands of a list; what is forbidden is left out."""
    return [one.strip() for one in re.split(r"(?<!\\),", text) if one.strip() and not one.strip().startswith("!")]


def _reads(command: str, aliases: Dict[str, List[str]]) -> bool:
    """Whether a command, or one of the alias that it is, leads to the log."""
    todo: List[str] = [command]
    asked: Set[str] = set()
    while todo:
        one = todo.pop()
        word = one.split()[0]
        if word not in aliases:
            if _is_reading(one):
                return True
        elif word not in asked:
            asked.add(word)
            todo.extend(aliases[word])
    return False


def _is_reading(command: str) -> bool:
    word = command.split()[0]
    if word == "ALL" or "/var/log/audit" in command:
        return True
    if word.endswith("/") or word[0] == "^" or any(sign in word for sign in "*?["):
        return True  # every program of a folder, or whatever the pattern or regular expression takes in
    name = word.rpartition("/")[2]
    return name in READING or _VARIANT.match(name) is not None
