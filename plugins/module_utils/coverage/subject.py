# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a requirement is about: its own object, and every thing on the host that its events can touch as that."""

from typing import FrozenSet, List, NamedTuple, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage.attributes import SEVERAL
from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box
from ansible_collections.auditops.trail.plugins.module_utils.coverage.parts import Own
from ansible_collections.auditops.trail.plugins.module_utils.coverage.result import DEFEATED, PARTIAL, UNCOVERED
from ansible_collections.auditops.trail.plugins.module_utils.coverage.scenes import (
    chain,
    contents,
    holds_names,
    inside,
    other_links,
    things_of,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.shapes import EXEC
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import (
    ANYWHERE,
    PathRule,
    Thing,
    TreeRule,
    in_tree,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import (
    Ranked,
    World,
    thing_anywhere,
    thing_at,
    things_with_inode,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Field


class Subject(NamedTuple):
    """What a requirement is about.

    ``own`` is what it reaches itself, ``things`` are the objects to try, and
    ``doubts`` say what is not known about them. ``hopes`` says what could make
    any of the outcomes ``hopeless`` a better one, if it were known.
    """

    own: Own
    things: List[Thing]
    doubts: Tuple[str, ...] = ()
    hopes: Tuple[str, ...] = ()
    hopeless: Tuple[str, ...] = (UNCOVERED, DEFEATED)


def subject_of(field: Field, box: Box, relevant: Sequence[Ranked], world: World) -> Subject:
    """The subject of a requirement with this path, dir or inode condition and these events."""
    if field.name == "dir":
        return _of_directory(str(field.value), relevant, world)
    if field.name == "inode":
        return _of_inode(int(field.value), box, relevant, world)
    return _of_path(str(field.value), box, relevant, world)


def _of_path(path: str, box: Box, relevant: Sequence[Ranked], world: World) -> Subject:
    place = world.host.paths.place(path)
    thing = thing_at(place)
    own = Own((PathRule(0, path, thing),), late=_late(box))
    found = Subject(own, [thing], (), (), (PARTIAL, UNCOVERED, DEFEATED))
    found = _run_by(_linked(found, world), box, relevant, world)
    return _guessed(_named_within(found, box, relevant, world), relevant, world)


def _run_by(subject: Subject, box: Box, relevant: Sequence[Ranked], world: World) -> Subject:
    """With the doubt which interpreter or loader is named when its program is executed."""
    if not box.calls & world.space.of_shape(EXEC):
        return subject
    nevers = [ranked for ranked in relevant if not ranked.always and not ranked.plain]
    if not nevers and not world.attributes:
        return subject
    doubts = [
        "what runs {0}, its interpreter or loader: execve names that too (file {0})".format(thing.shown)
        for thing in subject.things
        if chain(thing, world.host.paths) is None and not thing.link
        if thing.entry is None or thing.entry.type == "file"
    ]
    return subject._replace(doubts=subject.doubts + tuple(doubts))


def _late(box: Box) -> FrozenSet[int]:
    """The requirement's rank among the rules that look at the result of a call, if it does."""
    return frozenset((0,)) if "exit" in box.dims else frozenset()


def _of_inode(number: int, box: Box, relevant: Sequence[Ranked], world: World) -> Subject:
    """Every file with the number: the kernel compares it on each filesystem."""
    one_filesystem = "devmajor" in box.dims and "devminor" in box.dims
    known = things_with_inode(number, world.host.paths)
    anywhere = thing_anywhere(number)
    things = known if known and one_filesystem else [*known, anywhere]
    own = Own(tuple(PathRule(0, "", thing, fixed=True) for thing in things), late=_late(box))
    found = _named_within(_linked(Subject(own, things), world), box, relevant, world)
    return _placed(found, anywhere, known, relevant, world) if anywhere in things else found


def _of_directory(path: str, relevant: Sequence[Ranked], world: World) -> Subject:
    """What is asked for is the directory's content, whichever way the requirement spells it."""
    paths = world.host.paths
    place = paths.place(path, follow=True)
    roots, _unsure = world.tree_roots(place)
    tree = TreeRule(0, roots)
    things = [*contents(roots[0], place.real, world.paths), thing_at(place)]
    for mount in paths.mounts() or ():
        root = (mount.device, mount.root)
        if root in roots[1:]:
            mounted = thing_at(paths.place(mount.point))
            things.append(mounted)
            if holds_names(mounted, world.hopeful):
                things.extend(contents(root, mount.point, world.paths))
    known = set(things)
    singled = list(things_of(relevant, world))
    for thing in singled + other_links(singled, world):
        if thing not in known and in_tree(thing.location, tree):
            known.add(thing)
            things.append(thing)
    return _guessed(Subject(Own(tree=tree), things), relevant, world)


def _linked(subject: Subject, world: World) -> Subject:
    """With the other names of its files: those that the evidence shows, and the doubt about those that it does not."""
    paths = world.host.paths
    things, doubts = list(subject.things), list(subject.doubts)
    for thing in subject.things:
        if thing.inode == thing.location:
            continue
        others, unseen = paths.other_links(paths.place(thing.shown))
        things.extend(thing_at(other) for other in others)
        if unseen:
            doubts.append(
                "where {0} further hard link(s) of {1} are: a directory rule records an access by the name "
                "that is used (find -xdev -samefile {1})".format(unseen, thing.shown)
            )
            if not world.hopeful:
                shown = "another hard link of {0}".format(thing.shown)
                things.append(Thing((thing.location[0], "/" + shown), shown, thing.inode, entry=thing.entry))
    return subject._replace(things=things, doubts=tuple(doubts))


def _named_within(subject: Subject, box: Box, relevant: Sequence[Ranked], world: World) -> Subject:
    """With the names in it, where it is a directory: what comes, moves and goes there is done to the directory too."""
    own = [path.thing for path in subject.own.paths if holds_names(path.thing, world.hopeful)]
    if not own or not any(box.calls & world.space.of_shape(shape) for shape in SEVERAL):
        return subject
    things, doubts = list(subject.things), list(subject.doubts)
    within = {thing.location for thing in own}
    singled = list(things_of(relevant, world))
    places = [world.host.paths.place(str(ranked.rule.value("dir"))) for ranked in relevant if ranked.tree is not None]
    singled.extend(thing_at(place) for place in places)
    known = set(things)
    for thing in [inside(thing.location, thing.shown) for thing in own] + singled + other_links(singled, world):
        if thing not in known and thing.above in within and thing.location not in within:
            known.add(thing)
            things.append(thing)
    for thing in own:
        if thing.entry is None and thing.location[0] != ANYWHERE:
            doubts.append("whether {0} is a directory (stat {0})".format(thing.shown))
    return subject._replace(things=things, doubts=tuple(doubts))


def _guessed(subject: Subject, relevant: Sequence[Ranked], world: World) -> Subject:
    """With the doubt whether one of its files is the one that an ``inode=`` rule means."""
    nameless = [thing for thing in subject.things if thing.entry is None and thing.location[0] != ANYWHERE]
    for ranked in relevant:
        if not (ranked.paths and ranked.paths[0].fixed):
            continue
        anywhere = ranked.paths[-1].thing  # of an inode rule the last one
        shown = {path.thing.location[0] for path in ranked.paths[:-1]}
        guesses = [thing._replace(inode=anywhere.location) for thing in nameless if thing.location[0] not in shown]
        doubt = "which file {0} means (find -xdev -inum {1})".format(
            ranked.rule.origin.text or ranked.rule.origin, ranked.rule.value("inode")
        )
        subject = _doubted(subject, ranked, guesses, doubt, world)
    return subject


def _placed(
    subject: Subject, anywhere: Thing, known: Sequence[Thing], relevant: Sequence[Ranked], world: World
) -> Subject:
    """With the doubt whether a file of which only the number is known lies where a rule holds."""
    shown = {thing.location[0] for thing in known}
    for ranked in relevant:
        guesses = [path.thing for path in ranked.paths if path.thing.entry is None and not path.fixed]
        if ranked.tree is not None:
            within = [inside(root, str(ranked.rule.value("dir"))) for root in ranked.tree.roots]
            guesses = [thing._replace(inode=anywhere.location) for thing in within]
        doubt = "whether {0} lies where {1} holds (find -xdev -inum)".format(
            anywhere.shown, ranked.rule.origin.text or ranked.rule.origin
        )
        guesses = [thing for thing in guesses if thing.location[0] not in shown]
        subject = _doubted(subject, ranked, guesses, doubt, world)
    return subject


def _doubted(subject: Subject, ranked: Ranked, guesses: Sequence[Thing], doubt: str, world: World) -> Subject:
    """With the files that a rule may be about: a hope of an always rule, and of a never rule a doubt."""
    if not guesses:
        return subject
    if ranked.always:
        return subject._replace(hopes=(*subject.hopes, doubt))
    subject = subject._replace(doubts=(*subject.doubts, doubt))
    if world.hopeful:
        return subject
    own = subject.own.also(guesses) if subject.own.paths else subject.own
    return subject._replace(own=own, things=[*subject.things, *guesses])


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
