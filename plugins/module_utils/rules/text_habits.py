# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotes and tabs in a refused line: a shell reads them, auditctl does not.

auditctl's own words are about what it made of the line (a path that does not
start with a slash), not about the habit that is to blame. What is to blame is
tried, not guessed: the line without it has to be taken.
"""

from typing import Iterator, NamedTuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError

_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u201d": "\u201d", "\u2018": "\u2019", "\u2019": "\u2019"}
"""What opens, and what closes it; the curved ones come from word processors and web pages."""

_BLANKS = {"\t": "a tab", "\r": "a carriage return", "\u00a0": "a no-break space"}


class Habit(NamedTuple):
    """A line as it was meant, and what kept auditctl from reading it so."""

    meant: str
    fault: str


def explain(refused: RuleError, habit: Habit) -> RuleError:
    """The refusal of a line whose ``habit.meant`` is taken: auditctl's words behind the reason."""
    words = refused.message.replace("\t", "\\t").replace("\r", "\\r")
    remedy = "write `{0}` instead.".format(habit.meant) if habit.meant else "leave the line empty."
    told = RuleError("{0}: {1}".format(habit.fault, words), refused.file, refused.line, remedy)
    told.before = refused.before
    return told


def habits(line: str) -> Iterator[Habit]:
    """What the line could have been meant as, the smallest change first."""
    blank = next((letter for letter in line if letter in _BLANKS), None)
    quote = next((letter for letter in line if letter in _QUOTES), None)
    spaced = " ".join("".join(" " if letter in _BLANKS else letter for letter in line).split(" ")).strip(" ")
    if blank is not None:
        word = [word for word in line.split(" ") if blank in word][0]
        fault = "{0} does not end a word, auditctl reads `{1}` as one".format(_BLANKS[blank], _shown(word))
        yield Habit(spaced, fault)
    if quote is not None:
        fault = "auditctl strips no quotes, it reads `{0}` with them".format(_shown(_quoted(line, quote)))
        unquoted = [_without_quotes(line), _with_spaces_escaped(line)]
        if blank is not None:
            unquoted += [_without_quotes(spaced), _with_spaces_escaped(spaced)]
        for meant in unquoted:
            yield Habit(meant, fault)


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() or letter >= "\ud800" else repr(letter)[1:-1] for letter in text)


def _quoted(line: str, quote: str) -> str:
    """The words from the first quote to the one that closes it."""
    opened = line.index(quote)
    closed = line.find(_QUOTES[quote], opened + 1)
    start = line.rfind(" ", 0, opened) + 1
    end = line.find(" ", max(opened, closed))
    return line[start:] if end < 0 else line[start:end]


def _without_quotes(line: str) -> str:
    return "".join(letter for letter in line if letter not in _QUOTES)


def _with_spaces_escaped(line: str) -> str:
    """The line as a shell would part it: a space between quotes belongs to its word."""
    meant = []
    closing = ""
    for letter in line:
        if closing:
            if letter == closing:
                closing = ""
            else:
                meant.append("\\ " if letter == " " else letter)
        elif letter in _QUOTES:
            closing = _QUOTES[letter]
        else:
            meant.append(letter)
    return "".join(meant)
