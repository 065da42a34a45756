# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules, loads and status as plain data and back, so that a saved posture is judged to the same verdicts.

A rule's text loses what the kernel knows (``auditctl -l`` prints a never rule
on a path as a watch), so the values themselves are kept beside the text.
"""

import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Rejected, Removed, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    ACTIONS,
    LISTS,
    OPERATORS,
    Compare,
    Condition,
    Field,
    Origin,
    Rule,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.names import field_known
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_fields import STRINGS
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_tables import CALLS

Plain = Dict[str, Any]
_UNNAMED = re.compile(r"f\d+$")
"""How rules/kernel.py calls a field that is newer than its tables."""


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
    try:
        calls = data["syscalls"]
        keys = data["keys"]
        if calls is not None and not (isinstance(calls, list) and all(map(_is_call, calls))):
            raise ValueError("its syscalls are {0!r}".format(calls))
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise ValueError("its keys are {0!r}".format(keys))
        return Rule(
            list=_one_of(LISTS, data["list"]),
            action=None if data["action"] is None else _one_of(ACTIONS, data["action"]),
            syscalls=None if calls is None else frozenset(calls),
            conditions=tuple(_condition_from_plain(condition) for condition in data["conditions"]),
            keys=tuple(keys),
            prepend=bool(data.get("prepend", False)),
            origin=_origin_from_plain(data),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise _other_form("rule", exc) from exc


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
    """The load that :func:`load_to_plain` made this of.

    Raises:
        EvidenceError: the data has another form.
    """
    try:
        stopped = data.get("stopped_at")
        return Load(
            loaded=tuple(rule_from_plain(rule) for rule in data["rules"]),
            removed=tuple(
                Removed(rule_from_plain(gone["rule"]), _origin_from_plain(gone["by"]), gone["why"])
                for gone in data.get("removed", ())
            ),
            rejected=tuple(
                Rejected(_origin_from_plain(refused), refused["reason"], refused.get("remedy", ""))
                for refused in data.get("rejected", ())
            ),
            stopped_at=None if stopped is None else _origin_from_plain(stopped),
            warnings=tuple(data.get("warnings", ())),
            settings={
                name: Setting(
                    int(setting["value"]),
                    None if setting.get("origin") is None else _origin_from_plain(setting["origin"]),
                )
                for name, setting in data.get("settings", {}).items()
            },
            live=bool(data.get("live", False)),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise _other_form("rule set", exc) from exc


def rules_to_plain(rules: List[Rule]) -> List[Plain]:
    """Several rules, in their order."""
    return [rule_to_plain(rule) for rule in rules]


def _condition_to_plain(condition: Condition) -> Plain:
    if isinstance(condition, Compare):
        return {"compare": condition.left, "op": condition.op, "with": condition.right}
    return {"field": condition.name, "op": condition.op, "value": condition.value}


def _condition_from_plain(data: Plain) -> Condition:
    if "compare" in data:
        if not isinstance(data["compare"], str) or not isinstance(data["with"], str):
            raise ValueError("a comparison is of {0!r} with {1!r}".format(data["compare"], data["with"]))
        return Compare(data["compare"], _one_of(("=", "!="), data["op"]), data["with"])
    name, value = data["field"], data["value"]
    if not isinstance(name, str) or not (name == "watch" or field_known(name) or _UNNAMED.match(name)):
        raise ValueError("there is no field {0!r}".format(name))
    # A path that was a number, or a number that was text, would match nothing or everything.
    kind = str if name in STRINGS or name == "watch" else int
    if not isinstance(name, str) or not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError("the field {0!r} has the value {1!r}".format(name, value))
    return Field(name, _one_of(OPERATORS, data["op"]), value)


def _one_of(words: Tuple[str, ...], value: Any) -> str:
    if not isinstance(value, str) or value not in words:
        raise ValueError("{0!r} is none of {1}".format(value, ", ".join(words)))
    return value


def _is_call(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < CALLS


def _origin_to_plain(origin: Origin) -> Plain:
    return {"file": origin.file, "line": origin.line, "text": origin.text}


def _origin_from_plain(data: Plain) -> Origin:
    line: Optional[int] = data.get("line")
    return Origin(data.get("file"), None if line is None else int(line), data.get("text") or "")


def _other_form(what: str, exc: Exception) -> EvidenceError:
    return EvidenceError(
        "a {0} of the saved posture is not of the form that this collection writes: {1!r}".format(what, exc),
        remedy="use the posture as it was saved, or collect it again.",
    )
