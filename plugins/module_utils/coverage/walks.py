# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's walk over the names of one call, replayed on the rules that it can reach.

What a call touches is a list of names in kernel order (for rename: the new
parent, the old one, the old child, the child it replaces, the new child). Path rules hang
in buckets by inode and follow the inode while the call runs: a removal runs
the inode filter at once and then unsets the watch, an arrival points the watch
at the new inode and puts its rules at the head of the bucket
(audit_update_watch in kernel/audit_watch.c). At the end of the call the exit
list is tried, then the names (audit_filter_syscall and audit_filter_inodes in
kernel/auditsc.c). Each of these passes is a walk: an ordered list of rules, of
which the first match with a higher priority than the verdict so far decides.
"""

from typing import Any, Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage import shapes
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import Entry, is_below

Location = Tuple[str, str]
"""(device, path inside the filesystem)."""

ANYWHERE = "?"
"""The device of a file of which only the inode number is known."""

Inode = Any
"""What tells one inode from another: a location, or (device, number) where several locations share it."""


class Thing(NamedTuple):
    """An object that an event names: where it is, how a reader calls it, and which inode it is.

    Hard links share an inode and differ in location. ``link`` tells of a
    symbolic link: most calls reach what it leads to instead. ``entry`` is what
    lstat says of it, where that is known.
    """

    location: Location
    shown: str
    inode: Inode
    link: bool = False
    entry: Optional[Entry] = None

    @property
    def above(self) -> Location:
        """Where the directory is that holds it."""
        device, path = self.location
        return device, path.rpartition("/")[0] or "/"

    @property
    def parent(self) -> "Thing":
        """The directory that holds it."""
        above = self.above
        return Thing(above, self.shown.rpartition("/")[0] or "/", above)


class PathRule(NamedTuple):
    """A rule with ``path=``, or with ``inode=``: then it is ``fixed``, it stays with its inode and follows no name.

    ``rank`` is its place in the kernel's list; ``loaded`` the order in which it
    came, which -A makes another one.
    """

    rank: int
    watch: str
    thing: Thing
    loaded: int = 0
    prepend: bool = False
    fixed: bool = False


class TreeRule(NamedTuple):
    """A rule with ``dir=``: its rank and the places that the kernel tagged (the directory, mounts below)."""

    rank: int
    roots: Tuple[Location, ...]


class Scene(NamedTuple):
    """One way in which a call touches names; ``ok`` None means success or failure alike.

    ``run_by`` holds what runs the program that is executed.
    """

    shape: str
    first: Optional[Thing] = None
    second: Optional[Thing] = None
    replaces: bool = True
    ok: Optional[bool] = None
    run_by: Tuple[Thing, ...] = ()

    @property
    def things(self) -> Tuple[Thing, ...]:
        """All objects that are told of."""
        named = tuple(thing for thing in (self.first, self.second) if thing is not None)
        return named + self.run_by if self.run_by else named


Walks = Tuple[Tuple[int, ...], ...]
"""The ranks of the rules tried, pass by pass."""

_UNSET = ("unset",)


def _loaded(rule: PathRule) -> int:
    return rule.loaded


class _Watches:
    """The kernel's inode buckets for the rules at hand."""

    def __init__(self, rules: Sequence[PathRule], missing: Sequence[Location]) -> None:
        self.buckets: Dict[Inode, List[int]] = {}
        self.inode: Dict[str, Inode] = {}
        self.rules: Dict[str, List[int]] = {}
        self.by_name: Dict[Location, List[str]] = {}
        for rule in sorted(rules, key=_loaded) if len(rules) > 1 else rules:
            if rule.fixed:
                bucket = self.buckets.setdefault(rule.thing.inode, [])
                bucket.insert(0 if rule.prepend else len(bucket), rule.rank)
                continue
            if rule.watch not in self.inode:
                gone = rule.thing.location in missing
                self.inode[rule.watch] = _UNSET if gone else rule.thing.inode
                self.rules[rule.watch] = []
                self.by_name.setdefault(rule.thing.location, []).insert(0, rule.watch)
            bucket = self.buckets.setdefault(self.inode[rule.watch], [])
            bucket.insert(0 if rule.prepend else len(bucket), rule.rank)
            self.rules[rule.watch].insert(0, rule.rank)

    def move(self, name: Location, inode: Inode) -> bool:
        """Point the watch on a name at another inode; False where no rule watches the name."""
        watches = self.by_name.get(name)
        if not watches:
            return False
        watch = watches[0]  # one event updates one watch
        moved = self.rules[watch]
        old = self.buckets[self.inode[watch]]
        new = self.buckets.setdefault(inode, [])
        again: List[int] = []
        for rank in moved:
            old.remove(rank)
            new.insert(0, rank)
            again.insert(0, rank)
        self.rules[watch] = again
        self.inode[watch] = inode
        return True

    def watched(self, name: Location) -> bool:
        return bool(self.by_name.get(name))

    def walk(self, names: Sequence[Thing], as_loaded: bool) -> Tuple[int, ...]:
        found: List[int] = []
        for name in names:
            bucket = self.buckets.get(name.inode, ())
            found.extend(sorted(bucket) if as_loaded else bucket)
        return tuple(found)


class Trees:
    """Directory rules by the places they tag, to ask which of them hold a location."""

    def __init__(self, rules: Iterable[TreeRule]) -> None:
        self._roots: Dict[Location, List[int]] = {}
        for rule in rules:
            for root in rule.roots:
                self._roots.setdefault(root, []).append(rule.rank)

    def __bool__(self) -> bool:
        return bool(self._roots)

    def at(self, location: Location) -> List[int]:
        """The ranks of the rules that hold a location: handle_path (kernel/auditsc.c) asks each parent in turn."""
        found: List[int] = []
        if not self._roots:
            return found
        device, path = location
        roots = self._roots
        while path != "/":
            held = roots.get((device, path))
            if held:
                found.extend(held)
            path = path[: path.rfind("/")] or "/"
        found.extend(roots.get((device, "/"), ()))
        return found


def replay(
    scene: Scene,
    paths: Sequence[PathRule],
    trees: Trees,
    plain: Sequence[int],
    late: FrozenSet[int] = frozenset(),
    as_loaded: bool = False,
) -> Walks:
    """The walks for one scene.

    Args:
        scene: What the call touches, and whether it succeeds.
        paths: The path rules that can meet one of the names, in load order.
        trees: The directory rules at hand.
        plain: The ranks of the exit-list rules without an object, in order.
        late: The ranks of the rules with a success or exit condition. The pass
            that a removal runs comes before the call has a result, so they
            cannot match in it; afterwards the watch is unset. A watch with
            ``success=1`` therefore misses the successful unlink of its own file.
        as_loaded: As if a watch that moves kept its rules in the order in which
            they were loaded.
    """
    first, second = scene.first, scene.second
    if first is None:
        return (tuple(plain),)
    missing: List[Location] = []
    if scene.shape == shapes.CREATE:
        missing.append(first.location)
        first = first._replace(inode=("new", first.location))  # whatever inode the name had before
    if second is not None and not (scene.ok is False if scene.shape == shapes.LINK else scene.replaces):
        missing.append(second.location)  # a link that fails may meet a name that is taken
    watches = _Watches(paths, missing)
    walks: List[Tuple[int, ...]] = []
    names = _names_at_start(scene, first, second)

    def leave(thing: Thing) -> None:
        if watches.watched(thing.location):
            walks.append(tuple(rank for rank in watches.walk(names, as_loaded) if rank not in late))
            watches.move(thing.location, _UNSET)

    def arrive(at: Thing, inode: Inode) -> None:
        watches.move(at.location, inode)
        names.append(Thing(at.location, at.shown, inode))

    if scene.ok is not False:
        if scene.shape == shapes.CREATE:
            watches.move(first.location, first.inode)
        elif scene.shape == shapes.DELETE:
            leave(first)
        elif second is not None and scene.shape != shapes.PAIR:
            if scene.shape != shapes.LINK:
                leave(first)
            arrive(second, first.inode)
            if scene.shape == shapes.EXCHANGE:
                leave(second)
                arrive(first, second.inode)
    held: Set[int] = set()
    if trees:
        for location in {name.location for name in names}:
            held.update(trees.at(location))
    walks.append(tuple(sorted(held.union(plain))) if held else tuple(plain))
    if watches.buckets:
        walks.append(watches.walk(names, as_loaded))
    return tuple(walk for walk in walks if walk)


def _names_at_start(scene: Scene, first: Thing, second: Optional[Thing]) -> List[Thing]:
    """The names collected before anything changes on disk."""
    if scene.shape in (shapes.DIRECT, shapes.ITSELF, shapes.EXEC):
        return [first, *scene.run_by]
    if second is None:  # reopen, create, delete
        # A failed creation names the parent alone: the child has no inode.
        return [first.parent] if scene.shape == shapes.CREATE and scene.ok is False else [first.parent, first]
    # The parent of the new name comes first (seen on 6.18, tests/kernel/test_facts.py).
    if scene.shape == shapes.LINK:
        return [second.parent, first]
    if scene.shape == shapes.APART:
        return [second.parent, first.parent]
    if scene.shape == shapes.PAIR:
        return [first, second]
    names = [second.parent, first.parent, first]
    if scene.replaces or scene.shape == shapes.EXCHANGE:
        names.append(second)
    return names


def in_tree(location: Location, tree: TreeRule) -> bool:
    """Is the location one of the tagged places of a directory rule, or below one?"""
    device, path = location
    return any(device == root[0] and is_below(path, root[1]) for root in tree.roots)


def in_order(walks: Walks) -> Optional[Tuple[int, ...]]:
    """All walks as one list by rank, where that decides the same: each walk is sorted by itself."""
    merged: Set[int] = set()
    for walk in walks:
        if any(one > other for one, other in zip(walk, walk[1:])):
            return None
        merged.update(walk)
    return tuple(sorted(merged)) if len(walks) != 1 else walks[0]
