# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the role's variables."""

import os
import re

import pytest

pytest.importorskip("yaml", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import variables  # noqa: E402

pytestmark = pytest.mark.controller
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))))


def test_a_misspelt_variable_is_refused_with_the_name_that_is_near():
    with pytest.raises(TrailError, match=r"audit_compliance_fail_onn \(did you mean audit_compliance_fail_on\?\)"):
        variables.check(["audit_compliance_fail_on", "audit_compliance_fail_onn", "ansible_user"])


def test_what_the_playbook_and_the_role_read_is_known():
    found = set()
    for file in ("playbooks/compliance.yml", "roles/audit_compliance/tasks/main.yml"):
        with open(os.path.join(ROOT, file), encoding="utf-8") as handle:
            found.update(re.findall(r"(?<!_)\baudit_compliance_\w+", handle.read()))
    assert "audit_compliance_serial" in found
    variables.check(found - {"audit_compliance_report"})


def test_other_variables_are_nobodys_business():
    variables.check(["_audit_compliance_assessment", "audit", "my_audit_compliance_x"])


def test_the_variables_of_the_schedule_may_stand_in_the_same_inventory():
    variables.check(["audit_compliance_schedule_time_limit"])
    with pytest.raises(TrailError):
        variables.check(["audit_compliance_schedule"])


@pytest.mark.parametrize(
    ("role", "names", "told"),
    [
        ("audit_rules", ["audit_rules_profile"], ["audit_rules_profile (did you mean audit_rules_profiles?)"]),
        ("audit_rules", ["audit_rules_profiles", "audit_rules_0123456789"], ["audit_rules_0123456789"]),
        ("audit_compliance_schedule", ["audit_compliance_schedule_on_calender"],
         ["audit_compliance_schedule_on_calender (did you mean audit_compliance_schedule_on_calendar?)"]),
        ("auditd", ["auditd_setings"], ["auditd_setings (did you mean auditd_settings?)"]),
        # Another collection's role of that name.
        ("auditd", ["auditd_rules", "auditd_max_log_file", "auditd_manage_rules", "auditd_start_service"], []),
    ],
)  # fmt: skip
def test_of_each_role_what_is_misspelt_is_told(role, names, told):
    assert variables.misspelt(names, role) == told


@pytest.mark.parametrize("role", sorted(variables.ROLES))
def test_what_a_role_reads_is_known(role):
    assert variables.misspelt(variables.known(role), role) == [] and len(variables.known(role)) > 10
