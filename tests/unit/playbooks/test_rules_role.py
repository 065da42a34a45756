# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role audit_rules with its own action plugin: what it hands to the module on the host, of which there is none."""

import json

import pytest

from ansible_collections.auditops.trail.tests.unit import playing

pytestmark = pytest.mark.controller
# Keeps what it was given.
STAND_IN = """#!/usr/bin/python
# WANT_JSON: the arguments are a file of JSON.
import json, sys
with open(sys.argv[1]) as given:
    asked = json.load(given)
with open({path!r}, "a") as log:
    log.write(json.dumps(asked) + chr(10))
print(json.dumps({answer!r}))
"""
# Says of the host what a test has set.
WATCH = """#!/usr/bin/python
# WANT_JSON: the arguments are a file of JSON.
import time
with open({path!r}) as answer:
    told = answer.read()
time.sleep(9 if "slow" in told else 0)
print(told)
"""
PLAY = """
- hosts: all
  gather_facts: false
  vars: {vars}
  roles: [{roles}]
  tasks: {tasks}
  post_tasks:
    - name: Tell what the next ones read
      ansible.builtin.debug: {{msg: "FACT {{{{ auditops_trail_rules.transaction_state | default('') }}}}"}}
      tags: [audit_rules]
"""


@pytest.fixture(name="play")
def fixture_play(tmp_path, repository):
    """``play({"vars": 1}, both=True, inventory="x=1", tasks=[])`` is what the module was given, a mapping each time."""
    pytest.importorskip("ansible", reason="the controller side needs ansible-core on the Python that runs the tests")
    log = tmp_path / "log"
    watched = tmp_path / "watched.json"
    answer = {"changed": True, "transaction": "rules-1", "transaction_state": "pending", "reboot_required": True}
    stand_in = STAND_IN.format(path=str(log), answer=answer)
    collections = playing.collection(
        tmp_path / "collections",
        repository,
        {"audit_rules": stand_in, "audit_health_info": WATCH.format(path=str(watched))},
        actions=["audit_rules"],
    )

    def run(variables, both=False, inventory="", tasks=(), refused=False, watch=None, **environ):
        watched.write_text(json.dumps(watch))
        roles = ["auditops.trail.auditd"] * both + ["auditops.trail.audit_rules"] * (not tasks)
        given = dict({"audit_rules_commit": False}, **variables)
        (tmp_path / "play.yml").write_text(
            PLAY.format(vars=json.dumps(given), roles=", ".join(roles), tasks=json.dumps(tasks))
        )
        # The tasks of the role auditd that run always would look at this machine.
        chosen = ["--tags", "audit_rules", "--skip-tags", "always"]
        host = "h ansible_connection=local {0} {1}".format(playing.ON_THIS_PYTHON, inventory)
        done = playing.play(tmp_path, collections, "play.yml", [host], *chosen, **environ)
        if refused:
            assert done.returncode == 2 and not log.exists()
            return " ".join(done.stdout.split())
        if watch is not None:
            assert done.returncode == 2
            return [json.loads(line) for line in log.read_text().splitlines()], " ".join(done.stdout.split())
        assert done.returncode == 0
        assert tasks or "FACT pending" in done.stdout
        return [json.loads(line) for line in log.read_text().splitlines()]

    return run


def test_nobody_has_named_a_setting_so_the_profiles_decide(play):
    # What others call so is none of the role's.
    given = play({}, both=True, inventory="failure=x rate_limit=9 backlog_limit=1")[-1]
    assert given["settings"] == {}
    assert given["of_profiles"] == {"backlog_limit": 8192, "failure": 1, "rate_limit": 0}
    assert given["immutable"] is True
    assert "loginuid_immutable" not in given
    assert given["run"].startswith("ansible-local-")


def test_what_was_set_for_the_role_auditd_holds_here_too(play):
    variables = {"auditd_failure": "panic", "auditd_backlog_limit": 16384}
    assert play(variables, both=True)[-1]["settings"] == {"failure": "panic", "backlog_limit": 16384}
    assert play(variables)[-1]["settings"] == {"failure": "panic", "backlog_limit": 16384}
    # The value of the inventory is a choice though it is the default's.
    assert play({}, both=True, inventory="auditd_rate_limit=0")[-1]["settings"] == {"rate_limit": 0}


def test_parameters_count_before_what_was_set_for_auditd_and_settings_before_both(play):
    variables = {
        "auditd_backlog_limit": 16384,
        "auditd_failure": "panic",
        "audit_rules_parameters": {"backlog_limit": 32768},
        "audit_rules_settings": {"failure": 1},
    }
    given = play(variables, both=True)[-1]
    assert given["settings"] == {"failure": 1}
    assert given["of_profiles"]["backlog_limit"] == 32768


def test_a_switch_that_is_given_as_a_text_is_what_the_text_says(play):
    # As [all:vars] of an INI inventory and -e name=value give it.
    off = {"audit_rules_commit": "false", "audit_rules_reboot": "no", "audit_rules_health_seconds": "0"}
    given = play(dict(off, audit_rules_purge="false", audit_rules_adopt="no"))
    assert [(one["state"], one["purge"], one["adopt"]) for one in given] == [("present", "false", "no")]
    assert [one["state"] for one in play(dict(off, audit_rules_commit="yes"))[1:]] == ["present", "committed"]


def test_the_locks_go_by_the_profiles_unless_they_are_named(play):
    assert play({"audit_rules_profiles": ["pci_dss_4_0"]})[-1]["of_profiles"]["loginuid_immutable"] == 1
    given = play({"audit_rules_immutable": "no", "audit_rules_loginuid_immutable": False})[-1]
    assert (given["immutable"], given["loginuid_immutable"]) == (False, False)


def test_a_rollback_names_its_transaction_or_where_the_answer_was_lost_this_run(play):
    back = {"import_role": {"name": "auditops.trail.audit_rules", "tasks_from": "roll_back"}, "tags": ["audit_rules"]}
    known = {"transaction": "rules-1", "transaction_state": "pending"}
    tasks = [dict(back, vars={"_audit_rules_loaded": loaded}) for loaded in ({"unreachable": True}, known, {})]
    given = play({}, tasks=tasks)
    lost, named = given
    assert (lost["state"], lost["of_this_run"], "transaction" in lost) == ("rolled_back", True, False)
    assert lost["run"] == named["run"]
    assert named["transaction"] == "rules-1"


@pytest.mark.parametrize(
    ("watch", "words"),
    [
        (
            {"criteria": [{"ok": True, "text": "x"}, {"ok": False, "text": "9 records lost"}]},
            "put back: 9 records lost",
        ),
        ({"failed": True, "msg": "no such socket"}, "put back: no such socket"),
        ({"failed": True}, "put back: "),
        ({"slow": True}, "Timed out after 3 second(s)"),
    ],
)
def test_rules_of_a_host_that_is_not_seen_to_be_well_are_given_back(play, watch, words):
    variables = {"audit_rules_commit": True, "audit_rules_profiles": []}
    given, told = play(variables, watch=watch, **({"ANSIBLE_TASK_TIMEOUT": "3"} if "slow" in watch else {}))
    assert [one["state"] for one in given] == ["present", "rolled_back"]
    assert words in told


def test_what_is_misspelt_is_refused_before_the_module_is_asked(play):
    told = play({"audit_rules_profile": ["pci_dss_4_0"]}, refused=True)
    assert "The role audit_rules has no variable of this name: audit_rules_profile (did you mean" in told
    for name in ("audit_rules_immutable", "audit_rules_loginuid_immutable"):
        told = play({name: "ture"}, refused=True)
        assert f"{name} is ture, and has to be auto, true or false." in told


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"state": "committed", "files": [{"name": "30-a.rules", "content": "-D\n"}], "immutable": True},
            "files, immutable: state committed acts on a transaction",
        ),
        ({"files": [{"name": "30-a.rules", "content": ["-D"]}]}, "files: the content of 30-a.rules is ['-D'], and has"),
    ],
)
def test_what_the_module_would_not_read_is_refused(play, given, words):
    told = play({}, tasks=[{"auditops.trail.audit_rules": given, "tags": ["audit_rules"]}], refused=True)
    assert words in told
