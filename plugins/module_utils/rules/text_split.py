# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line of a rules file taken apart into arguments, as ``auditctl -R`` does it.

Facts from ``fileopt``, ``preprocess`` and ``postprocess`` of src/auditctl.c and
from common/strsplit.c, 2.8.5 to 4.2.1: words end at spaces and nowhere else (a
tab or a carriage return is part of its word), there are no quotes and no
trailing comments, ``\\ `` is a space and ``\\\\`` a backslash inside a word.
"""

import re
from typing import List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError

LINE_BYTES = 6143
"""The most that auditctl reads at once (LINE_SIZE less fgets' closing NUL)."""

_ALL_WORDS = (4, 2)  # before it, room for a third of the line's length was made

# What auditctl puts into the line for "\ " and "\\" while it looks for spaces.
_SPACE, _BACKSLASH = "\x07\x07", "\x04\x04"


def escape(word: str) -> str:
    """A word as it must stand in a rules file to be read back as it is.

    Raises:
        RuleError: It holds what no rules file can say: a newline, a NUL, or
            one of the two control characters that auditctl uses itself.
    """
    for letter in ("\n", "\0", "\x07", "\x04"):
        if letter in word:
            raise RuleError(
                "no line of a rules file can hold {0!r}".format(word), remedy="leave the control character out."
            )
    return word.replace("\\", "\\\\").replace(" ", "\\ ")


def words(line: str, version: Tuple[int, ...]) -> Optional[List[str]]:
    """The arguments in a line; None for one that is blank or a comment.

    Raises:
        RuleError: The line is longer than auditctl reads at once.
    """
    if "\0" in line:
        line = line[: line.index("\0")]
    if len(line) > LINE_BYTES // 4 and len(line.encode("utf-8", "surrogateescape")) > LINE_BYTES:
        raise RuleError(
            "the line is longer than {0} bytes: auditctl takes it for two lines".format(LINE_BYTES),
            remedy="split the rule in two.",
        )
    stripped = line.lstrip(" ")
    if not stripped or stripped[0] == "#":
        return None
    if "\\" in line or "\x07" in line or "\x04" in line:
        found = _escaped(line)
    else:
        found = [word for word in line.split(" ") if word]
    if version < _ALL_WORDS and len(found) * 3 > len(line) + 3:
        # Words beyond what room was made for are not read, without a word.
        room = len(line.encode("utf-8", "surrogateescape")) // 3 + 1
        del found[room:]
    return found


def _escaped(line: str) -> List[str]:
    marked = []
    at = 0
    while at < len(line):
        pair = line[at : at + 2]
        if pair == "\\ ":
            marked.append(_SPACE)
        elif pair == "\\\\":
            marked.append(_BACKSLASH)
        else:
            # A backslash before anything else stays, and so does what follows it.
            marked.append(pair if pair[0] == "\\" else pair[0])
        at += 2 if pair[0] == "\\" else 1
    first, rest = "", [word for word in "".join(marked).split(" ") if word]
    if rest:
        # auditctl leaves the marks in the first word: no option begins with a space anyway.
        first, rest = rest[0], rest[1:]
    return [first] + [_unmarked(word) for word in rest]


def _unmarked(word: str) -> str:
    """The word with its marks read: each stands for one letter, with whatever follows it."""
    return re.sub("\x04.?", "\\\\", re.sub("\x07.?", " ", word))
