# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The canary has the rules, locked, and records what they name."""

import evidence

testinfra_hosts = ["ansible://canary"]


def test_the_canary_is_committed(host):
    assert evidence.status(host)["enabled"] == 2
    written, loaded = evidence.written(host), evidence.loaded(host)
    evidence.figure("rules", {"file": len(written), "kernel": len(loaded)})
    assert len(loaded) == len(written) > 50


def test_what_is_done_on_the_canary_is_on_record(host):
    since = evidence.now(host)
    host.run_test("usermod --comment lab anna")
    evidence.recorded(host, since, "-k", "identity", words=["/etc/passwd"], types=["SYSCALL", "PATH"])
