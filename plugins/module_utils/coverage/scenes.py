# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenes of a requirement: every way in which its events can touch the names that matter."""

from typing import Container, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage import shapes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.calls import CallSpace
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import ANYWHERE, Location, Scene, Thing
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Ranked, World, thing_at
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import PERM_WRITE
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import MAX_INTERPRETERS, PathState, is_below

_FRESH = "any-file"
_SOME_DIRECTORY = "/any-directory"
_OF_FILES = frozenset("execve execveat uselib truncate truncate64 creat swapon acct".split())
_REFUSED = {True: frozenset(("rmdir",)), False: frozenset(("unlink",))}
"""The removal that a file (True) or a directory (False) refuses."""


def inside(location: Location, shown: str) -> Thing:
    """An object of no particular name in a directory."""
    device, path = location
    below = (device, path.rstrip("/") + "/" + _FRESH)
    return Thing(below, shown.rstrip("/") + "/" + _FRESH, below)


def is_any(thing: Thing) -> bool:
    """Does the thing stand for any file in its directory?"""
    return thing.entry is None and thing.location[1].endswith("/" + _FRESH)


def contents(root: Location, shown: str, ruled: Container[Location]) -> List[Thing]:
    """What stands for all that a directory rule holds: something in the directory, and something further down.

    A path rule on the directory meets the first and not the second; without one (``ruled`` has none) they are alike.
    """
    near = inside(root, shown)
    if root not in ruled:
        return [near]
    device, path = root
    within = (device, path.rstrip("/") + _SOME_DIRECTORY)
    return [near, inside(within, shown.rstrip("/") + _SOME_DIRECTORY)]


def beside(thing: Thing) -> Thing:
    """An object of no particular name in the directory that holds the thing: the other name of a two-name call."""
    return _new_name(thing, thing.parent)


def elsewhere(thing: Thing, ruled: Container[Location], paths: PathState) -> Thing:
    """An object of no particular name in a directory on which no rule hangs: the one above, or one of no known name.

    link names the directory of the new name and not that of the old: a path
    rule on the thing's own directory does not see a link that is made elsewhere.
    ``ruled``: the places on which path rules hang.
    """
    parent = thing.parent
    above = parent.parent
    mount = paths.mount_of(parent.shown)
    mounted = mount is not None and mount.point == parent.shown  # what lies above is another mount
    if mounted or above.location == parent.location or above.location in ruled:
        device, path = parent.location
        here = (device, path.rstrip("/") + _SOME_DIRECTORY)
        above = Thing(here, parent.shown.rstrip("/") + _SOME_DIRECTORY, here)
    return _new_name(thing, above)


def _new_name(thing: Thing, parent: Thing) -> Thing:
    name = "." + thing.shown.rpartition("/")[2] + ".new"
    location = (parent.location[0], parent.location[1].rstrip("/") + "/" + name)
    return Thing(location, parent.shown.rstrip("/") + "/" + name, location)


def holds_names(thing: Thing, hopeful: bool) -> bool:
    """Is the thing a directory? Where the evidence does not show it: it is one, unless ``hopeful``."""
    return not hopeful if thing.entry is None else thing.entry.type == "dir"


def things_of(rules: Iterable[Ranked], world: World) -> Dict[Thing, List[Ranked]]:
    """The objects that rules single out, each with its rules: the paths and inodes, and something in each directory.

    A path rule on a directory is met by what is made, moved and removed in it,
    one on a file by each of its names.
    """
    found: Dict[Thing, List[Ranked]] = {}
    for ranked in rules:
        for rule in ranked.paths:
            for thing in (rule.thing, *other_links((rule.thing,), world)):
                found.setdefault(thing, []).append(ranked)
            if holds_names(rule.thing, world.hopeful):
                found.setdefault(inside(rule.thing.location, rule.thing.shown), []).append(ranked)
        if ranked.tree is not None:
            for root in ranked.tree.roots[:1]:
                for thing in contents(root, str(ranked.rule.value("dir")), world.paths):
                    found.setdefault(thing, []).append(ranked)
    return found


def other_links(things: Sequence[Thing], world: World) -> List[Thing]:
    """The other names of these files: a rule on one meets the inode by any of them."""
    paths = world.host.paths
    found: List[Thing] = []
    for thing in things:
        if thing.inode != thing.location and thing.entry is not None:
            others, _unseen = paths.other_links(paths.place(thing.shown))
            found.extend(thing_at(other) for other in others)
    return found


def on_one_mount(thing: Thing, other: Thing, paths: PathState) -> Optional[Tuple[Thing, Thing]]:
    """Two things as one call can name them: rename and link refuse names on two mounts, even of one filesystem.

    Returns None where no mount shows both. A file of which only the inode
    number is known may be beside anything.
    """
    if ANYWHERE in (thing.location[0], other.location[0]):
        return thing, other
    if thing.location[0] != other.location[0]:
        return None
    here, there = paths.mount_of(thing.shown), paths.mount_of(other.shown)
    if here == there or here is None or there is None:
        return thing, other
    for moved, mount in ((other, here), (thing, there)):
        device, path = moved.location
        if device != mount.device or path == mount.root or not is_below(path, mount.root):
            continue  # the root of a mount has no name in it
        rest = path[len(mount.root.rstrip("/")) :]
        shown = moved._replace(shown=mount.point.rstrip("/") + rest)
        return (thing, shown) if moved is other else (shown, other)
    return None


class Surroundings(NamedTuple):
    """What a call may touch beside a thing.

    ``others`` are the things that rules single out (see partners.py), ``paths``
    the evidence. ``ruled`` holds the places on which path rules hang, ``wanted``
    the ways to touch names that the question is about. ``hopeful``: nothing
    runs a program of which the evidence does not tell. ``done``: others whose
    scenes with the thing have been made.
    """

    others: Sequence[Thing]
    paths: PathState
    ruled: Container[Location] = ()
    wanted: Container[str] = tuple(shapes.CALLS_OF_SHAPE)
    hopeful: bool = False
    done: Container[Location] = ()


def around(thing: Thing, about: Surroundings) -> Iterator[Scene]:
    """Every scene with one thing: alone, and with each other name; a name beside it is always tried."""
    wanted = about.wanted
    if shapes.LINK in wanted and thing.above in about.ruled:
        yield from _links(thing, elsewhere(thing, about.ruled, about.paths))
    for shape in (shapes.ITSELF,) if thing.link else (shapes.DIRECT, shapes.REOPEN):
        if shape in wanted:
            yield Scene(shape, thing)
    for shape in (shapes.CREATE, shapes.DELETE):
        if shape in wanted:
            yield Scene(shape, thing, ok=True)
            yield Scene(shape, thing, ok=False)
    if shapes.EXEC in wanted and not thing.link:
        yield from _programs(thing, about)
    if any(shape in wanted for shape in (shapes.RENAME, shapes.EXCHANGE, shapes.LINK)):
        for first, second in _both_ways(thing, beside(thing)):
            yield from _two_names(first, second)
        for other in about.others:
            if other.location == thing.location or other.location in about.done:
                continue
            pair = on_one_mount(thing, other, about.paths)
            for first, second in _both_ways(*(pair or (thing, other))):
                yield from _two_names(first, second) if pair else _apart(first, second)
    if shapes.PAIR in wanted:
        for other in about.others if not thing.link else ():
            for first, second in _both_ways(thing, other) if not other.link else ():
                yield Scene(shapes.PAIR, first, second)


def _both_ways(one: Thing, other: Thing) -> Tuple[Tuple[Thing, Thing], Tuple[Thing, Thing]]:
    return (one, other), (other, one)


def _apart(first: Thing, second: Thing) -> Iterator[Scene]:
    """Two names on two mounts: EXDEV, once the names are collected (do_linkat, do_renameat2, fs/namei.c)."""
    yield Scene(shapes.LINK, first, second, ok=False)
    yield Scene(shapes.APART, first, second, ok=False)


def chain(thing: Thing, paths: PathState) -> Optional[Tuple[Thing, ...]]:
    """What runs a program: its interpreter, the loader of that; None where the evidence does not tell."""
    found: List[Thing] = []
    entry = thing.entry
    while len(found) < MAX_INTERPRETERS:
        if entry is None or entry.runs is None:
            return None
        if not entry.runs:
            break
        place = paths.place(entry.runs, follow=True)
        entry = place.entry
        found.append(thing_at(place))
    return tuple(found)


_SOMETHING = Thing((ANYWHERE, "/what runs it"), "its interpreter or loader", (ANYWHERE, "/what runs it"))


def _programs(thing: Thing, about: Surroundings) -> Iterator[Scene]:
    """The thing executed; and as what runs another program, which may be any that is put where others are."""
    runs = chain(thing, about.paths)
    if runs is not None:
        yield Scene(shapes.EXEC, thing, run_by=runs)
    else:
        yield Scene(shapes.EXEC, thing)
        if is_any(thing) or not about.hopeful or thing.entry is not None and thing.entry.type == "missing":
            yield Scene(shapes.EXEC, thing, run_by=(_SOMETHING,))
            for other in about.others:
                if (is_any(thing) or is_any(other)) and not other.link:
                    yield _run(thing, other, about.paths)
    for other in about.others:
        if is_any(other):
            yield _run(other, thing, about.paths)
            continue
        others_runs = chain(other, about.paths) or ()
        if any(thing.inode == further.inode for further in others_runs):
            yield Scene(shapes.EXEC, other, run_by=others_runs)


def _run(thing: Thing, by: Thing, paths: PathState) -> Scene:
    """A program run by another one, which fails where that is a directory."""
    further = chain(by, paths) or ()
    return Scene(shapes.EXEC, thing, ok=False if _is_directory(by) else None, run_by=(by, *further))


def _two_names(first: Thing, second: Thing) -> Iterator[Scene]:
    """rename, exchange and link from one name to another, as far as both objects allow it."""
    yield from _links(first, second)
    if _is_within(first, second) or _is_within(second, first):
        return  # EINVAL, ENOTEMPTY: refused before an object is named (do_renameat2, fs/namei.c)
    kinds = (_is_directory(first), _is_directory(second))
    # A directory and a file do not replace each other (EISDIR, ENOTDIR), and a known directory is not absent.
    apart = None not in kinds and kinds[0] != kinds[1]
    for ok in (True, False):
        if not apart:
            yield Scene(shapes.RENAME, first, second, replaces=False, ok=ok)
        if first.inode == second.inode:
            continue  # rename(2): two links of one file, nothing is done
        if not apart or not ok:
            yield Scene(shapes.RENAME, first, second, replaces=True, ok=ok)
        yield Scene(shapes.EXCHANGE, first, second, ok=ok)


def _links(first: Thing, second: Thing) -> Iterator[Scene]:
    """A hard link to the first name: it fails on a directory, and where the second name is taken."""
    if not _is_directory(first) and not _is_directory(second):
        yield Scene(shapes.LINK, first, second, ok=True)
    yield Scene(shapes.LINK, first, second, ok=False)


def _is_within(thing: Thing, other: Thing) -> bool:
    """Is the thing another name below the other one?"""
    (device, path), (there, above) = thing.location, other.location
    return device == there and path != above and is_below(path, above)


def unfit(scene: Scene, space: CallSpace) -> int:
    """The calls that cannot succeed on the object, where it is known whether that is a directory."""
    directory = None if scene.first is None else _is_directory(scene.first)
    if directory is None:
        return 0
    if scene.shape == shapes.DELETE:
        return space.of_names(_REFUSED[not directory])
    if scene.shape == shapes.REOPEN and directory:
        return space.of_shape(shapes.REOPEN)
    if scene.shape in (shapes.DIRECT, shapes.EXEC) and directory:
        return space.of_names(shapes.OPENING) & space.of_perm(PERM_WRITE) | space.of_names(_OF_FILES)
    return 0


def possible(scene: Scene, calls: int, space: CallSpace) -> List[Tuple[Scene, int]]:
    """A scene with its calls, those apart that can only fail on the object."""
    refused = calls & unfit(scene, space)
    if scene.ok is False or not refused:
        return [(scene, calls)]
    found = [(scene, calls & ~refused)] if calls & ~refused else []
    return found + [(scene._replace(ok=False), refused)] if scene.ok is None else found


def _is_directory(thing: Thing) -> Optional[bool]:
    if thing.entry is None or thing.entry.type == "missing":
        return None
    return thing.entry.type == "dir"
