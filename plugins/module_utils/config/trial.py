# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof that the host's own auditd takes an auditd.conf, before the file is written.

auditd is started with a copy, apart from the host (config/sandbox.py). In the
copy it takes no events from the kernel, has a log folder and a folder of plugins
of its own, and listens at no port; the values of these keys are left to the
table of keys. In the foreground it writes no log and looks at no disk space, so
that no action is carried out.
"""

import os
import re
from typing import Callable, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.config import sandbox
from ansible_collections.auditops.trail.plugins.module_utils.config.keys import Version, keys_of, release
from ansible_collections.auditops.trail.plugins.module_utils.config.lines import split
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

FOLDER = "/run/auditops-trail"
SECONDS = 5.0
"""How long a daemon that does not say that it is up is watched; one that is still there then has taken the file."""

_SETTLE = 0.3  # seconds for which it has to live on once it says so
_READY = b"Init complete, auditd"  # the last message of its start, in 2.8.5 to 4.2.1
_OWN = {
    "local_events": "no",
    "log_file": FOLDER + "/log/audit.log",
    "plugin_dir": FOLDER + "/plugins.d",
}
_LEFT_OUT = ("tcp_listen_port", "dispatcher")  # the second starts a program, up to 2.8
_CONTROL = "space_left = 75\nadmin_space_left = 50\n"
"""A file that every release takes: where even this is refused, the trial says nothing of another."""

_CALLED = re.compile(rb"\w+_parser called with: ")
_CHATTER = re.compile(
    r"\w+_parser called with|Config file .* opened for parsing|No plugins found|The audit daemon is exiting"
    r"|config_manager init complete|Unable to adjust out of memory|Init complete|Not processing any more lines"
    r"|Cannot change priority"
)
_IN_LINE = re.compile(r"\bline (\d+)\b")


class Proof(NamedTuple):
    """What the trial came to.

    ``by`` is daemon or table, ``reason`` says what was tried or why not,
    ``refusal`` is the daemon's message where it does not take the file (None:
    it does, or was not asked), ``line`` the line of the file that it is about,
    ``seconds`` how long the daemon ran.
    """

    by: str
    reason: str
    refusal: Optional[str] = None
    line: Optional[int] = None
    seconds: float = 0.0


Run = Callable[..., sandbox.Ran]


def prove(data: bytes, version: Optional[Version], program: Optional[str], run: Run = sandbox.run) -> Proof:
    """Whether the host's auditd starts with this content of auditd.conf.

    Args:
        data: The content.
        version: The release of ``program``; it decides which keys are replaced in the copy.
        program: The path of auditd, or None where there is none.
        run: Runs a program apart from the host; for tests.

    Returns:
        ``by`` is table where auditd could not be asked, and ``reason`` says why; that is no proof of anything.
    """
    if program is None:
        return Proof("table", "auditd is not installed here")
    if not data.strip():
        return Proof("table", "there is nothing in the file")
    copy, first, replaced = _copy(data, version)
    try:
        ran = _try(program, copy, run)
        if ran.status is None:
            return Proof("daemon", _taken(replaced), seconds=ran.seconds)
        control = _try(program, _copy(_CONTROL.encode("ascii"), version)[0], run)
    except EvidenceError as error:
        return Proof("table", error.message)
    if control.status is not None:
        return Proof("table", "auditd does not start in a trial here, whatever the file: {0}".format(_ended(control)))
    line = _line(ran.output, copy, version)
    return Proof(
        "daemon",
        _taken(replaced),
        _ended(ran).replace(FOLDER + "/", ""),
        line - first if line is not None and line > first else None,
        ran.seconds,
    )


def _try(program: str, copy: bytes, run: Run) -> sandbox.Ran:
    return run(
        [program, "-f", "-s", "nochange", "-c", FOLDER],
        {os.path.join(FOLDER, "auditd.conf"): copy},
        [os.path.join(FOLDER, "log"), os.path.join(FOLDER, "plugins.d")],
        SECONDS,
        _READY,
        _SETTLE,
    )


def _taken(replaced: List[str]) -> str:
    return "auditd was started with a copy in which {0} were replaced; for these the table of keys stands".format(
        ", ".join(replaced)
    )


def _copy(data: bytes, version: Optional[Version]) -> Tuple[bytes, int, List[str]]:
    """The copy, the number of lines put in front of the others, and the keys that are replaced or left out."""
    here = [name for name in _OWN if name in keys_of("auditd", version)]
    head = ["{0} = {1}".format(name, _OWN[name]) for name in here]
    out = set(here) | set(_LEFT_OUT)
    lines = data.split(b"\n")
    written = [name for name in _LEFT_OUT for line in lines if _key(line) == name]
    kept = [b"#" if _key(line) in out else line for line in lines]
    return "\n".join(head + [""]).encode("ascii") + b"\n".join(kept), len(head), here + sorted(set(written))


def _key(line: bytes) -> str:
    words = [word for word in line.split(b" ") if word]
    return words[0].decode("utf-8", "replace").lower() if words else ""


def _ended(ran: sandbox.Ran) -> str:
    """What it says, without what it says on every start; and how it ended."""
    text = ran.output.decode("utf-8", "backslashreplace")
    said = [line.strip() for line in text.split("\n") if line.strip() and not _CHATTER.match(line.strip())]
    how = "exit status {0}".format(ran.status)
    if ran.status is not None and ran.status < 0:
        how = "ended by signal {0}".format(-ran.status)
    return "{0} ({1})".format("; ".join(said) if said else "it says nothing", how)


def _line(output: bytes, copy: bytes, version: Optional[Version]) -> Optional[int]:
    """The line that a refusal is about: the one that it names, else the one that was being read.

    In the foreground auditd tells of every line as it reads it. Where all lines were read, the refusal is of a check
    at the end and of no line.
    """
    text = output.decode("utf-8", "backslashreplace")
    named = [_IN_LINE.search(line) for line in text.split("\n") if not _CHATTER.match(line.strip())]
    numbers = [int(found.group(1)) for found in named if found]
    if numbers:
        return numbers[-1]
    lines = split(copy, "auditd", release(version))
    read = [line.number for line in lines if line.words and line.skipped is None]
    begun = len(_CALLED.findall(output))
    return read[begun - 1] if 0 < begun < len(read) else None
