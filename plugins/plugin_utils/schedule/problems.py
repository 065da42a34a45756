# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong after a run, as things that can be told once: each has a key, and what was told is not told again.

A key is open from the run that found it until a run that saw it gone. What a run
could not see (a host that did not answer, a control that could not be checked)
is not gone. So a failure that a hiccup hides for a night is not told twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils import moments
from ansible_collections.auditops.trail.plugins.plugin_utils.control import SEVERITIES
from ansible_collections.auditops.trail.plugins.plugin_utils.reports import stories

Plain = dict[str, Any]
UNCHECKED, FAILED = 1, 2
_LEVELS = {"error": UNCHECKED, "fail": FAILED}
_ENDED = ("pass", "waived")
"""Verdicts that end a failure; what became not applicable or a question was not seen to be mended."""
_OF_POPULATION = "population.gap"
"""The finding that repeats, host by host, what is told of the hosts anyway."""
NOTHING_TAKEN = ("run", "intake")
"""Kind and name of what is told where no result at all could be taken from the drop folder."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: ``kind`` is control, host, finding, intake or run."""

    kind: str
    host: str
    name: str
    severity: str
    title: str
    text: str
    level: int = FAILED

    @property
    def key(self) -> str:
        """What it is known by."""
        return json.dumps([self.kind, self.host, self.name])

    def plain(self) -> Plain:
        """As it stands in a notice."""
        return {name: value for name, value in asdict(self).items() if name != "level"} | {
            "checked": self.level == FAILED
        }


def of_fleet(fleet: Mapping[str, Any], least: str, stale: timedelta, now: datetime) -> list[Problem]:
    """What a report tells: failed and unchecked controls, hosts that were not reached, findings.

    Args:
        fleet: compliance.json.
        least: The least severity of a control or finding that counts.
        stale: A merged result whose evidence is older is one of a host that is not reached any more.
        now: The present, UTC.
    """
    grave = SEVERITIES[SEVERITIES.index(least) :]
    found = [_unreached(gone["host"], str(gone["reason"])) for gone in fleet["not_assessed"]]
    for name, text in (("missing", "in scope, but not in the inventory"), ("left_out", "in scope, but left out")):
        found += [_unreached(host, text) for host in (fleet.get("population") or {}).get(name) or ()]
    before = moments.told(now - stale)
    for result in fleet["results"]:
        at = str((result.get("evidence") or {}).get("collected") or result["finished"])
        if result.get("merged_from") and at < before:
            found.append(_unreached(result["host"], f"it has sent no result since {at}"))
        for control in result["controls"]:
            if control["verdict"] in _LEVELS and control["severity"] in grave:
                found.append(_control(result["host"], control))
    for finding in fleet.get("findings") or ():
        if finding["severity"] in grave and finding["id"] != _OF_POPULATION:
            found.append(
                Problem("finding", "", f"{finding['id']} {finding['title']}", finding["severity"], finding["title"],
                        str(finding["text"]))
            )  # fmt: skip
    return found


def _control(host: str, control: Plain) -> Problem:
    said = stories.spoken(stories.told(control))
    return Problem(
        "control",
        host,
        control["id"],
        control["severity"],
        str(control["title"]),
        said[0] if said else "",
        _LEVELS[control["verdict"]],
    )


def _unreached(host: str, reason: str) -> Problem:
    return Problem("host", host, "", "high", "The host was not reached", reason)


def gone(before: Iterable[str], here: Iterable[str]) -> list[Problem]:
    """Hosts of the report before that this run does not have at all: a host that silently leaves the inventory.

    It is another thing than one that is not reached, and is told whether or not that was.

    Args:
        before: The names of the report before.
        here: As :func:`present` gives it.
    """
    text = "it was in the run before, and is not in this one: was it to go?"
    return [
        Problem("host", host, "left", "high", "The host has left the inventory", text)
        for host in sorted(set(before) - set(here))
    ]


def present(fleet: Mapping[str, Any], found: Iterable[Problem], before: Iterable[str]) -> set[str]:
    """The hosts that have not left: those of the report, and those whose own results could not be taken.

    Args:
        fleet: compliance.json.
        found: What is wrong now.
        before: The names of the report before; without the drop folder nobody knows which of them have left.
    """
    names = hosts_of(fleet)
    for one in found:
        if one.kind == "intake":
            names.add(one.host)
        elif (one.kind, one.name) == NOTHING_TAKEN:
            names.update(before)
    return names


def hosts_of(fleet: Mapping[str, Any]) -> set[str]:
    """Every host that a report knows, whether or not it was assessed."""
    population = fleet.get("population") or {}
    names = {result["host"] for result in fleet["results"]} | {one["host"] for one in fleet["not_assessed"]}
    return names.union(*(population.get(name) or () for name in ("missing", "left_out")))


def new(found: Iterable[Problem], known: Mapping[str, int]) -> list[Problem]:
    """Those of the problems that were not told: the key is not open, or only as one that could not be checked.

    Args:
        found: What is wrong now.
        known: Open keys, with the level at which they were told.
    """
    fresh = [one for one in dict.fromkeys(found) if one.level > known.get(one.key, 0)]
    rank = {name: number for number, name in enumerate(reversed(SEVERITIES))}
    return sorted(fresh, key=lambda one: (_ORDER.index(one.kind), rank[one.severity], one.name, one.host))


_ORDER = ("run", "host", "intake", "finding", "control")


def open_after(
    found: Iterable[Problem], known: Mapping[str, int], fleet: Mapping[str, Any] | None, here: Iterable[str] = ()
) -> tuple[dict[str, int], list[str]]:
    """What is open after a run, and the keys that it saw gone.

    Args:
        found: What is wrong now.
        known: What was open before.
        fleet: compliance.json; None where the run has made none, so that nothing but its own failure is known.
        here: As :func:`present` gives it. Of a host that has left nothing is open any more, and nothing was mended.
    """
    names = {"", *here}
    now: dict[str, int] = {}
    for one in found:
        if fleet is None or one.host in names:
            now[one.key] = max(one.level, now.get(one.key, 0), known.get(one.key, 0))
    if fleet is None:
        return {**known, **now}, []
    rest = {key: level for key, level in known.items() if key not in now and _host(key) in names}
    told = seen(fleet)
    ended = {key for key in rest if _is_over(key, told)}
    return {**{key: level for key, level in rest.items() if key not in ended}, **now}, sorted(ended)


def _host(key: str) -> str:
    return str(json.loads(key)[1])


def seen(fleet: Mapping[str, Any]) -> Plain:
    """By host, the verdicts of its controls."""
    return {
        result["host"]: {control["id"]: control["verdict"] for control in result["controls"]}
        for result in fleet["results"]
    }


def _is_over(key: str, seen: Plain) -> bool:
    kind, host, name = json.loads(key)
    if kind == "control":
        # A control that the profiles do not hold any more is not judged; its host is there, so it was dropped.
        return host in seen and seen[host].get(name, "pass") in _ENDED
    if kind in ("host", "intake"):
        # It has answered. Where its result could not be looked at, it has not; a host that has left was dropped.
        return host in seen
    return True
