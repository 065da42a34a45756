# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook rollout with stand-ins for what changes hosts: which hosts are committed, which are rolled back, when it
stops, and what is said. No test here changes anything but files below its own folder."""

import json
import os

import pytest

from ansible_collections.auditops.trail.tests.unit.playbooks.rolling import BACK, BEFORE, NAMES, health, rules

pytestmark = pytest.mark.controller
AWAY = {"present": rules(not_applicable={"reason": "this is a container (docker)"})}


def test_hosts_that_are_well_are_committed_batch_by_batch(rollout):
    run = rollout("a b c", serial=[1, "100%"])
    assert run.code == 0
    assert run.became() == {"a": "committed", "b": "committed", "c": "committed"}
    for host in "abc":
        assert run.asked(host) == [*BEFORE, "committed", "boot"]
    assert "BATCH 1   1 host: a" in run.output and "BATCH 2   2 hosts: b, c" in run.output
    assert "DECISION  1 of 1 host well: committed" in run.output
    assert "ROLLOUT   3 committed" in run.output


def test_a_batch_that_breaks_each_criterion_is_rolled_back_and_stops_the_rollout(rollout):
    answers = {name: {"watch": health(**{name: name + " is at 12"})} for name in NAMES}
    run = rollout(" ".join([*NAMES, "last"]), answers, serial=[7, 1])
    assert run.code == 2
    assert run.became() == dict(dict.fromkeys(NAMES, "rolled back"), last="not begun")
    for name in NAMES:
        assert run.asked(name) == [*BEFORE, *BACK]
        assert "FAILED: {0}: {0} is at 12 (limit 0)".format(name) in run.output
        assert "{0}  rolled back, and as well as before: {0}: {0} is at 12 (limit 0)".format(name) in run.output
    assert run.asked("last") == []
    assert "7 of 7 hosts failed (100 %, and 0 % may): all of the batch are rolled back" in run.output


def test_fewer_are_rolled_back_alone_and_the_rollout_goes_on(rollout):
    run = rollout("a b c d", {"c": {"watch": health(lost="12 records lost")}}, serial=[1, 2, 1], max_fail_percentage=50)
    assert run.code == 2, "a host is not as it should be"
    assert run.became() == {"a": "committed", "b": "committed", "c": "rolled back", "d": "committed"}
    assert "rolled back is c, committed the others" in run.output


def test_the_plays_go_by_what_they_need_whatever_the_configuration_of_ansible_and_the_pattern_of_hosts(rollout):
    answers = {"b": {"present": rules(failed=True, msg="30-ours.rules:7: unknown syscall foo", remedy="")}}
    environ = {"ANSIBLE_STRATEGY": "free", "ANSIBLE_ANY_ERRORS_FATAL": "true"}
    run = rollout("a b c can out", answers, "-e", "rollout_hosts=a:b:c:!out", canary="can", serial=[1, 3],
                  max_fail_percentage=50, environ=environ)  # fmt: skip
    assert run.code == 2
    assert "BATCH 1   1 host: can" in run.output and "BATCH 2   3 hosts: a, b, c" in run.output
    assert run.became() == {"a": "committed", "b": "rolled back", "c": "committed", "can": "committed"}
    assert run.asked("out") == []


def test_a_host_whose_rules_are_refused_has_failed_with_the_reason(rollout):
    refused = {"present": rules(failed=True, msg="30-ours.rules:7: unknown syscall foo", remedy="")}
    run = rollout("a b", {"a": refused}, serial=[1, 1])
    assert run.code == 2
    assert run.became() == {"a": "rolled back", "b": "not begun"}
    assert "Bring the rules to disk and into the kernel: 30-ours.rules:7: unknown syscall foo" in " ".join(
        run.output.split()
    )
    # The module has put back what it had begun; what is pending there is another run's, and is left alone.
    assert run.asked("a") == [*BEFORE[:-1], "held", "configured_back", "released", "quick"]


@pytest.mark.parametrize("when", ["present", "watch"])
def test_a_host_that_is_lost_on_the_way_counts_as_failed_and_is_told(rollout, when):
    run = rollout("a b", {"a": {when: {"goes_down": True}}}, serial=[1, 1])
    assert run.code == 2
    assert run.became() == {"a": "not rolled back", "b": "not begun"}
    assert "nobody answers any more" in run.output
    assert "run the playbook again" in run.output
    assert "BATCH 2" not in run.output


def test_a_host_whose_answer_was_lost_and_that_comes_back_is_rolled_back_all_the_same(rollout):
    run = rollout("a b", {"a": {"present": {"goes_down": "once"}}}, serial=[1, 1])
    assert run.code == 2
    assert run.asked("a")[-5:] == BACK
    assert run.became() == {"a": "rolled back", "b": "not begun"}


def test_a_host_that_never_answered_is_not_a_sign_against_the_change(rollout):
    run = rollout("a down1 b", serial=[1, 2])
    assert run.code == 2, "it was not rolled out"
    assert run.became() == {"a": "committed", "down1": "not changed", "b": "committed"}
    assert "down1  NOT REACHED: not reached: " in run.output


def test_a_container_is_left_alone_and_is_no_failure(rollout):
    run = rollout("a b", {"a": AWAY}, serial=[2])
    assert run.code == 0
    assert run.became() == {"a": "not changed", "b": "committed"}
    assert "a  not applicable: this is a container (docker)" in run.output
    assert "watch" not in run.asked("a")


def test_a_rollout_whose_first_host_cannot_be_one_has_no_canary_and_says_how_to_choose_one(rollout):
    run = rollout("a b c", {"a": AWAY}, serial=[1, 2])
    assert run.code == 2
    assert run.became() == {"a": "not changed", "b": "not begun", "c": "not begun"}
    assert "no host of the batch could be changed, and none was before" in " ".join(run.output.split())
    run = rollout("a b c", {"a": AWAY}, serial=[1, 2], canary="c")
    assert run.code == 0
    assert "BATCH 1   1 host: c" in run.output and "BATCH 2   2 hosts: a, b" in run.output


def test_a_commit_that_fails_is_rolled_back_and_told(rollout):
    run = rollout("a b", {"a": {"committed": {"failed": True, "msg": "edited by hand since"}}}, serial=[1, 1])
    assert run.code == 2
    assert run.became() == {"a": "rolled back", "b": "not begun"}
    assert run.asked("a")[-6:] == ["committed", *BACK]
    assert "it could not be committed: Commit the rules: edited by hand since" in " ".join(run.output.split())


def test_a_rollback_that_fails_says_what_is_left(rollout):
    answers = {"watch": health(lost="9 lost"), "rolled_back": {"failed": True, "msg": "the disk is full"}}
    run = rollout("a b", {"a": answers}, serial=[1, 1])
    assert run.code == 2
    assert run.became() == {"a": "not rolled back", "b": "not begun"}
    assert "It could NOT be rolled back: Put the rules back that were there before: the disk is full" in " ".join(
        run.output.split()
    )


def test_rules_that_wait_for_a_reboot_are_not_compared_and_the_reboot_is_told(rollout):
    answers = {
        "present": {"reboot_required": True, "reboot_reason": "the kernel's rules are locked"},
        "committed": {"immutable": False},
    }
    run = rollout("a", {"a": answers}, limits={"lost": 2})
    assert run.code == 0
    with open(os.path.join(str(run._folder), "a.log"), encoding="utf-8") as file:
        given = [json.loads(line)["given"] for line in file]
    assert [(one["rules"], one["limits"]) for one in given if one.get("seconds")] == [(False, {"lost": 2})]
    assert "the new rules wait for a reboot: the kernel's rules are locked" in run.output
    assert "committed; a reboot brings the new rules into force" in run.record["hosts"]["a"]["text"]


def test_check_mode_changes_nothing_and_tells_what_would_change(rollout):
    run = rollout("a b", None, "--check", "--diff", serial=[1, 1])
    assert run.code == 0
    assert run.became() == {"a": "would change", "b": "would change"}
    assert "ROLLOUT   2 would change" in run.output
    assert run.asked("a") == [*BEFORE[:-1], "boot"]
    assert "12 rules in the files" in run.output
    assert "would be created: /etc/audit/rules.d/50-auditops.rules" in run.output
    assert "check mode: nothing was changed, and nothing is decided" in run.output
    assert run.record["check_mode"] is True


def test_check_mode_goes_on_to_every_host_and_fails_where_one_would(rollout):
    run = rollout("a down1 b", {"a": {"present": rules(failed=True, msg="bad rule")}}, "--check", serial=[1, 1, 1])
    assert run.code == 2
    assert "a  WOULD FAIL: Bring the rules to disk and into the kernel: bad rule" in run.output
    assert run.became() == {"a": "would fail", "down1": "not changed", "b": "would change"}
    assert run.record["hosts"]["a"]["text"] == "would fail: Bring the rules to disk and into the kernel: bad rule"
    assert run.record["hosts"]["b"]["ok"] is True
    assert run.asked("a") == BEFORE[:-1]
    assert "1 of 1 host would fail" in run.output
    assert run.record["stopped"] is None


@pytest.mark.parametrize(
    ("options", "variables", "told"),
    [
        (["-e", "rollout_trial=ture"], {}, "rollout_trial is 'ture' for a, and has to be true or false"),
        ([], {"gate_second": 5}, "did you mean rollout_gate_seconds?"),
        ([], {"compliance": False, "fail_on": "worse"}, "nothing can be worse"),
        (["-e", "audit_rule_files=[]"], {}, "audit_rules_files was probably meant"),
        (["-e", "audit_rules_on_missing_path=skipp"], {}, "must be one of: keep, skip, fail, got: skipp"),
        (["-e", '{"audit_rules_settings": {"backlog_limits": 1}}'], {}, "there is no setting backlog_limits"),
        (["-e", '{"auditd_settings": {"num_log": 5}}'], {}, "num_log: audit"),
        ([], {"canary": "web*"}, "rollout_canary is web*, which is not a host of the rollout: a"),
        ([], {"serial": None}, "-e 'rollout_hosts=b', and take it out of the inventory"),
        (
            ["--tags", "auditd_config"],
            {},
            "is run with --tags auditd_config: that would change the hosts of all batches",
        ),
        (["--start-at-task", "Bring the rules to disk and into the kernel"], {}, "run the playbook from its start"),
    ],
)
def test_what_was_asked_wrongly_is_told_before_a_host_is_asked(rollout, tmp_path, options, variables, told):
    folder = tmp_path / "work" / "audit-rollout"
    folder.mkdir()
    (folder / "rollout.json").write_text("{}")
    if "serial" in variables:
        (tmp_path / "group_vars").mkdir()
        (tmp_path / "group_vars" / "all.yml").write_text("rollout_hosts: b\n")
    run = rollout("a b", None, *options, **variables)
    assert run.code != 0
    assert told in " ".join(run.output.split())
    assert run.asked("a") == run.asked("b") == []
    # Nobody may take the record of an earlier run for this one's. The task that sees to it was skipped in one case.
    assert (folder / "rollout.json").exists() is ("--start-at-task" in options)
    assert (folder / "earlier" / "rollout.json").exists() is not (folder / "rollout.json").exists()


def test_a_playbook_that_imports_this_one_gives_it_its_variables_and_the_inventory_may_go_by_them(rollout, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "ours.yml").write_text(
        "profiles: [{id: ours, title: Ours, version: '1', controls: [identity.shadow]}]\n"
    )
    given = {"rollout_hosts": "a:b:!b", "rollout_canary": "a", "rollout_compliance": False,
             "audit_rules_site": str(tmp_path / "site"), "auditd_log_share": 50}  # fmt: skip
    play = {"name": "Ours", "ansible.builtin.import_playbook": "auditops.trail.rollout", "vars": given}
    (tmp_path / "ours.yml").write_text(json.dumps([play]))
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text(
        "rollout_hosts: b\nrollout_result_dir: \"audit-{{ rollout_canary | replace('a', 'rollout') }}\"\n"
        # A profile of the site that the plays name, and what they put another value in the place of.
        "audit_rules_profiles: [ours]\nauditd_log_share: 500\n"
    )
    run = rollout("a b", None, playbook=str(tmp_path / "ours.yml"))
    assert run.code == 0
    assert run.became() == {"a": "committed"}


def test_a_choice_that_no_host_matches_is_no_success(rollout):
    run = rollout("a", None, "-e", "rollout_hosts=web:db", canary="a")
    assert run.code != 0
    assert "nothing was rolled out: no host of the inventory matches rollout_hosts: web:db" in " ".join(
        run.output.split()
    )
    assert run.asked("a") == []
    for playbook, told in (("rollout", "rolled out"), ("status", "looked at")):
        run = rollout("a b", None, "-e", playbook + "_hosts=a", "--limit", "b", playbook=playbook)
        assert run.code != 0
        assert "nothing was {0}: --limit b leaves no host of a".format(told) in " ".join(run.output.split())
    run = rollout("a", None, "-e", "status_fial=false", playbook="status")
    assert run.code == 2
    assert "status_fial (did you mean status_fail?)" in run.output
    run = rollout("a down1", None, "-e", "status_hosts=all", playbook="status")
    assert run.code == 2
    assert "down1  not reached: " in run.output and "2 hosts" in run.output
