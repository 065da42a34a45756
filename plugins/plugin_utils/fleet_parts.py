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
    moments,
    period,
    population,
    results,
    thresholds,
    waivers,
    wording,
)
from ansible_collections.auditops.trail.plugins.plugin_utils.history import History
from ansible_collections.auditops.trail.plugins.plugin_utils.population import Population
from ansible_collections.auditops.trail.plugins.plugin_utils.waiver import Waiver

UNKEPT = "evidence.unkept"
_NAMED = 3


def with_scope(
    fleet: Mapping[str, Any],
    stated: Population | None,
    groups: Mapping[str, Iterable[str]],
    accepted: Iterable[Waiver],
    now: datetime,
) -> dict[str, Any]:
    """The fleet result with ``population``, ``waivers`` and ``findings``.

    Args:
        fleet: As results.fleet_result makes it, perhaps with ``findings`` of its own.
        stated: Who is in scope, or None.
        groups: The inventory: by group, its hosts.
        accepted: The site's waivers.
        now: The present, UTC.
    """
    scope = population.judge(
        stated,
        groups,
        [result["host"] for result in fleet["results"]],
        [one["host"] for one in fleet["not_assessed"]],
        fleet["pending"],
    )
    gone = [one["host"] for one in fleet["not_assessed"]]
    told = waivers.overview(accepted, fleet["results"], now, gone, groups)
    # Before the last batch nobody knows what is not needed, or who is missing.
    found = list(fleet.get("findings") or ())
    if not fleet["pending"]:
        found += [*population.findings(scope), *waivers.findings(told), *thresholds.findings(fleet["results"])]
    return dict(fleet, population=scope, waivers=told, findings=found)


def unkept(hosts: Mapping[str, Iterable[str]]) -> list[dict[str, str]]:
    """A finding for each host whose evidence or posture could not be kept: it was judged, and that cannot be shown.

    Args:
        hosts: By host, what hindered it.
    """
    return [
        {
            "id": UNKEPT,
            "title": "What was found of a host could not be kept",
            "text": f"{host}: {' '.join(hosts[host])}",
            "severity": "high",
            "remedy": "mend what hinders it, and assess the host again.",
        }
        for host in sorted(hosts)
    ]


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
    hosts = [next(compared) if _is_live(result) else result for result in fleet["results"]]
    runs = [*earlier.runs, *([history.of(observed)] if is_observation(observed) else [])]
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
    at = moments.told(now)
    before = History([run for run in earlier.runs if run.finished <= at], earlier.unread)
    summary = changes.summary([result for result in hosts if _is_live(result)], before)
    made = dict(fleet, results=hosts, history=dict(summary, runs=seen), period=told)
    found = [*fleet.get("findings", []), *_unread(earlier), *_ahead(earlier, now)]
    return dict(made, findings=found)


def _unread(earlier: History) -> list[dict[str, str]]:
    return [
        {
            "id": "history.unread",
            "title": "A file in the history's folder is no run of it",
            "text": f"{one['file']}: {one['reason']}",
            "severity": "low",
            "remedy": "move it away; where it was a run, put it back from a backup.",
        }
        for one in earlier.unread
    ]


def _ahead(earlier: History, now: datetime) -> list[dict[str, str]]:
    """Runs, and evidence of hosts, of a time that is still to come: some clock was ahead."""
    latest = moments.told(now + moments.SLACK)
    runs = [run.file for run in earlier.runs if run.finished > latest]
    hosts = sorted({host for run in earlier.runs for host, seen in run.hosts.items() if seen.at > latest})
    told = []
    if runs:
        told.append(f"of a time that is still to come: {wording.some(runs, _NAMED, 'files')}")
    if hosts:
        told.append(f"evidence that hosts dated so: {wording.some(hosts, _NAMED, 'hosts')}")
    if not told:
        return []
    return [
        {
            "id": "history.ahead",
            "title": "A clock was ahead when an earlier run was made",
            "text": f"The history holds runs {'; '.join(told)}. Nothing is compared with them until then.",
            "severity": "medium",
            "remedy": "set the clock right, and move those files out of the history's folder.",
        }
    ]


def is_observation(observed: Mapping[str, Any]) -> bool:
    """Whether a run has looked at some host, or tried to, and so belongs into the history.

    Args:
        observed: As :func:`live` gives it.
    """
    return bool(observed["results"] or observed["not_assessed"])


def live(fleet: Mapping[str, Any]) -> dict[str, Any]:
    """The fleet result with the hosts that were asked themselves, for the history.

    Args:
        fleet: As results.fleet_result makes it.
    """
    gone = [one for one in fleet["not_assessed"] if one.get("source") in (None, results.LIVE)]
    return dict(fleet, results=[result for result in fleet["results"] if _is_live(result)], not_assessed=gone)


def _is_live(result: Mapping[str, Any]) -> bool:
    return bool(result["evidence"]["source"] == results.LIVE)
