# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with a batch of a rollout: its hosts are committed or rolled back, and the rollout goes on or stops."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import outcome
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout.outcome import Outcome


@dataclass(frozen=True)
class Decision:
    """Names of hosts, whether no further batch is begun, and a sentence that says why.

    ``checked`` are those that check mode looked at.
    """

    commit: list[str]
    roll_back: list[str]
    stop: bool
    reason: str
    checked: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """As data."""
        return asdict(self)


def check(max_fail_percentage: float) -> None:
    """Refuse a share that is none.

    Raises:
        TrailError: it is not from 0 to 100.
    """
    if not 0 <= max_fail_percentage <= 100:
        raise TrailError(
            f"rollout_max_fail_percentage is {max_fail_percentage:g}, and has to be from 0 to 100",
            remedy="give the per cent of a batch that may fail; with 0 the first failed host stops the rollout.",
        )


def of(outcomes: Sequence[Outcome], max_fail_percentage: float, proven: bool) -> Decision:
    """The decision on a batch.

    Hosts that were not reached, and those that have no audit system, were not changed: they say nothing about the
    change and do not count. But a rollout whose canary was not reached has no canary.

    Args:
        outcomes: Of the hosts of the batch.
        max_fail_percentage: Which share of the changed hosts may fail. More than that rolls back the whole batch.
        proven: Whether a host of an earlier batch was committed.
    """
    checked = _names(outcomes, outcome.CHECKED)
    if checked:
        return Decision([], [], False, "check mode: nothing was changed, and nothing is decided", checked)
    failed = _names(outcomes, outcome.FAILED)
    well = _names(outcomes, outcome.WELL)
    unreached = _names(outcomes, outcome.UNREACHED)
    tried = len(failed) + len(well)
    share = 100.0 * len(failed) / tried if tried else 0.0
    if failed and share > max_fail_percentage:
        reason = (
            f"{len(failed)} of {tried} {_hosts(tried)} failed ({share:.0f} %, and {max_fail_percentage:g} % may): "
            f"{'it is' if tried == 1 else 'all of the batch are'} rolled back, and the rollout stops"
        )
        return Decision([], failed + well, True, reason)
    if failed:
        reason = (
            f"{len(failed)} of {tried} hosts failed ({share:.0f} %, and {max_fail_percentage:g} % may): "
            f"rolled back {_is(failed)} {', '.join(failed)}{', committed the others' if well else ''}"
        )
        return Decision(well, failed, False, reason)
    if well:
        return Decision(well, [], False, f"{len(well)} of {tried} {_hosts(tried)} well: committed")
    if unreached and not proven:
        reason = f"no host of the batch was reached ({', '.join(unreached)}), and none before: the rollout stops"
        return Decision([], [], True, reason)
    return Decision([], [], False, "no host of the batch was changed")


def _names(outcomes: Iterable[Outcome], state: str) -> list[str]:
    return [one.host for one in outcomes if one.state == state]


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _hosts(number: int) -> str:
    return "host" if number == 1 else "hosts"
