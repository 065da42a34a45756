# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.auditops.trail.plugins.module_utils.compliance.emitted import judge_types
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Solver
from ansible_collections.auditops.trail.plugins.module_utils.errors import RequirementError
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence
from ansible_collections.auditops.trail.tests.unit import postures


def judged(rules, types, **status):
    made = postures.posture(rules, rules, status=status)
    load = evidence.loaded(made, evidence.on_disk(made))
    entries = judge_types(types, Solver(load, evidence.host(made)), evidence.dialect(made))
    return {entry["requirement"]: entry for entry in entries}


def test_without_a_filter_every_type_passes():
    found = judged([], ["USER_LOGIN", "ADD_USER", "LOGIN", "CONFIG_CHANGE", "DAEMON_START", "SERVICE_STOP"])
    assert {entry["outcome"] for entry in found.values()} == {"covered"}


def test_a_never_rule_of_the_user_list_drops_what_programs_send_and_nothing_else():
    found = judged(["-a never,user -F pid>0"], ["USER_LOGIN", "LOGIN"])
    assert found["USER_LOGIN"]["outcome"] == "defeated"
    assert found["USER_LOGIN"]["defeated_by"][0]["line"] == 1
    assert found["LOGIN"]["outcome"] == "covered"


@pytest.mark.parametrize("name", ["USER_AUTH", "LOGIN", "CONFIG_CHANGE"])
def test_the_exclude_list_drops_both_kinds(name):
    found = judged(["-a always,exclude -F msgtype={0}".format(name)], [name, "USER_CMD"])
    assert found[name]["outcome"] == "defeated"
    assert found[name]["counterexample"]["record"] == name
    assert found["USER_CMD"]["outcome"] == "covered"


def test_an_exclude_rule_with_a_user_drops_a_part():
    assert judged(["-a always,exclude -F msgtype=LOGIN -F auid=1000"], ["LOGIN"])["LOGIN"]["outcome"] == "partial"


def test_auditd_writes_its_own_records_whatever_the_lists_say():
    assert judged(["-a always,exclude -F msgtype=DAEMON_END"], ["DAEMON_END"])["DAEMON_END"]["outcome"] == "covered"


def test_switched_off_the_kernel_sends_nothing():
    assert judged([], ["LOGIN"], enabled=0)["LOGIN"]["outcome"] == "defeated"


def test_an_older_auditctl_that_lacks_the_name_hides_no_gap():
    found = judged(["-a never,user -F pid>0"], ["SOFTWARE_UPDATE"])
    assert found["SOFTWARE_UPDATE"]["outcome"] == "defeated"


def test_a_type_that_there_is_not_is_refused():
    with pytest.raises(RequirementError, match="USER_LOGON"):
        judged([], ["USER_LOGON"])
