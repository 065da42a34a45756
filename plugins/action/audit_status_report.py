# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick check of the hosts of a play as a table in the terminal."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ansible_collections.auditops.trail.plugins.plugin_utils import status_table, terminal, variables, wording

_NAMED = 10
_NAMES = ("status_hosts", "status_fail")
ARGUMENTS = {
    "registered": {"type": "str", "default": "_audit_status"},
    "fail": {"type": "bool", "default": True},
}


class ActionModule(ActionBase):
    """Runs on the controller alone; the connection of the task's host is never opened."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Print the table; fail where a host is not well and that was asked for."""
        task_vars = task_vars or {}
        answer: dict[str, Any] = super().run(tmp, task_vars)
        del tmp
        _checked, options = self.validate_argument_spec(ARGUMENTS)
        strange = variables.strange(load_extra_vars(self._loader), "status_", _NAMES)
        if strange:
            answer.update(
                failed=True, msg=f"The playbook has no variable of this name: {', '.join(strange)}. Correct it."
            )
            return answer
        hosts = [str(host) for host in task_vars.get("ansible_play_hosts_all") or ()]
        found = {host: (task_vars["hostvars"].get(host) or {}).get(options["registered"]) for host in hosts}
        lines, bad = status_table.rows(found)
        for line in lines:
            Display().display(terminal.plain(line))
        answer.update(changed=False, unhealthy=bad)
        if bad and options["fail"]:
            told = wording.some(bad, _NAMED, "hosts")
            answer.update(failed=True, msg=f"{len(bad)} of {len(hosts)} hosts not well, see the table: {told}.")
        return answer
