# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at the audit system several times over some seconds: what one look cannot tell is what changes."""

import os
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

Plain = Dict[str, Any]
_FIVE = 5  # seconds between two looks; each takes milliseconds
_MOST = 13


class Look(NamedTuple):
    """One look at the kernel's status, ``at`` some second of a clock that never goes back.

    ``status`` has the fields of rules/status.py, and ``refused``, how often the daemon's socket was full by then; None
    where the kernel gave no answer, and then ``why`` says why.
    """

    at: float
    status: Optional[Plain]
    why: Optional[str] = None


class Sizes(NamedTuple):
    """The files of the log at one time: bytes by (device, inode), so that a file keeps its name through a rotation."""

    at: float
    files: Optional[Dict[Tuple[int, int], int]]
    why: Optional[str] = None


def number(seconds: int) -> int:
    """How many looks are made in so many seconds: one at once, one at the end, and some between them."""
    return 1 if seconds <= 0 else max(2, min(_MOST, seconds // _FIVE + 1))


def over(
    seconds: int, ask: Callable[[], Plain], clock: Callable[[], float], sleep: Callable[[float], None]
) -> List[Look]:
    """Looks at the kernel's status, the first at once and the last after ``seconds``.

    Args:
        seconds: How long it takes; 0 for one look.
        ask: Gives the status, or raises EvidenceError.
        clock: Seconds that never go back (time.monotonic).
        sleep: Waits.
    """
    began = clock()
    found = [_look(ask, clock)]
    count = number(seconds)
    for turn in range(1, count):
        left = began + seconds * turn / float(count - 1) - clock()
        if left > 0:
            sleep(left)
        found.append(_look(ask, clock))
    return found


def _look(ask: Callable[[], Plain], clock: Callable[[], float]) -> Look:
    try:
        return Look(clock(), ask())
    except EvidenceError as exc:
        return Look(clock(), None, str(exc))


def sizes(log: str, clock: Callable[[], float]) -> Sizes:
    """How large each file of a log is: the file itself and those that auditd has rotated, NAME.1 and so on.

    Args:
        log: The path of the log.
        clock: Seconds that never go back.
    """
    folder, name = os.path.split(log)
    found: Dict[Tuple[int, int], int] = {}
    try:
        for one in os.listdir(folder or "/"):
            if not re.match(re.escape(name) + r"(\.\d+)?\Z", one):
                continue
            try:
                state = os.stat(os.path.join(folder, one))
            except FileNotFoundError:  # rotated away since it was listed
                continue
            found[(state.st_dev, state.st_ino)] = state.st_size
    except OSError as exc:
        return Sizes(clock(), None, "{0}: {1}".format(exc.filename or folder, exc.strerror))
    return Sizes(clock(), found)


def written(before: Sizes, after: Sizes) -> Tuple[int, bool]:
    """Bytes that were added to a log between two times, and whether it may have been more.

    A file that has grown counts by what it has grown, one that is new by its size. Where none of the first files is
    left the log was turned over in between, and what came and went unseen is not counted.

    Raises:
        ValueError: one of them could not be taken.
    """
    if before.files is None or after.files is None:
        raise ValueError("the log was not seen")
    total = sum(max(0, size - before.files.get(name, 0)) for name, size in after.files.items())
    turned_over = bool(before.files) and not set(before.files) & set(after.files)
    return total, turned_over
