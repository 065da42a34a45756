# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of rules as auditctl gets to see them, and those that never reach it."""

from typing import Iterable, List, NamedTuple, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Origin
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shortened

LINE_BYTES = 6143
"""What auditctl reads at once: its LINE_SIZE of 6144 (src/auditctl.c) less fgets' closing NUL."""


class Line(NamedTuple):
    """One line for auditctl.

    ``origin.text`` is the line. ``parts`` are the lines of the files it was
    glued together from, where a file before the last one lacks its newline;
    empty for an ordinary line.
    """

    origin: Origin
    parts: Tuple[Origin, ...] = ()


class Lost(NamedTuple):
    """A line of a file that auditctl never sees, what took it away, why, and what to do about it."""

    origin: Origin
    by: Origin
    why: str
    remedy: str


def pieces(record: bytes) -> List[str]:
    """One line of a file as the line or lines that auditctl makes of it.

    auditctl reads with fgets into a fixed buffer and works on C strings: a
    longer line is taken for several, and a NUL ends a line early
    (``get_line`` of src/auditctl.c, 2.8 to 4.2). Bytes that are not UTF-8 are
    kept as surrogates. Blank pieces are left out, as auditctl skips them.
    """
    if len(record) <= LINE_BYTES and b"\0" not in record:
        text = record.decode("utf-8", "surrogateescape")
        return [text] if text.strip(" ") else []
    chunks = [record[at : at + LINE_BYTES] for at in range(0, len(record), LINE_BYTES)]
    texts = (chunk.partition(b"\0")[0].decode("utf-8", "surrogateescape") for chunk in chunks)
    return [text for text in texts if text.strip(" ")]


def utf16(text: str) -> bool:
    """Whether a line, or its beginning, is one of a UTF-16 file: by the byte order mark, or by every second byte."""
    if text.startswith(("\udcff\udcfe", "\udcfe\udcff")):
        return True
    return len(text) > 3 and bool(text.strip("\0")) and not (text[::2].strip("\0") and text[1::2].strip("\0"))


def from_texts(texts: Iterable[str], name: str) -> List[Line]:
    """Lines that were handed over as a list, numbered from 1 under ``name``; a text may hold several.

    Raises:
        RuleError: A line holds what no file can: half of a UTF-16 pair.
    """
    found = []
    lines = (line for text in texts for line in (text[:-1] if text.endswith("\n") else text).split("\n"))
    for number, line in enumerate(lines, 1):
        try:
            record = line.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise RuleError(
                "{0!r} cannot be written as UTF-8".format(shortened(line[error.start : error.end])),
                name,
                number,
                "take that character out.",
            ) from None
        for piece in pieces(record):
            found.append(Line(Origin(name, number, piece)))
    return found
