# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults to seed in the solver, each a mistake about the kernel that a checker of audit rules could well make.

A fault changes what something means and leaves its type as it is: the solver
still answers, wrongly. Each comes with one trial in which the kernel shows it.
"""

from typing import Any, Callable, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage import (
    calls,
    case,
    conditions,
    solver,
    subject,
    walks,
    world,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.sets import TOP, Ranges, meet_ranges, ranges_of
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    PERM_ATTR,
    PERM_WRITE,
    UNSET,
    Condition,
    Field,
    Rule,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import Entry, Mount, PathState, Place, is_below
from ansible_collections.auditops.trail.tests.kernel.drawing import FEATURES, TMPFS_MAGIC, Trial

Patch = Any
"""pytest's MonkeyPatch."""


class Fault(NamedTuple):
    """``seed`` puts the mistake into the solver; ``trial`` is one in which it shows."""

    name: str
    seed: Callable[[Patch], None]
    trial: Trial


def _trial(requirement: str, *rules: str) -> Trial:
    return Trial(frozenset(FEATURES), rules, requirement)


def _reading(patch: Patch, read: Callable[[Tuple[Rule, ...]], Sequence[Rule]]) -> None:
    """Let the solver take another rule set for the one that is loaded."""
    right = solver.World

    def wrong(load: Load, *args: Any, **kwargs: Any) -> world.World:
        return right(load._replace(loaded=tuple(read(load.loaded))), *args, **kwargs)

    patch.setattr(solver, "World", wrong)


def order_ignored(patch: Patch) -> None:
    """The first rule wins in the kernel; here the last one does."""
    lists = ("task", "exit", "user", "exclude", "filesystem")

    def read(rules: Tuple[Rule, ...]) -> Sequence[Rule]:
        ordered = [rule for name in lists for rule in world.in_load_order(rules, name)]
        return [rule._replace(prepend=False) for rule in reversed(ordered)]

    _reading(patch, read)


def prepended_rules_appended(patch: Patch) -> None:
    """-A is read as -a."""
    _reading(patch, lambda rules: [rule._replace(prepend=False) for rule in rules])


def never_taken_for_always(patch: Patch) -> None:
    """The action is not looked at, as in a checker that compares the fields of lines alone."""
    _reading(patch, lambda rules: [rule._replace(action="always") if rule.list == "exit" else rule for rule in rules])


def exclude_ignored(patch: Patch) -> None:
    """The exclude list drops nothing."""
    _reading(patch, lambda rules: [rule for rule in rules if rule.list != "exclude"])


def filesystem_ignored(patch: Patch) -> None:
    """The filesystem list stops nothing."""
    _reading(patch, lambda rules: [rule for rule in rules if rule.list != "filesystem"])


def b32_dropped(patch: Patch) -> None:
    """No process makes 32-bit calls."""
    right = solver.call_space

    def wrong(machine: str, kernel: Tuple[int, ...], tags: Tuple[str, ...], *more: Any) -> calls.CallSpace:
        return right(machine, kernel, tuple(tag for tag in tags if tag != "b32"), *more)

    patch.setattr(solver, "call_space", wrong)


def _signed(op: str, value: int) -> Ranges:
    """What holds for an auid compared as int: the upper half of u32 lies below zero."""
    if op in ("=", "!="):
        return ranges_of(op, value)
    upper: Ranges = ((1 << 31, TOP),)
    lower: Ranges = ((0, (1 << 31) - 1),)
    if value >> 31:
        inside = meet_ranges(ranges_of(op, value), upper)
        return tuple(sorted(inside + (lower if op in (">", ">=") else ())))
    inside = meet_ranges(ranges_of(op, value), lower)
    return tuple(sorted(inside + (upper if op in ("<", "<=") else ())))


def signed_auid(patch: Patch) -> None:
    """auid>=1000 leaves out the unset auid, which is -1."""
    right = conditions.condition_domain

    def wrong(condition: Condition, groups: bool = True) -> Any:
        if isinstance(condition, Field) and condition.name == "auid" and isinstance(condition.value, int):
            return "auid", _signed(condition.op, condition.value & UNSET)
        return right(condition, groups)

    patch.setattr(conditions, "condition_domain", wrong)


def success_ignored(patch: Patch) -> None:
    """A condition on success holds for every call."""
    right = conditions.condition_domain

    def wrong(condition: Condition, groups: bool = True) -> Any:
        return None if isinstance(condition, Field) and condition.name == "success" else right(condition)

    patch.setattr(conditions, "condition_domain", wrong)


def priority_of_names_ignored(patch: Patch) -> None:
    """Load order alone decides, whatever name a call comes to first."""

    def wrong(passes: walks.Walks) -> Optional[Tuple[int, ...]]:
        return tuple(sorted({rank for walk in passes for rank in walk}))

    patch.setattr(case, "in_order", wrong)


def removal_meets_results(patch: Patch) -> None:
    """Rules on success and exit match in the pass that a removal runs, as if the call had ended by then."""
    right = walks.replay

    def wrong(
        scene: Any, paths: Any, trees: Any, plain: Any, _late: Any = frozenset(), as_loaded: bool = False
    ) -> walks.Walks:
        return right(scene, paths, trees, plain, as_loaded=as_loaded)

    patch.setattr(case, "replay", wrong)


def watches_stay(patch: Patch) -> None:
    """A watch keeps to the inode that its name had when it was loaded."""
    patch.setattr(walks._Watches, "move", lambda self, name, inode: self.watched(name))  # noqa: SLF001


class _ByPrefix(walks.Trees):
    """Directory rules that hold whatever begins with the same letters."""

    def __init__(self, rules: Any) -> None:
        self.rules = list(rules)
        super().__init__(self.rules)

    def at(self, location: walks.Location) -> Any:
        device, path = location
        return [
            rule.rank
            for rule in self.rules
            if any(device == root[0] and path.startswith(root[1]) for root in rule.roots)
        ]


def directories_by_prefix(patch: Patch) -> None:
    """dir=/d1 holds /d1x."""
    patch.setattr(case, "Trees", _ByPrefix)


class _Shallow(walks.Trees):
    """Directory rules that hold the directory and what stands in it, and nothing deeper."""

    def __init__(self, rules: Any) -> None:
        self.rules = list(rules)
        super().__init__(self.rules)

    def at(self, location: walks.Location) -> Any:
        device, path = location
        near = (location, (device, path.rpartition("/")[0] or "/"))
        return [rule.rank for rule in self.rules if any(root in near for root in rule.roots)]


def directories_are_shallow(patch: Patch) -> None:
    """dir= does not reach subdirectories."""
    patch.setattr(case, "Trees", _Shallow)


def hard_links_by_name(patch: Patch) -> None:
    """Two names are two files."""
    right = world.thing_at

    def wrong(place: Place) -> walks.Thing:
        thing = right(place)
        return thing._replace(inode=thing.location)

    for module in (world, subject):
        patch.setattr(module, "thing_at", wrong)
    patch.setattr(PathState, "other_links", lambda self, place: ([], 0))


def symlinks_not_resolved(patch: Patch) -> None:
    """A symbolic link in the middle of a path is a directory of its own."""
    right = PathState.entry

    def wrong(self: PathState, path: str) -> Optional[Entry]:
        entry = right(self, path)
        return entry._replace(type="dir") if entry is not None and entry.type == "symlink" else entry

    patch.setattr(PathState, "entry", wrong)


def binds_not_resolved(patch: Patch) -> None:
    """A directory that is mounted elsewhere too is another directory there."""

    def wrong(self: PathState, real: str) -> Optional[Mount]:
        best: Optional[Mount] = None
        for mount in self.mounts() or ():
            bound = mount.root != "/"
            if not bound and is_below(real, mount.point) and (best is None or len(mount.point) >= len(best.point)):
                best = mount
        return best

    patch.setattr(PathState, "mount_of", wrong)


def perm_classes_swapped(patch: Patch) -> None:
    """perm=w is what perm=a is, and the other way round."""
    right = calls.CallSpace.of_perm

    def wrong(self: calls.CallSpace, perm: int) -> int:
        other = {PERM_WRITE: PERM_ATTR, PERM_ATTR: PERM_WRITE}
        swapped = perm & ~(PERM_WRITE | PERM_ATTR)
        for bit, becomes in other.items():
            swapped |= becomes if perm & bit else 0
        return right(self, swapped)

    patch.setattr(calls.CallSpace, "of_perm", wrong)


_A = "-F path={}/d1/a -F perm=wa"
_B = "-F path={}/d1/b -F perm=wa"

FAULTS = (
    Fault(
        "order ignored",
        order_ignored,
        _trial("-a always,exit " + _A, "-a never,exit " + _A + " -F auid=1000", "-a always,exit " + _A),
    ),
    Fault(
        "-A appended",
        prepended_rules_appended,
        _trial("-a always,exit " + _A, "-a always,exit " + _A, "-A never,exit " + _A + " -F auid=1000"),
    ),
    Fault(
        "never taken for always",
        never_taken_for_always,
        _trial("-a always,exit " + _A, "-a never,exit -F path={}/d1/a", "-a always,exit " + _A),
    ),
    Fault(
        "b32 dropped",
        b32_dropped,
        _trial(
            "-a always,exit -F path={}/d1/sub/c -F perm=wa",
            "-a always,exit -F arch=b64 -F path={}/d1/sub/c -F perm=wa",
        ),
    ),
    Fault(
        "signed auid",
        signed_auid,
        _trial("-a always,exit " + _A + " -F auid=unset", "-a always,exit " + _A + " -F auid>=1000"),
    ),
    Fault(
        "exclude ignored",
        exclude_ignored,
        _trial("-a always,exit " + _A, "-a always,exit " + _A, "-a always,exclude -F msgtype=SYSCALL"),
    ),
    Fault(
        "filesystem list ignored",
        filesystem_ignored,
        _trial("-a always,exit " + _A, "-a always,exit " + _A, "-a never,filesystem -F fstype=" + TMPFS_MAGIC),
    ),
    Fault(
        "priority of names ignored",
        priority_of_names_ignored,
        _trial(
            "-a always,exit " + _A,
            "-a always,exit " + _A,
            "-a never,exit -F path={}/d1/a.new",
        ),
    ),
    Fault(
        "watches stay where they were",
        watches_stay,
        _trial(
            "-a always,exit -F arch=b64 -S rename",
            "-a never,exit -F path={}/d1/b",
            "-a always,exit -F arch=b64 -S rename",
        ),
    ),
    Fault(
        "results known before the call ends",
        removal_meets_results,
        _trial(
            "-a always,exit -F arch=b64 -S unlink -F path={}/d1/b",
            "-a always,exit -F path={}/d1/b -F perm=wa -F success=1",
            "-a always,exit -F path={}/d1/b -F perm=wa -F success=0",
        ),
    ),
    Fault(
        "success ignored",
        success_ignored,
        _trial("-a always,exit " + _A, "-a always,exit " + _A + " -F success=0"),
    ),
    Fault(
        "directories by prefix",
        directories_by_prefix,
        _trial("-a always,exit -F path={}/d1/subx -F perm=wa", "-a always,exit -F dir={}/d1/sub -F perm=wa"),
    ),
    Fault(
        "directories are shallow",
        directories_are_shallow,
        _trial("-a always,exit -F path={}/d1/sub/c -F perm=wa", "-a always,exit -F dir={}/d1 -F perm=wa"),
    ),
    Fault(
        "hard links by name",
        hard_links_by_name,
        _trial("-a always,exit " + _A, "-a always,exit -F path={}/d2/h -F perm=wa"),
    ),
    Fault(
        "symlinks not resolved",
        symlinks_not_resolved,
        _trial("-a always,exit " + _B, "-a always,exit -F path={}/l/b -F perm=wa"),
    ),
    Fault(
        "bind mounts not resolved",
        binds_not_resolved,
        _trial("-a always,exit " + _B, "-a always,exit -F path={}/m/b -F perm=wa"),
    ),
    Fault(
        "perm classes swapped",
        perm_classes_swapped,
        _trial(
            "-a always,exit -F arch=b64 -S chmod -F path={}/d1/b",
            "-a always,exit -F path={}/d1/b -F perm=a",
        ),
    ),
)
