# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms of plain data: data that was saved is checked where it is read, and the code behind relies on it.

What does not fit is told by its place as JMESPath spells it, so that it can be
looked up: ``paths.objects."/etc".type is 7, and not a text``.
"""

import json
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

_MOST_SHOWN = 60


class _Wrong(Exception):
    """A value that does not fit; ``steps`` lead to it, the last one first."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said
        self.steps: List[str] = []


class Form(NamedTuple):
    """``wanted`` is the form in words; ``fits`` looks at the value itself, ``inside`` at what it holds.

    ``names`` are the forms of the values that a mapping has by name; None where it is none, or may hold any name.
    """

    wanted: str
    fits: Callable[[Any], bool]
    inside: Optional[Callable[[Any], None]] = None
    names: Optional[Dict[str, Any]] = None


def stranger(form: Form, steps: Sequence[str]) -> Optional[Tuple[int, List[str]]]:
    """Which of some steps into a value is the first to lead to a name that the form does not have, counted from 0, and
    the names that it has there; None where all are known.

    What is not a mapping of certain names is not followed.
    """
    for at, step in enumerate(steps):
        if form.names is None:
            return None
        if step not in form.names:
            return at, sorted(form.names)
        form = form.names[step]
    return None


def check(form: Form, value: Any, place: str, remedy: str) -> None:
    """Refuse what does not fit.

    Args:
        form: What is wanted.
        value: The data.
        place: Where the data lies; may be empty for a whole document.
        remedy: What the reader should do about it.

    Raises:
        EvidenceError: it tells the place, what is there and what is wanted.
    """
    try:
        demand(form, value)
    except _Wrong as wrong:
        where = (place + "".join(reversed(wrong.steps))).lstrip(".")
        raise EvidenceError((where or "the data") + wrong.said, remedy=remedy) from None


def demand(form: Form, value: Any, step: str = "") -> None:
    """The same inside of a form; ``step`` leads from what holds the value to the value."""
    try:
        if not form.fits(value):
            raise _Wrong(" is {0}, and not {1}".format(_shown(value), form.wanted))
        if form.inside is not None:
            form.inside(value)
    except _Wrong as wrong:
        if step:
            wrong.steps.append(step)
        raise


def number(least: int = 0, most: Optional[int] = None) -> Form:
    """A whole number; in Python a bool is one too, in saved data it never stands for one."""
    wanted = "a whole number from {0}".format(least) + ("" if most is None else " to {0}".format(most))
    return Form(
        wanted,
        lambda value: (
            isinstance(value, int)
            and not isinstance(value, bool)
            and least <= value
            and (most is None or value <= most)
        ),
    )


def one_of(words: Sequence[str]) -> Form:
    """One of some words."""
    return Form("one of {0}".format(", ".join(words)), lambda value: isinstance(value, str) and value in words)


def matching(pattern: str, wanted: str) -> Form:
    """A text that a regular expression matches from its beginning."""
    return Form(wanted, lambda value: isinstance(value, str) and re.match(pattern, value) is not None)


def or_null(form: Form) -> Form:
    """The form, or null."""
    inside = form.inside
    return Form(
        form.wanted + " or null",
        lambda value: value is None or form.fits(value),
        None if inside is None else lambda value: None if value is None else inside(value),
        form.names,
    )


def list_of(form: Form, least: int = 0) -> Form:
    """A list of at least so many values of one form."""

    def inside(value: List[Any]) -> None:
        for position, item in enumerate(value):
            demand(form, item, "[{0}]".format(position))

    wanted = "a list" if not least else "a list of at least {0}".format(least)
    return Form(wanted, lambda value: isinstance(value, list) and len(value) >= least, inside)


def mapping_of(form: Form) -> Form:
    """A mapping of names to values of one form."""
    return record({}, {}, form)


def record(needed: Dict[str, Form], allowed: Dict[str, Form], others: Optional[Form] = None) -> Form:
    """A mapping with names of its own.

    Args:
        needed: The names that must be there.
        allowed: Those that may be.
        others: The form of every other value; None takes anything, as a later version may add it.
    """
    named = dict(allowed, **needed)

    def inside(value: Dict[str, Any]) -> None:
        for name in needed:
            if name not in value:
                raise _Wrong(" has no {0}".format(name))
        for name, item in value.items():
            form = named.get(name, others)
            if form is not None:
                demand(form, item, _step(name))

    return Form("a mapping", lambda value: isinstance(value, dict), inside, named if others is None else None)


TEXT = Form("a text", lambda value: isinstance(value, str))
FLAG = Form("true or false", lambda value: isinstance(value, bool))
NOTHING = Form("left out: there is no such part", lambda value: False)


def _step(name: Any) -> str:
    text = str(name)
    return "." + (text if re.match(r"[A-Za-z_][A-Za-z0-9_]*\Z", text) else json.dumps(text))


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping" if value else "{}"
    if isinstance(value, list):
        return "a list" if value else "[]"
    text = json.dumps(value) if value is None or isinstance(value, (str, int, float)) else repr(value)
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"
