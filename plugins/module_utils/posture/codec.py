# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules, loads and status as plain data and back, so that a saved posture is judged to the same verdicts.

A rule's text loses what the kernel knows (``auditctl -l`` prints a never rule
on a path as a watch), so the values themselves are kept beside the text.
"""

from typing import Any, Dict, List

from ansible_collections.auditops.trail.plugins.module_utils.posture import forms
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Rejected, Removed, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    Compare,
    Condition,
    Field,
    Origin,
    Rule,
)

Plain = Dict[str, Any]


def rule_to_plain(rule: Rule) -> Plain:
    """A rule as data: ``list, action, syscalls, conditions, keys, prepend, file, line, text``."""
    return dict(
        _origin_to_plain(rule.origin),
        list=rule.list,
        action=rule.action,
        syscalls=None if rule.syscalls is None else sorted(rule.syscalls),
        conditions=[_condition_to_plain(condition) for condition in rule.conditions],
        keys=list(rule.keys),
        prepend=rule.prepend,
    )


def rule_from_plain(data: Plain) -> Rule:
    """The rule that :func:`rule_to_plain` made this of.

    Raises:
        EvidenceError: the data has another form.
    """
    return _rule(forms.checked(forms.RULE, data, "rule"))


def rules_from_plain(data: Plain) -> List[Rule]:
    """The kernel's rules, of the posture's part ``rules`` that has been checked."""
    return [_rule(rule) for rule in data["loaded"]]


def load_to_plain(load: Load) -> Plain:
    """A load as data: ``rules, removed, rejected, stopped_at, warnings, settings, live``."""
    return {
        "rules": [rule_to_plain(rule) for rule in load.loaded],
        "removed": [
            {"rule": rule_to_plain(gone.rule), "by": _origin_to_plain(gone.by), "why": gone.why}
            for gone in load.removed
        ],
        "rejected": [
            dict(_origin_to_plain(refused.origin), reason=refused.reason, remedy=refused.remedy)
            for refused in load.rejected
        ],
        "stopped_at": None if load.stopped_at is None else _origin_to_plain(load.stopped_at),
        "warnings": list(load.warnings),
        "settings": {
            name: {
                "value": setting.value,
                "origin": None if setting.origin is None else _origin_to_plain(setting.origin),
            }
            for name, setting in sorted(load.settings.items())
        },
        "live": load.live,
    }


def load_from_plain(data: Plain) -> Load:
    """The load that :func:`load_to_plain` made this of, or the posture's part ``disk``.

    Raises:
        EvidenceError: the data has another form.
    """
    forms.checked(forms.LOAD, data, "disk")
    stopped = data.get("stopped_at")
    return Load(
        loaded=tuple(_rule(rule) for rule in data["rules"]),
        removed=tuple(
            Removed(_rule(gone["rule"]), _origin(gone["by"]), gone["why"]) for gone in data.get("removed", ())
        ),
        rejected=tuple(
            Rejected(_origin(refused), refused["reason"], refused.get("remedy", ""))
            for refused in data.get("rejected", ())
        ),
        stopped_at=None if stopped is None else _origin(stopped),
        warnings=tuple(data.get("warnings", ())),
        settings={
            name: Setting(setting["value"], None if setting.get("origin") is None else _origin(setting["origin"]))
            for name, setting in data.get("settings", {}).items()
        },
        live=data.get("live", False),
    )


def rules_to_plain(rules: List[Rule]) -> List[Plain]:
    """Several rules, in their order."""
    return [rule_to_plain(rule) for rule in rules]


def _condition_to_plain(condition: Condition) -> Plain:
    if isinstance(condition, Compare):
        return {"compare": condition.left, "op": condition.op, "with": condition.right}
    return {"field": condition.name, "op": condition.op, "value": condition.value}


def _origin_to_plain(origin: Origin) -> Plain:
    return {"file": origin.file, "line": origin.line, "text": origin.text}


# -- back, of data that has been checked -------------------------------------------------


def _rule(data: Plain) -> Rule:
    calls = data["syscalls"]
    return Rule(
        list=data["list"],
        action=data["action"],
        syscalls=None if calls is None else frozenset(calls),
        conditions=tuple(_condition(condition) for condition in data["conditions"]),
        keys=tuple(data["keys"]),
        prepend=data.get("prepend", False),
        origin=_origin(data),
    )


def _condition(data: Plain) -> Condition:
    if "compare" in data:
        return Compare(data["compare"], data["op"], data["with"])
    return Field(data["field"], data["op"], data["value"])


def _origin(data: Plain) -> Origin:
    return Origin(data.get("file"), data.get("line"), data.get("text", ""))
