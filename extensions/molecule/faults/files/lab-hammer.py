# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a file for writing, again and again, each time with a number; with a word, counts which of them are on record.

The number is openat's fourth argument, which the call does not use without O_CREAT and which the SYSCALL record shows
(a3). python3 lab-hammer.py FILE, until STOP is there; python3 lab-hammer.py count.
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
_MOST = 40000


def hammer(path: str) -> None:
    """Until STOP is there, and 10,000 at least."""
    libc = ctypes.CDLL(None, use_errno=True)
    for left in (STOP, MADE):
        if os.path.exists(left):
            os.unlink(left)
    number = 0
    while number < _MOST and (number < 10000 or not os.path.exists(STOP)):
        for _turn in range(5):
            number += 1
            opened = libc.syscall(_OPENAT, -100, path.encode(), os.O_WRONLY, number)
            if opened < 0:
                sys.exit("the file cannot be opened: errno {0}".format(ctypes.get_errno()))
            os.close(opened)
        time.sleep(0.02)
    with open(MADE + ".new", "w") as made:
        json.dump({"events": number, "pid": os.getpid()}, made)
    os.rename(MADE + ".new", MADE)


def count() -> None:
    """Print what was made, and the numbers that are on no record."""
    with open(MADE) as file:
        made = json.load(file)
    event = re.compile(r" syscall={0} .* a3=([0-9a-f]+) .* pid={1} ".format(_OPENAT, made["pid"]))
    seen = set()
    for path in glob.glob("/var/log/audit/audit.log*"):
        with open(path, errors="replace") as log:
            for line in log:
                found = event.search(line) if line.startswith("type=SYSCALL") or " type=SYSCALL" in line else None
                if found:
                    seen.add(int(found.group(1), 16))
    missed = sorted(set(range(1, made["events"] + 1)) - seen)
    print(json.dumps({"events": made["events"], "missed": len(missed), "first": missed[:10]}))


if __name__ == "__main__":
    if sys.argv[1] == "count":
        count()
    else:
        hammer(sys.argv[1])
