# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploy rules on one host: what its profiles ask for is read and checked here, and compiled there."""

from __future__ import annotations

import os
from typing import Any

from ansible import constants as C
from ansible.plugins.action import ActionBase

from ansible_collections.auditops.trail.plugins.module_utils.boundary import failure
from ansible_collections.auditops.trail.plugins.module_utils.deploy.arguments import ARGUMENTS
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import asked, deployment, moments, plans, waiver

MODULE = "auditops.trail.audit_rules"
_GIVEN_HERE = ("profiles", "parameters", "catalogue", "site")
"""What names things on the controller, and stays there but for the profiles' names."""
_OF_PRESENT = ("files", "profiles", "parameters", "catalogue", "site", "settings", "immutable", "loginuid_immutable")
_HANDED_DOWN = ("plan", "of_profiles", "run")


class ActionModule(ActionBase):
    """The catalogue stays on the controller: what goes down is the requirements of the chosen controls."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Read what the task names on the controller, and let the module do the rest."""
        answer = super().run(tmp, task_vars)
        del tmp
        try:
            options = asked.checked(self, ARGUMENTS)
            for name in _HANDED_DOWN:
                if options[name] is not None:
                    raise TrailError(f"{name} is handed down by the action plugin, and is not to be given in a task.")
            arguments = _arguments(self._task.args, options)
        except TrailError as exc:
            answer.update(failed=True, **failure(exc))
            return answer
        answer.update(self._execute_module(module_name=MODULE, module_args=arguments, task_vars=task_vars))
        return answer


def _refuse_unread(written: dict[str, Any], options: dict[str, Any]) -> None:
    """Refuse what would not hold, without a word.

    Raises:
        TrailError: lines of rules are no text, or are given beside a state that reads none.
    """
    for one in written.get("files") or () if isinstance(written.get("files"), list) else ():
        if isinstance(one, dict) and isinstance(one.get("content"), (list, dict)):
            raise TrailError(
                f"files: the content of {one.get('name')} is {one['content']!r}, and has to be a text",
                remedy='write it as a block: "content: |", and the lines below.',
            )
    unread = [name for name in _OF_PRESENT if options[name]]
    if options["state"] in ("committed", "rolled_back") and unread:
        raise TrailError(
            f"{', '.join(unread)}: state {options['state']} acts on a transaction, and reads nothing of it",
            remedy="leave it out, and give it to the task with state present, whose transaction this is about.",
        )


def _arguments(written: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """What the module is given: the task's own arguments, and what the profiles say.

    Raises:
        TrailError: the catalogue, the site's files or the parameters do not hold together.
    """
    _refuse_unread(written, options)
    arguments = {name: value for name, value in written.items() if name not in _GIVEN_HERE}
    # The temporary folder of ansible-playbook is one run's alone, and all of its processes have it.
    arguments["run"] = os.path.basename(C.DEFAULT_LOCAL_TMP)
    if not options["profiles"] or options["state"] != "present":
        return arguments
    basis = asked.basis(dict(options, waiver_days=waiver.MOST_DAYS), C.DEFAULT_LOCAL_TMP, moments.now())
    selection = basis.selection
    limits = {name: options[name] for name in ("scan_entries", "scan_seconds")}
    lock = deployment.immutable(selection) if options["immutable"] is None else options["immutable"]
    return {
        **arguments,
        "profiles": options["profiles"],
        "plan": plans.of(selection, **limits),
        "of_profiles": deployment.settings(selection),
        "immutable": lock,
    }
