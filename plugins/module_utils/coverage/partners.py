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
from typing import Any, Container, Dict, List, NamedTuple, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.coverage.parts import Own
from ansible_collections.auditops.trail.plugins.module_utils.coverage.scenes import holds_names, inside, things_of
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import Location, Thing, Trees, in_tree
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
    """Sort what the never rules single out by kind.

    Args:
        relevant: The exit rules that some event of the requirement can meet.
        two_names: The requirement's calls that touch two names.
        own: What the requirement is about.
        world: The rules on the host.
        trees: The directory rules at hand.
        about: The things that the requirement is about; None: no two never rules are taken for alike.
    """
    parents = {thing.parent.location for thing in about or ()}
    nevers = [ranked for ranked in relevant if not ranked.always]
    by_object = not own.anything
    # Of the rules on other files only those on the one at hand come into play beside it.
    near = [ranked for ranked in relevant if not ranked.paths or not by_object or _is_about(ranked, own, parents)]
    # Which of two always rules comes first, or of two never rules, makes no difference.
    opposite = {always: [ranked.rank for ranked in near if ranked.always != always] for always in (True, False)}
    kinds: Dict[Any, List[Thing]] = {}
    rules: Dict[Any, List[Ranked]] = {}
    singled = things_of(nevers, world.hopeful)
    times = Counter(rule.rank for singling in singled.values() for rule in singling)
    for thing, singling in singled.items():
        alone = about is None or thing.location in parents or any(times[rule.rank] > 1 for rule in singling)
        alone = alone or any(_holds(rule, about or ()) for rule in singling)
        kind = thing if alone else _kind(thing, singling[0], own, world, trees, opposite)
        kinds.setdefault(kind, []).append(thing)
        rules.setdefault(kind, []).extend(singling)
    found = Partners([], [], {})
    for kind, things in kinds.items():
        found.things.append(things[0])
        if any(ranked.box is not None and ranked.box.calls & two_names for ranked in rules[kind]):
            found.others.extend(things[: 2 if own.has(things[0]) else 1])
        count = len(rules[kind]) // len(things)  # rules a thing, the same for each: see _kind
        for place in range(count) if len(things) > 1 else ():
            ranks = [ranked.rank for ranked in rules[kind][place::count]]
            found.twins.update((rank, ranks) for rank in ranks)
    if by_object:
        found.others.extend(_in_the_way(relevant, two_names, own, world, trees, opposite))
    return found


def _in_the_way(
    relevant: Sequence[Ranked], two_names: int, own: Own, world: World, trees: Trees, opposite: Dict[bool, List[int]]
) -> List[Thing]:
    """Something in each directory whose always rule can undo another always rule: one of each kind, or two.

    While a name goes away, the path rules are asked in the order of the names,
    the new directory first: what its rule decides, a never rule of the exit list
    with a higher priority outdoes afterwards, when the rule on the moved file
    itself, of a higher priority still, has let go of the name.
    """
    calling = [ranked for ranked in relevant if ranked.box is not None and ranked.box.calls & two_names]
    first = min((ranked.rank for ranked in calling if ranked.always), default=len(world.exit))
    nevers = [ranked.rank for ranked in calling if not ranked.always and ranked.rank > first]
    if not nevers:
        return []
    kinds: Dict[Any, List[Thing]] = {}
    for ranked in calling:
        if not ranked.always or ranked.rank < nevers[0]:
            continue
        for thing in [rule.thing for rule in ranked.paths if holds_names(rule.thing, world.hopeful)]:
            within = inside(thing.location, thing.shown)
            kind = (_rules_at(thing.location, world, opposite), _lies(within, own, world, trees, None))
            known = kinds.setdefault(kind, [])
            if len(known) < (2 if own.has(within) else 1) and within not in known:
                known.append(within)
    return [thing for things in kinds.values() for thing in things]


def _holds(rule: Ranked, things: Sequence[Thing]) -> bool:
    """Does a directory rule hold one of the things? Then it is in every scene."""
    return rule.tree is not None and any(in_tree(thing.location, rule.tree) for thing in things)


def _is_about(ranked: Ranked, own: Own, parents: Container[Location]) -> bool:
    return any(own.has(rule.thing) or rule.thing.location in parents for rule in ranked.paths)


def _kind(thing: Thing, rule: Ranked, own: Own, world: World, trees: Trees, opposite: Dict[bool, List[int]]) -> Any:
    """Equal for things that every scene decides alike; for a thing that is like no other, the thing itself.

    ``rule`` is the first that singles it out; ``opposite`` the ranks of the
    rules at hand of the other action than always or never.
    """
    known = world.paths.get(thing.location, ())
    if thing.inode != thing.location or world.paths.get(thing.parent.location) or rule.tree is not None and known:
        return thing
    if own.anything and len(known) > 1:
        return thing  # there the thing is not only the other name
    return (
        _rules_at(thing.location, world, opposite),
        _alike(rule, opposite) if rule.tree is not None else None,
        _lies(thing, own, world, trees, rule.rank),
    )


def _rules_at(location: Location, world: World, opposite: Dict[bool, List[int]]) -> Any:
    """Equal for places on which alike path rules hang."""
    known = world.paths.get(location, ())
    watches = list(dict.fromkeys(path.watch for path in known))
    loaded = sorted(path.loaded for path in known)
    return tuple(
        (
            _alike(world.exit[path.rank], opposite),
            watches.index(path.watch),
            loaded.index(path.loaded),
            path.prepend,
            path.fixed,
        )
        for path in known
    )


def _lies(thing: Thing, own: Own, world: World, trees: Trees, rank: Optional[int]) -> Any:
    """Equal for things that lie alike: to the requirement, on a mount, below directory rules (``rank`` left out)."""
    parent = thing.parent
    return (
        own.part(thing),
        own.part(parent),
        thing.link,
        thing.entry is not None and thing.entry.type == "dir",
        thing.location[0],
        world.host.paths.mount_of(thing.shown),
        tuple(sorted(set(trees.at(thing.location)) - {rank})),
        tuple(sorted(set(trees.at(parent.location)) - {rank})),
    )


def _alike(ranked: Ranked, opposite: Dict[bool, List[int]]) -> Any:
    box = ranked.box
    events = None if box is None else (box.calls, frozenset(box.dims.items()))
    return ranked.always, bisect_left(opposite[ranked.always], ranked.rank), events
