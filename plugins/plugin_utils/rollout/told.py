# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the play has registered for a host: what was lost, what failed, what was changed.

Every task of the roles that opens the host's connection registers its result under a name that begins as :data:`OURS`
say; tests/unit/playbooks/test_rollout_registers.py sees to that. So no list of names has to be kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Told = Mapping[str, Any]
OURS = ("_auditd_", "_audit_rules_", "_rollout_")

BEFORE = "_rollout_before"
HEALTH = "_rollout_health"
AFTER = "_rollout_after"
"""Looks at the host: before it is changed, when it is watched, and after it was rolled back."""
RULES = "_audit_rules_loaded"
COMMITTED = "_audit_rules_committed"
ROLLED_BACK = "_audit_rules_rolled_back"
BOOT = "_auditd_boot_parameters"
WRITTEN = ("_auditd_config", "_auditd_plugin_files")
"""The tasks that write the daemon's configuration."""


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def of(told: Told, name: str) -> Mapping[str, Any]:
    """What was registered under a name; empty where nothing was."""
    return mapping(told.get(name))


def message(result: Mapping[str, Any]) -> str:
    """Why a task failed, in one line; of a loop, why its items did."""
    reasons = [_line(item) for item in _parts(result)[1:] if item.get("failed") or item.get("unreachable")]
    return "; ".join(reason for reason in reasons if reason) or _line(result)


def failure(told: Told, name: str) -> str:
    """The task that failed and why, from what a rescue has kept; empty where it has kept nothing."""
    kept = told.get(name)
    if not isinstance(kept, Mapping):
        return ""
    return f"{kept.get('task') or 'a task'}: {message(mapping(kept.get('result'))) or 'it failed'}"


def lost(told: Told) -> dict[str, str]:
    """Where the host did not answer: the names of results, and what was said of each."""
    return {name: message(result) for name, result in _results(told) if _any(result, "unreachable")}


def unanswered(told: Told) -> list[str]:
    """The names of results of what changes rules or the daemon's files, and has failed without a word of its own.

    It ran into a time limit or was killed, and what it has done is not known: each of our modules names a remedy where
    it fails itself, or an empty one.
    """
    return [name for name in (RULES, *WRITTEN) if any(map(_is_silent, _parts(of(told, name))))]


def _is_silent(result: Mapping[str, Any]) -> bool:
    return result.get("failed") is True and "remedy" not in result and "results" not in result


def changed(told: Told) -> bool:
    """Whether something on the host was changed, or may have been."""
    pending = of(told, RULES).get("transaction_state") == "pending" or bool(unanswered(told))
    return pending or any(_any(result, "changed") or _any(result, "unreachable") for _name, result in _results(told))


def _results(told: Told) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in told:
        if name.startswith(OURS) and isinstance(told[name], Mapping):
            yield name, told[name]


def _any(result: Mapping[str, Any], name: str) -> bool:
    return any(one.get(name) is True for one in _parts(result))


def _parts(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A result, and those of the items of its loop."""
    items = result.get("results")
    return [result, *(mapping(item) for item in (items if isinstance(items, (list, tuple)) else ()))]


def _line(result: Mapping[str, Any]) -> str:
    return " ".join(str(result.get("msg") or "").split())
