# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenes of a requirement: every way in which its events can touch the names that matter."""

from typing import Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage import shapes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import ANYWHERE, Location, Scene, Thing
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Ranked
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState, is_below

_FRESH = "any-file"


def inside(location: Location, shown: str) -> Thing:
    """An object of no particular name in a directory."""
    device, path = location
    below = (device, path.rstrip("/") + "/" + _FRESH)
    return Thing(below, shown.rstrip("/") + "/" + _FRESH, below)


def beside(thing: Thing) -> Thing:
    """An object of no particular name in the directory that holds the thing: the other name of a two-name call."""
    parent = thing.parent
    name = "." + thing.shown.rpartition("/")[2] + ".new"
    location = (parent.location[0], parent.location[1].rstrip("/") + "/" + name)
    return Thing(location, parent.shown.rstrip("/") + "/" + name, location)


def things_of(rules: Iterable[Ranked]) -> Dict[Thing, List[Ranked]]:
    """The objects that rules single out, each with its rules: the paths and inodes, and something in each directory."""
    found: Dict[Thing, List[Ranked]] = {}
    for ranked in rules:
        for rule in ranked.paths:
            found.setdefault(rule.thing, []).append(ranked)
        if ranked.tree is not None:
            for root in ranked.tree.roots[:1]:
                found.setdefault(inside(root, str(ranked.rule.value("dir"))), []).append(ranked)
    return found


def on_one_mount(thing: Thing, other: Thing, paths: PathState) -> Optional[Tuple[Thing, Thing]]:
    """Two things as one call can name them: rename and link refuse names on two mounts, even of one filesystem.

    Returns None where no mount shows both. A file of which only the inode
    number is known may be beside anything.
    """
    for moved, fixed in ((thing, other), (other, thing)):
        if moved.location[0] == ANYWHERE:
            placed = moved._replace(location=(fixed.location[0], moved.location[1]))
            return (placed, other) if moved is thing else (thing, placed)
    if thing.location[0] != other.location[0]:
        return None
    here, there = paths.mount_of(thing.shown), paths.mount_of(other.shown)
    if here == there or here is None or there is None:
        return thing, other
    for moved, mount in ((other, here), (thing, there)):
        device, path = moved.location
        if device != mount.device or not is_below(path, mount.root):
            continue
        rest = path[len(mount.root.rstrip("/")) :]
        shown = moved._replace(shown=mount.point.rstrip("/") + rest)
        return (thing, shown) if moved is other else (shown, other)
    return None


def around(thing: Thing, others: Sequence[Thing], paths: PathState) -> Iterator[Scene]:
    """Every scene with one thing: alone, and with each other name of a two-name call.

    ``others`` are the things that never rules single out (see partners.py); a
    name beside the thing is always tried. Both names lie on one filesystem (else EXDEV).
    """
    if thing.link:
        yield Scene(shapes.ITSELF, thing)
    else:
        yield Scene(shapes.DIRECT, thing)
        yield Scene(shapes.REOPEN, thing)
    for ok in (True, False):
        yield Scene(shapes.CREATE, thing, ok=ok)
        yield Scene(shapes.DELETE, thing, ok=ok)
    pairs = [(thing, beside(thing))]
    for other in others:
        if other.location != thing.location:
            pair = on_one_mount(thing, other, paths)
            if pair is not None:
                pairs.append(pair)
    for one, other in pairs:
        for first, second in ((one, other), (other, one)):
            for ok in (True, False):
                yield Scene(shapes.RENAME, first, second, replaces=False, ok=ok)
                if first.inode == second.inode:
                    continue  # rename(2): two links of one file, nothing is done
                yield Scene(shapes.RENAME, first, second, replaces=True, ok=ok)
                yield Scene(shapes.EXCHANGE, first, second, ok=ok)
            yield Scene(shapes.LINK, first, second, ok=True)
