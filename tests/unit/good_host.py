# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The good host of postures_whole.py judged by every shipped control, and what changes when one thing does."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, plans, results
from ansible_collections.auditops.trail.plugins.plugin_utils import control as controls_of
from ansible_collections.auditops.trail.tests.unit import postures_whole

Plain = dict[str, Any]
CATALOGUE = catalogue_loader.load()
EVERY = list(CATALOGUE.profiles)
SELECTION = CATALOGUE.select(EVERY, postures_whole.PARAMETERS)
CONTROLS = {control.id: control for control in SELECTION.controls}
KIND = {kind: [one.id for one in SELECTION.controls if one.kind == kind] for kind in controls_of.KINDS}
LINES = postures_whole.lines_of(SELECTION)
RULES = postures_whole.rules_of(LINES)
OTHERWISE = dict.fromkeys(("time.servers_stated", "retention.forecast", "retention.held"), "not_applicable")
"""These have another in their place on a host that ships, is younger than a year, and whose time servers are stated."""
REFUSED = {"message": "netlink: refused", "file": None, "line": None, "remedy": "use become."}
SATISFIED = {
    name: OTHERWISE.get(name, "manual" if control.kind == "manual" else "pass") for name, control in CONTROLS.items()
}


def posture(rules: list[str] | None = None) -> Plain:
    """The good host, or the host with these rules."""
    return postures_whole.whole(SELECTION, rules)


def judged(made: Plain, selection: Any = SELECTION) -> dict[str, Plain]:
    """The entries of the result by control."""
    plan = plans.of(selection)
    found = evaluate.judge(copy.deepcopy(made), plan)
    result = results.host_result("web1", selection, made, found, results.now(), {"user": "tester"})
    return {control["id"]: control for control in result["controls"]}


def verdicts(made: Plain) -> dict[str, str]:
    """The verdicts by control."""
    return {name: control["verdict"] for name, control in judged(made).items()}


def unlike(found: dict[str, str]) -> dict[str, str]:
    """The verdicts that are other than on the good host."""
    return {name: verdict for name, verdict in found.items() if verdict != SATISFIED[name]}


@lru_cache(maxsize=1)
def base() -> tuple[Plain, Plain]:
    """The good host, and its own judgement on the requirements, which the controller takes as it is."""
    made = posture()
    return made, evaluate.judge(copy.deepcopy(made), plans.of(SELECTION))


def states(change: Plain, made: Plain | None = None) -> dict[str, Plain]:
    """The entries by control after some values of the posture were changed; the requirements stay judged."""
    made = copy.deepcopy(base()[0] if made is None else made)
    for path, value in change.items():
        postures_whole.put(made, path, value)
    result = results.host_result("web1", SELECTION, made, base()[1], results.now(), {})
    return {control["id"]: control for control in result["controls"]}
