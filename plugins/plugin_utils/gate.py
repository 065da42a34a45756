# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate: whether a run has failed, decided after everything has been written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import SEVERITIES

_NAMED = 3
CHOICES = (*SEVERITIES, "never")


def strictest(choices: Iterable[str]) -> str:
    """Of several of :data:`CHOICES` the one that lets the least pass: groups of hosts may have one each."""
    return min(choices, key=CHOICES.index, default="never")


def objections(fleet: dict[str, Any], fail_on: str) -> list[str]:
    """Why the run fails; empty where it does not.

    A control that could not be checked and a host that was not assessed trip the gate like a gap does: what
    could not be checked is never a pass. So does a gap in the population. What is waived or manual does not; a
    waiver that has expired leaves a fail. A run in which no host was assessed fails whatever the gate.

    Args:
        fleet: As results.fleet_result makes it.
        fail_on: The least severity that fails the run (high means high and critical), or ``never``.
    """
    if not fleet["results"] and not fleet["pending"]:
        return ["no host was assessed"]
    if fail_on == "never":
        return []
    grave = SEVERITIES[SEVERITIES.index(fail_on) :]
    found = []
    for verdict, words in (("fail", "failed"), ("error", "could not be checked")):
        hosts: dict[str, list[str]] = {}
        for result in fleet["results"]:
            for control in result["controls"]:
                if control["verdict"] == verdict and control["severity"] in grave:
                    hosts.setdefault(control["id"], []).append(result["host"])
        if hosts:
            found.append(f"{len(hosts)} control{'' if len(hosts) == 1 else 's'} {words}{_where(hosts, fleet)}")
    scope = fleet.get("population")
    if scope and scope["verdict"] == "fail" and scope["severity"] in grave:
        # Those that were not assessed follow, whatever the severity.
        gaps = [reason for reason in scope["reasons"] if not reason.startswith("not assessed: ")]
        found += [f"{scope['id']} failed ({'; '.join(gaps)})"] if gaps else []
    if fleet["not_assessed"]:
        found.append(f"not assessed: {_some([gone['host'] for gone in fleet['not_assessed']])}")
    return found


def _where(hosts: dict[str, list[str]], fleet: dict[str, Any]) -> str:
    """The controls in brackets, with their hosts where there are several to tell apart."""
    names = sorted({host for own in hosts.values() for host in own})
    if len(fleet["results"]) == 1:
        return f" ({', '.join(hosts)})"
    if all(len(own) == len(names) for own in hosts.values()):
        return f" on {_some(names)} ({', '.join(hosts)})"
    return f" ({', '.join(f'{name} on {_some(own)}' for name, own in hosts.items())})"


def _some(names: list[str]) -> str:
    """The names, or the first of many and how many more there are."""
    if len(names) <= _NAMED + 1:
        return ", ".join(names)
    return ", ".join(names[:_NAMED]) + f" and {len(names) - _NAMED} more hosts"
