# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of the batch that failed are as they were before."""

import evidence

testinfra_hosts = ["ansible://second", "ansible://broken"]


def test_a_host_of_the_failed_batch_has_its_old_rules(host):
    assert evidence.status(host)["enabled"] == 1
    assert evidence.loaded(host) == [
        "-a always,exit -F arch=b64 -S personality -F key=theirs",
        "-a always,exit -F arch=b64 -S acct -F key=theirs_too",
    ]
    assert not host.file("/etc/audit/rules.d/50-auditops.rules").exists
    assert not host.file("/etc/audit/rules.d/99-auditops.rules").exists


def test_a_host_of_the_failed_batch_writes_its_log(host):
    since = evidence.now(host)
    host.run_test("auditctl -m lab-was-here")
    evidence.recorded(host, since, "-m", "USER", words=["lab-was-here"])
