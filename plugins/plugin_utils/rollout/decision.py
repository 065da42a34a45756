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

    ``checked`` are those that check mode looked at. In a ``trial`` a host is rolled back because that was asked for.
    """

    commit: list[str]
    roll_back: list[str]
    stop: bool
    reason: str
    checked: list[str] = field(default_factory=list)
    trial: bool = False

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


def of(
    outcomes: Sequence[Outcome],
    max_fail_percentage: float,
    proven: bool,
    *,
    last: bool = False,
    trial: bool = False,
    check_mode: bool = False,
) -> Decision:
    """The decision on a batch.

    Hosts that were not reached, and those that have no audit system, were not changed: they say nothing about the
    change and do not count. But a rollout in which no host was changed yet has no canary, and does not go on to more of
    them at a time.

    Args:
        outcomes: Of the hosts of the batch.
        max_fail_percentage: Which share of the changed hosts may fail. More than that rolls back the whole batch.
        proven: Whether a host of an earlier batch took the change and was well.
        last: Whether there is no further batch.
        trial: Whether each host is rolled back, as the run was asked.
        check_mode: Whether nothing was changed: nothing is committed, rolled back or stopped then.
    """
    if check_mode:
        return _checked(outcomes)
    failed = _names(outcomes, outcome.FAILED)
    well = _names(outcomes, outcome.WELL)
    tried = len(failed) + len(well)
    share = 100.0 * len(failed) / tried if tried else 0.0
    counted = f"{len(failed)} of {tried} {_hosts(tried)} failed ({share:.0f} %, and {max_fail_percentage:g} % may)"
    if failed and share > max_fail_percentage:
        which = "it is" if tried == 1 else "all of the batch are"
        reason = f"{counted}: {which} rolled back, and the rollout stops"
        return Decision([], failed + well, True, reason, trial=trial)
    if trial and tried:
        told = counted if failed else f"{len(well)} of {tried} {_hosts(tried)} well"
        return Decision([], failed + well, False, f"{told}: rolled back, as this is a trial", trial=True)
    if failed:
        reason = f"{counted}: rolled back {_is(failed)} {', '.join(failed)}{', committed the others' if well else ''}"
        return Decision(well, failed, False, reason)
    if well:
        return Decision(well, [], False, f"{len(well)} of {tried} {_hosts(tried)} well: committed")
    return _nobody(outcomes, proven, last)


def _checked(outcomes: Sequence[Outcome]) -> Decision:
    failing = _names(outcomes, outcome.WOULD_FAIL)
    told = f"; {len(failing)} of {len(outcomes)} {_hosts(len(outcomes))} would fail" if failing else ""
    reason = f"check mode: nothing was changed, and nothing is decided{told}"
    return Decision([], [], False, reason, _names(outcomes, outcome.CHECKED))


def _nobody(outcomes: Sequence[Outcome], proven: bool, last: bool) -> Decision:
    """On a batch in which no host was changed."""
    unreached = _names(outcomes, outcome.UNREACHED)
    if proven or (last and not unreached):
        return Decision([], [], False, "no host of the batch was changed")
    why = f" ({', '.join(unreached)} not reached)" if unreached else ""
    return Decision(
        [],
        [],
        True,
        f"no host of the batch could be changed{why}, and none was before: the rollout stops, as it has no canary "
        "(rollout_canary names the host that goes first)",
    )


def _names(outcomes: Iterable[Outcome], state: str) -> list[str]:
    return [one.host for one in outcomes if one.state == state]


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _hosts(number: int) -> str:
    return "host" if number == 1 else "hosts"
