# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of an audit log: what kind each is, and to which event it belongs.

A log has half a million lines in 64 MB. So each line is only cut at two blanks,
and looked into where its type is asked for. Nothing in a log is a fault of the
reader: a line that is no record is counted as malformed.
"""

import re
from collections import Counter
from typing import Counter as CounterOf
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Set

from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import can_be, utc

_HEAD = re.compile(
    rb"(?:node=(?P<node>\S*) )?type=(?P<type>[A-Z][A-Z0-9_]*|UNKNOWN\[\d+\]) "
    rb"msg=(?P<id>audit\((?P<time>\d{1,11}\.\d{1,9}):(?P<serial>\d{1,20})\)):"
)
_TYPE = re.compile(rb"type=(?:[A-Z][A-Z0-9_]*|UNKNOWN\[\d+\])\Z")
_DIGITS = b"0123456789"
_ID = b"msg=audit(.:):"
_DOT = slice(len("msg=audit(") + 1, len("msg=audit(") + 12)
"""Where the seconds of an event end: they have one digit to eleven."""
_TAIL = 100
"""Records of one event lie no further apart than this many lines; auditd writes them as they come."""


KEPT = 600.0
"""Seconds for which the kernel keeps records of a boot until the daemon takes them."""


class Head(NamedTuple):
    """The beginning of a record; ``event`` names the event, with the node (the same serial comes from each)."""

    node: Optional[str]
    type: str
    event: bytes
    time: float
    serial: str

    @property
    def at(self) -> Optional[str]:
        """The time of the event (UTC)."""
        return utc(self.time)

    @property
    def named(self) -> str:
        """``time:serial``, as ``ausearch --event`` finds it by the serial."""
        return "{0:.3f}:{1}".format(self.time, self.serial)


def head(line: bytes) -> Optional[Head]:
    """The beginning of a line, or None where it is no record."""
    found = _HEAD.match(line)
    if found is None:
        return None
    node = found.group("node")
    try:
        time = float(found.group("time"))
        utc(time)
    except (ValueError, OverflowError, OSError):
        return None
    return Head(
        None if node is None else node.decode("utf-8", "replace"),
        found.group("type").decode("ascii"),
        (node or b"") + found.group("id"),
        time,
        found.group("serial").decode("ascii"),
    )


class Chunk(NamedTuple):
    """Lines in their order; ``picked`` has by type the positions of those lines that were asked for."""

    lines: List[bytes]
    picked: Dict[str, List[int]]
    types: CounterOf[str]


class Scan:
    """Counts over all chunks: ``records`` by type, ``events``, ``malformed``, and the ``first`` and ``last`` time.

    Times that cannot be, as ``now`` has it, are neither the first nor the last.
    """

    def __init__(self, wanted: FrozenSet[str], now: float = float("inf")) -> None:
        self._now = now
        self._wanted = {("type=" + name).encode("ascii", "replace"): name for name in wanted}
        self._tail: Set[bytes] = set()
        self.records: CounterOf[str] = Counter()
        self.events = 0
        self.malformed = 0
        self.first: Optional[float] = None
        self.last: Optional[float] = None

    def chunk(self, data: bytes) -> Chunk:
        """Count the lines of a chunk, and pick those of the wanted types."""
        lines = data.split(b"\n")
        at_node = 1 if data.startswith(b"node=") else 0
        picked: Dict[str, List[int]] = {}
        events: Set[bytes] = set()
        types: CounterOf[bytes] = Counter()
        odd: List[int] = []
        wanted = self._wanted
        for at, line in enumerate(lines):
            words = line.split(b" ", 2 + at_node)
            try:
                kind, event = words[at_node], words[at_node + 1]
            except IndexError:
                odd.append(at)
                continue
            types[kind] += 1
            events.add(event)
            if kind in wanted:
                picked.setdefault(wanted[kind], []).append(at)
        if at_node or not self._clean(types, events):
            return self._slowly(lines)
        for at in odd:
            self.malformed += 1 if lines[at] else 0
        counted = Counter({kind[5:].decode("ascii"): number for kind, number in types.items()})
        return self._counted(Chunk(lines, picked, counted), events)

    @staticmethod
    def _clean(types: CounterOf[bytes], events: Set[bytes]) -> bool:
        """Whether all of this is records: without their digits all identities of events are alike."""
        if not all(_TYPE.match(kind) for kind in types):
            return False
        rest = b"".join(events).translate(None, _DIGITS)
        return rest == _ID * len(events) and all(b"." in event[_DOT] and b":" in event[12:42] for event in events)

    def _slowly(self, lines: List[bytes]) -> Chunk:
        """The same, line by line, where something is odd or lines tell a node."""
        picked: Dict[str, List[int]] = {}
        events: Set[bytes] = set()
        types: CounterOf[str] = Counter()
        names = set(self._wanted.values())
        for at, line in enumerate(lines):
            found = _HEAD.match(line)
            if found is None:
                self.malformed += 1 if line else 0
                continue
            name = found.group("type").decode("ascii")
            types[name] += 1
            events.add((found.group("node") or b"") + found.group("id"))
            if name in names:
                picked.setdefault(name, []).append(at)
        return self._counted(Chunk(lines, picked, types), events)

    def _counted(self, chunk: Chunk, events: Set[bytes]) -> Chunk:
        self.records.update(chunk.types)
        ends = [found for found in map(head, chunk.lines[-_TAIL:]) if found is not None]
        starts = [found for found in map(head, chunk.lines[:_TAIL]) if found is not None]
        self.events += len(events) - len({found.event for found in starts} & self._tail)
        self._tail = {found.event for found in ends}
        begun = [found.time for found in starts if can_be(found.time, self._now)]
        if begun and self.first is None:
            # What the kernel kept until the daemon was there comes after DAEMON_START, and is older.
            self.first = min(time for time in begun if time >= begun[0] - KEPT)
        ended = [found.time for found in ends if can_be(found.time, self._now)]
        if ended:
            self.last = ended[-1]
        return chunk
