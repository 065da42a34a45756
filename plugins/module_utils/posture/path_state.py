# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of every path that a rule or a requirement names."""

from typing import Any, Dict, List

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture import codec, evidence, templates
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.rules import usr_merge
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState

_OBJECTS = ("path", "dir", "watch", "exe")


def collect(context: Context, posture: Dict[str, Any]) -> Dict[str, Any]:
    """The state as :meth:`PathState.to_dict` saves it.

    Raises:
        EvidenceError: the host itself could not be looked at.
    """
    evidence.require(posture, "host")
    state = PathState.of_host()
    named = sorted(_named(context, posture))
    state.collect(named + usr_merge.to_look_at(named, state))
    return state.to_dict()


def _named(context: Context, posture: Dict[str, Any]) -> List[str]:
    rules = [codec.rule_from_plain(rule) for rule in (posture.get("rules") or {}).get("loaded", ())]
    rules += [codec.rule_from_plain(rule) for rule in (posture.get("disk") or {}).get("rules", ())]
    rules += [codec.rule_from_plain(gone["rule"]) for gone in (posture.get("disk") or {}).get("removed", ())]
    dialect = evidence.dialect(posture)
    lines = list(context.requirements)
    for control in context.templates:
        try:
            lines += templates.fill(control, posture).lines
        except TrailError:
            continue  # told where the control is judged
    for text in lines:
        try:
            statement = parse_line(text, dialect, "a requirement", 1)
        except RuleError:
            continue  # compliance/expand.py reports it where the control is judged
        if statement is not None and statement.rule is not None:
            rules.append(statement.rule)
    return list({path for rule in rules for path in _paths(rule)})


def _paths(rule: Rule) -> List[str]:
    return [str(field.value) for name in _OBJECTS for field in rule.fields(name) if isinstance(field.value, str)]
