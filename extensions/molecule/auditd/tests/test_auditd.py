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
    assert words.count("audit_backlog_limit=4096") == 1
    assert "console=ttyS0" in words  # what was there before


def test_the_kernel_has_its_settings(host):
    status = evidence.status(host)
    assert {name: status[name] for name in ("enabled", "failure", "backlog_limit", "rate_limit", "lost")} == {
        "enabled": 1,
        "failure": 0,
        "backlog_limit": 4096,
        "rate_limit": 0,
        "lost": 0,
    }


def test_the_configuration_is_the_one_that_was_asked_for_and_nobody_else_can_write_it(host):
    file = host.file("/etc/audit/auditd.conf")
    keys = dict(line.split(" = ", 1) for line in file.content_string.splitlines() if " = " in line)
    keys = {name: value.lower() for name, value in keys.items()}
    asked = {"name_format": "hostname", "max_log_file": "6", "num_logs": "7", "disk_full_action": "halt"}
    of_the_role = {"max_log_file_action": "rotate", "space_left_action": "syslog", "disk_error_action": "syslog"}
    assert {name: keys[name] for name in asked | of_the_role} == asked | of_the_role
    assert file.mode & 0o137 == 0
    assert file.user == "root"
    assert host.file("/var/log/audit").mode & 0o027 == 0


def test_a_message_of_a_program_is_on_record_with_the_name_of_the_machine(host):
    since = evidence.now(host)
    host.run_test("auditctl -m lab-was-here")
    event = evidence.recorded(host, since, "-m", "USER", words=["lab-was-here"])
    assert f"node={host.check_output('hostname')} " in event.text


def test_the_next_boot_sets_the_same(host):
    """The kernel's settings stand in the rules that a boot loads."""
    lines = [line.split() for line in host.file("/etc/audit/audit.rules").content_string.splitlines()]
    assert ["-b", "4096"] in lines
    assert ["-f", "0"] in lines


def test_a_log_is_rotated_when_it_is_asked_for(host):
    files = len(host.file("/var/log/audit").listdir())
    host.run_test(f"kill -USR1 {evidence.status(host)['pid']}")
    host.run_test(
        f"for second in $(seq 20); do [ $(ls /var/log/audit | wc -l) -gt {files} ] && exit 0; sleep 1; done; false"
    )
