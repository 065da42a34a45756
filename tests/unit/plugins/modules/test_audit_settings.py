# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""audit_settings in a process of its own; in check mode, for this machine's own kernel stays as it is."""

import os

import pytest

pytest.importorskip("ansible.module_utils.basic", reason="the module's own frame comes with ansible-core")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel  # noqa: E402

MODULE = "ansible_collections.auditops.trail.plugins.modules.audit_settings"


@pytest.fixture
def status():
    try:
        return kernel.read_status()
    except TrailError as error:
        pytest.skip("the kernel does not answer here: {0}".format(error))


def test_a_check_shows_what_would_change_and_changes_nothing(run, status):
    wanted = (status.backlog_limit or 0) + 1
    result = run(_ansible_check_mode=True, _ansible_diff=True, backlog_limit=wanted, persist=False)
    if status.enabled == 2:
        assert result["failed"] is True
        return
    assert (result["changed"], result["before"]["backlog_limit"]) == (True, status.backlog_limit)
    assert result["after"]["backlog_limit"] == wanted
    assert result["diff"][0]["after"] == "backlog_limit {0}\n".format(wanted)
    assert kernel.read_status().backlog_limit == status.backlog_limit


def test_without_arguments_it_tells_and_changes_nothing(run, status):
    result = run()
    assert (result["changed"], result["files"], result["lost"], result["backup"]) == (False, [], None, None)
    assert result["before"]["enabled"] == status.enabled
    assert result["before"] == result["after"] or result["before"]["backlog"] != result["after"]["backlog"]


def test_a_word_and_its_number_are_the_same(run, status):
    if status.enabled == 2:
        pytest.skip("the kernel is locked")
    answers = [run(_ansible_check_mode=True, failure=text, persist=False)["after"] for text in ("panic", "2")]
    assert [answer["failure"] for answer in answers] == [2, 2]


def test_a_value_that_does_not_fit_is_refused_before_anything_is_asked(run):
    result = run(_ansible_check_mode=True, backlog_limit=-1)
    assert result["failed"] is True
    assert "backlog_limit cannot be -1" in result["msg"]


def test_the_rules_files_of_this_host_are_planned_for(run, status):
    if status.enabled == 2 or not os.path.isdir("/etc/audit/rules.d") or os.geteuid() != 0:
        pytest.skip("there is no audit package here, or no root")
    result = run(_ansible_check_mode=True, rate_limit=(status.rate_limit or 0) + 1)
    assert result["changed"] is True
    assert result["persisted"][0]["after"] == "-r {0}".format((status.rate_limit or 0) + 1)
    assert "/etc/audit/audit.rules" in result["files"]
