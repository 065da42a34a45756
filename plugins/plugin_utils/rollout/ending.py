# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of each host after the decision on its batch, and whether the rollout goes on after that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import outcome
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout.decision import Decision
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout.outcome import Outcome

COMMITTED, ROLLED_BACK = "committed", "rolled back"
NOT_ROLLED_BACK = "not rolled back"
NOT_KNOWN = "commit not known"
LEFT = "not changed"
NOT_BEGUN = "not begun"
"""Its batch was to come after the rollout had stopped."""
PENDING = "run the playbook again: its next run, too, finishes or undoes what is pending there"

_COMMIT_FAILURE = "_rollout_commit_failure"
_ROLL_BACK_FAILURE = "_rollout_roll_back_failure"
_CONFIG_FAILURE = "_rollout_config_failure"
_BOOT_FAILURE = "_rollout_boot_failure"
_BACK = (
    "_rollout_reconnected", "_audit_rules_rolled_back", "_auditd_config_back", "_auditd_plugins_back",
    "_auditd_service_back",
)  # fmt: skip
"""In which the tasks that roll a host back register their results."""


@dataclass(frozen=True)
class Ending:
    """``became`` is one of the above; ``ok`` whether that is what a rollout is for; ``text`` is for people."""

    host: str
    became: str
    ok: bool
    text: str

    def plain(self) -> dict[str, Any]:
        """As data."""
        return asdict(self)


def of(one: Outcome, decision: Decision, told: Mapping[str, Any]) -> Ending:
    """The ending of a host.

    Args:
        one: What became of it in its batch.
        decision: On the batch.
        told: Its variables, with what the play has registered since.
    """
    if one.host in decision.commit:
        return _committed(one, told)
    if one.host in decision.roll_back:
        why = "; ".join(one.reasons) or "another host of its batch failed"
        return _rolled_back(one.host, why, told)
    reasons = "; ".join(one.reasons)
    fine = one.state in (outcome.NOT_APPLICABLE, outcome.CHECKED)
    return Ending(one.host, LEFT, fine, f"not changed{': ' + reasons if reasons else ''}")


def _committed(one: Outcome, told: Mapping[str, Any]) -> Ending:
    failure = _failure(told, _COMMIT_FAILURE)
    if failure:
        return _rolled_back(one.host, f"it could not be committed: {failure}", told)
    boot = _failure(told, _BOOT_FAILURE)
    committed = told.get("_audit_rules_committed") or {}
    if committed.get("unreachable"):
        text = f"it became unreachable while it was committed: {committed.get('msg')}. {PENDING}"
        return Ending(one.host, NOT_KNOWN, False, text)
    locked = " and locked" if committed.get("locked") else ""
    text = f"committed{locked}"
    if boot:
        return Ending(one.host, COMMITTED, False, f"{text}, but what follows the commit failed: {boot}")
    if committed.get("reboot_required") or (told.get(outcome.RULES) or {}).get("reboot_required"):
        text += "; a reboot brings the new rules into force"
    elif (told.get("_auditd_boot_parameters") or {}).get("reboot_required"):
        text += "; a reboot gives the kernel its new boot parameters"
    return Ending(one.host, COMMITTED, True, text)


def _rolled_back(host: str, why: str, told: Mapping[str, Any]) -> Ending:
    failures = [_failure(told, name) for name in (_ROLL_BACK_FAILURE, _CONFIG_FAILURE)]
    failures += ["it does not answer" for name in _BACK if (told.get(name) or {}).get("unreachable")][:1]
    failure = "; ".join(text for text in failures if text)
    if failure:
        return Ending(host, NOT_ROLLED_BACK, False, f"{why}. It could NOT be rolled back: {failure}. {PENDING}")
    if (told.get("_auditd_config") or {}).get("unreachable"):
        text = f"{why}. Its rules are those of before; whether auditd.conf was changed is not known. {PENDING}"
        return Ending(host, NOT_ROLLED_BACK, False, text)
    rules = told.get("_audit_rules_rolled_back") or {}
    reboot = "; a reboot brings the old rules back into the kernel" if rules.get("reboot_required") else ""
    return Ending(host, ROLLED_BACK, False, f"rolled back{reboot}: {why}")


def _failure(told: Mapping[str, Any], name: str) -> str:
    failure = told.get(name)
    if not isinstance(failure, Mapping):
        return ""
    return f"{failure.get('task') or 'a task'}: {failure.get('msg') or 'it failed'}"


def must_stop(endings: Sequence[Ending], decision: Decision, max_fail_percentage: float) -> str:
    """Why no further batch is begun; empty where one is.

    A host whose commit failed counts now as one whose change failed counted before.
    """
    if decision.stop:
        return decision.reason
    changed = [one for one in endings if one.became != LEFT]
    failed = [one for one in changed if one.became != COMMITTED]
    share = 100.0 * len(failed) / len(changed) if changed else 0.0
    if failed and share > max_fail_percentage:
        return (
            f"{len(failed)} of {len(changed)} hosts of the batch could not be committed ({share:.0f} %, and "
            f"{max_fail_percentage:g} % may): the rollout stops"
        )
    return ""
