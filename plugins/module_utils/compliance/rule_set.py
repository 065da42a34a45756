# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule set that fulfils a whole plan on one host: each control's lines, and lines that are the same once.

Two controls often demand one watch. Loaded twice with different keys it would
cost the kernel twice and only the first key would ever be recorded, so such
lines are one line with both keys, as far as the kernel has room for them.
"""

from collections.abc import Hashable
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.compliance.compile import compile_requirement
from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import Requirement, expand
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Solver
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence
from ansible_collections.auditops.trail.plugins.module_utils.posture.templates import fill
from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import identity
from ansible_collections.auditops.trail.plugins.module_utils.rules.keys import more_keys, with_keys
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import from_texts
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate

Plain = Dict[str, Any]


class Line(NamedTuple):
    """A line for a rules file, and the controls that need it."""

    text: str
    controls: Tuple[str, ...]


class Unproven(NamedTuple):
    """A requirement for which no line was proven, and why."""

    control: str
    requirement: str
    reason: str


class RuleSet(NamedTuple):
    """``lines`` in load order; ``load`` is what they make of an empty kernel.

    ``demanded`` are the controls' requirements for which there are lines, each with its control.
    """

    lines: Tuple[Line, ...]
    unproven: Tuple[Unproven, ...]
    load: Load
    demanded: Tuple[Tuple[str, Requirement], ...] = ()


def rule_set(posture: Plain, plan: Plain) -> RuleSet:
    """The lines after whose load every requirement of the plan is covered on this host, but for the unproven ones.

    Args:
        posture: The host's posture.
        plan: As compliance/evaluate.py takes it.

    Raises:
        EvidenceError: the posture is of another form.
    """
    dialect, host = evidence.dialect(posture), evidence.host(posture)
    merged: Dict[Hashable, Line] = {}
    demanded: List[Tuple[str, Requirement]] = []
    unproven: List[Unproven] = []
    for control in plan["controls"]:
        if not control.get("record"):
            continue
        try:
            requirements = _requirements(control, posture, dialect, host)
        except TrailError as exc:
            unproven.append(Unproven(control["id"], "; ".join(control["record"]), exc.message))
            continue
        for requirement in requirements:
            compiled = compile_requirement(requirement, control.get("key"), dialect, host)
            if compiled is None:
                unproven.append(
                    Unproven(control["id"], requirement.text, "no line that would be loaded here covers it")
                )
                continue
            demanded.append((control["id"], requirement))
            for text in compiled.lines:
                _merge(merged, text, control["id"], dialect, host)
    lines = tuple(merged.values())
    texts = [line.text for line in lines]
    load = simulate(from_texts(texts, "the rule set"), dialect, host.paths, kernel=host.kernel)
    solver = Solver(load, host)
    for name, requirement in demanded:
        outcome = solver.judge(requirement.rule).outcome
        if outcome != "covered":
            unproven.append(Unproven(name, requirement.text, "the whole set leaves it {0}".format(outcome)))
    return RuleSet(lines, tuple(unproven), load, tuple(demanded))


def _requirements(control: Plain, posture: Plain, dialect: Dialect, host: Host) -> Sequence[Requirement]:
    lines = fill(control, posture).lines
    missing = control.get("missing_path", "require")
    release, calls = posture["host"]["kernel"], posture["host"].get("calls")
    return expand(lines, missing, dialect, host.paths, host.user_arches, release, calls).demanded


def _merge(merged: Dict[Hashable, Line], text: str, control: str, dialect: Dialect, host: Host) -> None:
    statement = parse_line(text, dialect, "the rule set", 1)
    if statement is None or statement.rule is None:  # compile_requirement proves rules alone
        return
    same = identity(statement.rule, host.paths.stat_is_dir, with_keys=False)
    first = merged.get(same)
    if first is None:
        merged[same] = Line(text, (control,))
        return
    known = parse_line(first.text, dialect, "the rule set", 1)
    have = () if known is None or known.rule is None else known.rule.keys
    # Without room for one more the line stays as it is: the events are recorded, under the keys that it has.
    keys = more_keys(have, statement.rule.keys) or ()
    controls = first.controls if control in first.controls else first.controls + (control,)
    merged[same] = Line(with_keys(first.text, keys), controls)
