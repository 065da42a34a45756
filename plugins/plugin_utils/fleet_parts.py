# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet result holds beside the hosts: the population, the waivers, the history, and findings of all three."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils import (
    changes,
    history,
    period,
    population,
    thresholds,
    waivers,
)
from ansible_collections.auditops.trail.plugins.plugin_utils.history import History
from ansible_collections.auditops.trail.plugins.plugin_utils.population import Population
from ansible_collections.auditops.trail.plugins.plugin_utils.waiver import Waiver

LIVE = "live"


def with_scope(
    fleet: Mapping[str, Any],
    stated: Population | None,
    groups: Mapping[str, Iterable[str]],
    accepted: Iterable[Waiver],
    now: datetime,
) -> dict[str, Any]:
    """The fleet result with ``population``, ``waivers`` and ``findings``.

    Args:
        fleet: As results.fleet_result makes it.
        stated: Who is in scope, or None.
        groups: The inventory: by group, its hosts.
        accepted: The site's waivers.
        now: The present, UTC.
    """
    scope = population.judge(
        stated,
        groups,
        [result["host"] for result in fleet["results"]],
        [gone["host"] for gone in fleet["not_assessed"]],
        fleet["pending"],
    )
    told = waivers.overview(accepted, fleet["results"], now, [gone["host"] for gone in fleet["not_assessed"]])
    # Before the last batch nobody knows what is not needed, or who is missing.
    found = []
    if not fleet["pending"]:
        found = [*population.findings(scope), *waivers.findings(told), *thresholds.findings(fleet["results"])]
    return dict(fleet, population=scope, waivers=told, findings=found)


def with_run(fleet: Mapping[str, Any], inventories: Iterable[str]) -> dict[str, Any]:
    """The fleet result with ``run`` (who made it, from which inventory, with what rights) and ``catalogue``.

    Args:
        fleet: As results.fleet_result makes it.
        inventories: Where the hosts come from, as ansible-playbook was given it.
    """
    found = fleet["results"]
    people = {str((result.get("run_by") or {}).get("user")) for result in found if result.get("run_by")}
    users = Counter((result.get("privilege") or {}).get("user") for result in found)
    hashes = {(result.get("catalogue") or {}).get("sha256") for result in found}
    return dict(
        fleet,
        run={
            "by": ", ".join(sorted(people)) or None,
            "hosts": ", ".join(inventories) or None,
            "command": None,  # it may hold a password
            "privileges": [{"user": user, "hosts": number} for user, number in users.most_common()],
        },
        catalogue={"sha256": next(iter(hashes))} if len(hashes) == 1 else None,
    )


def with_history(fleet: Mapping[str, Any], earlier: History, asked: str, now: datetime) -> dict[str, Any]:
    """The fleet result with ``history`` and ``period``, and each control of a live host with what has changed.

    A saved posture is no new observation of its host: it is compared with nothing, and is in no history.

    Args:
        fleet: As results.fleet_result makes it.
        earlier: The runs before this one.
        asked: The period, as period.bounds takes it.
        now: The present, UTC.

    Raises:
        TrailError: the period is none.
    """
    first, last = period.bounds(asked, now)
    observed = live(fleet)
    compared = iter(changes.annotate(observed["results"], earlier))
    results = [next(compared) if _is_live(result) else result for result in fleet["results"]]
    runs = [*earlier.runs, *([history.of(observed)] if observed["results"] or observed["not_assessed"] else [])]
    told = period.over(History(runs), first, last, now)
    seen = [
        {
            "at": run["finished"],
            "hosts_assessed": run["hosts"],
            "hosts_not_assessed": run["not_assessed"],
            "failing": run["failing"],
            "lost": run["lost"],
        }
        for run in told["runs"]
    ]
    summary = changes.summary([result for result in results if _is_live(result)], earlier)
    made = dict(fleet, results=results, history=dict(summary, runs=seen), period=told)
    unread = [
        {
            "id": "history.unread",
            "title": "A file in the history's folder is no run of it",
            "text": f"{one['file']}: {one['reason']}",
            "severity": "low",
            "remedy": "move it away; where it was a run, put it back from a backup.",
        }
        for one in earlier.unread
    ]
    return dict(made, findings=[*fleet.get("findings", []), *unread])


def live(fleet: Mapping[str, Any]) -> dict[str, Any]:
    """The fleet result with the hosts that were asked themselves, for the history.

    Args:
        fleet: As results.fleet_result makes it.
    """
    return dict(fleet, results=[result for result in fleet["results"] if _is_live(result)])


def _is_live(result: Mapping[str, Any]) -> bool:
    return bool(result["evidence"]["source"] == LIVE)
