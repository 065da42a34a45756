# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of the roles tell the rollout what came of them: under names that it looks for, and each of them."""

import os

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
told = pytest.importorskip(
    "ansible_collections.auditops.trail.plugins.plugin_utils.rollout.told", reason="the controller side"
)
pytestmark = pytest.mark.controller


def registered(tasks):
    """The names that tasks register, those of their blocks among them, and the tasks that register nothing."""
    here = {"ansible.builtin." + name for name in ("debug", "set_fact", "assert", "fail", "import_tasks", "meta")}
    names, silent = [], []
    for task in tasks:
        inner = [one for part in ("block", "rescue", "always") for one in task.get(part) or ()]
        if inner:
            more, still = registered(inner)
            names, silent = names + more, silent + still
        elif "register" in task:
            names.append(task["register"])
        elif not here & set(task):
            silent.append(task["name"])
    return names, silent


def test_every_task_that_opens_a_connection_is_known_to_the_rollout(repository):
    names, silent = [], []
    for role in ("auditd", "audit_rules"):
        folder = os.path.join(repository, "roles", role, "tasks")
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                more, still = registered(yaml.safe_load(file))
            names, silent = names + more, silent + still
    assert silent == []
    assert [name for name in names if not name.startswith(told.OURS)] == []
    with open(os.path.join(repository, "playbooks", "rollout.yml"), encoding="utf-8") as file:
        lost = next(play["vars"] for play in yaml.safe_load(file) if "serial" in play)["_rollout_results"]
    assert "'_({0})_'".format("|".join(name.strip("_") for name in told.OURS)) in lost, (
        "the play asks for the same names"
    )
    assert set(told.WRITTEN) | {told.RULES, told.COMMITTED, told.ROLLED_BACK, told.BOOT} <= set(names)
