# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Some keys of a configuration file changed, and all else in it left as it is.

Order, remarks and blanks stay. A line that says the same already stays too,
whatever its case. Of several lines of a key the last counts, as for the
parsers, and the others go. What results is read as the audit programs of the
release read it, and refused where they would refuse it.
"""

import re
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.config import legal, values
from ansible_collections.auditops.trail.plugins.module_utils.config.keys import Key, Version, first_release, release
from ansible_collections.auditops.trail.plugins.module_utils.config.lines import buffer_size, split
from ansible_collections.auditops.trail.plugins.module_utils.config.read import read
from ansible_collections.auditops.trail.plugins.module_utils.config.surroundings import Seen, Surroundings
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.host import spelled

Plain = Dict[str, Any]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_WELL = re.compile(rb"( *)([^ #][^ ]*)( +)=( +)(.*)\Z", re.DOTALL)
_ANYHOW = re.compile(rb"\s*([A-Za-z][A-Za-z0-9_]*)\s*(?:=|\s|\Z)")
_FIRST, _SECOND = "verify_email", "action_mail_acct"
"""The first holds for the second alone where it stands above it."""


class Target(NamedTuple):
    """Which file is edited, and what reads it.

    ``file`` is its kind (auditd, audispd, remote, plugin), ``path`` its place,
    ``version`` the audit release or None for the newest, ``host`` where what
    values name is looked up (None: not at all), ``state`` the file's own owner
    and mode (None: not looked at).
    """

    file: str
    path: str
    version: Optional[Version]
    host: Optional[Surroundings] = None
    state: Optional[Seen] = None

    @property
    def known(self) -> Version:
        """The release as which it is read."""
        return release(self.version)


class Edited(NamedTuple):
    """The new content and what it means.

    ``settings`` maps each key that was asked for to ``before`` and ``after``:
    the text of the line that counts, None for none. ``notes`` tell of lines
    that went, ``strange`` of keys to take away that no release has. ``after`` is
    what ``read`` makes of the new content; ``origin`` has for each line of it its
    number in the old one, or None.
    """

    data: bytes
    settings: Dict[str, Dict[str, Optional[str]]]
    notes: List[str]
    after: Plain
    origin: Tuple[Optional[int], ...]
    strange: List[str]


class _Row(NamedTuple):
    """One line: without its newline, its number in the old content, and whether the parser heeds it."""

    text: bytes
    number: Optional[int]
    counts: bool


def edit(target: Target, data: bytes, settings: Mapping[str, Any]) -> Edited:
    """The content with these settings in it.

    Args:
        target: The file.
        data: Its content; empty where there is none.
        settings: By key the value: text, number, true or false, a list of words; None takes the line away.

    Raises:
        TrailError: The release has no such key or does not take the value, or the programs would refuse the result.
            The message names key, line, legal values and releases. Line numbers are those of the old content, where
            the line is in it.
    """
    rows = given = _rows(target, data)
    notes: List[str] = []
    strange: List[str] = []
    wanted = _wanted(target, given, settings, strange)
    for name, text in wanted.items():
        rows = _without(rows, name, notes) if text is None else _with(target, rows, name, text, notes)
    if wanted.get(_FIRST) is not None:
        rows = _in_order(rows)
    # A last line without newline, which most parsers skip, gets one only where lines changed.
    new = data if rows == given else b"".join(row.text + b"\n" for row in rows)
    before = read(target.file, data, target.version, target.host, target.state, [])
    after = read(target.file, new, target.version, target.host, target.state, [])
    edited = Edited(new, _changes(wanted, before, after), notes, after, tuple(row.number for row in rows), strange)
    _refuse_long(target, rows, wanted)
    _refuse_fatal(target, edited)
    _refuse_overruled(target, edited, wanted)
    return edited


def old_line(edited: Edited, line: Optional[int]) -> Optional[int]:
    """The number that a line of the new content has in the old one; for a new line, its own."""
    if line is None or not 0 < line <= len(edited.origin):
        return line
    return edited.origin[line - 1] or line


def _wanted(
    target: Target, rows: List[_Row], settings: Mapping[str, Any], strange: List[str]
) -> Dict[str, Optional[str]]:
    found: Dict[str, Optional[str]] = {}
    for name, given in settings.items():
        if not isinstance(name, str) or not _NAME.match(name):
            raise TrailError("{0!r} is not the name of a key".format(name), target.path, remedy="correct it.")
        plain = name.lower()
        if plain in found:
            raise TrailError("{0} is given twice".format(plain), target.path, remedy="give it once.")
        if given is None:
            found[plain] = None
            if _line_of(rows, plain) is None and first_release(target.file, plain) is None:
                strange.append(legal.misspelt(target.file, name))
            continue
        key = legal.require(target.file, target.path, name, _line_of(rows, plain) or len(rows) + 1, target.known)
        found[plain] = legal.text_of(key, given, target.path)
    # Of new lines, the one that holds for the other has to come first.
    return {name: found[name] for name in sorted(found, key=lambda name: name == _SECOND)} if _FIRST in found else found


def _rows(target: Target, data: bytes) -> List[_Row]:
    heeded: Set[int] = set()
    broken: Set[int] = set()
    for line in split(data, target.file, target.known):
        if line.skipped is None and not line.cut and len(line.words) > 2 and line.words[1] == "=":
            heeded.add(line.number)
        elif line.cut:
            broken.add(line.number)
    parts = data.split(b"\n")
    if not parts[-1]:
        parts.pop()
    return [_Row(text, number, number in heeded - broken) for number, text in enumerate(parts, 1)]


def _name_of(text: bytes) -> Optional[str]:
    """Whose line it is, also where it is written so that no parser takes it (``num_logs=5``)."""
    found = _WELL.match(text)
    name = found.group(2) if found else None
    if name is None:
        loose = _ANYHOW.match(text)
        name = loose.group(1) if loose else None
    return None if name is None else name.decode("utf-8", "replace").lower()


def _places(rows: List[_Row], name: str) -> List[int]:
    return [place for place, row in enumerate(rows) if _name_of(row.text) == name]


def _line_of(rows: List[_Row], name: str) -> Optional[int]:
    places = _places(rows, name)
    return rows[places[-1]].number if places else None


def _without(rows: List[_Row], name: str, notes: List[str]) -> List[_Row]:
    gone = _places(rows, name)
    if len(gone) > 1:
        notes.append("{0} stood in lines {1}; all are gone".format(name, _numbers(rows, gone)))
    return [row for place, row in enumerate(rows) if place not in gone]


def _with(target: Target, rows: List[_Row], name: str, text: str, notes: List[str]) -> List[_Row]:
    places = _places(rows, name)
    if not places:
        return _added(rows, name, text)
    counting = [place for place in places if rows[place].counts]
    kept = (counting or places)[-1]
    others = [place for place in places if place != kept]
    if others:
        notes.append(
            "{0} stood in lines {1} too; of line {2}, which counts, one is left".format(
                name, _numbers(rows, others), rows[kept].number
            )
        )
    changed = _rewritten(target, rows[kept], name, text)
    return [changed if place == kept else row for place, row in enumerate(rows) if place not in others]


def _numbers(rows: List[_Row], places: List[int]) -> str:
    return ", ".join(str(rows[place].number) for place in places)


def _rewritten(target: Target, row: _Row, name: str, text: str) -> _Row:
    found = _WELL.match(row.text)
    if found is None:
        return _Row("{0} = {1}".format(name, text).encode("utf-8"), row.number, True)
    if row.counts and _says(target, found.group(5), name, text):
        return row
    start = found.group(1) + found.group(2) + found.group(3) + b"=" + found.group(4)
    return _Row(start + text.encode("utf-8"), row.number, True)


def _says(target: Target, value: bytes, name: str, text: str) -> bool:
    """Whether a line's value is the wanted one, written otherwise or not."""
    there = tuple(word for word in value.decode("utf-8", "backslashreplace").split(" ") if word)
    wanted = tuple(word for word in text.split(" ") if word)
    if there == wanted:
        return True
    key = legal.known(target.file, name, target.known)
    if key is None or len(there) != len(wanted) or there[1:] != wanted[1:]:
        return False
    value = _typed(target, key, wanted)
    return key.kind not in _VERBATIM and value is not None and _typed(target, key, there) == value


_VERBATIM = ("text", "words", "absolute", "group", "log_file", "plugin_path", "account", "ignored")
"""Kinds of values that are compared as they stand there."""
_TOLD = 3
"""How many of several reasons a refusal tells."""


def _typed(target: Target, key: Key, words: Tuple[str, ...]) -> Any:
    try:
        return values.read(key, words, values.Scene(target.file, target.known, {}, None, [], []))
    except values.Refused:
        return None


def _added(rows: List[_Row], name: str, text: str) -> List[_Row]:
    new = _Row("{0} = {1}".format(name, text).encode("utf-8"), None, True)
    if name == _FIRST:
        places = _places(rows, _SECOND)
        if places:
            return rows[: places[0]] + [new] + rows[places[0] :]
    return rows + [new]


def _in_order(rows: List[_Row]) -> List[_Row]:
    first, second = _places(rows, _FIRST), _places(rows, _SECOND)
    if not first or not second or first[-1] < second[0]:
        return rows
    moved = rows[first[-1]]
    rest = rows[: first[-1]] + rows[first[-1] + 1 :]
    return rest[: second[0]] + [moved] + rest[second[0] :]


def _changes(wanted: Mapping[str, Optional[str]], before: Plain, after: Plain) -> Dict[str, Dict[str, Optional[str]]]:
    return {name: {"before": written(before, name), "after": written(after, name)} for name in wanted}


def written(found: Plain, name: str) -> Optional[str]:
    """The text of the line that counts for a key, in what ``read`` made of a file; None where there is none."""
    line = found["written"].get(name)
    return None if line is None else str(line["value"])


def _refuse_long(target: Target, rows: List[_Row], wanted: Mapping[str, Optional[str]]) -> None:
    most = buffer_size(target.file, target.known) - 2
    for number, row in enumerate(rows, 1):
        name = _name_of(row.text)
        if name in wanted and len(row.text) > most:
            raise TrailError(
                "the line of {0} would have {1} bytes, and audit {2} reads lines up to {3} bytes".format(
                    name, len(row.text), spelled(target.known), most
                ),
                target.path,
                row.number or number,
                "shorten the value; other values of {0} are legal as far as they fit.".format(name),
            )


def _refuse_fatal(target: Target, edited: Edited) -> None:
    fatal = [problem for problem in edited.after["problems"] if problem["fatal"]]
    if not fatal:
        return
    first = fatal[0]
    more = "".join("; also {0}".format(problem["message"]) for problem in fatal[1:_TOLD])
    rest = len(fatal) - _TOLD
    raise TrailError(
        told(target, edited, first["line"], first["message"])
        + more
        + ("; and {0} more".format(rest) if rest > 0 else ""),
        target.path,
        old_line(edited, first["line"]),
        first["remedy"],
    )


def told(target: Target, edited: Edited, line: Optional[int], message: str) -> str:
    """A refusal in words: what, in which line, and what would be legal there."""
    text = _text_at(edited, line)
    if text is None:
        return message
    name = _name_of(text)
    key = None if name is None else legal.known(target.file, name, target.known)
    parts = [message, "the line would be '{0}'".format(text.decode("utf-8", "backslashreplace"))]
    if key is not None:
        found = _WELL.match(text)
        words = found.group(5).decode("utf-8", "backslashreplace").split() if found else []
        parts.append(legal.hint(target.file, key, tuple(words), target.known))
    return "; ".join(parts)


def _text_at(edited: Edited, line: Optional[int]) -> Optional[bytes]:
    lines = edited.data.split(b"\n")
    return lines[line - 1] if line is not None and 0 < line <= len(lines) else None


def _refuse_overruled(target: Target, edited: Edited, wanted: Mapping[str, Optional[str]]) -> None:
    """Another line may set the same value: ``enable_krb5 = yes`` sets transport."""
    for name, text in wanted.items():
        key = None if text is None else legal.known(target.file, name, target.known)
        if key is None or text is None or key.kind in ("ignored", "account"):
            continue
        alone = read(target.file, "{0} = {1}\n".format(name, text).encode("utf-8"), target.version)["values"].get(name)
        if edited.after["values"].get(name) != alone and name in edited.after["written"]:
            raise TrailError(
                "{0} = {1} has no effect: another line of the file sets it to {2}".format(
                    name, text, edited.after["values"].get(name)
                ),
                target.path,
                old_line(edited, edited.after["written"][name]["line"]),
                "take that line out (give its key as null), or leave {0} out.".format(name),
            )
