# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""compliance.csv: a row for each requirement on each host, for auditors and their spreadsheets.

A spreadsheet takes a cell that begins with certain characters for a formula, and runs it. Host names and rule lines
are written by others, so such a cell gets an apostrophe in front. It also takes UTF-8 for the code page of its
country, unless a byte order mark begins the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils.reports import requirements, scope, stories
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.text import visible

COLUMNS = (
    "framework", "version", "requirement", "subject", "fleet_state", "reasons", "host", "state",
    "controls_pass", "controls_fail", "controls_error", "controls_manual", "controls_waived", "controls_not_applicable",
    "failing_controls", "counterexample", "remedy",
)  # fmt: skip
MARK = "\ufeff"
# The full-width forms are taken for formulas too, by spreadsheets with Japanese or Chinese settings.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_COUNTED = ("pass", "fail", "error", "manual", "waived", "not_applicable")

Plain = dict[str, Any]


def render(fleet: Plain) -> str:
    """The table, with a byte order mark and a line of column names, in the form of RFC 4180."""
    out = io.StringIO()
    out.write(MARK)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows(fleet):
        writer.writerow([guarded(row[column]) for column in COLUMNS])
    return out.getvalue()


def rows(fleet: Plain) -> Iterator[dict[str, Any]]:
    """The rows, unguarded: requirements in the order of their framework, hosts in that of the fleet result.

    A requirement that a control of the run refers to has a row for the whole run before those of the hosts.
    """
    if not fleet["results"]:
        # Nobody knows by which requirements, but the hosts are told.
        none = dict.fromkeys(("framework", "version", "requirement", "subject", "reasons"), "")
        none["fleet_state"] = requirements.NOT_ASSESSED
        for gone in fleet["not_assessed"]:
            yield dict(none, host=gone["host"], state=requirements.NOT_ASSESSED, **_told([]))
    for view in [*requirements.views(fleet), *requirements.others(fleet)]:
        entry = view.entry
        named = {
            "framework": entry["framework"],
            "version": entry["version"],
            "requirement": entry["id"],
            "subject": entry["subject"],
            "fleet_state": entry["state"],
            "reasons": "; ".join(entry["reasons"]),
        }
        if view.run:
            state = requirements.host_state(view.run, entry["on_host"])
            yield dict(named, host=scope.PLACE, state=_in_force(state, entry), **_told(view.run))
        for result, controls, state in zip(fleet["results"], view.controls, view.states, strict=True):
            yield dict(named, host=result["host"], state=_in_force(state, entry), **_told(controls))
        for gone in fleet["not_assessed"]:
            yield dict(named, host=gone["host"], state=_in_force(requirements.NOT_ASSESSED, entry), **_told([]))


def _in_force(state: str, entry: dict[str, Any]) -> str:
    """The state of a requirement on one host; one that is no longer in force has no other than that."""
    return requirements.SUPERSEDED if entry["state"] == requirements.SUPERSEDED else state


def guarded(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula; only line feeds of our own are left in it."""
    lines = [visible(line) for line in value] if isinstance(value, (list, tuple)) else [visible(value)]
    text = "\n".join(lines)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _told(controls: requirements.Controls) -> dict[str, Any]:
    """What the controls of one host come to."""
    cells: dict[str, Any] = {
        f"controls_{verdict}": sum(1 for control, _relation in controls if control["verdict"] == verdict)
        for verdict in _COUNTED
    }
    failing = [control for control, _relation in controls if requirements.is_open(control)]
    failing.sort(key=lambda control: stories.RANK[control["severity"]])
    told = [stories.told(control) for control in failing]
    cells["failing_controls"] = " ".join(control["id"] for control in failing)
    cells["counterexample"] = next(iter(stories.spoken(told[0])), "") if told else ""
    cells["remedy"] = list(dict.fromkeys(line for story in told for line in [*story.lines, *story.steps]))
    return cells
