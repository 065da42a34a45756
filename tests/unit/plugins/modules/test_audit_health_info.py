# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""audit_health_info from its arguments to what it prints, in a process of its own as on a target."""

import pytest

pytest.importorskip("ansible.module_utils.basic", reason="the module's own frame comes with ansible-core")

MODULE = "ansible_collections.auditops.trail.plugins.modules.audit_health_info"


@pytest.mark.parametrize("check", [False, True])
def test_the_quick_check_answers_wherever_it_runs_and_changes_nothing(run, check):
    result = run(seconds=0, _ansible_check_mode=check)
    assert result["changed"] is False
    parts = {"host", "service", "packages", "daemon", "rules", "kernel", "log", "errors", "off_at_boot"}
    parts |= {"interrupted", "pending"}
    assert set(result["status"]) == parts
    if result["not_applicable"] is None and result["status"]["off_at_boot"] is None:
        assert [one["name"] for one in result["criteria"]] == ["daemon", "rules", "backlog"]


def test_limits_are_checked_before_anything_is_looked_at(run):
    result = run(seconds=1, limits={"backlog_percent": 200})
    assert result["failed"] is True
    assert "limits.backlog_percent is 200" in result["msg"]


def test_the_file_system_of_another_folder_is_told_where_the_log_is_to_lie_there(run):
    assert run(seconds=0, log_folder="/proc/there/is/none")["status"]["log"]["filesystem"]["fstype"] == "proc"
