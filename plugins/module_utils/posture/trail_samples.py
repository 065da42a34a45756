# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One real record from the log for each control that asks for one, and whether it holds what it must."""

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set

from ansible_collections.auditops.trail.plugins.module_utils.posture import trail_fields, trail_masks
from ansible_collections.auditops.trail.plugins.module_utils.posture.trail_records import Chunk, Head, head

Plain = Dict[str, Any]

MOST_TEXT = 4000
"""Characters of a sample; what is longer ends with an ellipsis."""
_NEAR = 200
"""The records of one event lie within so many lines."""
_NOTHING = ("", "?", "(none)", "(null)", "(unknown)", "(invalid)")
_UNSET = ("4294967295", "-1", "unset")


class Record(NamedTuple):
    """One record of an event."""

    head: Head
    text: str
    fields: List[trail_fields.Field]


class _Event(NamedTuple):
    head: Head
    lines: List[bytes]


Test = Callable[[Sequence[Record]], bool]


def _any(names: Sequence[str], without: Sequence[str] = ()) -> Test:
    """Whether a record has one of the fields, with a value that tells something."""
    absent = tuple(_NOTHING) + tuple(without)
    return lambda records: any(
        field.name in names and field.value not in absent for record in records for field in record.fields
    )


def _object(records: Sequence[Record]) -> bool:
    return _any(("exe", "unit", "acct"))(records) or _any(("name",))(
        [one for one in records if one.head.type == "PATH"]
    )


VIRTUAL: Mapping[str, Test] = {
    # What PCI DSS 10.2.2 lists, as audit records have it.
    "identity": lambda records: _any(("auid", "uid"), _UNSET)(records) or _any(("acct", "id"))(records),
    "type": bool,
    "time": bool,
    "result": _any(("success", "res", "result")),
    "origin": lambda records: (
        _any(("hostname", "addr", "terminal", "tty"))(records)
        or _any(("ses",), _UNSET)(records)
        or any(record.head.node for record in records)
    ),
    "object": _object,
}
"""Fields that no record has by this name: when each of them is there."""


class Samples:
    """Keeps from chunk to chunk the newest event of each type that is asked for."""

    def __init__(self, wanted: Mapping[str, Mapping[str, Any]]) -> None:
        self._wanted = wanted
        self._types: Set[str] = {name for asked in wanted.values() for name in asked.get("types") or ()}
        self._newest: Dict[str, _Event] = {}
        self._order: Dict[str, int] = {}
        self._seen = 0
        self._before: List[bytes] = []

    def take(self, chunk: Chunk) -> None:
        """The newest record of each wanted type in a chunk, with the records around it that are of the same event."""
        if not self._types:
            return
        self._goes_on(chunk.lines[:_NEAR])
        for name in self._types.intersection(chunk.types):
            at = _last(chunk.lines, name)
            found = None if at is None else head(chunk.lines[at])
            if at is None or found is None:
                continue
            near = chunk.lines[max(0, at - _NEAR) : at + _NEAR]
            if at < _NEAR:
                near = self._before[at - _NEAR :] + near
            self._newest[name] = _Event(found, [line for line in near if _is_of(line, found)])
            self._order[name] = self._seen + at
        self._seen += len(chunk.lines)
        self._before = chunk.lines[-_NEAR:]

    def _goes_on(self, lines: List[bytes]) -> None:
        """Records of an event that the chunk before began."""
        for event in self._newest.values():
            event.lines.extend(line for line in lines if _is_of(line, event.head))

    def told(self) -> Dict[str, Optional[Plain]]:
        """By control ``type, at, text`` (secrets masked), ``present`` and ``missing`` fields; null without a record."""
        return {
            identity: self._sample(asked.get("types") or (), asked.get("fields") or ())
            for identity, asked in self._wanted.items()
        }

    def _sample(self, types: Sequence[str], fields: Sequence[str]) -> Optional[Plain]:
        found = [name for name in types if name in self._newest]
        if not found:
            return None
        name = max(found, key=lambda one: self._order[one])
        event = self._newest[name]
        records = [record for record in map(_record, event.lines) if record is not None]
        there = [field for field in fields if _has(field, records)]
        text = "\n".join(
            trail_masks.masked(record.text, record.head.type).replace(trail_fields.ENRICHED, " ") for record in records
        )
        return {
            "type": name,
            "at": event.head.at,
            "text": text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…",
            "present": there,
            "missing": [field for field in fields if field not in there],
        }


def _last(lines: List[bytes], name: str) -> Optional[int]:
    sign = "type={0} ".format(name).encode("ascii", "replace")
    for at in range(len(lines) - 1, -1, -1):
        if sign in lines[at][:300]:
            found = head(lines[at])
            if found is not None and found.type == name:
                return at
    return None


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


def _has(name: str, records: Sequence[Record]) -> bool:
    test: Optional[Test] = VIRTUAL.get(name)
    return test(records) if test is not None else _any((name,))(records)
