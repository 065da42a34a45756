# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on disk as augenrules would merge them and auditctl would read them.

augenrules is a shell script around ``ls -1v`` (``sort -zV`` from 4.2), ``cat``
(folder.py) and awk (init.d/augenrules at v2.8.5, v3.0.9, v3.1.5, v4.0.5, and
init.d/augenrules.in at v4.2.1); every oddity here is one of these programs'.
auditctl's own checks of the file are ``fileopt`` of src/auditctl.c.
"""

import os
import re
import stat
from typing import Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules.folder import read, streams
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import Line, Lost, pieces, utf16
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Rejected
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Origin

_CONFIGURATION = "/etc/audit"
_STRIPS_CR = (3, 1, 1)

# The script's patterns are awk strings: "^\\s*-e" reaches awk as ^\s*-e. gawk
# (and busybox awk, by the C library's regcomp) takes \s for white space; mawk
# takes it for the letter s.
_SPACE = {"gawk": rb"[ \t\n\r\f\v]", "mawk": b"s"}
_COMMENT, _ENABLED, _DELETE_ALL, _FAILURE, _BACKLOG = range(1, 6)
_HOISTED = {_ENABLED: "-e", _DELETE_ALL: "-D", _FAILURE: "-f", _BACKLOG: "-b"}


class Merged(NamedTuple):
    """What auditctl would be given.

    ``lost`` are lines of the files that are not among ``lines`` though they
    look like rules. ``refused`` is why auditctl would not read the file at
    all, or None. ``records`` are the lines as augenrules writes them, byte for
    byte, the empty ones for settings that no file has among them; empty where
    the lines were not merged from a folder.
    """

    lines: Tuple[Line, ...] = ()
    lost: Tuple[Lost, ...] = ()
    warnings: Tuple[str, ...] = ()
    refused: Optional[Rejected] = None
    records: Tuple[bytes, ...] = ()


class _Record(NamedTuple):
    """A line of the merged files; ``parts`` are the lines that were glued together, empty for an ordinary one."""

    data: bytes
    file: str
    line: int
    parts: Tuple["_Record", ...] = ()


def read_rules_dir(
    directory: str,
    awk: str = "gawk",
    version: Tuple[int, ...] = (4, 2, 1),
    changes: Optional[Mapping[str, Optional[bytes]]] = None,
) -> Merged:
    """The lines that augenrules would write to audit.rules, in its order.

    Args:
        directory: The folder of ``*.rules`` files, usually /etc/audit/rules.d.
        awk: The host's awk: ``gawk`` (also busybox awk) or ``mawk`` (see :func:`.host.awk_kind`).
        version: The audit package's version.
        changes: Files that are to be there in place of what is: content by
            name (no folder in it), None for one that is to be gone. With
            changes the folder itself need not exist yet.

    Returns:
        The merged lines without those that are blank or comments.

    Raises:
        EvidenceError: The folder or one of its files cannot be read.
    """
    warnings: List[str] = []
    lost: List[Lost] = []
    pattern = _pattern(awk)
    strip_cr = strips_cr(version)
    hoisted: Dict[int, _Record] = {}
    rest: List[_Record] = []
    for found in _records(streams(directory, tuple(version), changes or {}, warnings)):
        cut = strip_cr and found.data.endswith(b"\r")
        record = found._replace(data=found.data[:-1]) if cut else found
        data = record.data
        if not data:
            continue
        match = pattern.match(data)
        kind = match.lastindex if match else None
        if kind == _COMMENT:
            lost.extend(_commented(record))
        elif kind is not None:
            earlier = hoisted.get(kind)
            if earlier is not None and earlier.data != data:
                lost.append(_overridden(earlier, record, _HOISTED[kind]))
            hoisted[kind] = record
        else:
            rest.append(record)
    ordered = [hoisted[kind] for kind in (_DELETE_ALL, _BACKLOG, _FAILURE) if kind in hoisted]
    ordered += rest
    ordered += [hoisted[_ENABLED]] if _ENABLED in hoisted else []
    # The script prints all four settings, as an empty line each where no file has it.
    first = [hoisted[kind].data if kind in hoisted else b"" for kind in (_DELETE_ALL, _BACKLOG, _FAILURE)]
    last = hoisted[_ENABLED].data if _ENABLED in hoisted else b""
    records = tuple(first + [record.data for record in rest] + [last])
    return Merged(tuple(_lines(ordered, warnings)), tuple(lost), tuple(warnings), None, records)


def strips_cr(version: Tuple[int, ...]) -> bool:
    """Whether augenrules takes a carriage return off the end of a line: awk's ``sub(/\\r$/, "")`` came with 3.1.1."""
    return tuple(version) >= _STRIPS_CR


def read_audit_rules(file: str, version: Tuple[int, ...] = (4, 2, 1), installed: Optional[bool] = None) -> Merged:
    """The lines that ``auditctl -R file`` would read, and whether it would read it at all.

    auditctl refuses a file that is not regular, that others may write to
    (not in 3.1.2 to 4.1.3) or that root does not own (up to 3.1.1).

    Args:
        file: Usually /etc/audit/audit.rules.
        version: The audit package's version.
        installed: Whether this is the host's own file rather than a copy of
            one, whose owner says nothing. Default: whether it is in /etc/audit.

    Raises:
        EvidenceError: The file cannot be read.
    """
    version = tuple(version)
    if not os.path.lexists(file):
        raise EvidenceError(
            "there is no such file; augenrules makes it of the files in rules.d when it loads them",
            file,
            remedy="run `augenrules --load` to have it made, or have rules.d judged, with the loader augenrules.",
        )
    data, status = read(os.fsencode(file))
    warnings: List[str] = []
    if installed is None:
        installed = os.path.dirname(os.path.realpath(file)) == _CONFIGURATION
    refused = None
    if status.st_mode & stat.S_IWOTH and not (3, 1, 2) <= version < (4, 1, 4):
        refused = Rejected(
            Origin(file),
            "auditctl {0} does not read a rules file that everyone may write to".format(_dotted(version)),
            "chmod o-w {0}".format(file),
        )
    elif status.st_uid != 0 and version < (3, 1, 2):
        if installed:
            refused = Rejected(
                Origin(file),
                "auditctl {0} does not read a rules file that root does not own".format(_dotted(version)),
                "chown root {0}".format(file),
            )
        else:
            warnings.append(
                "{0}: not owned by root; installed like this, auditctl {1} would refuse it".format(
                    file, _dotted(version)
                )
            )
    return Merged(tuple(_lines(_records([(file, data)]), warnings)), (), tuple(warnings), refused)


def _pattern(awk: str) -> "re.Pattern[bytes]":
    if awk not in _SPACE:
        raise ValueError("awk is gawk or mawk, not {0!r}".format(awk))
    space = _SPACE[awk]
    return re.compile(
        b"%b*(?:(#)|(-e)|(-D%b*\\Z)|(-f)|(-b))" % (space, space),
    )


def _records(streams: Iterable[Tuple[str, bytes]]) -> Iterator[_Record]:
    """The lines of the files laid end to end: a file without a closing newline runs into the next."""
    pending: Optional[_Record] = None
    for name, data in streams:
        if not data:
            continue
        found = data.split(b"\n")
        last = found.pop()  # what follows the last newline: empty for a file that ends in one
        for number, text in enumerate(found, 1):
            if pending is None:
                yield _Record(text, name, number)
            else:
                yield _joined(pending, name, number, text)
                pending = None
        if last:
            pending = _joined(pending, name, len(found) + 1, last)
    if pending is not None:
        yield pending


def _joined(pending: Optional[_Record], name: str, number: int, text: bytes) -> _Record:
    part = _Record(text, name, number)
    if pending is None:
        return part
    if not text:  # the file begins with the newline that the one before it lacks
        return pending
    return pending._replace(data=pending.data + text, parts=(pending.parts or (pending,)) + (part,))


def _origins(record: _Record) -> Tuple[Origin, ...]:
    return tuple(Origin(part.file, part.line, _shown(part.data)) for part in record.parts or (record,))


def _shown(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


def _commented(record: _Record) -> Iterator[Lost]:
    """What was glued to a comment goes with it."""
    parts = _origins(record)
    for part in parts[1:]:
        if part.text.strip() and not part.text.lstrip().startswith("#"):
            yield Lost(
                part,
                parts[0],
                "{0} ends in a comment without a newline, so this line becomes part of the comment".format(
                    parts[0].file
                ),
                "end {0} with a newline".format(parts[0].file),
            )


def _overridden(earlier: _Record, later: _Record, option: str) -> Lost:
    by = _origins(later)[0]
    return Lost(
        _origins(earlier)[0],
        by,
        "augenrules keeps the last {0} alone, which is {1}".format(option, by),
        "keep one {0} line".format(option),
    )


def _lines(records: Iterable[_Record], warnings: List[str]) -> Iterator[Line]:
    for record in records:
        data, name, number, glued = record
        texts = pieces(data)
        parts = _origins(record) if glued else ()
        if glued:
            warnings.append(
                "{0}:{1}: no newline at the end of the file, so auditctl sees this line and {2} as one: "
                "end the file with a newline".format(name, number, ", ".join(str(part) for part in parts[1:]))
            )
        if len(texts) > 1:
            warnings.append(
                "{0}:{1}: auditctl reads 6143 bytes at once and takes this line for {2}: split the rule".format(
                    name, number, len(texts)
                )
            )
        if _of_utf16(data):
            said = "{0}: the file is UTF-16, of which auditctl reads next to nothing: save it as plain text (UTF-8)"
            if said.format(name) not in warnings:
                warnings.append(said.format(name))
        elif b"\0" in data and len(texts) < 2:
            warnings.append(
                "{0}:{1}: auditctl reads this line up to its first NUL byte only: take it out".format(name, number)
            )
        for text in texts:
            yield Line(Origin(name, number, text), parts)


def _of_utf16(data: bytes) -> bool:
    beginning = data[:64]
    return (b"\0" in beginning or beginning[:1] in b"\xff\xfe") and utf16(_shown(beginning))


def _dotted(version: Tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
