# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tasks of a scenario's converge.yml changed something: in check mode, in the first run, and once more."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: lab_runs
type: aggregate
short_description: Writes which tasks of a converge.yml changed something
description: Each run is one line of JSON in the file runs.jsonl of the scenario, with the tasks by host.
"""


class CallbackModule(CallbackBase):
    """One playbook: the names of the tasks that changed something, by host."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "lab_runs"
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
        folder = os.environ.get("MOLECULE_EPHEMERAL_DIRECTORY")
        if self._playbook != "converge.yml" or not folder:
            return
        told = {
            "check_mode": bool(context.CLIARGS.get("check")),
            "changed": {host: self._changed.get(host, []) for host in sorted(stats.processed)},
        }
        with open(pathlib.Path(folder, "runs.jsonl"), "a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")
