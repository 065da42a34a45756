# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What mends a gap: the line to take away, the lines to add, or the load that never happened.

A remedy is tried on the rule set before it is printed: the steps are applied
and the solver judges the requirement again.
"""

from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.compliance.compile import compile_requirement
from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import Requirement
from ansible_collections.auditops.trail.plugins.module_utils.coverage.result import Coverage
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Solver
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin, Rule

Step = Dict[str, Any]
_MOST_STEPS = 12
_LOAD = "augenrules --load"


def mend(
    requirement: Requirement,
    coverage: Coverage,
    key: Optional[str],
    load: Load,
    on_disk: Optional[Load],
    dialect: Dialect,
    host: Host,
) -> List[Step]:
    """The steps after which the rule set covers the requirement.

    Args:
        requirement: What is not covered.
        coverage: The judgement on it.
        key: The control's key.
        load: The loaded rules.
        on_disk: What a load of the rules on disk would give, where that is known.
        dialect: The host's auditctl and machine.
        host: The host's evidence.

    Returns:
        Steps ``{"do": correct|load|remove|set|add, "text", "file", "line"}``. Empty where no proven remedy was found.
    """
    steps, current = _from_disk(requirement, on_disk, host)
    if current is None:
        current = load
    else:
        coverage = Solver(current, host).judge(requirement.rule)
        if coverage.outcome == "covered":
            return steps
    added = False
    for _again in range(_MOST_STEPS):
        blamed = coverage.as_dict()["defeated_by"]
        taken, current = _take_away(current, blamed)
        steps.extend(taken)
        if not taken:
            if added:
                return []
            compiled = compile_requirement(requirement, key, dialect, host)
            if compiled is None:
                return []
            steps.extend(_step("add", line) for line in compiled.lines)
            current = current._replace(loaded=current.loaded + compiled.load.loaded)
            added = True
        coverage = Solver(current, host).judge(requirement.rule)
        if coverage.outcome == "covered":
            return steps
    return []


def _from_disk(requirement: Requirement, on_disk: Optional[Load], host: Host) -> Tuple[List[Step], Optional[Load]]:
    """The steps that bring a rule from the disk into the kernel, and the rule set after them.

    No step and None where no rule on disk would record any of the events.
    """
    if on_disk is None:
        return [], None
    coverage = Solver(on_disk, host).judge(requirement.rule)
    if coverage.outcome == "covered":
        by = coverage.covered_by[0].origin if coverage.covered_by else Origin()
        return [_step("load", _LOAD, by.file, by.line)], on_disk
    stop = on_disk.stopped_at
    if stop is None or not any(_same_line(blame.origin, stop) for blame in coverage.defeated_by):
        return [], None
    behind = tuple(gone.rule for gone in on_disk.removed if _same_line(gone.by, stop))
    whole = on_disk._replace(loaded=on_disk.loaded + behind, removed=(), stopped_at=None)
    return [_step("correct", stop.text, stop.file, stop.line), _step("load", _LOAD)], whole


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
        settings = dict(load.settings, enabled=Setting(1))
        return [_step("set", "auditctl -e 1")], load._replace(settings=settings)
    return [], load


def _is(origin: Origin, culprit: Dict[str, Any]) -> bool:
    return (origin.file, origin.line) == (culprit.get("file"), culprit.get("line")) and (
        origin.line is not None or origin.text == culprit.get("rule")
    )


def _step(do: str, text: str, file: Optional[str] = None, line: Optional[int] = None) -> Step:
    return {"do": do, "text": text, "file": file, "line": line}
