# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate: whether a run has failed, decided after everything has been written."""

from __future__ import annotations

from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import SEVERITIES

CHOICES = (*SEVERITIES, "never")


def objections(fleet: dict[str, Any], fail_on: str) -> list[str]:
    """Why the run fails; empty where it does not.

    A control that could not be checked and a host that was not assessed trip the gate like a gap does: what
    could not be checked is never a pass. A run in which no host was assessed fails whatever the gate.

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
        names = [
            control["id"]
            for result in fleet["results"]
            for control in result["controls"]
            if control["verdict"] == verdict and control["severity"] in grave
        ]
        if names:
            listed = ", ".join(dict.fromkeys(names))
            found.append(f"{len(names)} control{'' if len(names) == 1 else 's'} {words} ({listed})")
    if fleet["not_assessed"]:
        found.append(f"not assessed: {', '.join(gone['host'] for gone in fleet['not_assessed'])}")
    return found
