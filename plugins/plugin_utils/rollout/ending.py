# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of each host after the decision on its batch, and whether the rollout goes on after that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import outcome, remedies
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import told as read
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout.decision import Decision
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout.outcome import Outcome
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout.told import Told

COMMITTED, ROLLED_BACK = "committed", "rolled back"
UNCHANGED = "as it was"
"""There was nothing to change on it."""
NOT_ROLLED_BACK = "not rolled back"
NOT_WELL = "rolled back, not well"
"""Something that was met before the change is not met after it was taken back."""
NOT_KNOWN = "commit not known"
LEFT = "not changed"
WOULD_CHANGE, WOULD_STAY, WOULD_FAIL = "would change", "would stay as it is", "would fail"
"""In check mode."""
UNTOUCHED = (LEFT, WOULD_CHANGE, WOULD_STAY, WOULD_FAIL)
NOT_BEGUN = "not begun"
"""Its batch was to come after the rollout had stopped."""
ORDER = (COMMITTED, UNCHANGED, ROLLED_BACK, NOT_WELL, NOT_ROLLED_BACK, NOT_KNOWN, *UNTOUCHED[1:], LEFT, NOT_BEGUN)
PENDING = "run the playbook again: its next run, too, finishes or undoes what is pending there"

_COMMIT_FAILURE = "_rollout_commit_failure"
_RULES_FAILURE, _CONFIG_FAILURE = "_rollout_roll_back_failure", "_rollout_config_failure"
_HOLD_FAILURE, _RELEASE_FAILURE = "_rollout_hold_failure", "_rollout_release_failure"
_BOOT_FAILURE = "_rollout_boot_failure"


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


def of(one: Outcome, decision: Decision, told: Told) -> Ending:
    """The ending of a host.

    Args:
        one: What became of it in its batch.
        decision: On the batch.
        told: Its variables, with what the play has registered since.
    """
    if one.host in decision.commit:
        return _committed(one, told)
    if one.host in decision.roll_back:
        if one.state == outcome.FAILED:
            return _rolled_back(one, "; ".join(one.reasons), told)
        why = "it was well, and this is a trial" if decision.trial else "another host of its batch failed"
        return _rolled_back(one, why, told, decision.trial)
    if one.state == outcome.CHECKED:
        became = WOULD_CHANGE if read.changed(told) else WOULD_STAY
        return Ending(one.host, became, True, became)
    became = WOULD_FAIL if one.state == outcome.WOULD_FAIL else LEFT
    reasons = "; ".join(one.reasons)
    return Ending(one.host, became, one.state == outcome.NOT_APPLICABLE, f"{became}{': ' + reasons if reasons else ''}")


def proves(ended: Mapping[str, Any]) -> bool:
    """Whether a host that ended so (as data) took the change and was well: it then was a canary."""
    return bool(ended["ok"]) and ended["became"] in (COMMITTED, UNCHANGED, ROLLED_BACK)


def _committed(one: Outcome, told: Told) -> Ending:
    failure = read.failure(told, _COMMIT_FAILURE)
    if failure:
        return _rolled_back(one, f"it could not be committed: {failure}", told)
    committed = read.of(told, read.COMMITTED)
    if committed.get("unreachable"):
        text = f"it became unreachable while it was committed: {read.message(committed)}. {PENDING}"
        return Ending(one.host, NOT_KNOWN, False, text)
    became = COMMITTED if read.changed(told) else UNCHANGED
    text = f"{became}{' and locked' if committed.get('immutable') else ''}"
    boot, lost = read.failure(told, _BOOT_FAILURE), read.lost(told)
    if lost:
        return Ending(one.host, became, False, f"{text}, but it does not answer since: {next(iter(lost.values()))}")
    if boot:
        return Ending(one.host, became, False, f"{text}, but what follows the commit failed: {boot}")
    if committed.get("reboot_required") or read.of(told, read.RULES).get("reboot_required"):
        text += "; a reboot brings the new rules into force"
    elif read.of(told, read.BOOT).get("reboot_required"):
        text += "; a reboot gives the kernel its new boot parameters"
    return Ending(one.host, became, True, text)


def _rolled_back(one: Outcome, why: str, told: Told, fine: bool = False) -> Ending:
    rules, config = read.failure(told, _RULES_FAILURE), read.failure(told, _CONFIG_FAILURE)
    failures = [text for text in (rules, config) if text]
    failures += ["it does not answer" for name in read.lost(told) if name not in one.lost][:1]
    loaded, look = read.of(told, read.RULES), read.of(told, read.AFTER)
    if loaded.get("changed") and loaded.get("transaction_state") == "committed":
        failures.append("its rules were given back by the load itself (audit_rules_state: absent), which stays")
    failures += _unfinished(read.of(told, read.BEFORE), look)
    if not failures and read.changed(told) and "criteria" not in look:
        failures.append(f"it was not looked at afterwards: {read.message(look) or 'nothing says why'}")
    if failures:
        remedy = remedies.of_configuration(told) if failures == [config] else PENDING
        return Ending(
            one.host, NOT_ROLLED_BACK, False, f"{why}. It could NOT be rolled back: {'; '.join(failures)}. {remedy}"
        )
    if any(name in one.lost for name in read.WRITTEN):
        text = f"{why}. Its rules are those of before; whether the daemon's configuration was changed is not known"
        return Ending(one.host, NOT_ROLLED_BACK, False, f"{text}. {PENDING}")
    worse = _worse(read.of(told, read.BEFORE), look)
    released = read.failure(told, _RELEASE_FAILURE)
    if released:
        worse.append(f"its daemon may be started without rules ({released}): {remedies.RELEASE}")
    if worse:
        return Ending(one.host, NOT_WELL, False, f"rolled back, but NOT well since: {'; '.join(worse)}. Why: {why}")
    if not read.changed(told):
        return Ending(one.host, UNCHANGED, fine, f"nothing was changed on it: {why}")
    held = read.failure(told, _HOLD_FAILURE)
    if held:
        why += f"; meanwhile a start of its daemon could load rules: {held}"
    rules = read.of(told, read.ROLLED_BACK)
    reboot = "; a reboot brings the old rules back into the kernel" if rules.get("reboot_required") else ""
    return Ending(one.host, ROLLED_BACK, fine, f"rolled back, and as well as before{reboot}: {why}")


def _unfinished(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What is left on the host of a change that was there before it neither."""
    was, left = read.mapping(before.get("status")), read.mapping(after.get("status"))
    found = []
    if left.get("interrupted") and left["interrupted"] != was.get("interrupted"):
        step = read.mapping(left["interrupted"]).get("step")
        found.append(f"a change of it was cut off{f' (at: {step})' if step else ''}, and is still half done")
    if left.get("pending") and left["pending"] != was.get("pending"):
        found.append(f"its new rules are still loaded ({left['pending']})")
    return found


def _worse(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What is not met any more; the looks are quick ones."""
    met = {criterion["name"] for criterion in before.get("criteria") or () if criterion["ok"] is True}
    return [
        f"{criterion['name']}: {criterion['text']}"
        for criterion in after.get("criteria") or ()
        if criterion["ok"] is not True and criterion["name"] in met
    ]


def must_stop(endings: Sequence[Ending], decision: Decision, max_fail_percentage: float) -> str:
    """Why no further batch is begun; empty where one is.

    A host whose commit failed, or that does not answer since, counts now as one whose change failed counted before.
    """
    if decision.stop:
        return decision.reason
    changed = [one for one in endings if one.became not in UNTOUCHED]
    failed = [one for one in changed if not one.ok]
    share = 100.0 * len(failed) / len(changed) if changed else 0.0
    if failed and share > max_fail_percentage:
        return (
            f"{len(failed)} of {len(changed)} hosts of the batch are not as they should be after the decision "
            f"({share:.0f} %, and {max_fail_percentage:g} % may): the rollout stops"
        )
    return ""
