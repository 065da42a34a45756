# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One collected value and what another program says of the same thing; how both are read and when they agree."""

import operator
import re
from datetime import datetime
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import jmespath
from jmespath.exceptions import JMESPathTypeError

Answer = Tuple[int, str, str]


class Comparison(NamedTuple):
    """``command`` is a line for the guest's shell; ``read`` makes the value out of its answer.

    ``field`` is a JMESPath expression over the posture. ``on`` names the
    releases where it is asked, None for all.
    """

    field: str
    command: str
    read: Callable[[Answer], Any]
    agree: Callable[[Any, Any], bool] = operator.eq
    on: Optional[Sequence[str]] = None

    @property
    def part(self) -> str:
        """The part of the posture that the value is in."""
        return re.findall(r"\w+", self.field)[0] if "(" not in self.field else re.findall(r"\b(\w+)\.", self.field)[0]


class Outcome(NamedTuple):
    """What both sides told."""

    part: str
    field: str
    ours: Any
    theirs: Any
    agrees: bool


Told = Dict[str, Answer]


def compare(posture: Dict[str, Any], before: Told, after: Told, comparisons: Sequence[Comparison]) -> List[Outcome]:
    """Every comparison's outcome, with what was told ``before`` or ``after`` the posture was collected.

    A part that could not be collected disagrees in each of its values.
    """
    outcomes = []
    for one in comparisons:
        failed = posture["errors"].get(one.part)
        ours = "error: " + failed["message"] if failed else _searched(one.field, posture)
        wanted = [one.read(told[one.command]) for told in (before, after) if one.command in told]
        agrees = not failed and (any(_agree(one, ours, theirs) for theirs in wanted) or _between(ours, wanted))
        outcomes.append(Outcome(one.part, one.field, ours, wanted[0] if len(wanted) == 1 else tuple(wanted), agrees))
    return outcomes


def _between(ours: Any, wanted: Sequence[Any]) -> bool:
    """Whether a number lies between what was told before and after."""
    numbers = [value for value in (ours, *wanted) if isinstance(value, (int, float)) and not isinstance(value, bool)]
    return len(wanted) == 2 and len(numbers) == 3 and min(wanted) <= ours <= max(wanted)


def _searched(field: str, posture: Dict[str, Any]) -> Any:
    """None where the expression needs a value that is null."""
    try:
        return jmespath.search(field, posture)
    except JMESPathTypeError:
        return None


def _agree(one: Comparison, ours: Any, theirs: Any) -> bool:
    if one.agree is operator.eq and type(ours) is not type(theirs) and bool in (type(ours), type(theirs)):
        return False  # True == 1
    try:
        return bool(one.agree(ours, theirs))
    except TypeError:  # None has no place on a scale
        return ours is None and theirs is None


# How answers are read.


def text(answer: Answer) -> Optional[str]:
    """The output, or None where there is none."""
    return answer[1].strip() or None


def number(answer: Answer) -> Optional[int]:
    """A whole number, decimal, or None where there is none."""
    return int(answer[1]) if answer[1].strip() else None


def decimal(answer: Answer) -> Optional[float]:
    """A number, or None where there is none."""
    return float(answer[1]) if answer[1].strip() else None


def keyed(key: str, separator: str = " ", read: Callable[[Answer], Any] = text) -> Callable[[Answer], Any]:
    """What stands behind ``key`` and the separator in the last such line: one command answers many questions."""

    def value(answer: Answer) -> Any:
        values = [line.partition(separator) for line in answer[1].splitlines()]
        found = [behind.strip() for name, _separator, behind in values if name.strip() == key]
        return read((answer[0], found[-1] if found else "", answer[2]))

    return value


def succeeds(answer: Answer) -> bool:
    """Whether the command succeeded."""
    return answer[0] == 0


def words(answer: Answer) -> List[str]:
    """The words, in order."""
    return answer[1].split()


def sorted_lines(answer: Answer) -> List[str]:
    """The lines, sorted."""
    return sorted(answer[1].splitlines())


def is_(wanted: str) -> Callable[[Answer], bool]:
    """Whether the output is this text."""
    return lambda answer: answer[1].strip() == wanted


# When values agree. What has another rule than equality is asked before and after.


def same(ours: Any, theirs: Any) -> bool:
    """Equality, of what can change while the posture is collected."""
    return bool(ours == theirs)


def within(margin: float) -> Callable[[Any, Any], bool]:
    """Numbers that differ by no more than this."""
    return lambda ours, theirs: abs(ours - theirs) <= margin


def near(seconds: float) -> Callable[[Any, Any], bool]:
    """A time of the posture and one as ``date -u '+%F %T'`` writes it, no further apart than this."""

    def agree(ours: str, theirs: str) -> bool:
        told = datetime.strptime(ours, "%Y-%m-%dT%H:%M:%SZ") - datetime.strptime(theirs, "%Y-%m-%d %H:%M:%S")
        return abs(told.total_seconds()) <= seconds

    return agree
