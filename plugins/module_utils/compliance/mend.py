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
        Steps ``{"do": load|remove|add|set, "text", "file", "line"}``. Empty where no proven remedy was found.
    """
    if on_disk is not None and _covers(on_disk, requirement, host):
        there = Solver(on_disk, host).judge(requirement.rule).as_dict()["covered_by"]
        first = there[0] if there else {}
        return [_step("load", "augenrules --load", first.get("file"), first.get("line"))]
    steps = []  # type: List[Step]
    current = load
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


def _covers(load: Load, requirement: Requirement, host: Host) -> bool:
    return Solver(load, host).judge(requirement.rule).outcome == "covered"


def _take_away(load: Load, blamed: List[Dict[str, Any]]) -> Tuple[List[Step], Load]:
    """The load without the blamed rules, and with audit on where that is to blame."""
    keep = []  # type: List[Rule]
    steps = []  # type: List[Step]
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
