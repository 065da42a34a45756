# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command under a time limit, of which nothing is left behind: not its group, and not what has left the group.

ssh keeps a master process for the next connection, in a session of its own,
which no signal to a process group reaches. So the runner asks the kernel to
become the parent of what loses its own (PR_SET_CHILD_SUBREAPER, prctl(2)), and
ends that too.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import IO, NamedTuple

TIMED_OUT = 124
"""The exit code for it, as timeout(1) gives."""
GRACE = 20.0
"""Seconds between SIGTERM and SIGKILL."""
_SUBREAPER = 36
_TICK = 0.1


class Stopped(Exception):
    """The runner was told to end (``number`` of the signal); its command has been ended."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Outcome(NamedTuple):
    """What became of a command: its ``code`` (128 + number where a signal ended it), and whether time ran out."""

    code: int
    timed_out: bool
    seconds: float
    ended: int
    """How many processes it had left behind, which were ended."""


def limited(
    command: Sequence[str],
    seconds: float,
    output: IO[bytes] | int,
    *,
    cwd: str,
    environ: Mapping[str, str],
    keep: Sequence[int] = (),
    grace: float = GRACE,
) -> Outcome:
    """Run a command in a group of its own, and end all of it when its time is over or the runner is told to end.

    Args:
        command: With its arguments.
        seconds: How long it may take.
        output: Where its output goes.
        cwd: Its working folder.
        environ: Its environment.
        keep: Descriptors that it inherits.
        grace: Seconds that it has to end by itself.

    Raises:
        OSError: it cannot be started.
        Stopped: SIGTERM, SIGINT or SIGHUP came.
    """
    _adopt()
    spared = _descendants(os.getpid())
    told: list[int] = []
    before = {number: signal.signal(number, lambda got, _frame: told.append(got)) for number in _ENDING}
    started = time.monotonic()
    try:
        child = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(environ),
            pass_fds=tuple(keep),
            start_new_session=True,
        )
        timed_out = False
        try:
            while child.poll() is None and not told:
                timed_out = time.monotonic() - started >= seconds
                if timed_out:
                    break
                time.sleep(_TICK)
        finally:
            _end_group(child, grace, spared)
        ended = _end_adopted(grace, spared)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if told:
        raise Stopped(told[0])
    code = child.returncode
    code = TIMED_OUT if timed_out else 128 - code if code < 0 else code
    return Outcome(code, timed_out, time.monotonic() - started, ended)


_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def _adopt() -> None:
    """Become the parent of what loses its own; where the kernel does not know that, the group alone is ended."""
    try:
        ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0)
    except (OSError, AttributeError):
        pass


def _end_group(child: subprocess.Popen[bytes], grace: float, spared: set[int]) -> None:
    """End the group of a command, whether or not its first process has ended; what it may not end is left."""
    deadline = time.monotonic() + grace
    number: int = signal.SIGTERM
    while _signal_group(child.pid, number) and time.monotonic() < deadline + grace:
        # Asked once, then watched, then killed.
        number = signal.SIGKILL if time.monotonic() >= deadline else 0
        time.sleep(_TICK)
        child.poll()
        _reap({child.pid, *spared})
    if child.poll() is None:
        child.kill()
        child.wait()


def _end_adopted(grace: float, spared: set[int]) -> int:
    """End what has left the group and lost its parent, and what that had started; how many processes it were."""
    seen: set[int] = set()
    deadline = time.monotonic() + grace
    while True:
        _reap(spared)
        left = _descendants(os.getpid()) - spared
        late = time.monotonic() >= deadline
        mine = {pid for pid in left if (pid in seen and not late) or _signal(pid, _last(late))}
        seen |= mine
        # Those of another user (a become on this machine) are ended by the service manager, with the unit.
        if not mine or time.monotonic() >= deadline + grace:
            return len(seen)
        time.sleep(_TICK)


def _last(late: bool) -> int:
    return signal.SIGKILL if late else signal.SIGTERM


def _signal_group(group: int, number: int) -> bool:
    """Whether a process of the group could get it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _reap(but: set[int]) -> None:
    """Take note of adopted processes that have ended; the command itself is waited for by subprocess."""
    for pid, (parent, state) in _processes().items():
        if parent == os.getpid() and state == "Z" and pid not in but:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


def _descendants(root: int) -> set[int]:
    """What a process has started, what that has started, and so on; those that have ended and wait apart."""
    known = _processes()
    found: set[int] = set()
    level = {root}
    while level:
        level = {pid for pid, (parent, _state) in known.items() if parent in level} - found
        found |= level
    return {pid for pid in found if known[pid][1] != "Z"}


def _processes() -> dict[int, tuple[int, str]]:
    """By number, the parent and the state of each process, of /proc/PID/stat (proc(5))."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as handle:
                    # The name stands in brackets, and may hold some itself.
                    state, parent = handle.read().rpartition(")")[2].split()[:2]
            except (OSError, ValueError):
                continue  # it has ended
            found[int(name)] = (int(parent), state)
    return found
