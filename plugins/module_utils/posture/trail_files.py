# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the audit log as one stream of lines, from the oldest that is read to the newest."""

import bz2
import gzip
import io
import lzma
import os
import re
import stat
import zlib
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.log_records import compression
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

DEFAULT = "/var/log/audit/audit.log"
CHUNK = 4 * 1024 * 1024
"""So much is held at a time, and with it whole lines."""

_UNPACKED: Dict[str, Callable[[Any], Any]] = {
    ".gz": lambda file: gzip.GzipFile(fileobj=file),
    ".xz": lzma.LZMAFile,
    ".lzma": lzma.LZMAFile,
    ".bz2": bz2.BZ2File,
}
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError)


class Opened(NamedTuple):
    """One file of the log, open: a rotation meanwhile changes its name and not what is read."""

    path: str
    file: Any
    size: int
    suffix: str
    inode: Tuple[int, int]
    """Device and number: after a rotation between two opens the next name leads to the same file."""


class Part(NamedTuple):
    """What of one file is read: from ``start`` to ``end`` (of what is unpacked, where it is packed)."""

    opened: Opened
    start: int
    end: int


class Log:
    """``parts`` are the files to read, the oldest first; ``whole`` tells that this is all of the log."""

    def __init__(self, parts: List[Part], whole: bool, total: int, not_seen: List[str]) -> None:
        self.parts = parts
        self.whole = whole
        self.bytes_total = total
        self.bytes_read = 0
        self.not_seen = not_seen
        self.current: Optional[Part] = None

    def chunks(self) -> Iterator[bytes]:
        """Whole lines, of one file at a time, without the last line's end; a line that is cut at the front is left out.

        The last line of the newest file is left out where it has no end: the daemon is writing it.
        """
        for number, part in enumerate(self.parts):
            self.current = part
            newest = number == len(self.parts) - 1
            try:
                yield from self._of(part, newest)
            except _BROKEN as exc:
                self.not_seen.append("{0}: {1}".format(part.opened.path, exc))
            finally:
                part.opened.file.close()

    def close(self) -> None:
        """Close what has not been read to its end."""
        for part in self.parts:
            part.opened.file.close()

    def _of(self, part: Part, newest: bool) -> Iterator[bytes]:
        file, rest, left = part.opened.file, b"", part.end - part.start
        file.seek(part.start)
        cut = part.start > 0
        while left > 0:
            data = file.read(min(CHUNK, left))
            if not data:
                break
            left -= len(data)
            self.bytes_read += len(data)
            if b"\0" in data:  # what a crash leaves; the daemon goes on writing behind it, in the same line
                data = data.replace(b"\0", b"")
            if cut:
                _gone, end, data = data.partition(b"\n")
                cut = not end
            data = rest + data
            whole, end, rest = data.rpartition(b"\n")
            if end:
                yield whole
        if rest and not newest:
            yield rest


def named(posture: Dict[str, Any], seen: Seen) -> str:
    """The log's path: as the parts before this one have it, or as auditd.conf names it."""
    for part, steps in (("logs", ("file",)), ("config", ("auditd", "values", "log_file"))):
        value: Any = posture.get(part)
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, str) and value.startswith("/"):
            return value
    for _number, line in seen.lines("/etc/audit/auditd.conf"):
        found = re.match(r"log_file\s*=\s*(/\S+)", line)
        if found:
            return found.group(1)
    return DEFAULT


def names(seen: Seen, log: str) -> List[str]:
    """The log and what it was rotated into, the newest first."""
    folder, _slash, name = log.rpartition("/")
    folder = folder or "/"
    found: List[Tuple[Tuple[float, int], str]] = []
    # auditd adds .1 and so on; logrotate a date or a number, and the name of what packed it.
    form = re.compile(re.escape(name) + r"([.-][\w.-]+)?\Z")
    for other in seen.names(folder):
        if not form.match(other):
            continue
        path = folder.rstrip("/") + "/" + other
        try:
            status = os.stat(seen.context.path(path))
        except FileNotFoundError:
            continue
        except OSError as exc:
            seen.miss(path, exc)
            continue
        if not stat.S_ISREG(status.st_mode):
            continue
        number = re.search(r"\.(\d+)(\.\w+)?\Z", other)
        age = (float("inf"), 0) if other == name else (status.st_mtime, -int(number.group(1)) if number else 0)
        found.append((age, path))
    return [path for _age, path in sorted(found, reverse=True)]


def open_log(context: Context, seen: Seen, log: str) -> Log:
    """The newest ``context.log_bytes`` of the log. A packed file is read as a whole or not at all."""
    parts: List[Part] = []
    whole, total, left = True, 0, context.log_bytes
    opened_before: Set[Tuple[int, int]] = set()
    for path in _names_once_more(seen, log):
        if left <= 0:
            size = _size(context, path)
            whole, total = whole and not size, total + size
            continue
        packed = compression(path)
        if packed is not None and packed not in _UNPACKED:
            seen.miss(path, "Python cannot unpack {0}".format(packed))
            whole, total = False, total + _size(context, path)
            continue
        opened = _open(seen, path)
        if opened is None:
            continue
        if opened.inode in opened_before:
            opened.file.close()
            continue
        opened_before.add(opened.inode)
        total += opened.size
        part = _part(opened, left)
        if part is None or part.start > 0:
            whole = False
        if part is None:
            opened.file.close()
            left = 0  # nothing older either: what is read has no gap
            continue
        left -= part.end - part.start
        parts.append(part)
    return Log(parts[::-1], whole, total, seen.not_seen)


def _names_once_more(seen: Seen, log: str) -> Iterator[str]:
    """The names of :func:`names`, and at the end what a rotation meanwhile has given a name of its own."""
    told = names(seen, log)
    yield from told
    for path in names(seen, log):
        if path not in told:
            yield path


def _size(context: Context, path: str) -> int:
    try:
        return os.stat(context.path(path)).st_size
    except OSError:
        return 0


def _open(seen: Seen, path: str) -> Optional[Opened]:
    try:
        # What was a file when it was named may be a pipe now, which would hold an ordinary open for ever.
        handle = os.open(seen.context.path(path), os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as exc:
        seen.miss(path, exc)
        return None
    file = os.fdopen(handle, "rb")  # Log.chunks closes it
    status = os.fstat(handle)
    inode = (status.st_dev, status.st_ino)
    return Opened(path, file, status.st_size, compression(path) or "", inode)


def _part(opened: Opened, left: int) -> Optional[Part]:
    if not opened.suffix:
        return Part(opened, max(0, opened.size - left), opened.size)
    if opened.size > left:
        return None
    try:
        data = _UNPACKED[opened.suffix](opened.file).read(left + 1)
    except _BROKEN:
        opened.file.seek(0)  # read once more where the fault is noted
        return Part(opened._replace(file=_UNPACKED[opened.suffix](opened.file)), 0, left)
    if len(data) > left:
        return None
    opened.file.close()
    return Part(opened._replace(file=io.BytesIO(data)), 0, len(data))
