# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Letters in a refused line that a shell, an editor or a web page put there: quotes, tabs, dashes, invisible letters.

auditctl's own words are about what it made of the line (a path that does not
start with a slash), not about the habit that is to blame. What is to blame is
tried, not guessed: the line without it has to be taken. Only where nothing
else can be meant (a word that begins with a dash) it is said untried.
"""

import re
from typing import Iterator, List, NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Field, Statement
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import MOST_SHOWN, shown, visible

_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u201d": "\u201d", "\u2018": "\u2019", "\u2019": "\u2019"}
"""What opens, and what closes it; the curved ones come from word processors and web pages."""

_BLANKS = {
    "\t": "a tab",
    "\r": "a carriage return",
    "\u00a0": "a no-break space",
    "\u2002": "an en space",
    "\u2003": "an em space",
    "\u2009": "a thin space",
    "\u202f": "a narrow no-break space",
    "\u3000": "an ideographic space",
}

_DASHES = {
    "\u2010": "a typographic hyphen",
    "\u2011": "a no-break hyphen",
    "\u2012": "a figure dash",
    "\u2013": "an en dash",
    "\u2014": "an em dash",
    "\u2015": "a horizontal bar",
    "\u2212": "a minus sign",
    "\ufe58": "a small em dash",
    "\ufe63": "a small hyphen",
    "\uff0d": "a wide hyphen",
}

_DASH = re.compile("[{0}]".format("".join(_DASHES)))
_LEADING = re.compile("((?:^|[ =]))([{0}]+)".format("".join(_DASHES)))

_UNSEEN = ("\u00ad", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\ufeff")
"""Letters without a shape: soft hyphen, zero width spaces and joiners, marks of direction, byte order mark."""

MARK = "\ufeff"
"""The byte order mark, at the start of what an editor of Windows saves."""


class Habit(NamedTuple):
    """A line as it was meant, and what kept auditctl from reading it so.

    ``meant`` is None where the fault is plain without a trial. ``remedy`` is
    what to do; empty: to write what is meant.
    """

    meant: Optional[str]
    fault: str
    remedy: str = ""


def explain(refused: RuleError, habit: Habit) -> RuleError:
    """The refusal of a line whose ``habit.meant`` is taken: auditctl's words behind the reason."""
    words = visible(refused.message)
    remedy = habit.remedy or (instead(habit.meant) if habit.meant else "leave the line empty.")
    told = RuleError("{0}: {1}".format(habit.fault, words), refused.file, refused.line, remedy)
    told.before = refused.before
    return told


def instead(meant: str) -> str:
    """The remedy that a line is to be written otherwise."""
    if len(meant) > MOST_SHOWN:
        return "mend the line, which then begins with `{0}`.".format(shown(meant))
    return "write `{0}` instead.".format(meant)


def after_mark(refused: RuleError, rest: Optional[RuleError]) -> RuleError:
    """The refusal of a line behind a byte order mark; ``rest`` is the refusal of the line without it, if any."""
    fault = (
        "the line begins with a byte order mark (it is invisible), which auditctl takes for a part of the first word"
    )
    remedy = "save the file as UTF-8 without a byte order mark"
    if rest is None:
        told = RuleError("{0}: {1}".format(fault, visible(refused.message)), remedy=remedy + ".")
    else:
        told = RuleError(
            "{0}; without it: {1}".format(fault, rest.message), remedy="{0}; then {1}".format(remedy, rest.remedy)
        )
    told.before = refused.before
    return told


def habits(line: str) -> Iterator[Habit]:
    """What the line could have been meant as, the smallest change first."""
    spaced = " ".join("".join(" " if letter in _BLANKS else letter for letter in line).split(" ")).strip(" ")
    faults: List[str] = []
    blank = next((letter for letter in line if letter in _BLANKS), None)
    if blank is not None:
        word = [word for word in line.split(" ") if blank in word][0]
        if line.index(blank) == len(line) - 1 and blank == "\r" and len(line) > 1:
            yield Habit(
                line[:-1],
                "the line ends in a carriage return (CRLF), auditctl reads `{0}` as one word".format(shown(word)),
                "save the file with LF at the ends of its lines: this one is then `{0}`.".format(shown(line[:-1])),
            )
        faults.append("{0} does not end a word, auditctl reads `{1}` as one".format(_BLANKS[blank], shown(word)))
        yield Habit(spaced, faults[-1])
    quote = next((letter for letter in line if letter in _QUOTES), None)
    if quote is not None:
        faults.append("auditctl strips no quotes, it reads `{0}` with them".format(shown(_quoted(line, quote))))
        unquoted = [_without_quotes(line), _with_spaces_escaped(line)]
        if blank is not None:
            unquoted += [_without_quotes(spaced), _with_spaces_escaped(spaced)]
        for meant in unquoted:
            yield Habit(meant, faults[-1])
    unseen = next((letter for letter in line if letter in _UNSEEN), None)
    if unseen is not None:
        word = [word for word in line.split(" ") if unseen in word][0]
        faults.append("there is an invisible letter in `{0}`".format(shown(word)))
        yield Habit("".join(letter for letter in line if letter not in _UNSEEN), faults[-1])
    dash = _DASH.search(line)
    if dash is not None:
        dashed = [word for word in line.split(" ") if _DASH.search(word)]
        word = next((word for word in dashed if word[0] in _DASHES), dashed[0])
        faults.append(_dashed(word).fault)
    if len(faults) > 1:
        seen = "".join(letter for letter in spaced if letter not in _UNSEEN)
        for mended in _hyphened(seen):
            for meant in (_without_quotes(mended), _with_spaces_escaped(mended)):
                yield Habit(meant, "; ".join(faults))
    if dash is not None:
        for meant in _hyphened(line):
            yield Habit(meant, faults[-1])


def plain_faults(line: str) -> Iterator[Habit]:
    """What is wrong without a trial, whatever else is."""
    for word in line.split(" "):
        if word[:1] in _DASHES:
            yield _dashed(word)


def _hyphened(line: str) -> Iterator[str]:
    """The line with hyphens for dashes: where an option or a number begins, for two hyphens, everywhere."""
    yield _LEADING.sub(lambda match: match.group(1) + "-" * len(match.group(2)), line)
    # Word processors make one dash of two hyphens.
    yield " ".join("--" + word[1:] if word[:1] in _DASHES and len(word) > 2 else word for word in line.split(" "))
    yield _DASH.sub("-", line)


def _dashed(word: str) -> Habit:
    dash = next(letter for letter in word if letter in _DASHES)
    hyphened = _DASH.sub("-", word)
    return Habit(
        None,
        "`{0}` has {1}, not a hyphen".format(shown(word), _DASHES[dash]),
        "write `{0}` with a hyphen.".format(shown(hyphened)),
    )


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


def with_carriage_return(statement: Statement) -> Statement:
    """A statement of a line that ends in a carriage return, with a warning where that is part of a name."""
    owner = ""
    rule = statement.rule
    if rule is not None:
        texts = [("key", key) for key in rule.keys]
        texts += [(field[0], str(field[2])) for field in rule.conditions if isinstance(field, Field)]
        owner = next((name for name, text in texts if text[-1:] == "\r"), "")
    elif statement.verb == "delete_all" and statement.value is not None:
        owner = "key"
    elif statement.verb == "make_equivalent":
        owner = "path"
    if not owner:
        return statement  # it stood behind a number, which ends there
    said = "the line ends in a carriage return (CRLF): it belongs to the {0}; save the file with LF".format(
        "path" if owner in ("watch", "path", "dir", "exe") else owner
    )
    return statement._replace(warnings=statement.warnings + (said,))
