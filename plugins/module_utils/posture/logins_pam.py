# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services begin a session for a person, and whether PAM gives that session an audit uid (pam.d(5)).

auid is set by pam_loginuid alone: what a session without it does is on record as
nobody's. su and sudo are not among the services, because the session that calls
them has its auid.
"""

import os
import re
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import includes
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

Plain = Dict[str, Any]

FOLDERS = ("/etc/pam.d", "/usr/lib/pam.d", "/usr/etc/pam.d")
"""Where libpam looks for a service, the first that has it (pam_handlers.c; the last one is SUSE's)."""

SESSION_SERVICES = (
    "atd cockpit cron crond dropbear ekshell gdm gdm-autologin gdm-fingerprint gdm-password gdm-smartcard greetd "
    "gssftp kde kdm kshell lightdm lightdm-autologin login lxdm ly pure-ftpd proftpd remote rexec rlogin rsh "
    "sddm sddm-autologin slim ssh sshd systemd-user tigervnc vsftpd xdm xrdp-sesman"
).split()
"""Services that begin a session for a person or in a person's name; by systemd-user the timers and services of people
run, also of those who are not logged in (loginctl enable-linger)."""
_MODULES = ("/lib*/security", "/lib/*/security", "/usr/lib*/security", "/usr/lib/*/security", "/usr/local/lib/security")
_LOGINUID = "pam_loginuid.so"
_LOCKING = ("pam_faillock.so", "pam_tally2.so")
_AT_THE_DOOR = ("login", "sshd", "gdm-password", "sddm", "lightdm")
_MOST_INCLUDES = 16
_TYPES = ("auth", "account", "password", "session")


class _Line(NamedTuple):
    file: str
    number: int
    type: str
    module: str
    arguments: List[str]
    jump: int = 0
    """So many modules may be left out after it ([success=1 default=ignore])."""
    inside: Tuple[str, ...] = ()
    """The substacks that it is in; to a jump outside each of them is one module."""
    ends: bool = False
    """Its success can end the stack or the substack (sufficient, or done in brackets)."""
    lenient: bool = False
    """Nobody notices where there is no such module (a - in front, optional, sufficient, ignore in brackets)."""


def collect(seen: Seen) -> Plain:
    """``session_services`` (those that exist here), ``loginuid_in`` and ``loginuid_missing`` (of these), ``tty_audit``
    (each line with pam_tty_audit), ``faillock`` (whether the services that people log in by lock after failures);
    each null where a file of PAM could not be read."""
    before = len(seen.not_seen)
    files = _files(seen)
    services = [name for name in SESSION_SERVICES if name in files]
    stacks = {name: list(_stack(seen, files, name, None, includes.Includes(seen, _MOST_INCLUDES))) for name in services}
    typed: List[Plain] = []
    for name in sorted(files):
        for line in _own(seen, files[name]):
            if line.module == "pam_tty_audit.so":
                typed.append(
                    {
                        "file": line.file,
                        "line": line.number,
                        "log_passwd": "log_passwd" in line.arguments,
                        "arguments": line.arguments,
                    }
                )
    if not files or len(seen.not_seen) > before:
        if not files and len(seen.not_seen) == before:
            seen.miss(FOLDERS[0], "there is no service of PAM")
        return dict.fromkeys(("session_services", "loginuid_in", "loginuid_missing", "tty_audit", "faillock"))
    there = any(seen.exists(folder + "/" + _LOGINUID) for pattern in _MODULES for folder in seen.matching(pattern))
    with_uid = [name for name in services if _always(stacks[name], "session", _LOGINUID, there)]
    doors = [stacks[name] for name in _AT_THE_DOOR if name in stacks]
    return {
        "session_services": services,
        "loginuid_in": with_uid,
        "loginuid_missing": [name for name in services if name not in with_uid],
        "tty_audit": typed,
        "faillock": bool(doors) and all(_locks(stack) for stack in doors),
    }


def typed_secrets(tty_audit: Optional[List[Plain]]) -> Optional[bool]:
    """Whether what is typed while the terminal shows nothing (a password) goes into the log for anybody."""
    if tty_audit is None:
        return None
    return any(
        line["log_passwd"] and any(argument.startswith("enable=") for argument in line["arguments"])
        for line in tty_audit
    )


def _always(stack: List[_Line], kind: str, module: str, there: bool) -> bool:
    """Whether a stack has a module that no other can jump over, or stand in front of and end the stack.

    A session that fails is none, so where the module is demanded it does not matter whether it is ``there``.
    """
    lines = [line for line in stack if line.type == kind]
    left_out = _jumped(lines) | _behind_ends(lines)
    return any(
        line.module == module and at not in left_out and (there or not line.lenient) for at, line in enumerate(lines)
    )


def _behind_ends(lines: List[_Line]) -> Set[int]:
    """The places of the lines of one type that are not come to where one in front of them ends the stack with success
    (pam.conf(5), "done"); in a substack it ends that alone."""
    found: Set[int] = set()
    for at, line in enumerate(lines):
        for other in range(at + 1, len(lines) if line.ends else 0):
            if lines[other].inside[: len(line.inside)] != line.inside:
                break
            found.add(other)
    return found


def _jumped(lines: List[_Line]) -> Set[int]:
    """The places of the lines of one type that a jump may leave out (pam.conf(5), "an unsigned integer, n")."""
    found: Set[int] = set()
    for at, line in enumerate(lines):
        depth, passed = len(line.inside), 0
        last: Any = None
        for other in range(at + 1, len(lines) if line.jump else 0):
            inside = lines[other].inside
            if inside[:depth] != line.inside:
                break  # the substack ends, and the jump with it
            item = inside[depth] if len(inside) > depth else other
            passed += item != last
            last = item
            if passed > line.jump:
                break
            found.add(other)
    return found


def _locks(stack: List[_Line]) -> bool:
    return any(line.type == "auth" and line.module in _LOCKING for line in stack)


def _files(seen: Seen) -> Dict[str, str]:
    found: Dict[str, str] = {}
    for folder in FOLDERS:
        for name in seen.names(folder):
            # What an installer or an editor left there is asked for by no service.
            if os.path.isdir(seen.context.path(folder + "/" + name)):
                continue  # libpam takes no service from a folder
            if not re.search(r"(~|\.(rpm\w+|dpkg-\w+|bak|orig|old|swp|ucf-\w+))\Z", name):
                found.setdefault(name, folder + "/" + name)
    return found


def _own(seen: Seen, path: str) -> Iterator[_Line]:
    """The lines of one file, those that go on with a backslash joined; includes are lines with the module's name."""
    for start, text in seen.joined(path):
        line = text.partition("#")[0].strip()
        if line.startswith("@include"):
            yield _Line(path, start, "@include", line[len("@include") :].strip(), [])
            continue
        # The control is a word or is in brackets, and so is an argument with blanks.
        parts = re.findall(r"\[[^\]]*\]|\S+", line)
        kind = parts[0].lstrip("-").lower() if parts else ""
        if kind not in _TYPES or len(parts) < 3:
            continue
        if parts[1] in ("include", "substack"):
            yield _Line(path, start, kind + " " + parts[1], parts[2], [])
        else:
            jumps = [int(number) for number in re.findall(r"=\s*(\d{1,4})\b", parts[1])]
            module = parts[2].rpartition("/")[2]
            ends, lenient = _outcome(parts[1].lower())
            lenient = lenient or parts[0].startswith("-")
            yield _Line(path, start, kind, module, parts[3:], max(jumps + [0]), ends=ends, lenient=lenient)


def _outcome(control: str) -> Tuple[bool, bool]:
    """Whether a control can end the stack with success, and whether it lets a module that is missing pass."""
    if not control.startswith("["):
        return control == "sufficient", control in ("optional", "sufficient")
    actions = dict(re.findall(r"(\w+)\s*=\s*(\w+)", control))
    missing = actions.get("module_unknown", actions.get("default", "ignore"))
    return "done" in actions.values(), missing not in ("bad", "die")


def _stack(
    seen: Seen, files: Dict[str, str], name: str, only: Optional[str], chain: includes.Includes
) -> Iterator[_Line]:
    """The lines that a service comes to, included ones among them; ``only`` of one type."""
    path = name if name.startswith("/") else files.get(name)
    if path is None or not chain.enter(path):
        return
    for line in _own(seen, path):
        if line.type == "@include":
            yield from _stack(seen, files, line.module, only, chain)
        elif " " in line.type:
            kind, _blank, how = line.type.partition(" ")
            unit = ("{0}:{1}".format(line.file, line.number),) if how == "substack" else ()
            if only in (None, kind):
                for found in _stack(seen, files, line.module, kind, chain):
                    yield found._replace(inside=unit + found.inside)
        elif only in (None, line.type):
            yield line
    chain.leave()
