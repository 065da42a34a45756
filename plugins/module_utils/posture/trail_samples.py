# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One real event from the log for each control that asks for one, and whether it holds what it must.

Not the newest event is the best: what the system does by itself has no person behind it, and a call that touched no
file shows no object. So an event has to be of the kind that is asked for, and one with a person's audit uid and a
session or a terminal comes first.
"""

import re
from typing import Any, Callable, Container, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Sequence, Set

from ansible_collections.auditops.trail.plugins.module_utils.posture import trail_fields, trail_masks
from ansible_collections.auditops.trail.plugins.module_utils.posture.trail_records import Chunk, Head, head

Plain = Dict[str, Any]

MOST_TEXT = 4000
"""Characters of a sample; what is longer ends with an ellipsis."""
_NEAR = 200
"""The records of one event lie within so many lines."""
_NOTHING = ("", "?", "(none)", "(null)", "(unknown)", "(invalid)")
_UNSET = ("4294967295", "-1", "unset")
_CALL, _OBJECT, _LOGIN = "SYSCALL", "PATH", "USER_LOGIN"
_SET_UID = re.compile(rb"\bauid=(?!4294967295\b)\d")
_SESSION = re.compile(rb"\b(?:ses=(?!4294967295\b)\d|(?:tty|terminal)=[^\s?(])")


class Record(NamedTuple):
    """One record of an event."""

    head: Head
    text: str
    fields: List[trail_fields.Field]


class _Event(NamedTuple):
    head: Head
    lines: List[bytes]
    preferred: bool
    place: int


class _Asked(NamedTuple):
    """The events of a sample: of which type the one is that was chosen, and the types that the control wants."""

    type: str
    types: Sequence[str]
    records: Sequence[Record]


Test = Callable[[_Asked], bool]


def _any(names: Sequence[str], without: Sequence[str] = ()) -> Test:
    """Whether a record has one of the fields, with a value that tells something."""
    absent = tuple(_NOTHING) + tuple(without)
    return lambda asked: any(
        field.name in names and field.value not in absent for record in asked.records for field in record.fields
    )


def _identity(asked: _Asked) -> bool:
    """Who it was is the audit uid, which stays through su and sudo; a program that lets people in names them itself."""
    return _any(("auid",), _UNSET)(asked) or (asked.type != _CALL and _any(("acct", "id"), _UNSET)(asked))


def _origin(asked: _Asked) -> bool:
    if _any(("hostname", "addr", "terminal"))(asked):
        return True
    if _LOGIN in asked.types and asked.type != _CALL:
        return False  # from where somebody came in is a place
    return _any(("tty",))(asked) or _any(("ses",), _UNSET)(asked) or any(record.head.node for record in asked.records)


def _object(asked: _Asked) -> bool:
    """What a call was made on has a record of its own; the program that made it is none."""
    paths = asked._replace(records=[one for one in asked.records if one.head.type == _OBJECT])
    return _any(("name",))(paths) or (asked.type != _CALL and _any(("exe", "unit", "acct"))(asked))


VIRTUAL: Mapping[str, Test] = {
    # What PCI DSS 10.2.2 lists, as audit records have it.
    "identity": _identity,
    "type": lambda asked: bool(asked.records),
    "time": lambda asked: bool(asked.records),
    "result": _any(("success", "res", "result")),
    "origin": _origin,
    "object": _object,
}
"""Fields that no record has by this name: when each of them is there."""


def types(wanted: Mapping[str, Mapping[str, Any]]) -> FrozenSet[str]:
    """The types of records whose places in a chunk are needed for the samples that are wanted."""
    found = {name for asked in wanted.values() for name in asked.get("types") or ()}
    return frozenset(found | ({_OBJECT} if _CALL in found else set()))


class Samples:
    """Keeps from chunk to chunk the best event of each type that is asked for.

    Args:
        wanted: By control ``types`` and ``fields``.
        accounts: The names of this host's accounts (trail_masks.masked).
    """

    def __init__(self, wanted: Mapping[str, Mapping[str, Any]], accounts: Optional[Container[str]] = None) -> None:
        self._wanted = wanted
        self._accounts = accounts
        self._types = types(wanted)
        self._best: Dict[str, _Event] = {}
        self._seen = 0
        self._before: List[bytes] = []
        self._marks: Dict[str, List[int]] = {}
        """Where in ``_before`` the records of each type are."""

    def take(self, chunk: Chunk) -> None:
        """The best event of each wanted type in a chunk and in the lines before it, whose events may go on here."""
        if not self._types:
            return
        shift = len(self._before)
        lines = self._before + chunk.lines
        marks = {
            name: self._marks.get(name, []) + [at + shift for at in chunk.picked.get(name, ())] for name in self._types
        }
        for name in self._types:
            if marks[name]:
                self._look(name, lines, marks, self._seen - shift)
        self._seen += len(chunk.lines)
        self._before = lines[-_NEAR:]
        left = len(lines) - len(self._before)
        self._marks = {name: [at - left for at in places if at >= left] for name, places in marks.items()}

    def _look(self, name: str, lines: List[bytes], marks: Mapping[str, List[int]], offset: int) -> None:
        """From the newest on: the first event that is preferred, or else the first of the right kind."""
        objects: Optional[Set[bytes]] = None
        if name == _CALL:
            objects = {_identifier(lines[at]) for at in marks[_OBJECT]}
        best: Optional[int] = None
        preferred = False
        for at in reversed(marks[name]):
            line = lines[at]
            if objects is not None and _identifier(line) not in objects:
                continue
            preferred = _SET_UID.search(line) is not None and _SESSION.search(line) is not None
            if preferred:
                best = at
                break
            best = at if best is None else best
        before = self._best.get(name)
        if best is None or (before is not None and before.preferred and not preferred):
            return
        found = head(lines[best])
        if found is not None:
            near = lines[max(0, best - _NEAR) : best + _NEAR]
            same = [line for line in near if _is_of(line, found)]
            self._best[name] = _Event(found, same, preferred, offset + best)

    def told(self) -> Dict[str, Optional[Plain]]:
        """By control ``type, at, text`` (secrets masked), ``present`` and ``missing`` fields; null without an event
        of the kind."""
        return {
            identity: self._sample(asked.get("types") or (), asked.get("fields") or ())
            for identity, asked in self._wanted.items()
        }

    def _sample(self, names: Sequence[str], fields: Sequence[str]) -> Optional[Plain]:
        found = [name for name in names if name in self._best]
        if not found:
            return None
        name = max(found, key=lambda one: (self._best[one].preferred, self._best[one].place))
        event = self._best[name]
        records = [record for record in map(_record, event.lines) if record is not None]
        asked = _Asked(name, names, records)
        there = [field for field in fields if _has(field, asked)]
        text = "\n".join(
            trail_masks.masked(record.text, record.head.type, self._accounts).replace(trail_fields.ENRICHED, " ")
            for record in records
        )
        return {
            "type": name,
            "at": event.head.at,
            "text": text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…",
            "present": there,
            "missing": [field for field in fields if field not in there],
        }


def _identifier(line: bytes) -> bytes:
    """Time and serial of a record; that it is one, and of the same node, is looked at for what is chosen."""
    return line[: line.find(b"):")].rpartition(b"msg=")[2]


def _is_of(line: bytes, event: Head) -> bool:
    if event.serial.encode("ascii") not in line:
        return False
    found = head(line)
    return found is not None and found.event == event.event


def _record(line: bytes) -> Optional[Record]:
    found = head(line)
    if found is None:
        return None
    # A posture is text; a byte that is no UTF-8 is shown as such.
    text = line.decode("utf-8", "backslashreplace")
    return Record(found, text, trail_fields.fields(text.partition("): ")[2], found.type))


def _has(name: str, asked: _Asked) -> bool:
    test: Optional[Test] = VIRTUAL.get(name)
    return test(asked) if test is not None else _any((name,))(asked)
