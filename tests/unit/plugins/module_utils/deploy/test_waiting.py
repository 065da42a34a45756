# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What waits: a transaction for its commit, and what is on disk for the next boot."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.encode import encode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Rule
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import task_host
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy.task_host import GROUP, PASSWD, killed

host = pytest.fixture(task_host.hosts, name="host")


def test_what_was_deferred_and_booted_into_an_open_kernel_is_proven_anew_and_can_be_committed(host):
    host.run(("30-a.rules", PASSWD), immutable=True)
    host.run(state="committed")
    first = host.run(("30-a.rules", PASSWD + GROUP), immutable=False)
    assert first["transaction_state"] == "pending"
    host.reboot()
    with pytest.raises(TrailError, match="not been proven"):
        host.run(state="committed")
    second = host.run(("30-a.rules", PASSWD + GROUP), immutable=False)
    assert (second["changed"], second["transaction"] != first["transaction"]) == (True, True)
    assert host.run(state="committed")["transaction_state"] == "committed"


def test_rules_that_mean_the_same_in_another_order_are_proven_anew_and_can_be_committed(host):
    two = "-a always,exclude -F msgtype=CWD\n-a always,exclude -F msgtype=EOE\n"
    host.run(("30-a.rules", two), immutable=True)
    first = host.wire.payloads()[0]
    host.wire.delete(first)
    host.wire.add(first)
    with pytest.raises(TrailError, match="load the rules again"):
        host.run(state="committed")
    again = host.run(("30-a.rules", two), immutable=True)
    assert (again["changed"], again["proof"]["equal"]) == (True, True)
    assert host.run(state="committed")["immutable"] is True


def test_a_pending_transaction_whose_commit_would_write_another_file_gives_way(host):
    first = host.run(("30-a.rules", PASSWD), immutable=True)
    later = host.run(("30-a.rules", PASSWD), immutable=True, final_file="99-zz.rules")
    assert (later["changed"], later["transaction"] != first["transaction"]) == (True, True)
    host.run(state="committed")
    assert "rules.d/99-zz.rules" in host.disk()


def test_which_transaction_was_pending_before_is_told(host):
    planned = ("30-a.rules", PASSWD)
    assert host.run(planned, check_mode=True)["pending_before"] is None
    first = host.run(planned)
    assert first["pending_before"] is None
    for check_mode in (True, False):
        other = host.run(("30-a.rules", GROUP), check_mode=check_mode)
        assert other["pending_before"] == first["transaction"]
    host.run(state="committed")
    assert host.run(("30-a.rules", GROUP))["pending_before"] is None


@pytest.mark.parametrize("on_immutable", ["defer", "fail"])
def test_a_comment_changed_on_a_locked_host_wants_no_reboot_and_is_no_failure(host, on_immutable):
    host.run(("30-a.rules", PASSWD), immutable=True)
    host.run(state="committed")
    asked = {"immutable": True, "on_immutable": on_immutable}
    later = host.run(("30-a.rules", "# ours\n" + PASSWD), **asked)
    assert (later["changed"], later["reboot_required"], later["proof"]["equal"]) == (True, False, True)
    assert "# ours" in host.disk()["rules.d/30-a.rules"]
    assert host.run(state="committed")["reboot_required"] is False
    assert host.run(("30-a.rules", "# ours\n" + PASSWD), **asked)["changed"] is False


@pytest.mark.parametrize("asked", [{"immutable": False}, {"immutable": True, "loginuid_immutable": True}])
def test_a_lock_that_only_a_boot_can_change_is_told_on_every_run(host, asked):
    host.run(("30-a.rules", PASSWD), immutable=True)
    host.run(state="committed")
    told = [host.run(("30-a.rules", PASSWD), check_mode=check_mode, **asked) for check_mode in (True, False, False)]
    assert [one["changed"] for one in told] == [True, True, False]
    assert [one["reboot_required"] for one in told] == [True, True, True]
    with pytest.raises(TrailError, match="enabled is 2"):
        host.run(("30-a.rules", PASSWD), on_immutable="fail", **asked)


def test_login_uids_that_stay_immutable_until_a_boot_are_told(host):
    host.wire.make_loginuid_immutable()
    told = host.run(("30-a.rules", PASSWD))
    assert (told["reboot_required"], "login uids" in told["reboot_reason"]) == (True, True)


def test_a_lock_that_another_program_sets_at_each_boot_asks_for_one_reboot_and_not_for_more(host):
    host.wire.set_status(enabled=2)
    for check_mode in (True, False, False):
        assert host.run(("30-a.rules", PASSWD), check_mode=check_mode)["reboot_required"] is True
    host.reboot(locked=True)
    after = host.run(("30-a.rules", PASSWD))
    assert (after["changed"], after["immutable"], after["reboot_required"]) == (False, True, False)
    assert host.run(state="committed")["reboot_required"] is False
    assert host.run(state="rolled_back", transaction=after["transaction"])["reboot_required"] is True


def test_that_tasks_were_silenced_is_told_until_the_next_boot(host):
    host.wire.add(encode_rule(Rule("task", "never")))
    for check_mode in (True, False, False):
        told = host.run(("30-a.rules", PASSWD), check_mode=check_mode)
        assert (told["reboot_required"], "task,never" in told["reboot_reason"]) == (True, True)
    host.reboot()
    assert host.run(("30-a.rules", PASSWD))["reboot_required"] is False


def test_check_mode_foretells_the_proof_of_a_locked_kernel(host):
    host.run(("30-a.rules", PASSWD), immutable=True)
    host.run(state="committed")
    planned = ("30-a.rules", PASSWD + GROUP)
    told = [host.run(planned, immutable=True, check_mode=check_mode) for check_mode in (True, False)]
    assert told[0]["proof"] == told[1]["proof"]
    assert told[0]["proof"]["equal"] is False


def test_check_mode_on_what_a_killed_run_left_says_that_a_run_changes_it_and_of_which_transaction_nothing(host):
    planned = ("30-a.rules", GROUP)
    killed(host, "load", "write the record", planned)
    told = host.run(planned, check_mode=True)
    assert (told["changed"], told["transaction"], told["transaction_state"]) == (True, None, "none")
    assert host.run(planned)["changed"] is True


def test_records_that_were_lost_meanwhile_are_a_warning(host):
    def lose():
        host.wire.now = host.wire.now._replace(lost=host.wire.now.lost + 3)

    host.wire.watcher = lose
    told = host.run(("30-a.rules", PASSWD))
    assert told["kernel"]["lost"] == 3
    assert any("lost 3 records" in text for text in told["warnings"])
