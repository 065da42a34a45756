# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The time of the first and of the last record of a log, without reading what is between them."""

import bz2
import gzip
import lzma
import os
import re
import stat
import zlib
from typing import IO, Any, Callable, Dict, NamedTuple, Optional

BLOCK = 64 * 1024
"""More than seven of the longest records (MAX_AUDIT_MESSAGE_LENGTH, 8970 bytes, enriched a little longer)."""

MOST_UNPACKED = 128 * 1024 * 1024
"""Of compressed logs everything has to be unpacked to come to the last record: so much of all of them together."""

_RECORD = re.compile(rb"(?:^|\n)(?:node=\S+ )?type=\S+ msg=audit\((\d{1,12})\.\d+:\d+\)")
_OPENERS: Dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open, ".lzma": lzma.open}
SUFFIXES = tuple(sorted(_OPENERS)) + (".zst", ".Z", ".lz4")
_BROKEN = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError)


class Span(NamedTuple):
    """Seconds since 1970 of the first and the last record, None where there is none; ``why`` it is not known."""

    first: Optional[int]
    last: Optional[int]
    why: Optional[str] = None


class Budget:
    """How much may still be unpacked."""

    def __init__(self, left: int = MOST_UNPACKED) -> None:
        self.left = left


def span(place: str, budget: Budget) -> Span:
    """The first and the last record of a log, compressed or not, by the suffix of its name."""
    suffix = compression(place)
    try:
        # A pipe would hold an ordinary open for ever.
        handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return Span(None, None, "not a file")
            if suffix is None:
                return _plain(file)
            opener = _OPENERS.get(suffix)
            if opener is None:
                return Span(None, None, "Python cannot unpack {0}".format(suffix))
            with opener(file) as unpacked:
                return _packed(unpacked, budget)
    except _BROKEN as exc:
        return Span(None, None, getattr(exc, "strerror", None) or str(exc) or type(exc).__name__)


def compression(name: str) -> Optional[str]:
    """The suffix that tells how a log is compressed, or None for a plain one."""
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), None)


def _plain(file: IO[bytes]) -> Span:
    head = file.read(BLOCK)
    size = os.fstat(file.fileno()).st_size
    tail = head
    if size > BLOCK:
        file.seek(size - BLOCK)
        tail = file.read(BLOCK)
    return Span(_first(head), _last(tail))


def _packed(file: IO[bytes], budget: Budget) -> Span:
    head = b""
    before, block = b"", b""
    while True:
        if budget.left <= 0:
            return Span(_first(head), None, "too much to unpack")
        piece = file.read(BLOCK)
        if not piece:
            return Span(_first(head), _last(before + block))
        budget.left -= len(piece)
        if len(head) < BLOCK:
            head += piece
        before, block = block, piece


def _first(text: bytes) -> Optional[int]:
    found = _RECORD.search(text)
    return None if found is None else int(found.group(1))


def _last(text: bytes) -> Optional[int]:
    last = None
    for found in _RECORD.finditer(text):
        last = int(found.group(1))
    return last
