# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On the control node: the timer runs, the results and metrics lie there, nobody else can read or change them."""

import json

testinfra_hosts = ["ansible://control"]
HOME = "/var/lib/audit-compliance"


def test_the_timer_has_fired_and_will_run_after_a_boot(host):
    assert host.service("audit-compliance.timer").is_enabled
    assert host.file("/var/lib/systemd/timers/stamp-audit-compliance.timer").exists


def test_every_run_is_in_the_history(host):
    found = host.check_output(f"find {HOME}/history -name '*.json'").split()
    assert len(found) >= 4
    assert all(json.loads(host.file(path).content_string) for path in found[:1])


def test_metrics_tell_of_the_last_run(host):
    (name,) = host.file("/srv/metrics").listdir()
    text = host.file(f"/srv/metrics/{name}").content_string
    assert name.endswith(".prom")
    assert "# TYPE" in text
    assert "nan" not in text.lower()


def test_what_the_runs_leave_is_closed_to_others(host):
    assert host.file(HOME).mode == 0o700
    assert host.file("/etc/audit-compliance").mode & 0o007 == 0
    assert host.run(f"runuser -u nobody -- ls {HOME}").rc != 0


def test_the_user_of_the_runs_cannot_change_their_code_or_settings(host):
    assert host.run("runuser -u audit-compliance -- touch /etc/audit-compliance/settings.json").rc != 0
    assert host.run("runuser -u audit-compliance -- sh -c 'touch /opt/auditops-trail/audit-compliance/x'").rc != 0
