# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What waivers make of verdicts: a gap whose risk is accepted is waived, and everything else stays what it is.

A waiver changes a fail and nothing else. A pass needs none, and an error says
that nobody has looked: what is not known cannot be accepted as a known risk.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils import wording
from ansible_collections.auditops.trail.plugins.plugin_utils.waiver import Waiver

DUE_DAYS = 14
_NAMED = 3
STATES = ("active", "due", "expired", "unused")


def apply(
    controls: Iterable[dict[str, Any]], waivers: Iterable[Waiver], host: str, groups: Iterable[str], now: datetime
) -> list[dict[str, Any]]:
    """The controls of a host's result, with the verdict ``waived`` where a fail is covered by a waiver that holds.

    Args:
        controls: As results.host_result makes them, judged.
        waivers: The site's.
        host: The inventory's name of the host.
        groups: The inventory's groups of it.
        now: The present, UTC.

    Returns:
        The controls in their order, each with ``waiver`` (details, or None), and a waived one with ``unwaived``, the
        verdict under the waiver. A fail that only an expired waiver covers stays a fail and carries its details.
    """
    ours = [waiver for waiver in waivers if waiver.covers_host(host, tuple(groups))]
    return [_applied(control, ours, now) for control in controls]


def overview(
    waivers: Iterable[Waiver],
    results: Iterable[Mapping[str, Any]],
    now: datetime,
    not_assessed: Iterable[str] = (),
    groups: Mapping[str, Iterable[str]] | None = None,
) -> list[dict[str, Any]]:
    """Every waiver of the site and what became of it in a run.

    Args:
        waivers: The site's.
        results: The results of the assessed hosts.
        now: The present, UTC.
        not_assessed: The hosts of the run that were not judged.
        groups: The inventory: by group, its hosts; those that the run left out are in ``all``.

    Returns:
        For each: what was written, ``due_days``, ``state`` (one of :data:`STATES`), ``used_on`` (the number of hosts
        on which it changed a verdict), ``failing`` (``host`` and ``control`` that fail under it because it expired),
        ``unseen`` (hosts that it may cover and that were not assessed or are not in the run, or where a control that it
        names could not be checked: nobody knows whether it is needed there), ``not_held`` (what it names of controls
        that no host it covers was judged by) and ``text``, a sentence for the report.
    """
    results = list(results)
    uses: dict[str, set[str]] = {}
    failing: dict[str, list[dict[str, str]]] = {}
    for result in results:
        for control in result["controls"]:
            details = control.get("waiver")
            if not details:
                continue
            if control["verdict"] == "waived":
                uses.setdefault(details["id"], set()).add(result["host"])
            else:
                failing.setdefault(details["id"], []).append({"host": result["host"], "control": control["id"]})
    told = []
    seen = {result["host"] for result in results}
    gone = {*not_assessed, *((groups or {}).get("all") or ())} - seen
    member = _membership(groups, results)
    for waiver in waivers:
        one: dict[str, Any] = _details(waiver, now)
        one.update(
            controls=list(waiver.controls),
            hosts=list(waiver.hosts),
            groups=list(waiver.groups),
            used_on=len(uses.get(waiver.id, ())),
            failing=failing.get(waiver.id, []),
            unseen=_unseen(waiver, results, gone, member),
            not_held=_not_held(waiver, results, member),
        )
        if one["state"] != "expired" and not one["used_on"]:
            one["state"] = "unused"
        told.append(dict(one, text=_said(one)))
    return told


def findings(told: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What a reader has to know of the waivers, as findings of the fleet result.

    Args:
        told: As :func:`overview` gives it.
    """
    found = []
    for one in told:
        if one["state"] == "active":
            continue
        soon = one["state"] == "unused" and one["due_days"] <= DUE_DAYS
        if one["state"] == "due" or soon:
            remedy = "mend the gap before that day, or have the risk accepted anew with a later date."
        elif one["state"] == "unused" and (one["unseen"] or one["not_held"]):
            remedy = "leave it until that was checked."
        elif one["state"] == "unused":
            remedy = f"remove it from {one['file']}, or correct what it names."
        elif one["failing"]:
            remedy = "mend the gaps, or have the risk accepted anew with a later date."
        elif one["unseen"] or one["not_held"]:
            remedy = "check that; mend the gaps or have the risk accepted anew, and where there is none remove it."
        else:
            remedy = f"remove it from {one['file']}: nothing fails under it."
        found.append(
            {
                "id": f"waiver.{one['state']}",
                "title": f"Risk acceptance {one['id']}: {_TITLES[one['state']]}",
                "text": one["text"],
                "severity": "high" if one["failing"] else "low",
                "remedy": remedy,
            }
        )
    return found


_TITLES = {"due": "it ends soon", "expired": "it has expired", "unused": "nothing needed it"}


def _membership(
    groups: Mapping[str, Iterable[str]] | None, results: Iterable[Mapping[str, Any]]
) -> dict[str, set[str]] | None:
    """The groups of each host; None where the inventory is not known."""
    if groups is None:
        return None
    found: dict[str, set[str]] = {}
    for group, hosts in groups.items():
        for host in hosts:
            found.setdefault(host, set()).add(group)
    for result in results:  # a bundle knows those of its day
        found.setdefault(result["host"], set()).update(result.get("groups") or ())
    return found


def _covers(waiver: Waiver, host: str, member: Mapping[str, set[str]] | None) -> bool:
    """Whether a waiver may cover a host: of groups that nobody knows, each may be meant."""
    if member is None:
        return bool(waiver.groups) or waiver.covers_host(host, ())
    return waiver.covers_host(host, member.get(host, ()))


def _unseen(
    waiver: Waiver,
    results: Iterable[Mapping[str, Any]],
    gone: Iterable[str],
    member: Mapping[str, set[str]] | None,
) -> list[str]:
    """The hosts where nobody has seen whether a waiver is needed."""
    doubtful = [
        result["host"]
        for result in results
        if any(one["verdict"] == "error" and waiver.covers_control(one["id"]) for one in result["controls"])
    ]
    return sorted(host for host in {*doubtful, *gone} if _covers(waiver, host, member))


def _not_held(waiver: Waiver, results: Iterable[Mapping[str, Any]], member: Mapping[str, set[str]] | None) -> list[str]:
    """What a waiver names of controls that the profiles of the run do not hold, on the hosts that it covers."""
    covered = [result for result in results if _covers(waiver, result["host"], member)]
    judged = {control["id"] for result in covered for control in result["controls"]}
    return [pattern for pattern in waiver.controls if covered and not fnmatch.filter(judged, pattern)]


def _applied(control: dict[str, Any], waivers: list[Waiver], now: datetime) -> dict[str, Any]:
    covering = [waiver for waiver in waivers if waiver.covers_control(control["id"])]
    if control["verdict"] != "fail" or not covering:
        return dict(control, waiver=None)
    chosen = max(covering, key=lambda waiver: waiver.expires)
    if not chosen.holds(now):
        return dict(control, waiver=_details(chosen, now))
    return dict(control, verdict="waived", unwaived="fail", waiver=_details(chosen, now))


def _details(waiver: Waiver, now: datetime) -> dict[str, Any]:
    due = waiver.due_days(now)
    return {
        "id": waiver.id,
        "justification": waiver.justification,
        "approved_by": waiver.approved_by,
        "ticket": waiver.ticket,
        "granted": waiver.granted.isoformat() if waiver.granted else None,
        "expires": waiver.expires.isoformat(),
        "due_days": due,
        "state": "expired" if not waiver.holds(now) else "due" if due <= DUE_DAYS else "active",
        "file": waiver.file,
        "line": waiver.line,
    }


def _said(one: Mapping[str, Any]) -> str:
    until = f"the end of {one['expires']} UTC"
    covers = ", ".join(one["controls"])
    if one["state"] == "expired":
        under = sorted({f"{entry['control']} on {entry['host']}" for entry in one["failing"]})
        shown = wording.some(under, _NAMED, "gaps")
        then = f"what it covered counts as failed: {shown}" if under else "nothing that was judged fails under it"
        return f"The risk of {covers} was accepted until {until}, which is over; {then}{_unknown(one, ', but ')}."
    if one["state"] == "unused" and (one["unseen"] or one["not_held"]):
        told = _unknown(one, "but ")
        return f"The risk of {covers} is accepted until {until}. No gap that needs it was seen, {told}."
    if one["state"] == "unused":
        return f"The risk of {covers} is accepted until {until}, but no assessed host has a gap that needs it."
    days = one["due_days"]
    left = "today is the last day" if days == 0 else f"{days} day{'' if days == 1 else 's'} left"
    hosts = f"{one['used_on']} host{'' if one['used_on'] == 1 else 's'}"
    return f"The risk of {covers} is accepted on {hosts} until {until}, {left}; the gaps are still there."


def _unknown(one: Mapping[str, Any], lead: str) -> str:
    """Where nobody has seen whether a waiver is needed; nothing where all of it was looked at."""
    told = []
    if one["unseen"]:
        told.append(f"on {wording.some(list(one['unseen']), _NAMED, 'hosts')} nobody could look")
    if one["not_held"]:
        told.append(f"the profiles of this run do not hold {', '.join(one['not_held'])}")
    return lead + ", and ".join(told) if told else ""
