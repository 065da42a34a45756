# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a requirement is about: its own object, and every thing on the host that its events can touch as that."""

from typing import List, NamedTuple, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage.parts import Own
from ansible_collections.auditops.trail.plugins.module_utils.coverage.scenes import inside, things_of
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import PathRule, Thing, TreeRule, in_tree
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import (
    Ranked,
    World,
    thing_at,
    things_with_inode,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Field


class Subject(NamedTuple):
    """``own``: what the requirement itself reaches; ``things``: the objects to try; ``doubts``: what is not known."""

    own: Own
    things: List[Thing]
    doubts: Tuple[str, ...] = ()


def subject_of(field: Field, result_matters: bool, relevant: Sequence[Ranked], world: World) -> Subject:
    """The subject of a requirement with this path, dir or inode condition.

    ``result_matters``: the requirement looks at success or exit.
    """
    late = frozenset((0,)) if result_matters else frozenset()
    if field.name == "dir":
        return _of_directory(str(field.value), relevant, world)
    if field.name == "inode":
        things = things_with_inode(int(field.value), world.host.paths)
        own = Own(PathRule(0, "", things[0], fixed=True), late=late)
        return Subject(own, things[:1] + other_links(things[:1], world))
    return _of_path(str(field.value), late, world)


def _of_path(path: str, late: "frozenset[int]", world: World) -> Subject:
    paths = world.host.paths
    place = paths.place(path)
    thing = thing_at(place)
    others, unseen = paths.other_links(place)
    things = [thing] + [thing_at(other) for other in others]
    doubts: Tuple[str, ...] = ()
    if unseen:
        doubts = (
            "where {0} further hard link(s) of {1} are: a directory rule records an access by the name "
            "that is used (find -xdev -samefile {1})".format(unseen, path),
        )
        if not world.hopeful:
            shown = "another hard link of {0}".format(path)
            things.append(Thing((place.device, "/" + shown), shown, thing.inode))
    return Subject(Own(PathRule(0, path, thing), late=late), things, doubts)


def _of_directory(path: str, relevant: Sequence[Ranked], world: World) -> Subject:
    """What is asked for is the directory's content, whichever way the requirement spells it."""
    paths = world.host.paths
    place = paths.place(path, follow=True)
    roots, _unsure = world.tree_roots(place)
    tree = TreeRule(0, roots)
    things = [inside(roots[0], place.real), thing_at(place)]
    for mount in paths.mounts() or ():
        root = (mount.device, mount.root)
        if root in roots[1:]:
            things.append(inside(root, mount.point))
    known = set(things)
    singled = list(things_of(relevant))
    for thing in singled + other_links(singled, world):
        if thing not in known and in_tree(thing.location, tree):
            known.add(thing)
            things.append(thing)
    return Subject(Own(tree=tree), things)


def other_links(things: Sequence[Thing], world: World) -> List[Thing]:
    """The other names of these files: a rule on one meets the inode by any of them."""
    paths = world.host.paths
    found: List[Thing] = []
    for thing in things:
        if thing.inode != thing.location and thing.entry is not None:
            others, _unseen = paths.other_links(paths.place(thing.shown))
            found.extend(thing_at(other) for other in others)
    return found


def without_mount_table(
    things: Sequence[Thing], relevant: Sequence[Ranked], world: World
) -> Tuple[List[TreeRule], List[str]]:
    """The directory rules at hand, less those of which only a mount table could tell whether they reach the object.

    Without one, lstat still shows that something is mounted in between: the
    devices of the directory and of the object differ. Returns the rules and
    what is not known.
    """
    trees = [(ranked, ranked.tree) for ranked in relevant if ranked.tree is not None]
    thing = next((thing for thing in things if thing.entry is not None and thing.entry.device), None)
    if world.host.paths.mounts() is not None or thing is None or thing.entry is None:
        return [tree for _ranked, tree in trees], []
    kept: List[TreeRule] = []
    doubts: List[str] = []
    for ranked, tree in trees:
        directory = str(ranked.rule.value("dir")).rstrip("/")
        top = world.host.paths.entry(directory)
        if top is not None and top.device and top.device != thing.entry.device and in_tree(thing.location, tree):
            doubts.append(
                "what is mounted between {0} and {1}: they lie on different devices; "
                "the mount table belongs to the evidence".format(directory, thing.shown)
            )
            if world.hopeful != ranked.always:
                continue
        kept.append(tree)
    return kept, doubts
