# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that mean the same, and the order in which the kernel tries them."""

from collections.abc import Hashable
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import identity
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Rule

_ORDERED = ("user", "task", "exit", "filesystem", "io_uring")
"""Of the exclude list any rule that matches decides, whatever its place (audit_filter, kernel/auditfilter.c)."""


def meaning(rule: Rule) -> Hashable:
    """Equal for two rules that mean the same (rules/identity.py)."""
    return identity(rule)


def without_action(rule: Rule) -> Hashable:
    """The same without the action, which ``auditctl -l`` hides of a rule on a path."""
    return identity(rule._replace(action=None))


def tried(rules: Sequence[Rule]) -> List[Rule]:
    """Rules in the order in which their list is tried: one that was added with -A stands in front."""
    front = [rule for rule in rules if rule.prepend]
    return list(reversed(front)) + [rule for rule in rules if not rule.prepend]


def swapped(one: Sequence[Rule], other: Sequence[Rule]) -> List[Tuple[Rule, Rule]]:
    """For each list whose common rules stand in another order, the first two of ``one`` that are the other way round.

    Only rules that a swap can make a difference to are looked at: two that record alike, under the same keys, do not.
    """
    found = []
    for name in _ORDERED:
        here = _first_of_each([rule for rule in tried(one) if rule.list == name])
        there = {key: place for place, key in enumerate(_first_of_each([r for r in tried(other) if r.list == name]))}
        common = [(key, rule) for key, rule in here.items() if key in there]
        pair = _first_swap([rule for _key, rule in common], [there[key] for key, _rule in common])
        if pair is not None:
            found.append(pair)
    return found


def _first_swap(rules: List[Rule], places: List[int]) -> Optional[Tuple[Rule, Rule]]:
    """The first rule that stands behind one that it should stand before, and that one; compared by what they do."""
    furthest: Dict[Any, int] = {}  # by what rules do, the greatest place so far
    for number, (rule, place) in enumerate(zip(rules, places)):
        does = _does(rule)
        if any(other != does and greatest > place for other, greatest in furthest.items()):
            behind = zip(rules[:number], places)
            return next(earlier for earlier, at in behind if at > place and _does(earlier) != does), rule
        furthest[does] = max(place, furthest.get(does, place))
    return None


def _does(rule: Rule) -> Tuple[Any, ...]:
    return rule.action, tuple(sorted(rule.keys))


def _first_of_each(rules: Sequence[Rule]) -> Dict[Any, Rule]:
    found: Dict[Any, Rule] = {}
    for rule in rules:
        found.setdefault(meaning(rule), rule)
    return found
