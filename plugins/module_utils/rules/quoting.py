# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines and words quoted in messages: what cannot be seen is spelt out, what is too long to read is cut."""

import re
from difflib import get_close_matches
from typing import Iterable

MOST_SHOWN = 200
"""The characters of a line that a message repeats."""

_MOST_MESSAGE = 3 * MOST_SHOWN
_MOST_MISSPELT = 40
_LONG_WORD = re.compile(r"\S{%d,}" % (MOST_SHOWN + 1))


def shortened(text: str) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "\u2026"


def visible(text: str) -> str:
    """The text with control characters and invisible letters as escapes; bytes that are not UTF-8 stay surrogates."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() or "\ud800" <= letter <= "\udfff" else repr(letter)[1:-1] for letter in text
    )


def shown(text: str) -> str:
    """A line or a part of one as a message repeats it."""
    return shortened(visible(text[: MOST_SHOWN + 1]))


def compact(message: str) -> str:
    """A message in which no word of the user's is longer than can be read."""
    if len(message) <= MOST_SHOWN:
        return message
    cut = _LONG_WORD.sub(lambda match: shortened(match.group()), message)
    return cut if len(cut) <= _MOST_MESSAGE else cut[: _MOST_MESSAGE - 1] + "\u2026"


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name that a misspelt word is most like; empty where none is."""
    if len(word) > _MOST_MISSPELT:
        return ""
    alike = [name for name in known if name[:1] == word[:1].lower() and abs(len(name) - len(word)) <= 2]
    found = get_close_matches(word.lower(), alike, 1, 0.75)
    return found[0] if found else ""
