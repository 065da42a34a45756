# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The times of the first and last record of a log, and its newest run, without reading all that is between them."""

import bz2
import gzip
import heapq
import lzma
import os
import re
import stat
import zlib
from typing import IO, Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import DAY, can_be
from ansible_collections.auditops.trail.plugins.module_utils.posture.trail_records import KEPT

BLOCK = 64 * 1024
"""More than seven of the longest records (MAX_AUDIT_MESSAGE_LENGTH, 8970 bytes, enriched a little longer)."""

MOST_UNPACKED = 128 * 1024 * 1024
"""Of compressed logs everything has to be unpacked to come to the last record, and where a log begins or ends with what
is no record (a crash leaves zeros) that has to be passed: so much of all of them together."""

# What is the same in each record is looked for, and what stands before it afterwards: that takes the least time.
_TIME = re.compile(rb" msg=audit\((\d{1,12})\.\d{1,9}:\d{1,20}\)")
_BEFORE = re.compile(rb"(?:node=[^\s\0]+ )?type=[^\s\0]+\Z")
_OPENERS: Dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open, ".lzma": lzma.open}
SUFFIXES = tuple(sorted(_OPENERS)) + (".zst", ".Z", ".lz4")
_BROKEN = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError)

_HEAD = 512
"""A record's beginning up to its time is no longer than this, with a node's name."""
_STEP = 256 * 1024
"""So far apart a log is looked at for its times, where less than a day lies between two of them."""


class Span(NamedTuple):
    """Seconds since 1970 of the first and the last record, None where there is none; ``why`` it is not known.

    ``odd`` is a time that cannot be and was left out, or None. ``gap`` is the longest time between two records, from
    and to, None where none is longer than a day, and where ``why`` says that not all was seen.
    """

    first: Optional[int]
    last: Optional[int]
    why: Optional[str] = None
    odd: Optional[int] = None
    gap: Optional[Tuple[int, int]] = None


class Longest:
    """The longest time without a record of all that it is told of, from and to; None where none exceeds a day."""

    def __init__(self) -> None:
        self.gap: Optional[Tuple[int, int]] = None

    @property
    def seconds(self) -> float:
        """What another has to be longer than."""
        return DAY if self.gap is None else self.gap[1] - self.gap[0]

    def take(self, times: Iterable[int]) -> None:
        """The times of records that follow one another; a clock that was set does not make a gap."""
        ordered = sorted(times)
        for one, next_one in zip(ordered, ordered[1:]):
            if next_one - one > self.seconds:
                self.gap = (one, next_one)


class Run(NamedTuple):
    """The newest part of a log: so many bytes from its end, since ``first``; ``whole`` tells that it is all of it."""

    bytes: int
    first: float
    whole: bool


class Budget:
    """How much may still be unpacked, or passed by."""

    def __init__(self, left: int = MOST_UNPACKED) -> None:
        self.left = left


def span(place: str, budget: Budget, now: float = float("inf")) -> Span:
    """The first and the last record of a log, compressed or not, by the suffix of its name.

    Args:
        place: The file.
        budget: What may still be unpacked.
        now: Seconds since 1970; times more than a day after it, and before 1990, are left out.
    """
    suffix = compression(place)
    try:
        # A pipe would hold an ordinary open for ever.
        handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return Span(None, None, "not a file")
            if suffix is None:
                return _plain(file, budget, now)
            opener = _OPENERS.get(suffix)
            if opener is None:
                return Span(None, None, "Python cannot unpack {0}".format(suffix))
            with opener(file) as unpacked:
                return _packed(unpacked, budget, now)
    except _BROKEN as exc:
        return Span(None, None, getattr(exc, "strerror", None) or str(exc) or type(exc).__name__)


def compression(name: str) -> Optional[str]:
    """The suffix that tells how a log is compressed, or None for a plain one."""
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), None)


def newest_run(place: str, last: float, since: float, now: float) -> Run:
    """The newest part of a plain log that has no day without a record, and none before ``since``.

    Args:
        place: The file.
        last: The time of the record that comes after the file's end, or of its own last one.
        since: Where to end, in seconds since 1970.
        now: As for :func:`span`.

    Raises:
        OSError: the file cannot be read.
    """
    with open(place, "rb") as file:
        size = at = counted = os.fstat(file.fileno()).st_size
        after = first = last
        while at > 0:
            begin = max(0, at - _STEP)
            file.seek(begin)
            time = _first(file.read(min(BLOCK, at - begin)), now)
            if counted < size and time is not None and time >= since and after - time <= DAY:
                at, counted, after, first = begin, begin, time, min(first, time)
                continue
            # A day or more lies between, or it begins or ends here: look at each record.
            file.seek(begin)
            text = file.read(at - begin)
            for place_of_record, time_of_record in reversed(list(_records(text, now))):
                if time_of_record < since or after - time_of_record > DAY:
                    return Run(size - counted, first, False)
                if counted == size:  # what is behind the last record is none
                    size = begin + (text.find(b"\n", place_of_record) + 1 or len(text))
                counted, after, first = begin + place_of_record, time_of_record, min(first, time_of_record)
            if counted == size:
                size = counted = begin
            at = begin
    return Run(size - counted, first, True)


def _plain(file: IO[bytes], budget: Budget, now: float) -> Span:
    size = os.fstat(file.fileno()).st_size
    head, tail = file.read(BLOCK), _at(file, size - BLOCK)
    odd = _odd((head, tail) if size > BLOCK else (head,), now)
    first, last = _oldest(head, now), _last(tail, now)
    begin, end = BLOCK, size - BLOCK
    # Each step takes a little of the one before it: there a record's head may be cut.
    while first is None and begin < size and budget.left > 0:
        first, begin = _oldest(_at(file, begin - _HEAD), now), begin + BLOCK - _HEAD
        budget.left -= BLOCK
    while first is not None and last is None and end > 0 and budget.left > 0:
        last, end = _last(_at(file, end + _HEAD - BLOCK), now), end + _HEAD - BLOCK
        budget.left -= BLOCK
    if first is None or last is None:
        none = size > 0 and odd is None
        return Span(
            first, last, "no record was found at its {0}".format("end" if first else "beginning") if none else None, odd
        )
    return Span(first, last, None, odd, _longest(file, size, (first, last), now))


def _at(file: IO[bytes], place: int) -> bytes:
    """A block of a file."""
    file.seek(max(0, place))
    return file.read(BLOCK)


def _longest(file: IO[bytes], size: int, times: Tuple[int, int], now: float) -> Optional[Tuple[int, int]]:
    """The longest time between two records of a plain log, which is read only where there may be a longer one."""
    longest = Longest()
    waiting: List[Tuple[int, int, int, int, int]] = [(times[0] - times[1], 0, size) + times]
    while waiting:
        less, begin, end, since, until = heapq.heappop(waiting)
        if -less <= longest.seconds:
            break
        if end - begin <= BLOCK:
            file.seek(begin)
            # A little more, for the head of a record that is cut at the end.
            text = file.read(end - begin + _HEAD)
            inside = [time for _place, time in _records(text, now) if since <= time <= until]
            longest.take([since] + inside + [until])
            continue
        middle = (begin + end) // 2
        place, time = _next(file, middle, end, (since, until), now)
        heapq.heappush(waiting, (since - time, begin, middle, since, time))
        if place < end:
            heapq.heappush(waiting, (time - until, place, end, time, until))
    return longest.gap


def _next(file: IO[bytes], begin: int, end: int, times: Tuple[int, int], now: float) -> Tuple[int, int]:
    """Place and time of the next record that lies between these times; the end, and the later one, without one."""
    while begin < end:
        file.seek(begin)
        text = file.read(min(BLOCK, end - begin))
        if not text:
            break
        for place, time in _records(text, now):
            if times[0] <= time <= times[1]:
                return begin + place, time
        # What is cut at the block's end is found in the next one.
        begin += len(text) if len(text) < BLOCK else len(text) - BLOCK // 4
    return end, times[1]


def _packed(file: IO[bytes], budget: Budget, now: float) -> Span:
    head = before = block = b""
    longest = Longest()
    reached: Optional[int] = None
    while True:
        if budget.left <= 0:
            return Span(_oldest(head, now), None, "too much to unpack")
        piece = file.read(BLOCK)
        time = _first(piece, now) if piece else _last(before + block, now)
        if reached is not None and time is not None and time - reached > longest.seconds:
            between = (one for _place, one in _records(before + block + piece, now))
            longest.take([reached, time] + [one for one in between if reached <= one <= time])
        if not piece:
            return Span(_oldest(head, now), time, None, _odd((head, before + block), now), longest.gap)
        if time is not None:
            reached = time if reached is None else max(reached, time)
        budget.left -= len(piece)
        if len(head) < BLOCK:
            head += piece
        before, block = block, piece


def _records(text: bytes, now: float) -> Iterator[Tuple[int, int]]:
    """Place and time of each record whose time can be."""
    for place, time in _lines(text):
        if can_be(time, now):
            yield place, time


def _lines(text: bytes) -> Iterator[Tuple[int, int]]:
    """Place and time of each record: it begins a line, or stands behind the zeros that a crash leaves."""
    for found in _TIME.finditer(text):
        end = found.start()
        from_ = max(0, end - _HEAD)
        place = max(from_, text.rfind(b"\n", from_, end) + 1, text.rfind(b"\0", from_, end) + 1)
        if _BEFORE.match(text[place:end]):
            yield place, int(found.group(1))


def _first(text: bytes, now: float) -> Optional[int]:
    return next((time for _place, time in _records(text, now)), None)


def _oldest(text: bytes, now: float) -> Optional[int]:
    """The time at which a log begins: what the kernel kept until the daemon was there comes after DAEMON_START."""
    first = _first(text, now)
    if first is None:
        return None
    return min(time for _place, time in _records(text, now) if time >= first - KEPT)


def _last(text: bytes, now: float) -> Optional[int]:
    last = None
    for _place, time in _records(text, now):
        last = time
    return last


def _odd(texts: Sequence[bytes], now: float) -> Optional[int]:
    """The first time in them that cannot be."""
    for text in texts:
        for _place, time in _lines(text):
            if not can_be(time, now):
                return time
    return None
