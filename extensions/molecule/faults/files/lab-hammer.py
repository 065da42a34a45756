# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a file for writing, again and again, each time with a number; with a word, counts which of them are on record.

The number is openat's fourth argument, which the call does not use without O_CREAT and which the SYSCALL record shows
(a3). It goes no further than the daemon follows: on a busy machine the daemon's socket would overrun, and that says
nothing of the rules. python3 lab-hammer.py FILE, until STOP is there; python3 lab-hammer.py count.
"""

import ctypes
import glob
import json
import os
import re
import sys
import time

STOP, MADE = "/run/lab-hammer.stop", "/run/lab-hammer.made"
_OPENAT = {"x86_64": 257, "aarch64": 56}[os.uname().machine]
_LOG = "/var/log/audit/audit.log"
_MOST = 40000
_AHEAD = 100  # events that may be on no record yet
_PATIENCE = 10  # seconds for one of these; it may have been missed


def hammer(path: str) -> None:
    """Until STOP is there, and 10,000 at least."""
    libc = ctypes.CDLL(None, use_errno=True)
    for left in (STOP, MADE):
        if os.path.exists(left):
            os.unlink(left)
    number, log = 0, _Log()
    while number < _MOST and (number < 10000 or not os.path.exists(STOP)):
        for _turn in range(5):
            number += 1
            opened = libc.syscall(_OPENAT, -100, path.encode(), os.O_WRONLY, number)
            if opened < 0:
                sys.exit("the file cannot be opened: errno {0}".format(ctypes.get_errno()))
            os.close(opened)
        time.sleep(0.02)
        if number % 50 == 0:
            log.follow(number - _AHEAD)
    with open(MADE + ".new", "w") as made:
        json.dump({"events": number, "pid": os.getpid()}, made)
    os.rename(MADE + ".new", MADE)


def _event(pid: int) -> "re.Pattern[str]":
    return re.compile(r" syscall={0} .* a3=([0-9a-f]+) .* pid={1} ".format(_OPENAT, pid))


class _Log:
    """What the daemon has written since the hammer began, read once."""

    def __init__(self) -> None:
        self._file = os.open(_LOG, os.O_RDONLY)
        os.lseek(self._file, 0, os.SEEK_END)
        self._event = _event(os.getpid())
        self._rest = b""
        self._seen = 0

    def follow(self, number: int) -> None:
        """Until that event is on record, or PATIENCE is over."""
        until = time.monotonic() + _PATIENCE
        while self._seen < number and time.monotonic() < until:
            if not self._read():
                time.sleep(0.05)

    def _read(self) -> bool:
        text = os.read(self._file, 1 << 20)
        if not text:
            self._turn_over()
            return False
        *lines, self._rest = (self._rest + text).split(b"\n")
        for line in lines:
            found = self._event.search(line.decode(errors="replace")) if b"type=SYSCALL" in line else None
            if found:
                self._seen = int(found.group(1), 16)
        return True

    def _turn_over(self) -> None:
        """To the new log, where the daemon has given the old one another name."""
        try:
            if os.stat(_LOG).st_ino != os.fstat(self._file).st_ino:
                old, self._file = self._file, os.open(_LOG, os.O_RDONLY)
                os.close(old)
        except OSError:  # it makes the new one just now
            pass


def count() -> None:
    """Print what was made, and the numbers that are on no record."""
    with open(MADE) as file:
        made = json.load(file)
    event = _event(made["pid"])
    seen = set()
    for path in glob.glob(_LOG + "*"):
        with open(path, errors="replace") as log:
            for line in log:
                found = event.search(line) if "type=SYSCALL" in line else None
                if found:
                    seen.add(int(found.group(1), 16))
    missed = sorted(set(range(1, made["events"] + 1)) - seen)
    print(json.dumps({"events": made["events"], "missed": len(missed), "first": missed[:10]}))


if __name__ == "__main__":
    if sys.argv[1] == "count":
        count()
    else:
        hammer(sys.argv[1])
