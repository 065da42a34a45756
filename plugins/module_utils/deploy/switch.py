# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From one rule set to another without a moment in which an event that both record goes unrecorded: the plan.

Pure: rules in, steps out. The proof, and what it does not reach, is
docs/decisions/0014-switch-without-a-window.md. In short, for a list that is
tried in order (O what it holds, N what it is to hold):

* K, the longest beginning of N that stands in O in this order, stays where it is;
* the rest of N is put behind all of O: the first match in the two together is
  the first match of one of them;
* then the rules that N does not have go: never rules first, from the last to
  the first, then always rules from the last to the first;
* what stands in O already cannot be added again (EEXIST) and yet must come
  behind: from the first such rule on, the rest of N is first added marked
  (rules/encode.py: the same events, the same keys, another rule to the
  kernel), and as it is once the old ones are gone; the marked ones go last.
"""

from collections.abc import Hashable
from typing import Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules import rule_data
from ansible_collections.auditops.trail.plugins.module_utils.rules.encode import mark_of
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import LISTS, Rule

UNORDERED = ("exclude", "filesystem")
"""Any rule that matches decides there, whatever its place (audit_filter, __audit_inode_child of the kernel)."""


class Entry(NamedTuple):
    """A rule on its way.

    ``same`` is equal for two rules that need not be told apart: their meaning
    where a rule set is loaded, their very bytes where a snapshot is put back.
    ``payload`` is the rule as bytes; None for a wanted rule that no bytes are
    needed of. ``rule`` is None for bytes that mean nothing to us.
    """

    list: str
    never: bool
    same: Hashable
    payload: Optional[bytes] = None
    rule: Optional[Rule] = None


class Plan(NamedTuple):
    """What is to be done, in this order; every part list by list.

    ``added`` is appended; ``marked`` is appended as marked rules; ``removed``
    is deleted in its order; ``moved`` (the rules of ``marked``, and ``late``)
    is appended as it is; then the marked rules are deleted, in the order of
    ``unmarked`` (places in ``marked``). ``late`` are rules that only keep
    records out: while they are gone, nothing is missed.
    """

    added: Tuple[Entry, ...] = ()
    marked: Tuple[Entry, ...] = ()
    removed: Tuple[Entry, ...] = ()
    unmarked: Tuple[int, ...] = ()
    late: Tuple[Entry, ...] = ()
    counts: Tuple[int, int, int] = (0, 0, 0)
    """Rules that are new, that go, and that change their place."""

    @property
    def moved(self) -> Tuple[Entry, ...]:
        """What is appended once the old rules are gone."""
        return self.marked + self.late

    @property
    def empty(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.added or self.marked or self.removed or self.late)


class _ListPlan(NamedTuple):
    added: List[Entry]
    marked: List[Entry]
    removed: List[Entry]


def plan(held: Sequence[Entry], wanted: Sequence[Entry], exact: bool = False) -> Plan:
    """The way from what the kernel holds to what it is to hold.

    Args:
        held: The kernel's rules, as it lists them; each with its payload.
        wanted: The rules to be, each list in the order in which it is to be
            tried. One that is there twice counts once: the second never matches.
        exact: Whether the order is to be the wanted one also where it means nothing.
    """
    added: List[Entry] = []
    marked: List[Entry] = []
    removed: List[Entry] = []
    late: List[Entry] = []
    for name in LISTS:
        here = [entry for entry in held if entry.list == name]
        there = distinct([entry for entry in wanted if entry.list == name])
        free = name in UNORDERED
        part = _unordered(here, there) if free and not exact else _ordered(here, there)
        added += part.added
        if free:
            late += part.marked
        else:
            marked += part.marked
        removed += part.removed
    before = {(entry.list, entry.same) for entry in held}
    after = {(entry.list, entry.same) for entry in wanted}
    moved = sum((entry.list, entry.same) in before for entry in marked + late)
    counts = (len(after - before), len(before - after), moved)
    places = _nevers_first([entry.never for entry in marked])
    return Plan(tuple(added), tuple(marked), tuple(removed), tuple(places), tuple(late), counts)


def distinct(entries: Sequence[Entry]) -> List[Entry]:
    """The entries without those that are the same as an earlier one."""
    found: Dict[Hashable, Entry] = {}
    for entry in entries:
        found.setdefault(entry.same, entry)
    return list(found.values())


def _unordered(held: List[Entry], wanted: List[Entry]) -> _ListPlan:
    there = {entry.same for entry in wanted}
    here = {entry.same for entry in held}
    stays = {place for place in _last_copies(held) if held[place].same in there}
    once: Set[Hashable] = set()
    for place in sorted(stays):  # one of those that mean the same is enough
        if held[place].same in once:
            stays.discard(place)
        once.add(held[place].same)
    return _ListPlan([entry for entry in wanted if entry.same not in here], [], _going(held, stays))


def _ordered(held: List[Entry], wanted: List[Entry]) -> _ListPlan:
    stays: Set[int] = set()
    can_stay = _last_copies(held)
    start = 0
    for entry in wanted:
        place = next((n for n in range(start, len(held)) if n in can_stay and held[n].same == entry.same), None)
        if place is None:
            break
        stays.add(place)
        start = place + 1
    rest = wanted[len(stays) :]
    here = {entry.same for entry in held}
    first = next((n for n, entry in enumerate(rest) if entry.same in here), len(rest))
    return _ListPlan(rest[:first], rest[first:], _going(held, stays))


def _last_copies(held: List[Entry]) -> Set[int]:
    """The places that can stay. Of rules that are the very same (-A loads such) a deletion takes the first."""
    return set({entry.payload: place for place, entry in enumerate(held)}.values())


def _going(held: List[Entry], stays: Set[int]) -> List[Entry]:
    goes = [entry for place, entry in enumerate(held) if place not in stays]
    return [goes[place] for place in _nevers_first([entry.never for entry in goes])]


def _nevers_first(nevers: Sequence[bool]) -> List[int]:
    """Places in the order of deletion: never rules from the last to the first, then the others likewise.

    The way from the last to the first matters to calls that touch two names: an
    always rule for every file that goes before one on a path would let a
    never rule on the other name decide.
    """
    places = range(len(nevers) - 1, -1, -1)
    return [place for place in places if nevers[place]] + [place for place in places if not nevers[place]]


def free_mark(held: Sequence[Entry]) -> int:
    """A number for :func:`.encode.marked` from which on none is in use: what a killed run left has some."""
    return max([mark_of(entry.payload) for entry in held if entry.payload is not None] + [-1]) + 1


def raw_entry(payload: bytes) -> Entry:
    """A rule as its very bytes, whatever they mean: what a snapshot is put back by."""
    words = rule_data.RULE.unpack_from(payload)
    number = words[0] & rule_data.LIST_BITS
    name = rule_data.LISTS.get(number, "list {0}".format(number))
    return Entry(name, words[1] == rule_data.NEVER, payload, payload)
