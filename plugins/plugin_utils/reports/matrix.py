# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix of hosts and controls: one mark a cell, in tables narrow enough for a sheet of paper.

Two hundred hosts and a hundred and twenty controls are 24,000 cells, so a cell is a few bytes, and what passes bears
no explanation.
"""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from ansible_collections.auditops.trail.plugins.plugin_utils.reports.sections import VERDICTS
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.text import anchor, visible

MARKS = {"pass": "·", "fail": "F", "error": "E", "waived": "W", "manual": "M", "not_applicable": "–"}  # noqa: RUF001
"""The mark of a verdict: letters, so that no colour is needed."""

_WIDEST = 30

Plain = dict[str, Any]


def tables(fleet: Plain) -> list[Plain]:
    """Tables of at most thirty controls: ``controls`` (``id``, ``anchor``), ``rows`` (``host, place, cells``)."""
    ids = list(dict.fromkeys(control["id"] for result in fleet["results"] for control in result["controls"]))
    # Controls of one kin stand side by side, in the order of the catalogue.
    kin = list(dict.fromkeys(name.partition(".")[0] for name in ids))
    ids.sort(key=lambda name: kin.index(name.partition(".")[0]))
    verdicts = [{control["id"]: control["verdict"] for control in result["controls"]} for result in fleet["results"]]
    number = max(1, -(-len(ids) // _WIDEST))
    width = -(-len(ids) // number) or 1
    found = []
    for start in range(0, len(ids), width):
        names = ids[start : start + width]
        cells = {name: _cells(name) for name in names}
        rows = [
            {
                "host": result["host"],
                "place": place,
                "cells": Markup("").join(cells[name][verdicts[place].get(name, "")] for name in names),
            }
            for place, result in enumerate(fleet["results"])
        ]
        controls = [{"id": name, "anchor": anchor("evidence", name)} for name in names]
        found.append({"controls": controls, "rows": rows})
    return found


def _cells(name: str) -> dict[str, Markup]:
    """The cell of a control for each verdict; ``</td>`` may be left out in HTML."""
    found = {"": Markup("<td>"), "pass": Markup("<td>·")}
    for verdict, mark in MARKS.items():
        if verdict != "pass":
            told = escape(visible(f"{name}: {VERDICTS[verdict]}"))
            found[verdict] = Markup('<td class="{}" title="{}">{}').format(_CLASSES[verdict], told, mark)
    return found


_CLASSES = {"fail": "f", "error": "e", "waived": "w", "manual": "m", "not_applicable": "n"}
