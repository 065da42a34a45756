# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook rollout with stand-ins for what changes hosts: trials, hosts that are as they are to be, and those that
are lost, refuse or die where nobody looks at first. No test here changes anything but files below its own folder."""

import json

import pytest

from ansible_collections.auditops.trail.tests.unit.playbooks.rolling import AS_IT_IS, BACK, BEFORE, QUICK, health

pytestmark = pytest.mark.controller
FLOOD = {"watch": health(lost="12 records lost")}


def test_a_trial_rolls_every_host_back_and_is_no_failure_where_all_are_well(rollout):
    run = rollout("a b", serial=[1, 1], trial=True)
    assert run.code == 0
    assert run.became() == {"a": "rolled back", "b": "rolled back"}
    assert run.asked("a") == run.asked("b") == [*BEFORE, *BACK]
    assert "1 of 1 host well: rolled back, as this is a trial" in run.output


def test_a_trial_fails_where_a_host_is_not_well(rollout):
    run = rollout("a b", {"a": FLOOD}, serial=[1, 1], trial="true")
    assert run.code == 2
    assert run.became() == {"a": "rolled back", "b": "not begun"}


def test_a_host_that_is_as_it_is_to_be_is_told_so_and_is_a_canary(rollout):
    run = rollout("a down1 b", {"a": AS_IT_IS}, serial=[1, 1, 1])
    assert run.became() == {"a": "as it was", "down1": "not changed", "b": "committed"}
    assert "committed" not in run.asked("a") and run.asked("a")[-1] == "boot"
    assert "ROLLOUT   1 committed · 1 as it was · 1 not changed" in run.output


def test_a_host_that_is_not_well_without_a_change_is_not_called_rolled_back(rollout):
    run = rollout("a b", {"a": dict(AS_IT_IS, **FLOOD)}, serial=[1, 1])
    assert run.code == 2
    assert run.became() == {"a": "as it was", "b": "not begun"}
    assert "nothing was changed on it: lost: 12 records lost" in run.record["hosts"]["a"]["text"]


def test_a_daemon_that_stays_dead_after_the_rollback_is_told(rollout):
    answers = dict(FLOOD, quick=[{}, health(QUICK, daemon="nobody receives the kernel's records")])
    run = rollout("a b", {"a": answers}, serial=[1, 1])
    assert run.became()["a"] == "rolled back, not well"
    assert "NOT well since: daemon: nobody receives the kernel's records" in run.record["hosts"]["a"]["text"]


FULL = {"failed": True, "msg": "the disk is full"}


@pytest.mark.parametrize(
    ("step", "task"),
    [
        ("rolled_back", "Put the rules back that were there before"),
        ("configured_back", "Put the daemon's configuration back"),
    ],
)
def test_each_part_is_put_back_also_where_the_other_is_not(rollout, step, task):
    run = rollout("a b", {"a": dict(FLOOD, **{step: FULL})}, serial=[1, 1])
    assert run.asked("a")[-5:] == BACK
    given = next(one["given"] for one in run.log("a") if one["asked"] == "configured_back")
    assert given["holds"] is True, "rules of the files may be others than those that were put back"
    assert run.became()["a"] == "not rolled back"
    assert f"{task}: the disk is full" in run.record["hosts"]["a"]["text"]


def test_the_rules_are_put_back_also_where_the_daemons_starts_could_not_be_held(rollout):
    run = rollout("a b", {"a": dict(FLOOD, held=FULL)}, serial=[1, 1])
    assert run.asked("a")[-5:] == BACK
    assert run.became() == {"a": "rolled back", "b": "not begun"}
    assert "meanwhile a start of its daemon could load rules: " in run.record["hosts"]["a"]["text"]


def test_where_the_daemons_starts_are_not_released_the_rollout_is_ended_all_the_same_and_says_so(rollout):
    run = rollout("a b", {"a": dict(FLOOD, released=FULL)}, serial=[1, 1])
    assert run.code == 2
    assert run.asked("a")[-5:] == BACK
    assert run.became() == {"a": "rolled back, not well", "b": "not begun"}
    assert "may be started without rules" in run.record["hosts"]["a"]["text"]
    assert "systemctl daemon-reload" in run.record["hosts"]["a"]["text"]


def test_a_host_that_is_lost_after_its_commit_is_no_success_and_stops_the_rollout(rollout):
    run = rollout("a b", {"a": {"boot": {"goes_down": True}}}, serial=[1, 1])
    assert run.code == 2
    assert run.became() == {"a": "committed", "b": "not begun"}
    assert "committed and locked, but it does not answer since: " in run.record["hosts"]["a"]["text"]


def test_where_the_answer_of_the_commit_is_lost_nothing_follows(rollout):
    run = rollout("a b", {"a": {"committed": {"goes_down": "once"}}}, serial=[1, 1])
    assert run.code == 2
    assert run.became() == {"a": "commit not known", "b": "not begun"}
    assert run.asked("a")[-1] == "committed"


def test_rules_whose_load_was_cut_off_without_an_answer_are_rolled_back(rollout):
    """A time limit of Ansible, or a module that was killed: nobody knows how far it came."""
    cut = {"failed": True, "msg": "Timed out after 1 second.", "changed": False, "transaction_state": None}
    run = rollout("a b", {"a": {"present": cut}, "b": {"present": dict(cut, remedy="free some space")}}, serial=[1, 1])
    assert run.became()["a"] == "rolled back"
    assert run.asked("a")[-len(BACK) :] == BACK
    status = dict(health(QUICK)["status"], interrupted={"kind": "rules", "step": "put x", "since": 1})
    undone = dict(health(QUICK), status=status)
    run = rollout("c", {"c": {"present": cut, "quick": [{}, undone]}})
    assert run.became()["c"] == "not rolled back"
    assert "still half done" in run.record["hosts"]["c"]["text"]


def test_the_rules_are_put_back_as_soon_as_a_host_that_was_lost_meanwhile_answers(rollout):
    run = rollout("a", {"a": dict(FLOOD, rolled_back=[{"goes_down": "once"}, {}])})
    assert run.asked("a").count("rolled_back") == 2
    assert run.became() == {"a": "rolled back"}


def test_a_plugin_whose_answer_is_lost_is_not_called_rolled_back(rollout):
    run = rollout("a b", {"a": {"plugin": [{}, {"goes_down": "once"}]}}, serial=[1, 1])
    assert run.became() == {"a": "not rolled back", "b": "not begun"}
    assert "whether the daemon's configuration was changed is not known" in run.record["hosts"]["a"]["text"]
    assert "present" not in run.asked("a"), "nothing more is done on a host that did not answer"


def test_what_items_of_a_loop_were_refused_for_is_told(rollout):
    refused = {"failed": True, "msg": "one.conf:3: active may be yes or no"}
    run = rollout("a", {"a": {"plugin": [refused, {}]}})
    text = run.record["hosts"]["a"]["text"]
    assert "one.conf:3: active may be yes or no" in text and "One or more items" not in text


def test_the_verdicts_are_by_what_the_rules_are_made_of(rollout, tmp_path):
    site, ours = tmp_path / "site", tmp_path / "ours.yml"
    site.mkdir()
    profile = "profiles: [{{id: {0}, title: x, version: '1', controls: [{1}]}}]\n"
    ours.write_text(profile.format("ours", "kernel.backlog_limit"))
    (site / "theirs.yml").write_text(profile.format("theirs", "kernel.enabled"))
    given = {
        "profiles": ["ours", "theirs"],
        "catalogue": [str(ours)],
        "site": str(site),
        "parameters": {"backlog_limit": 9},
    }
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text(json.dumps({"audit_rules_" + one: given[one] for one in given}))
    run = rollout("a", None, compliance=True)
    assert run.code == 0
    assert run.record["verdicts"]["hosts"] == 1
    for folder in ("before", "after"):
        judged = json.loads((tmp_path / "work" / "audit-rollout" / folder / "hosts" / "a.json").read_text())
        assert {one["id"] for one in judged["profiles"]} == {"ours", "theirs"}
        assert judged["parameters"]["backlog_limit"] == 9


def test_a_host_that_never_answers_is_told_as_such_and_not_as_one_that_could_not_be_rolled_back(rollout):
    run = rollout("down1", None, compliance=True)
    assert run.code == 2
    assert run.became() == {"down1": "not changed"}
    assert "down1  NOT REACHED: not reached: " in run.output
    assert "could NOT be rolled back" not in run.output


def test_a_host_that_cannot_be_judged_before_is_not_changed_and_is_no_canary(rollout):
    run = rollout("a b", None, serial=[1, 1], compliance=True, compliance_profiles=["there_is_none"])
    assert run.code == 2
    assert run.became() == {"a": "as it was", "b": "not begun"}
    assert "could not be judged before, and was not changed" in run.record["hosts"]["a"]["text"]
    assert "there_is_none" in run.record["hosts"]["a"]["text"]
    assert run.record["verdicts"] is None
    assert run.asked("a") == ["quick"], "a host that is not changed is not written to for a rollback"
