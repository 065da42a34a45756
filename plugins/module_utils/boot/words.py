# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit's two parameters in texts that make up a kernel command line: put in, replaced or taken out, word by word.

What a word is is the kernel's (``next_arg`` of lib/cmdline.c): spaces inside double quotes do not separate, ``-`` and
``_`` in names are the same, and what comes behind ``--`` is for the first process.
"""

import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_parameters

AUDIT, BACKLOG = "audit", "audit_backlog_limit"

Wanted = Dict[str, Optional[str]]
"""Values by name (AUDIT, BACKLOG); None where the parameter is to be gone. A name that is not there is left alone."""

# Inside the double quotes of a shell script the quotes of the command line are written \".
_PLAIN = re.compile(r'(?:"[^"]*(?:"|\Z)|[^\s"])+')
_ESCAPED = re.compile(r'(?:\\"(?:[^"\\]|\\[^"])*(?:\\"|\Z)|\\.|[^\s\\])+')


class Text(NamedTuple):
    """One of the texts of which a command line is put together; ``escaped`` where it stands in double quotes."""

    text: str
    escaped: bool = False


class _Word(NamedTuple):
    start: int
    end: int
    name: str
    value: Optional[str]


def wanted(audit: Optional[bool], backlog_limit: Optional[int]) -> Wanted:
    """What a module's arguments ask for: ``audit`` false and ``backlog_limit`` 0 take the parameter away."""
    found: Wanted = {}
    if audit is not None:
        found[AUDIT] = "1" if audit else None
    if backlog_limit is not None:
        found[BACKLOG] = str(backlog_limit) if backlog_limit else None
    return found


def settle(texts: Sequence[Text], parameters: Wanted, home: int = -1) -> List[str]:
    """The texts with the parameters as they are wanted, and every other byte as it was.

    Args:
        texts: In the order in which the command line has them.
        parameters: What is wanted.
        home: The place of the text that takes a parameter which none of them has.

    Returns:
        The new texts. A parameter stays where it first stands; a second one of its name is taken out. One that says the
        same already, as ``audit=on``, is left as it is.
    """
    found = [text.text for text in texts]
    for name, value in parameters.items():
        places = [
            (number, word) for number, text in enumerate(texts) for word in _words(found[number], text.escaped)
            if word.name == name
        ]  # fmt: skip
        if value is not None and len(places) == 1 and _same(name, places[0][1].value, value):
            continue
        for number, word in reversed(places[1:] if value is not None else places):
            found[number] = _without(found[number], word)
        if value is not None and places:
            number, word = places[0]
            found[number] = "{0}{1}={2}{3}".format(found[number][: word.start], name, value, found[number][word.end :])
        elif value is not None:
            found[home] = _with(found[home], "{0}={1}".format(name, value), texts[home].escaped)
    return found


def one(text: str, parameters: Wanted) -> str:
    """:func:`settle` for a command line that stands in one text."""
    return settle([Text(text)], parameters)[0]


def others(text: str) -> List[str]:
    """All words of a command line but audit's, in their order; what an edit must leave as it is."""
    return [
        text[match.start() : match.end()]
        for match in _PLAIN.finditer(text)
        if _name(match.group()) not in (AUDIT, BACKLOG)
    ]


def _words(text: str, escaped: bool) -> Iterator[_Word]:
    for match in (_ESCAPED if escaped else _PLAIN).finditer(text):
        word = match.group().replace('\\"', '"') if escaped else match.group()
        if word == "--":
            return
        _left, sign, value = word.partition("=")
        yield _Word(match.start(), match.end(), _name(word), value.strip('"') if sign else None)


def _name(word: str) -> str:
    name, sign, _value = word.partition("=")
    return name.lstrip('\\"').replace("-", "_") if sign else ""


def _same(name: str, has: Optional[str], value: str) -> bool:
    word = ["{0}={1}".format(name, has)]
    return boot_parameters.audit(word) if name == AUDIT else boot_parameters.backlog_limit(word) == int(value)


def _without(text: str, word: _Word) -> str:
    """The word goes with the space in front of it, at the beginning with that behind it."""
    before, behind = text[: word.start], text[word.end :]
    return before.rstrip(" \t") + behind if before.strip(" \t") else before + behind.lstrip(" \t")


def _with(text: str, word: str, escaped: bool) -> str:
    for match in (_ESCAPED if escaped else _PLAIN).finditer(text):
        if match.group() == "--":
            return "{0}{1} {2}".format(text[: match.start()], word, text[match.start() :])
    ending = len(text.rstrip())
    return text[:ending] + (" " if text[:ending].strip() else "") + word + text[ending:]
