# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of a case: scenes that meet the same walks, what a requirement itself reaches, what leaves no record."""

from typing import Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage.attributes import ALONE
from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box, Dim
from ansible_collections.auditops.trail.plugins.module_utils.coverage.overlay import Culprit
from ansible_collections.auditops.trail.plugins.module_utils.coverage.sets import Domain
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import (
    Inode,
    Location,
    PathRule,
    Scene,
    Thing,
    TreeRule,
    Trees,
    Walks,
    in_tree,
    replay,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Ranked


class Missed(NamedTuple):
    """A part of the demanded events that leaves no record, and what takes it away (None: no rule matches)."""

    box: Box
    scene: Scene
    rank: Optional[int]
    culprit: Optional[Culprit]


class Group(NamedTuple):
    """Scenes that meet the same rules in the same order: for each, its calls and whether it succeeds (None: either).

    ``passes`` are the walks, merged where that decides the same; ``ordered``
    tells that it does. ``dims`` is what is known of the object. ``company``
    tells how many names the scenes touch (attributes.py).
    """

    passes: Walks
    ordered: bool
    scenes: List[Tuple[Scene, int, Optional[bool]]]
    dims: Dict[Dim, Domain]
    company: int = ALONE


class Own:
    """What a requirement itself reaches: a path, the inodes of one number, or a directory; or no object of its own.

    ``late`` holds the rank 0 if the requirement looks at a call's result.
    """

    def __init__(
        self, paths: Tuple[PathRule, ...] = (), tree: Optional[TreeRule] = None, late: FrozenSet[int] = frozenset()
    ) -> None:
        self.paths, self.tree, self.late = paths, tree, late
        self._locations = frozenset(path.thing.location for path in paths if not path.fixed)
        self._inodes = frozenset(path.thing.inode for path in paths)

    def also(self, things: Sequence[Thing]) -> "Own":
        """The same and these inodes too."""
        return Own(self.paths + tuple(PathRule(0, "", thing, fixed=True) for thing in things), self.tree, self.late)

    @property
    def anything(self) -> bool:
        """Is the requirement about no object in particular?"""
        return not self.paths and self.tree is None

    def has(self, thing: Thing) -> bool:
        """Is the thing what the requirement is about?"""
        return self.part(thing) > 0

    def part(self, thing: Thing) -> int:
        """What a thing is to the requirement: 2 its object, 1 another link of its inode, 0 neither."""
        return self.part_of(thing.location, thing.inode)

    def part_of(self, location: Location, inode: Inode) -> int:
        """The same for what is at a location; a directory's inode is its location."""
        if self.paths:
            return 2 if location in self._locations else 1 if inode in self._inodes else 0
        return 2 if self.tree is None or in_tree(location, self.tree) else 0

    def touches(self, thing: Thing) -> bool:
        """Is what is done to the thing done to what the requirement is about: to itself, or to a name in it?"""
        above = thing.above
        return bool(self.part_of(thing.location, thing.inode) or self.part_of(above, above))

    def is_owed_elsewhere(self, ranked: Ranked, scene: Scene) -> bool:
        """Is the record owed to the other name alone of a two-name call? It is no credit for the object asked about.

        What a call does to a name in a directory it does to the directory too.
        """
        mine = [thing for thing in scene.things if self.touches(thing)]
        if ranked.paths:
            return not any(
                path.thing.location == thing.location or path.thing.inode in (thing.inode, thing.above)
                for thing in mine
                for path in ranked.paths
            )
        if ranked.tree is not None:
            return not any(in_tree(thing.location, ranked.tree) for thing in mine)
        return False

    def reaches(self, scene: Scene) -> bool:
        """Would the requirement's own rule, alone in the kernel, meet this scene?"""
        if self.anything:
            return True
        trees = Trees([] if self.tree is None else [self.tree])
        return bool(replay(scene, self.paths, trees, (), self.late))


def by_outcome(group: Group, matters: bool) -> List[Tuple[int, Optional[bool]]]:
    """The calls of a group, apart by success and failure where some rule asks for that."""
    calls: Dict[Optional[bool], int] = {}
    for _scene, mask, ok in group.scenes:
        key = ok if matters else None
        calls[key] = calls.get(key, 0) | mask
    return [(mask, ok) for ok, mask in calls.items()]


def scenes_of(box: Box, group: Group, ok: Optional[bool], matters: bool) -> Iterator[Tuple[Scene, Box]]:
    """The scenes that hold events of a box, each with these."""
    for scene, calls, scene_ok in group.scenes:
        if box.calls & calls and not (matters and scene_ok is not ok):
            yield scene, box._replace(calls=box.calls & calls)


def split_by_scene(box: Box, group: Group, ok: Optional[bool], matters: bool) -> List[Tuple[Scene, Box]]:
    """Like scenes_of; a call is given to the first scene that has it."""
    found: List[Tuple[Scene, Box]] = []
    left = box.calls
    for scene, piece in scenes_of(box, group, ok, matters):
        mine = left & piece.calls
        if mine:
            found.append((scene, box._replace(calls=mine)))
            left &= ~mine
        if not left:
            break
    return found
