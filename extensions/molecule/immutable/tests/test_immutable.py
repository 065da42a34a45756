# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the boot: what had waited is in force, locked again, and on record."""

import evidence


def test_the_kernel_is_locked(host):
    assert evidence.status(host)["enabled"] == 2
    loaded = evidence.loaded(host)
    # auditctl ends with 255, and so does ssh where it has failed itself; up to 3.0.9 it ends with 0 for a rule.
    host.run("auditctl -w /tmp -p wa -k lab || exit 1")
    assert host.run("auditctl -e 0 || exit 1").rc == 1
    host.run("auditctl -D || exit 1")
    assert evidence.loaded(host) == loaded
    assert evidence.status(host)["enabled"] == 2


def test_what_waited_for_the_boot_is_in_force(host):
    written, loaded = evidence.written(host), evidence.loaded(host)
    evidence.figure("rules", {"file": len(written), "kernel": len(loaded)})
    assert len(loaded) == len(written)
    assert any("lab_later" in line for line in loaded)


def test_an_event_after_the_boot_is_on_record(host):
    since = evidence.now(host)
    host.run_test("touch /srv/after-the-boot")
    evidence.recorded(host, since, "-k", "lab_later", words=["after-the-boot"], types=["SYSCALL", "PATH"])


def test_the_lock_is_the_last_line_that_a_boot_loads(host):
    lines = [line for line in host.file("/etc/audit/audit.rules").content_string.splitlines() if line.strip()]
    assert lines[-1].split() == ["-e", "2"]


def test_the_kernel_was_told_of_audit_at_its_start(host):
    assert "audit=1" in host.file("/proc/cmdline").content_string.split()


def test_the_boot_is_on_record(host):
    assert "DAEMON_START" in host.check_output(
        "LC_ALL=C ausearch --input-logs --raw -m DAEMON_START -ts boot < /dev/null"
    )
