# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was deployed is loaded, and what the standard asks for is on record when it is done."""

import evidence


def test_every_rule_of_the_file_is_in_the_kernel(host):
    written, loaded = evidence.written(host), evidence.loaded(host)
    evidence.figure("rules", {"file": len(written), "kernel": len(loaded)})
    assert len(written) > 50
    assert len(loaded) == len(written)


def test_check_mode_on_the_bare_machine_told_what_the_first_run_changed(host):
    told, changed = evidence.foretold(host.check_output("hostname"))
    assert told == changed
    assert "Bring the rules to disk and into the kernel" in told


def test_the_kernel_records_and_has_lost_nothing(host):
    status = evidence.status(host)
    assert (status["enabled"], status["lost"]) == (1, 0)
    assert status["pid"] > 0


def test_a_boot_would_load_the_same(host):
    before = evidence.loaded(host)
    host.run_test("augenrules --load")
    assert evidence.loaded(host) == before
    assert "No change" in host.check_output("augenrules --check")


def test_a_write_into_the_sites_own_folder_is_on_record_with_its_path(host):
    since = evidence.now(host)
    host.run_test("sh -c 'echo changed > /srv/lab/settings'")
    event = evidence.recorded(host, since, "-k", "lab", types=["SYSCALL", "PATH", "CWD"])
    assert 'name="/srv/lab/settings"' in event.text or 'name="settings"' in event.text


def test_a_call_of_the_sites_own_rule_is_on_record(host):
    since = evidence.now(host)
    host.run_test("hostname $(hostname)")
    evidence.recorded(host, since, "-k", "lab_name", types=["SYSCALL"])


def test_a_change_of_the_accounts_is_on_record(host):
    since = evidence.now(host)
    host.run_test("usermod --comment lab $(id -nu 1000)")
    evidence.recorded(host, since, "-k", "identity", words=["/etc/passwd"], types=["SYSCALL", "PATH"])


def test_a_user_who_runs_a_privileged_command_is_on_record(host):
    since = evidence.now(host)
    assert evidence.as_user(host, "passwd --status").rc == 0
    event = evidence.recorded(host, since, "-k", "privileged", words=["passwd"], types=["SYSCALL", "EXECVE"])
    assert f"auid={host.check_output('id -u anna')} " in event.text


def test_a_user_who_is_denied_a_file_is_on_record(host):
    since = evidence.now(host)
    assert evidence.as_user(host, "cat /etc/shadow").rc != 0
    evidence.recorded(host, since, "-k", "access", words=["/etc/shadow", "success=no"], types=["SYSCALL", "PATH"])


def test_a_look_at_the_trail_is_on_record(host):
    since = evidence.now(host)
    host.run_test("head -c 1 /var/log/audit/audit.log")
    evidence.recorded(host, since, "-k", "audit_log", words=["/var/log/audit/audit.log"], types=["SYSCALL", "PATH"])
