# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role would refuse on a host is refused before any host is changed."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import rotation
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import role_values

pytestmark = pytest.mark.controller


@pytest.mark.parametrize(
    ("role", "given", "words"),
    [
        ("auditd", {"auditd_settings": {"max_log_fil": 8}}, "max_log_fil: .* no other release has.*write max_log_file"),
        ("auditd", {"auditd_settings": {"backlog_limit": 8}}, "a setting of the kernel.*write auditd_backlog_limit,"),
        ("auditd", {"auditd_settings": {"Volume": 8}}, "see the manual page of the file for its keys"),
        ("auditd", {"auditd_log_share": "much"}, "auditd_log_share"),
        ("auditd", {"auditd_settings": "num_logs=5"}, "auditd_settings is the text 'num_logs=5'"),
        ("auditd", {"auditd_log_share": 500}, "from 0 to 95. To mend it"),
        ("auditd", {"auditd_backlog_limit": -1}, "backlog_limit cannot be -1. To mend it: write a whole number from 0"),
        ("auditd", {"auditd_plugins": {"syslog.conf": {"activ": "yes"}}}, "activ: .* no other release.*write active"),
        ("auditd", {"auditd_plugins": {"syslog.conf": ["yes"]}}, "syslog.conf is no dictionary.*{active: .yes.}"),
        ("audit_rules", {"audit_rules_profiles": ["pci"]}, "no profile.*pci"),
        ("audit_rules", {"audit_rules_parameters": {"backlog_limits": 1}}, "no parameter 'backlog_limits'"),
        ("audit_rules", {"audit_rules_catalogue": ["/not/there"]}, "/not/there"),
        ("audit_rules", {"audit_rules_files": "30-a.rules"}, r"a list of dictionaries \(with -e: .*: \[{"),
        ("audit_rules", {"audit_rules_files": [{"name": "3.rules", "content": ["-D"]}]}, "content is .* to be a text"),
        ("audit_rules", {"audit_rules_profiles": "baseline,pci"}, "no profile.*pci"),
        ("audit_rules", {"audit_rules_profiles": ["soc2"], "audit_rules_site": "/not/there"}, "no such folder"),
        ("audit_rules", {"audit_rules_on_missing_path": "drop"}, "keep, skip, fail"),
        ("audit_rules", {"audit_rules_settings": {"failure": "panick"}}, "failure is no number"),
        ("audit_rules", {"audit_rules_settings": {"backlog_wait_time": 10**7}}, "a whole number from 0 to 600000. No"),
        (
            "audit_rules",
            {"audit_rules_health_limits": {"retention": 1}},
            "audit_rules_health_limits.retention. Supported parameters",
        ),
        ("audit_rules", {"audit_rules_files": [{"name": "a", "content": "-D"}]}, "end it with .rules"),
    ],
)
def test_what_the_role_would_refuse_is_told_with_the_host(role, given, words):
    with pytest.raises(TrailError, match=words) as caught:
        role_values.check(given, role, "web1")
    assert caught.value.message.startswith(f"The role {role} would refuse this for web1: ")
    assert caught.value.remedy.endswith(". No host was changed.")
    assert str(caught.value).count("To mend it") == 1


@pytest.mark.parametrize(
    ("role", "given"),
    [
        ("auditd", {"auditd_settings": {"MAX_LOG_FILE": 8, "end_of_event_timeout": 2, "q_depth": 2000}}),
        ("auditd", {"auditd_settings": {"dispatcher": "/sbin/audispd"}}),
        ("auditd", {"auditd_settings": {"max_log_fil": None}}),
        ("auditd", {"unknown_to_the_role": 1}),
        ("audit_rules", {"audit_rules_settings": {"failure": "panic"}, "audit_rules_keep": "7"}),
        ("auditd", {"auditd_plugins": {"syslog.conf": {"ACTIVE": "yes", "args": None}}, "auditd_log_share": 95}),
        ("auditd", {"auditd_plugins": {"syslog.conf": "active=yes args=LOG_INFO"}}),
        ("auditd", {"auditd_log_share": 96, "auditd_settings": dict.fromkeys(rotation.KEYS, 9)}),
        ("auditd", {"auditd_kernel": "no", "auditd_backlog_limit": -1}),
        ("audit_rules", {"audit_rules_profiles": ["gone"], "audit_rules_state": "absent"}),
        ("audit_rules", {"audit_rules_profiles": "baseline,soc2"}),
        ("audit_rules", {"audit_rules_profiles": [], "audit_rules_site": "/not/there"}),
        ("audit_rules", {"audit_rules_health_limits": '{"retention_days": 0}'}),
    ],
)
def test_what_depends_on_the_host_is_left_to_the_host(role, given):
    role_values.check(given, role, "web1")


def test_a_profile_whose_site_the_host_alone_knows_is_left_to_the_host():
    given = {"audit_rules_profiles": ["ours"]}
    for name in ("site", "catalogue", "state"):
        role_values.check(given, "audit_rules", "web1", unread={f"audit_rules_{name}"})
    with pytest.raises(TrailError, match="ours"):
        role_values.check(given, "audit_rules", "web1", unread={"audit_rules_keep"})
