# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What mends a gap: the line to take away, the lines to add, or the load that never happened.

A remedy is tried before it is printed: the steps are applied to the kernel's
rules, and to what the files would load, and the solver judges the requirement
again. A line that stops the load is corrected first, as nothing behind it is
loaded; its correction is taken to be a line without effect.
"""

import functools
import re
from typing import Any, Callable, Dict, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.compliance.compile import Compiled, compile_requirement
from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import Requirement
from ansible_collections.auditops.trail.plugins.module_utils.compliance.records import dropped_by
from ansible_collections.auditops.trail.plugins.module_utils.compliance.solvers import Solvers
from ansible_collections.auditops.trail.plugins.module_utils.coverage.result import Coverage
from ansible_collections.auditops.trail.plugins.module_utils.rules.filter_lists import FilterLists
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import LOCKED

Step = Dict[str, Any]
Lines = Callable[[], Optional[Compiled]]
AFTER_REBOOT = "the kernel's rules are locked: takes effect after a reboot"
"""The text of a load step where enabled is 2: the kernel refuses every change until it is started again."""
_MOST_STEPS = 12
_LOAD = "load the files of rules"
"""Where it is not known what the host's service runs for that."""
KERNEL = "the kernel"
"""Where a rule stands that no file holds."""
_FORESEEN = re.compile(r"(?P<file>.+):(?P<line>\d+): not reached, and would be refused too: (?P<reason>.+)", re.S)
"""How rules/simulate.py warns of a line behind the one at which the load stops."""


def mend(
    requirement: Requirement,
    coverage: Coverage,
    key: Optional[str],
    load: Load,
    on_disk: Optional[Load],
    dialect: Dialect,
    solvers: Solvers,
    command: Optional[str] = None,
) -> List[Step]:
    """The steps after which the rule set covers the requirement, with every record that it needs.

    Args:
        requirement: What is not covered.
        coverage: The judgement on it.
        key: The control's key.
        load: The loaded rules.
        on_disk: What a load of the rules on disk would give, where that is known.
        dialect: The host's auditctl and machine.
        solvers: Those of the host.
        command: What loads the rules on disk, where that is known.

    Returns:
        Steps ``{"do": correct|load|remove|set|add, "text", "file", "line"}``, with ``reason`` and ``remedy`` where
        auditctl refuses the line. Empty where no proven remedy was found.
    """
    enabled = load.settings.get("enabled")
    locked = enabled is not None and enabled.value == LOCKED

    @functools.lru_cache(maxsize=None)
    def lines() -> Optional[Compiled]:
        if on_disk is not None and _covers(requirement, on_disk, solvers):
            # They need not be made, which takes long: they are there, and have to be loaded.
            return Compiled(tuple(rule.origin.text for rule in on_disk.loaded), on_disk)
        return compile_requirement(requirement, key, dialect, solvers.host)

    in_kernel = _close(requirement, load, lines, solvers, coverage)
    if on_disk is None or (not locked and in_kernel is not None and not any(map(_is_of_files, in_kernel))):
        steps = in_kernel or []
    else:
        # The files are edited, and then loaded: what they lack counts, as a rule that is there twice stops the load.
        # Where the kernel is locked, it is what the next boot makes of them.
        in_files = _close_on_disk(requirement, on_disk, lines, solvers)
        steps = _together(requirement, in_kernel, in_files, on_disk, solvers, command)
    return _after_reboot(steps) if locked else steps


def _close(
    requirement: Requirement, load: Load, lines: Lines, solvers: Solvers, coverage: Optional[Coverage] = None
) -> Optional[List[Step]]:
    """The steps after which these rules cover the requirement, or None where none were found.

    Args:
        requirement: What is not covered.
        load: The rules, in the kernel or as the files load them.
        lines: Compiles the requirement, once.
        solvers: Those of the host.
        coverage: The judgement on these rules, where it is known.
    """
    steps: List[Step] = []
    added = False
    for _again in range(_MOST_STEPS):
        coverage = coverage or solvers.judge(load, requirement.rule)
        droppers = dropped_by(requirement.rule, coverage, solvers.host.machine)
        if coverage.outcome == "covered" and not droppers:
            return steps
        taken, load = _take_away(load, [blame.as_dict() for blame in coverage.defeated_by + tuple(droppers)])
        steps.extend(taken)
        if not taken:
            compiled = None if added else lines()
            lacking = [] if compiled is None else _lacking(compiled, load)
            if not lacking:
                return None
            steps.extend(_step("add", line) for line, _rule in lacking)
            load = load._replace(loaded=load.loaded + tuple(rule for _line, rule in lacking))
            added = True
        coverage = None
    return None


def _covers(requirement: Requirement, load: Load, solvers: Solvers) -> bool:
    coverage = solvers.judge(load, requirement.rule)
    return coverage.outcome == "covered" and not dropped_by(requirement.rule, coverage, solvers.host.machine)


def _lacking(compiled: Compiled, load: Load) -> List[Tuple[str, Rule]]:
    """The lines whose rule is not loaded yet: the kernel refuses it a second time, and the load stops there."""
    there = FilterLists(load.loaded)
    return [(line, rule) for line, rule in zip(compiled.lines, compiled.load.loaded) if there.same_as(rule) is None]


def _close_on_disk(requirement: Requirement, on_disk: Load, lines: Lines, solvers: Solvers) -> Optional[List[Step]]:
    """The same for what the files load: nothing can be added behind a line at which the load stops."""
    steps = _close(requirement, on_disk, lines, solvers)
    stop = on_disk.stopped_at
    if stop is None or (steps is not None and all(step["do"] != "add" for step in steps)):
        return steps
    blamed = solvers.judge(on_disk, requirement.rule).defeated_by
    hides = any(_same_line(blame.origin, stop) for blame in blamed)
    steps = _close(requirement, _whole(on_disk, stop), lines, solvers)
    return None if steps is None else _refused("correct" if hides else "remove", on_disk, stop) + steps


def _together(
    requirement: Requirement,
    in_kernel: Optional[List[Step]],
    in_files: Optional[List[Step]],
    on_disk: Load,
    solvers: Solvers,
    command: Optional[str],
) -> List[Step]:
    """What the kernel alone holds is taken out of it; the files are edited, and loaded where no edit says so."""
    if in_files is None:
        return []
    steps = [step for step in in_kernel or () if not _is_of_files(step)] + in_files
    if not in_files:
        by = solvers.judge(on_disk, requirement.rule).covered_by
        origin = by[0].origin if by else Origin()
        return steps + [_step("load", command or _LOAD, origin.file, origin.line)]
    does = {step["do"] for step in in_files}
    said = in_kernel is not None and all(step in in_files for step in in_kernel if _is_of_files(step))
    return steps if "correct" not in does and ("add" in does or said) else steps + [_step("load", command or _LOAD)]


def _is_of_files(step: Step) -> bool:
    """Whether a step changes the files, and not the kernel alone."""
    return step["do"] in ("add", "remove") and step["file"] != KERNEL


def _whole(on_disk: Load, stop: Origin) -> Load:
    """What the files would load if they were loaded to their end."""
    behind = tuple(gone.rule for gone in on_disk.removed if _same_line(gone.by, stop))
    return on_disk._replace(loaded=on_disk.loaded + behind, removed=(), stopped_at=None)


def _refused(do: str, on_disk: Load, stop: Origin) -> List[Step]:
    """The lines that have to be corrected before the files are loaded to their end, with what is wrong with them.

    Args:
        do: For the line that stops the load: ``correct`` where it hides a rule that is wanted, else ``remove``.
    """
    told = next((one for one in on_disk.rejected if _same_line(one.origin, stop)), None)
    first = _step(do, stop.text, stop.file, stop.line)
    steps = [first if told is None else dict(first, reason=told.reason, remedy=told.remedy or None)]
    for warning in on_disk.warnings:
        seen = _FORESEEN.match(warning)
        if seen is not None:
            step = _step("remove", "", seen.group("file"), int(seen.group("line")))
            steps.append(dict(step, reason=seen.group("reason"), remedy=None))
    return steps


def _after_reboot(steps: List[Step]) -> List[Step]:
    """The steps where the kernel takes none of them: it forgets its own rules, and loads the files, when it starts."""
    kept = [step for step in steps if step["do"] != "load" and step["file"] != KERNEL]
    loads = [dict(step, text=AFTER_REBOOT) for step in steps if step["do"] == "load"]
    return kept + (loads or [_step("load", AFTER_REBOOT)]) if steps else []


def _same_line(one: Origin, other: Origin) -> bool:
    return (one.file, one.line) == (other.file, other.line)


def _take_away(load: Load, blamed: List[Dict[str, Any]]) -> Tuple[List[Step], Load]:
    """The load without the blamed rules, and with audit on where that is to blame."""
    keep: List[Rule] = []
    steps: List[Step] = []
    for rule in load.loaded:
        if any(_is(rule.origin, culprit) for culprit in blamed):
            steps.append(_step("remove", rule.origin.text, rule.origin.file, rule.origin.line))
        else:
            keep.append(rule)
    if steps:
        return steps, load._replace(loaded=tuple(keep))
    enabled = load.settings.get("enabled")
    if enabled is not None and enabled.value == 0 and blamed:
        by = enabled.origin
        if by is not None and by.line is not None:
            steps = [_step("remove", by.text, by.file, by.line)]
            return steps, load._replace(settings=dict(load.settings, enabled=Setting(1)))
        settings = dict(load.settings, enabled=Setting(1))
        return [_step("set", "auditctl -e 1")], load._replace(settings=settings)
    return [], load


def _is(origin: Origin, culprit: Dict[str, Any]) -> bool:
    return (origin.file, origin.line) == (culprit.get("file"), culprit.get("line")) and (
        origin.line is not None or origin.text == culprit.get("rule")
    )


def _step(do: str, text: str, file: Optional[str] = None, line: Optional[int] = None) -> Step:
    return {"do": do, "text": text, "file": file, "line": line}
