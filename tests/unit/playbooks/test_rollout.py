# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook rollout with stand-ins for what changes hosts: which hosts are committed, which are rolled back, when it
stops, and what is said. No test here changes anything but files below its own folder."""

import json
import os
import subprocess
import sys

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
pytestmark = pytest.mark.controller
HERE = os.path.dirname(os.path.abspath(__file__))
STAND_INS = ("audit_rules", "audit_health_info", "auditd_config", "audit_settings", "audit_boot")
NAMES = ("daemon", "rules", "lost", "backlog", "log_growth", "retention")
WELL = [{"name": name, "ok": True, "value": 0, "limit": 0, "text": name + " is well"} for name in NAMES]
STATUS = {
    "host": {"init": "openrc-init", "os": {"id": "other"}},
    "kernel": {"lost": 3},
    "packages": {"audit_installed": True},
}
LOADED = {
    "changed": True,
    "transaction": "rules-20261126T170000Z-1f0c",
    "transaction_state": "pending",
    "files": [{"path": "/etc/audit/rules.d/50-auditops.rules", "action": "created"}],
    "rules": {"file": 12, "kernel": 12},
    "reboot_required": False,
    "not_applicable": None,
    "warnings": [],
}
ALL = {
    "quick": {"changed": False, "healthy": True, "criteria": [], "status": STATUS, "not_applicable": None},
    "watch": {"changed": False, "healthy": True, "criteria": WELL, "status": STATUS, "not_applicable": None},
    "present": LOADED,
    "committed": {"changed": True, "transaction_state": "committed", "reboot_required": False},
    "rolled_back": {"changed": True, "transaction_state": "rolled_back", "reboot_required": False},
}


def broken(name, text, ok=False):
    """A watched host that breaks one criterion."""
    criteria = [dict(one, ok=ok, text=text) if one["name"] == name else one for one in WELL]
    return {"watch": {"healthy": ok, "criteria": criteria}}


class Run:
    """What a run printed, and what the hosts were asked."""

    def __init__(self, done, folder, work):
        self.code, self.output = done.returncode, done.stdout
        self._folder, self._work = folder, work

    def asked(self, host):
        path = os.path.join(str(self._folder), host + ".log")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [json.loads(line)["asked"] for line in file]

    @property
    def record(self):
        with open(os.path.join(str(self._work), "audit-rollout", "rollout.json"), encoding="utf-8") as file:
            return json.load(file)

    def became(self):
        return {host: one["became"] for host, one in self.record["hosts"].items()}


@pytest.fixture(name="rollout")
def fixture_rollout(tmp_path, repository):
    """``rollout("a b", {"b": answers}, serial=[1, 1])``: a run over hosts whose modules answer as told."""
    pytest.importorskip("ansible", reason="the controller side needs ansible-core on the Python that runs the tests")
    folder, work = tmp_path / "answers", tmp_path / "work"
    for made in (folder, work):
        made.mkdir()
    collections = _collection(tmp_path / "collections", repository)

    def run(hosts, answers=None, *options, playbook="rollout", **variables):
        (folder / "all.json").write_text(json.dumps(ALL))
        for host, told in (answers or {}).items():
            (folder / (host + ".json")).write_text(json.dumps(told))
        inventory = tmp_path / "hosts.ini"
        lines = [
            "{0} ansible_connection={1} ansible_python_interpreter={2}".format(
                host, "nobody_answers" if host.startswith("down") else "may_break", sys.executable
            )
            for host in hosts.split()
        ]
        inventory.write_text("\n".join(lines) + "\n")
        (tmp_path / "ansible.cfg").write_text("[defaults]\n")
        given = {"rollout_" + name: value for name, value in variables.items()}
        if playbook == "rollout":
            given.setdefault("rollout_compliance", False)
            given.setdefault("rollout_reconnect_seconds", 1)
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_CONNECTION_PLUGINS": os.path.join(HERE, "connection_plugins"),
            "ANSIBLE_REMOTE_TMP": str(tmp_path / "remote"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "STAND_IN_DIR": str(folder),
        }
        command = [sys.executable, "-m", "ansible", "playbook", "auditops.trail." + playbook, "-i", str(inventory)]
        done = subprocess.run(
            [*command, "-e", json.dumps(given), *options],
            cwd=str(work),
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=240,
            check=False,
        )
        print(done.stdout)
        assert "Traceback" not in done.stdout
        return Run(done, folder, work)

    return run


def _collection(base, repository):
    """The checkout as a collection, with stand-ins in the place of the modules that look at hosts or change them."""
    tree = base / "ansible_collections" / "auditops" / "trail"
    (tree / "plugins").mkdir(parents=True)
    for name in ("meta", "roles", "playbooks", "galaxy.yml"):
        os.symlink(os.path.join(repository, name), str(tree / name))
    for name in os.listdir(os.path.join(repository, "plugins")):
        if name not in ("modules", "action"):
            os.symlink(os.path.join(repository, "plugins", name), str(tree / "plugins" / name))
    for kind in ("modules", "action"):
        (tree / "plugins" / kind).mkdir()
        for name in os.listdir(os.path.join(repository, "plugins", kind)):
            if name.partition(".")[0] not in STAND_INS:
                os.symlink(os.path.join(repository, "plugins", kind, name), str(tree / "plugins" / kind / name))
    with open(os.path.join(HERE, "stand_ins", "answers.py"), encoding="utf-8") as opened:
        answers = "#!/usr/bin/python\n" + opened.read()  # as modules alone may begin
    for name in STAND_INS:
        (tree / "plugins" / "modules" / (name + ".py")).write_text(answers)
    return base


def test_hosts_that_are_well_are_committed_batch_by_batch(rollout):
    run = rollout("a b c", serial=[1, "100%"])
    assert run.code == 0
    assert run.became() == {"a": "committed", "b": "committed", "c": "committed"}
    for host in "abc":
        assert run.asked(host) == ["quick", "quick", "present", "watch", "committed"]
    assert "BATCH 1   1 host: a" in run.output and "BATCH 2   2 hosts: b, c" in run.output
    assert "DECISION  1 of 1 host well: committed" in run.output
    assert "ROLLOUT   3 committed" in run.output


def test_a_batch_that_breaks_each_criterion_is_rolled_back_and_stops_the_rollout(rollout):
    answers = {name: broken(name, name + " is at 12") for name in NAMES}
    run = rollout(" ".join([*NAMES, "last"]), answers, serial=[6, 1])
    assert run.code == 2
    assert run.became() == dict(dict.fromkeys(NAMES, "rolled back"), last="not begun")
    for name in NAMES:
        assert run.asked(name)[-1] == "rolled_back" and "committed" not in run.asked(name)
        assert "FAILED: {0}: {0} is at 12 (limit 0)".format(name) in run.output
        assert "{0}  rolled back: {0}: {0} is at 12 (limit 0)".format(name) in run.output
    assert run.asked("last") == []
    assert "6 of 6 hosts failed (100 %, and 0 % may): all of the batch are rolled back" in run.output


def test_fewer_are_rolled_back_alone_and_the_rollout_goes_on(rollout):
    run = rollout("a b c d", {"c": broken("lost", "12 records lost")}, serial=[1, 2, 1], max_fail_percentage=50)
    assert run.code == 2, "a host is not as it should be"
    assert run.became() == {"a": "committed", "b": "committed", "c": "rolled back", "d": "committed"}
    assert "rolled back is c, committed the others" in run.output


def test_a_host_whose_rules_are_refused_has_failed_with_the_reason(rollout):
    refused = {"present": {"failed": True, "msg": "30-ours.rules:7: unknown syscall foo", "transaction_state": "none"}}
    run = rollout("a b", {"a": refused}, serial=[1, 1])
    assert run.code == 2
    assert run.became() == {"a": "rolled back", "b": "not begun"}
    assert "Load the rules: 30-ours.rules:7: unknown syscall foo" in " ".join(run.output.split())
    # The module has put back what it had begun; what is pending there is another run's, and is left alone.
    assert run.asked("a") == ["quick", "quick", "present"]


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
    assert run.asked("a")[-2:] == ["present", "rolled_back"]
    assert run.became() == {"a": "rolled back", "b": "not begun"}


def test_a_host_that_never_answered_is_not_a_sign_against_the_change(rollout):
    run = rollout("a down1 b", serial=[1, 2])
    assert run.code == 2, "it was not rolled out"
    assert run.became() == {"a": "committed", "down1": "not changed", "b": "committed"}
    assert "down1  NOT REACHED: not reached: " in run.output


def test_a_container_is_left_alone_and_is_no_failure(rollout):
    away = {"not_applicable": {"reason": "this is a container (docker)"}, "changed": False, "transaction": None}
    run = rollout("a b", {"a": {"present": dict(away, transaction_state="none")}}, serial=[1, 1])
    assert run.code == 0
    assert run.became() == {"a": "not changed", "b": "committed"}
    assert "a  not applicable: this is a container (docker)" in run.output
    assert "watch" not in run.asked("a")


def test_a_commit_that_fails_is_rolled_back_and_told(rollout):
    run = rollout("a b", {"a": {"committed": {"failed": True, "msg": "edited by hand since"}}}, serial=[1, 1])
    assert run.code == 2
    assert run.became() == {"a": "rolled back", "b": "not begun"}
    assert run.asked("a")[-2:] == ["committed", "rolled_back"]
    assert "it could not be committed: Commit the rules: edited by hand since" in " ".join(run.output.split())


def test_a_rollback_that_fails_says_what_is_left(rollout):
    answers = dict(broken("lost", "9 records lost"), rolled_back={"failed": True, "msg": "the disk is full"})
    run = rollout("a b", {"a": answers}, serial=[1, 1])
    assert run.code == 2
    assert run.became() == {"a": "not rolled back", "b": "not begun"}
    assert "It could NOT be rolled back: Put the rules back that were there before: the disk is full" in " ".join(
        run.output.split()
    )


def test_rules_that_wait_for_a_reboot_are_not_compared_and_the_reboot_is_told(rollout):
    answers = {"present": {"reboot_required": True, "reboot_reason": "the kernel's rules are locked"}}
    run = rollout("a", {"a": answers}, limits={"lost": 2})
    assert run.code == 0
    with open(os.path.join(str(run._folder), "a.log"), encoding="utf-8") as file:
        given = [json.loads(line)["given"] for line in file]
    assert [(one["rules"], one["limits"]) for one in given if one.get("seconds") == 60] == [(False, {"lost": 2})]
    assert "the new rules wait for a reboot: the kernel's rules are locked" in run.output
    assert "committed; a reboot brings the new rules into force" in run.record["hosts"]["a"]["text"]


def test_check_mode_changes_nothing_and_tells_what_would_change(rollout):
    run = rollout("a b", None, "--check", "--diff", serial=[1, 1])
    assert run.code == 0
    assert run.became() == {"a": "not changed", "b": "not changed"}
    assert run.asked("a") == ["quick", "quick", "present", "quick"] or run.asked("a") == ["quick", "quick", "present"]
    assert "created /etc/audit/rules.d/50-auditops.rules" in run.output
    assert "check mode: nothing was changed, and nothing is decided" in run.output
    assert run.record["check_mode"] is True


def test_check_mode_fails_where_a_host_would_fail(rollout):
    run = rollout("a b", {"a": {"present": {"failed": True, "msg": "bad rule"}}}, "--check", serial=[1, 1])
    assert run.code == 2
    assert "bad rule" in run.output
    assert "rolled_back" not in run.asked("a")


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"max_fail_percentage": 101}, "rollout_max_fail_percentage is 101, and has to be from 0 to 100"),
        ({"gate_second": 5}, "did you mean rollout_gate_seconds?"),
    ],
)
def test_what_was_asked_wrongly_is_told_before_a_host_is_asked(rollout, variables, told):
    run = rollout("a", **variables)
    assert run.code != 0
    assert told in " ".join(run.output.split())
    assert run.asked("a") == []


def test_a_choice_that_no_host_matches_is_no_success(rollout):
    run = rollout("a", None, "-e", "rollout_hosts=web")
    assert run.code != 0
    assert "No host of the inventory matches rollout_hosts" in run.output
    assert run.asked("a") == []
    run = rollout("a down1", None, "-e", "status_hosts=all", playbook="status")
    assert run.code == 2
    assert "down1  not reached: " in run.output and "2 hosts" in run.output


def registered(tasks):
    """The names that tasks register, those of their blocks among them, and the tasks that register nothing."""
    here = {"ansible.builtin." + name for name in ("debug", "set_fact", "assert", "fail", "import_tasks", "meta")}
    names, silent = [], []
    for task in tasks:
        inner = [one for part in ("block", "rescue", "always") for one in task.get(part) or ()]
        if inner:
            more, still = registered(inner)
            names, silent = names + more, silent + still
        elif "register" in task:
            names.append(task["register"])
        elif not here & set(task):
            silent.append(task["name"])
    return names, silent


def test_every_task_that_opens_a_connection_is_known_to_the_rollout(repository):
    with open(os.path.join(repository, "playbooks", "rollout.yml"), encoding="utf-8") as file:
        known = set(yaml.safe_load(file)[1]["vars"]["_rollout_registers"])
    names, silent = set(), []
    for role, files in (("auditd", None), ("audit_rules", ["load.yml"])):
        folder = os.path.join(repository, "roles", role, "tasks")
        for name in files or sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                more, still = registered(yaml.safe_load(file))
            names, silent = names | set(more), silent + still
    assert silent == []
    assert names | {"_rollout_before", "_rollout_health"} == known
