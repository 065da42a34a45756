# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of values of one dimension: unsigned intervals, finite or cofinite names, and truth values.

The kernel compares every number as u32 (audit_comparator in
kernel/auditfilter.c), so -1, "unset" and 4294967295 are one value and
``auid>=1000`` holds for an unset auid.
"""

from bisect import bisect_left
from typing import FrozenSet, List, Optional, Tuple, Union

TOP = 0xFFFFFFFF
Ranges = Tuple[Tuple[int, int], ...]

EVERY: Ranges = ((0, TOP),)
NONE: Ranges = ()


def meet_ranges(left: Ranges, right: Ranges) -> Ranges:
    """The values in both; ranges are sorted, disjoint and inclusive at both ends."""
    if left == right:
        return left
    if len(right) == 1:
        return _within(left, *right[0])
    if len(left) == 1:
        return _within(right, *left[0])
    found: List[Tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        low = max(left[i][0], right[j][0])
        high = min(left[i][1], right[j][1])
        if low <= high:
            found.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def _touched(ranges: Ranges, low: int, high: int) -> Tuple[int, int]:
    """Which of the ranges share a value with low to high, as the slice's ends."""
    first = bisect_left(ranges, (low,))
    if first and ranges[first - 1][1] >= low:
        first -= 1
    return first, bisect_left(ranges, (high + 1,), first)


def _within(ranges: Ranges, low: int, high: int) -> Ranges:
    first, last = _touched(ranges, low, high)
    if first == last:
        return NONE
    found = ranges[first:last]
    if found[0][0] < low:
        found = ((low, found[0][1]),) + found[1:]
    if found[-1][1] > high:
        found = found[:-1] + ((found[-1][0], high),)
    return found


def minus_ranges(left: Ranges, right: Ranges) -> Ranges:
    """The values in ``left`` and not in ``right``."""
    for low, high in right:
        first, last = _touched(left, low, high)
        if first == last:
            continue
        below, above = left[first][0], left[last - 1][1]
        ends = ((below, low - 1),) if below < low else NONE
        if above > high:
            ends += ((high + 1, above),)
        left = left[:first] + ends + left[last:]
    return left


def ranges_of(op: str, value: int) -> Ranges:
    """The u32 values for which ``x op value`` holds, for the six comparisons."""
    value &= TOP
    below = ((0, value - 1),) if value else NONE
    above = ((value + 1, TOP),) if value < TOP else NONE
    if op == "=":
        return ((value, value),)
    if op == "!=":
        return below + above
    if op == "<":
        return below
    if op == "<=":
        return ((0, value),)
    if op == ">":
        return above
    if op == ">=":
        return ((value, TOP),)
    raise ValueError("not a comparison: {0}".format(op))


class Names:
    """A finite set of names, or all names but a finite set."""

    __slots__ = ("but", "names")

    def __init__(self, names: FrozenSet[str], but: bool = False) -> None:
        self.names = names
        self.but = but

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Names) and (self.names, self.but) == (other.names, other.but)

    def __hash__(self) -> int:
        return hash((self.names, self.but))

    def __bool__(self) -> bool:
        return self.but or bool(self.names)

    def __contains__(self, name: str) -> bool:
        return (name in self.names) != self.but

    def meet(self, other: "Names") -> "Names":
        """The names in both."""
        if self.but and other.but:
            return Names(self.names | other.names, True)
        if self.but:
            return Names(other.names - self.names)
        if other.but:
            return Names(self.names - other.names)
        return Names(self.names & other.names)

    def minus(self, other: "Names") -> "Names":
        """The names in this set and not in the other."""
        return self.meet(Names(other.names, not other.but))


Domain = Union[Ranges, Names, bool]


def meet(left: Domain, right: Domain) -> Optional[Domain]:
    """The common part of two domains of one dimension, or None where it is empty."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        return meet_ranges(left, right) or None
    if isinstance(left, Names) and isinstance(right, Names):
        return left.meet(right) or None
    return left if left is right else None


def minus(left: Optional[Domain], right: Domain) -> Optional[Domain]:
    """What is left of a domain (None: every value) without the other, or None where nothing is."""
    if isinstance(right, tuple):
        return minus_ranges(left if isinstance(left, tuple) else EVERY, right) or None
    if isinstance(right, Names):
        return (left if isinstance(left, Names) else Names(frozenset(), True)).minus(right) or None
    return (not right) if left is None or left is not right else None
