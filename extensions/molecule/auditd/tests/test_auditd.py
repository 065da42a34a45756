# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon runs as it was told to, since the boot, and what is done is on record."""

import evidence


def test_the_daemon_runs_and_will_run_after_a_boot(host):
    service = host.service("auditd")
    assert service.is_running
    assert service.is_enabled
    pid = evidence.status(host)["pid"]
    assert host.file(f"/proc/{pid}/comm").content_string == "auditd\n"


def test_the_kernel_was_booted_with_its_audit_parameters(host):
    words = host.file("/proc/cmdline").content_string.split()
    assert words.count("audit=1") == 1
    assert words.count("audit_backlog_limit=8192") == 1
    assert "console=ttyS0" in words  # what was there before


def test_the_kernel_has_its_settings(host):
    status = evidence.status(host)
    assert {name: status[name] for name in ("enabled", "failure", "backlog_limit", "rate_limit", "lost")} == {
        "enabled": 1,
        "failure": 1,
        "backlog_limit": 8192,
        "rate_limit": 0,
        "lost": 0,
    }


def test_the_configuration_is_the_one_that_was_asked_for_and_nobody_else_can_write_it(host):
    file = host.file("/etc/audit/auditd.conf")
    keys = dict(line.split(" = ", 1) for line in file.content_string.splitlines() if " = " in line)
    assert keys["name_format"].lower() == "hostname"
    assert file.mode & 0o137 == 0
    assert file.user == "root"
    assert host.file("/var/log/audit").mode & 0o027 == 0


def test_a_message_of_a_program_is_on_record_with_the_name_of_the_machine(host):
    since = evidence.now(host)
    host.run_test("auditctl -m lab-was-here")
    event = evidence.recorded(host, since, "-m", "USER", words=["lab-was-here"])
    assert f"node={host.check_output('hostname')} " in event.text


def test_the_daemon_can_be_restarted_and_goes_on_writing(host):
    before = evidence.status(host)["pid"]
    host.run_test("service auditd restart" if host.run("command -v service").rc == 0 else "systemctl restart auditd")
    since = evidence.now(host)
    host.run_test("auditctl -m lab-after-restart")
    evidence.recorded(host, since, "-m", "USER", words=["lab-after-restart"])
    status = evidence.status(host)
    assert status["pid"] not in (0, before)
    assert status["lost"] == 0


def test_a_log_is_rotated_when_it_is_asked_for(host):
    files = len(host.file("/var/log/audit").listdir())
    host.run_test(f"kill -USR1 {evidence.status(host)['pid']}")
    host.run_test(
        f"for second in $(seq 20); do [ $(ls /var/log/audit | wc -l) -gt {files} ] && exit 0; sleep 1; done; false"
    )
