# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each run of a scenario's converge.yml changes, as figures of the lab: in check mode, at first, and once more."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: lab_figures
type: aggregate
short_description: Writes what a converge.yml changes to the files of figures
description: One line of JSON to the scenario's own file, and to the one that AUDITOPS_LAB_FIGURES names.
"""

_AGAIN = "molecule-idempotence-notest"  # a tag that Molecule skips in its step idempotence alone


class CallbackModule(CallbackBase):
    """One playbook: the names of the tasks that changed something, by host."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "lab_figures"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._playbook = ""
        self._changed: dict[str, list[str]] = {}

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Its name."""
        self._playbook = pathlib.Path(getattr(playbook, "_file_name", "")).name

    def v2_runner_on_ok(self, result: Any) -> None:
        """A task that went well."""
        if result._result.get("changed"):
            name = result._task.get_name().rpartition(" : ")[2]
            self._changed.setdefault(result._host.get_name(), []).append(name)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """The end."""
        if self._playbook != "converge.yml":
            return
        again = _AGAIN in (context.CLIARGS.get("skip_tags") or ())
        what = "changes in check mode" if context.CLIARGS.get("check") else "changes of the first run"
        tasks = {host: self._changed.get(host, []) for host in sorted(stats.processed)}
        line = {
            "scenario": os.environ.get("MOLECULE_SCENARIO_NAME", ""),
            "release": os.environ.get("AUDITOPS_LAB_RELEASE", ""),
            "what": "changes of the second run" if again else what,
            "value": {host: len(names) for host, names in tasks.items()},
        }
        _add(os.environ.get("AUDITOPS_LAB_FIGURES", ""), line)
        folder = os.environ.get("MOLECULE_EPHEMERAL_DIRECTORY", "")
        _add(folder and str(pathlib.Path(folder, "runs.jsonl")), {**line, "value": tasks})


def _add(path: str, line: dict[str, Any]) -> None:
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
