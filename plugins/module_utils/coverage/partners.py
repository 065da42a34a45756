# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects that can be the other name of a call that the question is about, with those that are alike tried once.

A file with a never rule can be the other name of every rename, exchange and
link, so each costs some dozen scenes. Ten never rules on ten files that differ
in nothing but their names decide alike: one is tried, the others are told of.
"""

from bisect import bisect_left
from collections import Counter
from typing import Any, Container, Dict, Iterable, List, NamedTuple, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.coverage.parts import Own
from ansible_collections.auditops.trail.plugins.module_utils.coverage.scenes import (
    contents,
    holds_names,
    inside,
    things_of,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import (
    Inode,
    Location,
    Thing,
    Trees,
    in_tree,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Ranked, World


class Partners(NamedTuple):
    """``things``: one of each kind; ``others``: of each kind whose rules meet calls with two names.

    Where the requirement is about the things themselves, that is two of a kind:
    a call may touch both. ``twins`` holds for the rank of a rule the ranks of
    the rules that decide like it, itself among them.
    """

    things: List[Thing]
    others: List[Thing]
    twins: Dict[int, List[int]]


def partners(
    relevant: Sequence[Ranked], two_names: int, own: Own, world: World, trees: Trees, about: Optional[Sequence[Thing]]
) -> Partners:
    """Sort what rules single out by kind.

    Args:
        relevant: The exit rules that some event of the requirement can meet.
        two_names: The requirement's calls that touch two names.
        own: What the requirement is about.
        world: The rules on the host.
        trees: The directory rules at hand.
        about: The things that the requirement is about; None: no two never rules are taken for alike.
    """
    parents = {thing.above for thing in about or ()}
    places = parents.union(key for thing in about or () for key in (thing.location, thing.inode))
    nevers = [ranked for ranked in relevant if not ranked.always]
    # Of the rules on other files only those on the one at hand come into play beside it.
    near = [ranked for ranked in relevant if not ranked.paths or own.anything or _is_about(ranked, own, places)]
    likeness = _Likeness(own, world, trees, relevant, near)
    kinds: Dict[Any, List[Thing]] = {}
    rules: Dict[Any, List[Ranked]] = {}
    singled = things_of(nevers, world)
    times = Counter(rule.rank for singling in singled.values() for rule in singling)
    for thing, singling in singled.items():
        alone = about is None or thing.location in parents or any(times[rule.rank] > 1 for rule in singling)
        alone = alone or any(_holds(rule, about or ()) for rule in singling)
        kind = thing if alone else likeness.of(thing, singling[0])
        kinds.setdefault(kind, []).append(thing)
        rules.setdefault(kind, []).extend(singling)
    found = Partners([], [], {})
    for kind, things in kinds.items():
        found.things.append(things[0])
        if any(ranked.box is not None and ranked.box.calls & two_names for ranked in rules[kind]):
            found.others.extend(things[: 2 if own.has(things[0]) else 1])
        count = len(rules[kind]) // len(things)  # rules a thing, the same for each: see _Likeness.of
        for place in range(count) if len(things) > 1 else ():
            ranks = [ranked.rank for ranked in rules[kind][place::count]]
            found.twins.update((rank, ranks) for rank in ranks)
    calling = [ranked for ranked in relevant if ranked.box is not None and ranked.box.calls & two_names]
    if not own.anything and calling:
        more = likeness.one_of_each(_new_directories(calling, world), about is not None)
        more += likeness.one_of_each(_decided_before(calling, near, world), about is not None)
        found.others.extend(dict.fromkeys(more))
    return found


def _new_directories(calling: Sequence[Ranked], world: World) -> List[Thing]:
    """Something in each directory whose always rule can undo another always rule.

    While a name goes away, the path rules are asked in the order of the names,
    the new directory first: what its rule decides, a never rule of the exit list
    with a higher priority outdoes afterwards, when the rule on the moved file
    itself, of a higher priority still, has let go of the name.
    """
    first = min((ranked.rank for ranked in calling if ranked.always), default=len(world.exit))
    never = min((ranked.rank for ranked in calling if not ranked.always and ranked.rank > first), default=None)
    if never is None:
        return []
    things = [rule.thing for ranked in calling if ranked.always and ranked.rank > never for rule in ranked.paths]
    return [inside(thing.location, thing.shown) for thing in things if holds_names(thing, world.hopeful)]


def _decided_before(calling: Sequence[Ranked], near: Sequence[Ranked], world: World) -> List[Thing]:
    """The files for which something is decided before the names are walked at the end of the call.

    Where nothing is, the first path rule met decides, whatever its priority.
    Where a watch on a file that goes away had the names walked before, or a
    directory rule has matched, only rules of a higher priority are tried: a
    never rule may win over an always rule that is walked before it.
    """
    last = max((ranked.rank for ranked in calling if ranked.always), default=-1)
    nevers = [ranked for ranked in calling if not ranked.always and ranked.paths and ranked.rank < last]
    if not nevers:
        return []
    at_hand = {ranked.rank for ranked in near}
    if any(ranked.rank in at_hand for ranked in nevers):
        trees = [(ranked.tree, str(ranked.rule.value("dir"))) for ranked in calling if ranked.always and ranked.tree]
        found = [thing for tree, shown in trees for thing in contents(tree.roots[0], shown, world.paths)]
        return found + [thing for things in world.watched.values() for thing in things]
    places = dict.fromkeys(rule.thing.location for ranked in nevers for rule in ranked.paths)
    return [thing for place in places for thing in world.watched.get(place, ())]


def _holds(rule: Ranked, things: Sequence[Thing]) -> bool:
    """Does a directory rule hold one of the things? Then it is in every scene."""
    return rule.tree is not None and any(in_tree(thing.location, rule.tree) for thing in things)


def _is_about(ranked: Ranked, own: Own, places: Container[Inode]) -> bool:
    for rule in ranked.paths:
        thing = rule.thing
        if thing.location in places or thing.inode in places or own.tree is not None and own.has(thing):
            return True
    return False


class _Likeness:
    """Which things every scene decides alike.

    Args:
        own: What the requirement is about.
        world: The rules on the host.
        trees: The directory rules at hand.
        relevant: The exit rules that some event of the requirement can meet.
        near: Of these, the ones that come into play whatever the other name is.
    """

    def __init__(
        self, own: Own, world: World, trees: Trees, relevant: Sequence[Ranked], near: Sequence[Ranked]
    ) -> None:
        self.own, self.world, self.trees = own, world, trees
        self.relevant = frozenset(ranked.rank for ranked in relevant)
        # Which of two always rules comes first, or of two never rules, makes no difference.
        self.opposite = {
            always: [ranked.rank for ranked in near if ranked.always != always] for always in (True, False)
        }

    def of(self, thing: Thing, rule: Ranked) -> Any:
        """Equal for things that are alike; for a thing that is like no other, the thing itself.

        ``rule`` is the first that singles it out.
        """
        known = self.world.paths.get(thing.location, ())
        if thing.inode != thing.location or self.world.paths.get(thing.above):
            return thing
        if rule.tree is not None and known or self.own.anything and len(known) > 1:
            return thing  # there the thing is not only the other name
        of_tree = self._alike(rule.rank) if rule.tree is not None else None
        return self._rules_at(thing.location), of_tree, self._lies(thing, rule.rank)

    def one_of_each(self, things: Iterable[Thing], alike: bool) -> List[Thing]:
        """One thing of each kind, or two where a call may touch both; all, where none are taken for ``alike``."""
        kinds: Dict[Any, List[Thing]] = {}
        for thing in self._nearly_alike(things) if alike else things:
            kind: Any = thing
            if alike and thing.inode == thing.location:
                rules = self._rules_at(thing.location), self._rules_at(thing.above)
                kind = rules, self._lies(thing, None)
            found = kinds.setdefault(kind, [])
            if thing not in found and len(found) < (2 if self.own.has(thing) else 1):
                found.append(thing)
        return [thing for found in kinds.values() for thing in found]

    def _nearly_alike(self, things: Iterable[Thing]) -> List[Thing]:
        """Two at most of those that differ in their names alone, told apart at little cost."""
        count: Dict[Any, int] = {}
        found = []
        for thing in things:
            key = (
                self.world.kind_of(thing),
                self.own.part(thing),
                self.own.part_of(thing.above, thing.above),
                tuple(self._place(path.rank) for path in self.world.paths.get(thing.location, ())),
            )
            count[key] = count.get(key, 0) + 1
            if count[key] < 3:
                found.append(thing)
        return found

    def _place(self, rank: int) -> Any:
        """Where a rule stands between those of the other action; None for one that no event meets."""
        if rank not in self.relevant:
            return None
        return bisect_left(self.opposite[self.world.exit[rank].always], rank)

    def _rules_at(self, location: Location) -> Any:
        """Equal for places on which alike path rules hang."""
        known = self.world.paths.get(location, ())
        watches = list(dict.fromkeys(path.watch for path in known))
        loaded = sorted(path.loaded for path in known)
        return tuple(
            (
                self._alike(path.rank),
                watches.index(path.watch),
                loaded.index(path.loaded),
                path.prepend,
                path.fixed,
            )
            for path in known
        )

    def _lies(self, thing: Thing, rank: Optional[int]) -> Any:
        """Equal for things that lie alike: to the requirement, on a mount, below directory rules (not ``rank``)."""
        return (
            self.own.part(thing),
            self.own.part_of(thing.above, thing.above),
            thing.link,
            thing.entry is not None and (thing.entry.type == "dir", thing.entry.runs),
            thing.location[0],
            self.world.host.paths.mount_of(thing.shown),
            tuple(self._alike(tree) for tree in sorted(set(self.trees.at(thing.location)) - {rank})),
            tuple(self._alike(tree) for tree in sorted(set(self.trees.at(thing.above)) - {rank})),
        )

    def _alike(self, rank: int) -> Any:
        place = self._place(rank)
        if place is None:
            return None  # its watch alone plays a part
        ranked = self.world.exit[rank]
        return ranked.always, place, self.world.events_of(rank)
