# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of one host in its batch of a rollout, from what the play has registered for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import notes
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import told as read
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout.told import Told

UNREACHED = "unreached"
"""It was not reached, and so not changed."""
NOT_APPLICABLE = "not_applicable"
FAILED = "failed"
WELL = "well"
CHECKED, WOULD_FAIL = "checked", "would_fail"
"""Check mode: nothing was changed, so there is nothing to judge but what failed before."""

FAILURE = "_rollout_failure"
UNJUDGED = "_rollout_unjudged"
"""In which the play keeps why the change failed, and why the host could not be judged before it."""


@dataclass(frozen=True)
class Outcome:
    """``state`` is one of the above; ``reasons`` say why it failed or was left, ``notes`` what else is to be told.
    ``lost`` are the names of the results in which the host, or what ran on it, did not answer."""

    host: str
    state: str
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """As data."""
        return asdict(self)


def of(host: str, told: Told, check_mode: bool = False) -> Outcome:
    """The outcome of a host.

    A host that answered in the beginning and not later has failed: what the change did to it nobody knows. What could
    not be judged has failed too.

    Args:
        host: Its name.
        told: Its variables, with what tasks have registered.
        check_mode: Whether nothing was changed.
    """
    before, unjudged = read.of(told, read.BEFORE), read.failure(told, UNJUDGED)
    failed = WOULD_FAIL if check_mode else FAILED
    if unjudged:
        return Outcome(host, failed, [f"it could not be judged before, and was not changed: {unjudged.rstrip('.')}"])
    if not before or before.get("unreachable"):
        return Outcome(host, UNREACHED, [f"not reached: {read.message(before) or 'it was never asked'}"])
    failure, lost = read.failure(told, FAILURE), read.lost(told)
    if failure:
        return Outcome(host, failed, [failure], lost=[*lost, *read.unanswered(told)])
    if lost:
        doing = "looked at" if check_mode else "changed"
        return Outcome(
            host, failed, [f"it became unreachable while it was {doing}: {next(iter(lost.values()))}"], lost=list(lost)
        )
    rules, health = read.of(told, read.RULES), read.of(told, read.HEALTH)
    for result in (rules, health):
        if result.get("not_applicable"):
            return Outcome(host, NOT_APPLICABLE, [str(result["not_applicable"]["reason"])])
    if not rules or rules.get("skipped"):
        return Outcome(host, failed, ["its rules were not loaded, and nothing says why"])
    if check_mode:
        return Outcome(host, CHECKED, [], notes.predicted(rules))
    if "criteria" not in health:
        return Outcome(host, FAILED, ["it was not watched after the change, and nothing says why"])
    measured, broken = notes.measures(before, rules, health), notes.broken(health)
    if broken or not health["healthy"]:
        return Outcome(host, FAILED, broken or ["nothing was judged on it"], measured)
    return Outcome(host, WELL, [], measured)
