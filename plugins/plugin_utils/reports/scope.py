# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run was to look at and what it has looked at: the population, as a control of the run as a whole.

No host can fail this control, so it stands beside those of the hosts; the reports call its place "the whole run".
"""

from __future__ import annotations

from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils import population

PLACE = "the whole run"
"""Where a control of the run stands: no host name, as a name of the inventory has no space."""
_SHOWN = ("in_scope", "inventory", "assessed", "not_assessed", "missing", "left_out", "beyond", "source", "file")

Plain = dict[str, Any]


def controls(fleet: Plain) -> list[Plain]:
    """The controls of the run as a whole, in the form of those of a host.

    Args:
        fleet: The fleet result.
    """
    told = fleet.get("population")
    if not told:
        return []
    common: Plain = {
        "kind": "population",
        "profiles": [],
        "coverage": [],
        "not_demanded": [],
        "expanded": None,
        "sample": None,
        "parameters": {},
        "ask": None,
        "remedy": [],
        "reasons": [],
        "waiver": None,
        "history": None,
    }
    # A count of nothing is evidence too, and a list of nobody.
    evidence = {f"population.{name}": told[name] for name in _SHOWN if told.get(name) is not None}
    return [{**common, **population.ABOUT, **told, "evidence": evidence}]


def counted(fleet: Plain) -> tuple[int, int]:
    """How many hosts were not assessed, and of how many: of those in scope where that is stated, else of the run's."""
    told = fleet.get("population") or {}
    gone = [one["host"] for one in fleet["not_assessed"]]
    if told.get("in_scope") is None:
        return len(gone), len(fleet["results"]) + len(gone)
    beyond = set(told.get("beyond") or ())
    missing = len(told.get("missing") or ()) + len(told.get("left_out") or ())
    return sum(1 for name in gone if name not in beyond) + missing, told["in_scope"]


def reasons(fleet: Plain) -> list[str]:
    """Why what the assessed hosts show is not shown for every host in scope; empty where it is."""
    told = fleet.get("population") or {}
    number, every = counted(fleet)
    whose = "hosts of this run" if told.get("in_scope") is None else "hosts in scope"
    if number:
        return [f"{number} of {every} {whose} {'was' if number == 1 else 'were'} not assessed"]
    return [str(text) for text in told.get("reasons") or ()] if told.get("verdict") == "fail" else []
