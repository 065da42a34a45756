# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of one host in its batch of a rollout, from what the play has registered for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

UNREACHED = "unreached"
"""It was not reached, and so not changed."""
NOT_APPLICABLE = "not_applicable"
FAILED = "failed"
WELL = "well"
CHECKED = "checked"
"""Check mode: nothing was changed, so there is nothing to judge."""

BEFORE = "_rollout_before"
FAILURE = "_rollout_failure"
HEALTH = "_rollout_health"
RULES = "_audit_rules_loaded"


@dataclass(frozen=True)
class Outcome:
    """``state`` is one of the above; ``reasons`` say why it failed or was left, ``notes`` what else is to be told."""

    host: str
    state: str
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """As data."""
        return asdict(self)


def of(host: str, told: Mapping[str, Any], registers: Iterable[str], check_mode: bool = False) -> Outcome:
    """The outcome of a host.

    A host that answered in the beginning and not later has failed: what the change did to it nobody knows. What could
    not be judged has failed too.

    Args:
        host: Its name.
        told: Its variables, with what tasks have registered.
        registers: The names of those that hold the results of tasks that open its connection.
        check_mode: Whether nothing was changed.
    """
    before = _mapping(told.get(BEFORE))
    if not before or before.get("unreachable"):
        return Outcome(host, UNREACHED, [f"not reached: {_message(before) or 'it was never asked'}"])
    failure = _mapping(told.get(FAILURE))
    if failure:
        return Outcome(host, FAILED, [f"{failure.get('task') or 'a task'}: {failure.get('msg') or 'it failed'}"])
    for name in registers:
        result = _mapping(told.get(name))
        if result.get("unreachable"):
            return Outcome(host, FAILED, [f"it became unreachable while it was changed: {_message(result)}"])
    rules = _mapping(told.get(RULES))
    for result in (rules, _mapping(told.get(HEALTH))):
        if result.get("not_applicable"):
            return Outcome(host, NOT_APPLICABLE, [str(result["not_applicable"].get("reason"))])
    if not rules or rules.get("skipped"):
        return Outcome(host, FAILED, ["its rules were not loaded, and nothing says why"])
    if check_mode:
        return Outcome(host, CHECKED, [], _predicted(rules))
    health = _mapping(told.get(HEALTH))
    if "criteria" not in health:
        return Outcome(host, FAILED, ["it was not watched after the change, and nothing says why"])
    broken = [criterion for criterion in health["criteria"] if criterion["ok"] is not True]
    notes = _notes(before, rules, health)
    if broken or not health["healthy"]:
        return Outcome(host, FAILED, [_broken(one) for one in broken] or ["nothing was judged on it"], notes)
    return Outcome(host, WELL, [], notes)


def _broken(criterion: Mapping[str, Any]) -> str:
    limit = criterion.get("limit")
    told = "" if limit is None else f" (limit {limit})" if isinstance(limit, (int, float)) else ""
    unknown = "" if criterion["ok"] is False else "could not be told: "
    return f"{criterion['name']}: {unknown}{criterion['text']}{told}"


def _notes(before: Mapping[str, Any], rules: Mapping[str, Any], health: Mapping[str, Any]) -> list[str]:
    """The measures that are met, losses while it was changed, and what waits for a reboot."""
    notes = [str(one["text"]) for one in health["criteria"] if one["ok"] is True]
    first = _lost(before)
    last = _lost(health)
    if first is not None and last is not None and last > first:
        notes.append(f"{last - first} records were lost since before the change")
    if rules.get("reboot_required"):
        notes.append(f"the new rules wait for a reboot: {rules.get('reboot_reason') or 'the kernel is locked'}")
    for warning in rules.get("warnings") or ():
        notes.append(str(warning))
    return notes


def _lost(health: Mapping[str, Any]) -> int | None:
    kernel = _mapping(_mapping(health.get("status")).get("kernel"))
    lost = kernel.get("lost")
    return lost if isinstance(lost, int) else None


def _predicted(rules: Mapping[str, Any]) -> list[str]:
    files = [f"{one['action']} {one['path']}" for one in rules.get("files") or () if one["action"] != "unchanged"]
    loads = rules.get("rules") or {}
    told = [f"{loads['file']} rules in the files"] if loads.get("file") is not None else []
    return [*told, "; ".join(files) if files else "no file of rules would change"]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _message(result: Mapping[str, Any]) -> str:
    return " ".join(str(result.get("msg") or "").split())
