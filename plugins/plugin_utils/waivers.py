# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What waivers make of verdicts: a gap whose risk is accepted is waived, and everything else stays what it is.

A waiver changes a fail and nothing else. A pass needs none, and an error says
that nobody has looked: what is not known cannot be accepted as a known risk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils.waiver import Waiver

DUE_DAYS = 14
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
    waivers: Iterable[Waiver], results: Iterable[Mapping[str, Any]], now: datetime, not_assessed: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Every waiver of the site and what became of it in a run.

    Args:
        waivers: The site's.
        results: The results of the assessed hosts.
        now: The present, UTC.
        not_assessed: The hosts of the run that were not judged.

    Returns:
        For each: what was written, ``due_days``, ``state`` (one of :data:`STATES`), ``used_on`` (the number of hosts
        on which it changed a verdict), ``failing`` (``host`` and ``control`` that fail under it because it expired),
        ``unseen`` (hosts that it may cover and that were not assessed, or where a control that it names could not be
        checked: nobody knows whether it is needed there) and ``text``, a sentence for the report.
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
    gone = list(not_assessed)
    for waiver in waivers:
        one: dict[str, Any] = _details(waiver, now)
        one.update(
            controls=list(waiver.controls),
            hosts=list(waiver.hosts),
            groups=list(waiver.groups),
            used_on=len(uses.get(waiver.id, ())),
            failing=failing.get(waiver.id, []),
            unseen=_unseen(waiver, results, gone),
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
        elif one["state"] == "unused" and one["unseen"]:
            remedy = "leave it until those hosts were checked."
        elif one["state"] == "unused":
            remedy = f"remove it from {one['file']}, or correct what it names."
        elif one["failing"]:
            remedy = "mend the gaps, or have the risk accepted anew with a later date."
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


def _unseen(waiver: Waiver, results: Iterable[Mapping[str, Any]], gone: Iterable[str]) -> list[str]:
    """The hosts where nobody has seen whether a waiver is needed.

    Which groups a host is in is not known here: a waiver of groups may cover each of them.
    """
    doubtful = [
        result["host"]
        for result in results
        if any(one["verdict"] == "error" and waiver.covers_control(one["id"]) for one in result["controls"])
    ]
    return sorted(host for host in {*doubtful, *gone} if waiver.groups or waiver.covers_host(host, ()))


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
        shown = ", ".join(under[:3]) + (f" and {len(under) - 3} more" if len(under) > 3 else "")
        then = f"what it covered counts as failed: {shown}" if under else "nothing that was judged fails under it"
        return f"The risk of {covers} was accepted until {until}, which is over; {then}."
    if one["state"] == "unused" and one["unseen"]:
        names = ", ".join(one["unseen"][:3]) + (f" and {len(one['unseen']) - 3} more" if one["unseen"][3:] else "")
        return (
            f"The risk of {covers} is accepted until {until}. No gap that needs it was seen, but on {names} nobody"
            " could look."
        )
    if one["state"] == "unused":
        return f"The risk of {covers} is accepted until {until}, but no assessed host has a gap that needs it."
    days = one["due_days"]
    left = "today is the last day" if days == 0 else f"{days} day{'' if days == 1 else 's'} left"
    hosts = f"{one['used_on']} host{'' if one['used_on'] == 1 else 's'}"
    return f"The risk of {covers} is accepted on {hosts} until {until}, {left}; the gaps are still there."
