# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One event in words: the counterexample and why it leaves no record."""

from typing import Any, Container, Dict, List, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage import shapes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box
from ansible_collections.auditops.trail.plugins.module_utils.coverage.calls import Call, CallSpace
from ansible_collections.auditops.trail.plugins.module_utils.coverage.conditions import (
    FAILED,
    condition_domain,
    object_text,
    objects_of,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.scenes import unfit
from ansible_collections.auditops.trail.plugins.module_utils.coverage.sets import Names, meet_ranges
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import Scene, Thing, in_tree
from ansible_collections.auditops.trail.plugins.module_utils.coverage.witness import witness
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Ranked
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Compare
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState, is_below

# The calls a reader knows come first; those that ordinary programs make today before historic ones.
_KNOWN_CALLS = (
    "openat execve open chmod fchmodat unlink unlinkat rename renameat renameat2 truncate link linkat symlink mkdir "
    "chown fchownat setxattr creat execveat openat2 settimeofday clock_settime adjtimex mount init_module "
    "finit_module delete_module setuid setresuid sethostname setdomainname"
).split()
_EACH_KNOWN = tuple(frozenset((name,)) for name in _KNOWN_CALLS)
_EACCES, _EXDEV = -13, -18
_ACCESS_ORDER = ("w", "a", "x", "r", "rw")


def pick_call(mask: int, space: CallSpace, shape: Optional[str]) -> Call:
    """The call of a mask that a reader knows best; for a scene, one that performs it."""
    best: Optional[Tuple[Tuple[int, int, int], Call]] = None
    for name in _KNOWN_CALLS:
        found = mask & space.of_names(frozenset((name,)))
        if found:
            for call in space.each(found):
                order = (
                    0 if call.abi == space.abis[0].tag else 1,
                    _ACCESS_ORDER.index(call.access) if call.access in _ACCESS_ORDER else 9,
                )
                rank = (order[0], _KNOWN_CALLS.index(name), order[1])
                if best is None or rank < best[0]:
                    best = (rank, call)
    if best is not None:
        return best[1]
    known = mask & space.known
    return space.call(((known or mask) & -(known or mask)).bit_length() - 1)


def place_among_known(mask: int, space: CallSpace) -> int:
    """How far down the list of calls that readers know the first of these calls stands."""
    for place, name in enumerate(_EACH_KNOWN):
        if mask & space.of_names(name):
            return place
    return len(_KNOWN_CALLS)


def counterexample(box: Box, scene: Scene, space: CallSpace, uid_min: int) -> Optional[Dict[str, Any]]:
    """One event of a box as plain data, or None where the box holds none.

    Keys: arch, syscall, object, access, auid, uid, euid, and every further
    dimension that the box constrains; ``other`` for a call with
    two names; ``run_by`` for a program with an interpreter or a loader; ``exit`` where the outcome of the call matters.
    """
    values = witness(box, uid_min)
    if values is None:
        return None
    call = pick_call(box.calls & ~unfit(scene, space) or box.calls, space, scene.shape)
    event: Dict[str, Any] = {"arch": call.abi, "syscall": call.name, "object": None, "access": call.access}
    if scene.first is not None:
        event["object"] = scene.first.shown
        event["scene"] = scene.shape
    if scene.second is not None and scene.first is not None:
        event["object"] = scene.first.shown
        event["other"] = scene.second.shown
        event["replaces"] = bool(scene.replaces and scene.shape != shapes.LINK)
    if scene.run_by:
        event["run_by"] = [thing.shown for thing in scene.run_by]
    event.update(values)
    if scene.ok is not None and "exit" not in event:
        event["exit"] = 0 if scene.ok else _EXDEV if _is_across(scene) else _EACCES
    return event


def _is_across(scene: Scene) -> bool:
    """Do the two names lie on two filesystems?"""
    if scene.first is None or scene.second is None or scene.shape not in (shapes.LINK, shapes.APART):
        return False
    return scene.shape == shapes.APART or scene.first.location[0] != scene.second.location[0]


def near_miss(
    event: Dict[str, Any],
    box: Box,
    scene: Scene,
    rules: Sequence[Ranked],
    asked: Box,
    space: CallSpace,
    paths: PathState,
) -> Optional[Tuple[Ranked, List[str]]]:
    """The always rule that comes closest to recording the event, and the conditions that keep it from doing so.

    Args:
        event: The counterexample.
        box: The part of the events that it comes from.
        scene: How it touches names.
        rules: The exit rules.
        asked: All events of the requirement: a rule without an object that meets none of them is no near miss.
        space: The call space.
        paths: The evidence on paths.
    """
    best: Optional[Tuple[int, int, Ranked, List[str]]] = None
    things = scene.things
    keys = {key for thing in things for key in (thing.inode, thing.location)}
    bit = _bit_of(event, box, space)
    for ranked in rules:
        if not ranked.always:
            continue
        failing: List[str] = []
        if ranked.dead:
            if scene.first is None or not _means(ranked, scene.first, paths):
                continue
            failing.append(ranked.dead)
        elif scene.first is None and not ranked.plain:
            if ranked.rule.syscalls is None:
                continue  # a watch: another subject
            failing.append("it is about {0} alone".format(object_text(ranked.rule)))
        elif not ranked.plain and not _reaches(ranked, things, keys):
            continue
        if ranked.plain and (ranked.box is None or not ranked.box.calls & asked.calls):
            continue
        if scene.first is None and ranked.box is not None and not ranked.box.calls & asked.calls:
            continue
        failing.extend(_failing(ranked, event, bit, space))
        if not failing:
            continue
        # Of an event about no object in particular, a rule about one object is the last to blame.
        aside = 3 if scene.first is None and not ranked.plain else 0
        candidate = (len(failing) + aside, 0 if not ranked.plain else 1, ranked, failing)
        if best is None or candidate[:2] < best[:2]:
            best = candidate
    if best is None or len(best[3]) > 3:
        return None
    return best[2], best[3]


def _means(ranked: Ranked, thing: Thing, paths: PathState) -> bool:
    """Would a rule that can match nothing be about the thing, if it followed its path to the end?"""
    return any(
        is_below(thing.shown, paths.place(str(field.value), follow=True).real)
        if field.name == "dir"
        else thing.shown in (str(field.value), paths.place(str(field.value), follow=True).real)
        for field in objects_of(ranked.rule)
    )


def _bit_of(event: Dict[str, Any], box: Box, space: CallSpace) -> int:
    for call_bit in _bits(box.calls & space.of_names(frozenset((event["syscall"],)))):
        call = space.call(call_bit.bit_length() - 1)
        if call.abi == event["arch"] and call.access == event["access"]:
            return call_bit
    return box.calls & -box.calls


def _bits(mask: int) -> List[int]:
    found = []
    while mask:
        found.append(mask & -mask)
        mask &= mask - 1
    return found


def _reaches(ranked: Ranked, things: Sequence[Thing], keys: Container[Any]) -> bool:
    if ranked.tree is not None:
        return any(in_tree(thing.location, ranked.tree) for thing in things)
    return any(path.thing.inode in keys or path.thing.location in keys for path in ranked.paths)


def _failing(ranked: Ranked, event: Dict[str, Any], bit: int, space: CallSpace) -> List[str]:
    failing = []
    rule = ranked.rule
    for field in rule.fields("arch"):
        arch = next((abi.arch for abi in space.abis if abi.tag == event["arch"]), None)
        if (arch == field.value) != (field.op == "="):
            failing.append("its arch is another than {0}".format(event["arch"]))
    calls = bit if failing else 0  # a number means another call under another arch
    for abi in space.abis:
        if abi.tag == event["arch"]:
            calls |= space.of_numbers(rule.syscalls, abi.tag)
    if not calls & bit:
        failing.append("it does not list {0}".format(event["syscall"]))
    for field in rule.fields("perm"):
        if bool(space.of_perm(int(field.value)) & bit) != (field.op == "="):
            failing.append("its perm does not include {0}".format(event["access"] or "this call"))
    for condition in rule.conditions:
        found = condition_domain(condition)
        if found is None:
            continue
        dim, domain = found
        if isinstance(condition, Compare):
            left, right = event.get(condition.left), event.get(condition.right)
            if left is not None and right is not None and (left == right) != (condition.op == "="):
                failing.append("it asks for {0}{1}{2}".format(*condition))
            continue
        value = event.get(condition.name)
        if condition.name == "success" or dim == "exit":
            value = event.get("exit", 0)
        if value is None or isinstance(dim, tuple) or isinstance(domain, bool):
            continue
        if isinstance(domain, Names):
            inside = str(value) in domain
        else:
            number = int(value) & 0xFFFFFFFF
            inside = bool(meet_ranges(domain, ((number, number),)))
        if not inside:
            failing.append(
                "it asks for {0}{1}{2}".format(condition.name, condition.op, _shown(condition.name, condition.value))
            )
    return failing


def _shown(name: str, value: Any) -> Any:
    if name == "exit" and any(low <= value <= high for low, high in FAILED):
        return value - (1 << 32)
    return "unset" if value == 0xFFFFFFFF else value
