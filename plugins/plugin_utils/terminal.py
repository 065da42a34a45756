# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines for a terminal: broken at spaces where it is too narrow for them, what follows set in below the text."""

from __future__ import annotations

import re
import shutil
from typing import Any

DIM = "dim"
"""A colour of our own: the grey of the terminal's palette cannot be read on every background."""

_NARROWEST = 40
_CODE = re.compile(r"\x1b\[([0-9;]*)m")
_LEAD = re.compile(r" *(?:(?:missed|because|remedy|since|on|controls) +|(?:CRITICAL|HIGH|MEDIUM|LOW|TOTAL|GATE) +|· )?")
_TO_PASTE = re.compile(r"-[aAwWbfe] |auditctl |augenrules ")


def dim(text: str) -> str:
    """The text as a terminal shows it with less weight."""
    return f"\x1b[2m{text}\x1b[0m"


def plain(text: Any) -> str:
    """The text without what a terminal would act on: a path or a host's name may hold control characters."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", lambda found: f"\\x{ord(found.group()):02x}", str(text))


def width() -> int:
    """The columns of the terminal; COLUMNS wins."""
    return shutil.get_terminal_size().columns


def fit(line: str, columns: int) -> list[str]:
    """The rows of a line; one that is to be pasted stays whole, as does what fits.

    Args:
        line: Characters and codes for colours.
        columns: The width of the terminal.
    """
    text = _CODE.sub("", line)
    lead = _LEAD.match(text)
    start = lead.end() if lead is not None else 0
    if len(text) <= columns or columns < _NARROWEST or _TO_PASTE.match(text, start):
        return [line]
    hanging = start + 2 if 0 < start < columns // 2 else 2
    letters = _letters(line)
    rows: list[str] = []
    begin = indent = 0
    while len(text) - begin > columns - indent:
        end = begin + columns - indent
        space = text.rfind(" ", begin, end + 1)
        # What has no space in a whole row is broken where the row ends.
        cut = space if space > begin and text[begin:space].strip() else end
        rows.append(" " * indent + _painted(letters[begin : begin + len(text[begin:cut].rstrip())]))
        begin = cut + len(text[cut:]) - len(text[cut:].lstrip(" "))
        indent = hanging
    return [*rows, " " * indent + _painted(letters[begin:])]


def _letters(line: str) -> list[tuple[str, str]]:
    """Each character with the code in force."""
    found: list[tuple[str, str]] = []
    code = ""
    for number, part in enumerate(_CODE.split(line)):
        if number % 2:
            code = "" if part in ("", "0") else part
        else:
            found += [(letter, code) for letter in part]
    return found


def _painted(letters: list[tuple[str, str]]) -> str:
    out, code = "", ""
    for letter, own in letters:
        if own != code:
            out += ("\x1b[0m" if code else "") + (f"\x1b[{own}m" if own else "")
            code = own
        out += letter
    return out + ("\x1b[0m" if code else "")
