# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all plays of the playbooks say themselves, so that no configuration of Ansible says another thing for them."""

import os

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
pytestmark = pytest.mark.controller


@pytest.mark.parametrize("name", ["rollout.yml", "status.yml", "compliance.yml", "shared/choice.yml"])
def test_plays_with_a_task_that_is_made_once_go_host_by_host_together_and_see_first_that_there_is_one(repository, name):
    with open(os.path.join(repository, "playbooks", name), encoding="utf-8") as file:
        entries = yaml.safe_load(file)
    plays = [entry for entry in entries if "import_playbook" not in entry]
    assert [play.get("strategy") for play in plays] == ["ansible.builtin.linear"] * len(plays)
    if name == "rollout.yml":
        assert [play.get("any_errors_fatal") for play in plays] == [False] * len(plays)
        assert len({play["hosts"] for play in plays}) == 1
    if name in ("compliance.yml", "status.yml"):
        assert [play.get("tags") for play in plays] == [["always"]] * len(plays), "--tags of others take no gate away"
    if "shared" not in name:
        assert entries[0]["import_playbook"] == "shared/choice.yml"
