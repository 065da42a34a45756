# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils import wording
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import ending, outcome
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout.decision import Decision
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout.ending import Ending
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout.outcome import Outcome

_NAMED = 3
_WORDS = {
    outcome.WELL: "well",
    outcome.FAILED: "FAILED",
    outcome.UNREACHED: "NOT REACHED",
    outcome.NOT_APPLICABLE: "not applicable",
    outcome.CHECKED: "checked",
    outcome.WOULD_FAIL: "WOULD FAIL",
}


def begun(number: int, batch: Sequence[str]) -> list[str]:
    """The heading of a batch."""
    return [f"BATCH {number}   {len(batch)} {'host' if len(batch) == 1 else 'hosts'}: {_some(batch)}"]


def gate(outcomes: Sequence[Outcome], decision: Decision) -> list[str]:
    """What the gate saw of each host, and the decision."""
    width = max((len(one.host) for one in outcomes), default=0)
    lines = []
    for one in outcomes:
        head = f"  {one.host.ljust(width)}  {_WORDS[one.state]}"
        lines.append(f"{head}: {'; '.join(one.reasons)}" if one.reasons else head)
        lines += [f"  {' ' * width}  · {note}" for note in one.notes]
    return [*lines, f"DECISION  {decision.reason}"]


def endings(found: Iterable[Ending]) -> list[str]:
    """What became of the hosts that were not simply committed."""
    return [f"  {one.host}  {one.text}" for one in found if one.became not in ending.UNTOUCHED]


def summary(found: Mapping[str, Mapping[str, Any]], stopped: str) -> list[str]:
    """How many hosts ended how, and which of them not as they should."""
    counts: dict[str, int] = {}
    for one in found.values():
        counts[one["became"]] = counts.get(one["became"], 0) + 1
    told = " · ".join(f"{counts[name]} {name}" for name in ending.ORDER if name in counts)
    lines = [f"ROLLOUT   {told}"]
    lines += [f"  {host}  {one['text']}" for host, one in sorted(found.items()) if not one["ok"]]
    return [*lines, f"  stopped: {stopped}"] if stopped else lines


def objection(found: Mapping[str, Mapping[str, Any]], stopped: str, worse: Sequence[str] = ()) -> str:
    """Why the run fails; empty where it does not.

    Args:
        found: By host, what became of it.
        stopped: Why the rollout stopped; empty where it did not.
        worse: The controls that fail since, where that is to fail the run.
    """
    bad = sorted(host for host, one in found.items() if not one["ok"])
    told = [stopped] if stopped else []
    if worse:
        told.append(f"worse than before: {wording.some(list(worse), _NAMED, 'controls')}")
    if not bad and not told:
        return ""
    if bad:
        first = found[bad[0]]["text"]
        told.append(f"not as it should be: {_some(bad)} ({bad[0]}: {first})")
    return ". ".join(part.rstrip(".") for part in told) + "."


def _some(names: Sequence[str]) -> str:
    return wording.some(list(names), _NAMED, "hosts")
