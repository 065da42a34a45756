# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a control demanded, of all hosts that it was applied to: lines, a condition, and the thresholds in it."""

from __future__ import annotations

from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils import thresholds, wording
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.text import number

_FIRST = 4
"""Lines that are shown; the others are folded, and open on paper."""

Plain = dict[str, Any]


class Demands:
    """The demands of every control, gathered over the hosts on which it is applicable."""

    def __init__(self, results: list[Plain]) -> None:
        self._lines: dict[str, dict[str, int]] = {}
        self._criteria: dict[str, dict[str, None]] = {}
        self._thresholds: dict[str, dict[str, None]] = {}
        self._hosts: dict[str, int] = {}
        for result in results:
            for control in result["controls"]:
                if control["verdict"] != "not_applicable":
                    self._gather(control)

    def of(self, name: str) -> Plain:
        """What the page shows of a control: ``criteria``, ``thresholds``, ``lines`` with the first and the ``rest``.

        Args:
            name: The control's id.
        """
        hosts = self._hosts.get(name, 0)
        lines = [
            {"text": line, "on": "" if count == hosts else f"on {number(count, 'host')}"}
            for line, count in self._lines.get(name, {}).items()
        ]
        return {
            "criteria": list(self._criteria.get(name, ())),
            "thresholds": list(self._thresholds.get(name, ())),
            "number": len(lines),
            "lines": lines[:_FIRST],
            "rest": lines[_FIRST:],
        }

    def _gather(self, control: Plain) -> None:
        name = control["id"]
        self._hosts[name] = self._hosts.get(name, 0) + 1
        lines = self._lines.setdefault(name, {})
        for line in wording.unique([str(entry["requirement"]) for entry in control["coverage"]]):
            lines[line] = lines.get(line, 0) + 1
        if control.get("criterion"):
            self._criteria.setdefault(name, {})[str(control["criterion"])] = None
        for parameter, used in sorted((control.get("parameters") or {}).items()):
            if isinstance(used, dict):
                self._thresholds.setdefault(name, {})[f"{parameter}: {thresholds.told(used)}"] = None
