# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After all of it the host has the rules that it was given, on disk and in the kernel, and records."""

import evidence


def test_every_rule_of_the_file_is_in_the_kernel(host):
    written, loaded = evidence.written(host), evidence.loaded(host)
    evidence.figure("rules", {"file": len(written), "kernel": len(loaded)})
    assert len(loaded) == len(written) > 50


def test_nothing_waits_and_nothing_is_lost(host):
    status = evidence.status(host)
    assert (status["enabled"], status["lost"]) == (1, 0)
    assert status["pid"] > 0
    assert not host.file("/var/lib/auditops-trail/step").exists


def test_a_write_is_on_record(host):
    since = evidence.now(host)
    host.run_test("touch /srv/lab/after-all-of-it")
    evidence.recorded(host, since, "-k", "lab", words=["after-all-of-it"], types=["SYSCALL", "PATH"])
