# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""audit_rules from its options to files and kernel: a folder, and a kernel in memory that behaves as the real one."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import kernel_build
from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.deploy import rules_task, scene, switched_off, transaction
from ansible_collections.auditops.trail.plugins.module_utils.deploy.arguments import ARGUMENTS
from ansible_collections.auditops.trail.plugins.module_utils.deploy.kernel_side import Kernel
from ansible_collections.auditops.trail.plugins.module_utils.deploy.rules_task import Tools
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.deploy.switched_off import SwitchedOff
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.encode import encode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel import decode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.tests.unit import postures
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy.fake_wire import DIALECT, FakeWire

PATHS = postures.path_state(
    files=["/etc/passwd", "/etc/group", "/etc/shadow"], folders=["/dir"], missing=["/gone", "/etc/new"]
)
PASSWD = "-w /etc/passwd -p wa -k id\n"
GROUP = "-w /etc/group -p wa -k id\n"
PLAN = evaluate.plan(
    [{"id": "id.passwd", "record": ["-w /etc/passwd -p wa"], "missing_path": "require", "key": "identity"}], "auto"
)


class Host:
    def __init__(self, folder):
        self.folder = folder
        self.rules_dir = folder / "audit" / "rules.d"
        self.rules_dir.mkdir(parents=True)
        self.wire = FakeWire()

    @property
    def store(self):
        return Store(str(self.folder / "state"))

    def write(self, name, text):
        (self.rules_dir / name).write_text(text)

    def disk(self):
        """Every file below the folder of the configuration, by name."""
        top = str(self.folder / "audit")
        paths = [os.path.join(folder, name) for folder, _folders, names in os.walk(top) for name in names]
        found = {}
        for path in paths:
            with open(path) as opened:
                found[os.path.relpath(path, top)] = opened.read()
        return found

    def loaded(self):
        rules = [decode_rule(payload) for payload in self.wire.payloads()]
        return [(rule.value("path") or rule.value("dir"), rule.keys) for rule in rules]

    def run(self, *own, **options):
        check_mode = options.pop("check_mode", False)
        kernel = options.pop("kernel", None) or Kernel(DIALECT, self.wire)
        values = {name: spec.get("default") for name, spec in ARGUMENTS.items()}
        values.update(rules_dir=str(self.rules_dir), **options)
        values["files"] = [{"name": name, "content": text} for name, text in own]
        return rules_task.run(values, check_mode, Tools(kernel, self.store, check_mode))


@pytest.fixture
def host(tmp_path, monkeypatch):
    made = Host(tmp_path)

    def look(_plan, _check_mode):
        posture = postures.posture([], paths=PATHS)
        return scene.Scene(posture, PathState.from_dict(PATHS), (3, 0, 9), False, "augenrules", ())

    monkeypatch.setattr(scene, "look", look)
    monkeypatch.setattr(scene, "not_applicable", lambda _context: None)
    return made


def actions(result):
    return {os.path.basename(one["path"]): one["action"] for one in result["files"]}


def test_files_and_kernel_come_to_what_is_asked_for_and_the_second_run_changes_nothing(host):
    first = host.run(("30-a.rules", PASSWD + GROUP))
    assert first["changed"] is True
    assert host.loaded() == [("/etc/passwd", ("id",)), ("/etc/group", ("id",))]
    assert actions(first) == {"10-auditops.rules": "created", "30-a.rules": "created", "audit.rules": "created"}
    assert (first["transaction_state"], first["proof"]) == (
        "pending",
        {"equal": True, "by": "netlink", "differences": []},
    )
    assert first["rules"] == {"file": 2, "kernel": 2}
    second = host.run(("30-a.rules", PASSWD + GROUP))
    assert (second["changed"], second["transaction"]) == (False, first["transaction"])
    assert set(actions(second).values()) == {"unchanged"}


def test_audit_rules_is_what_augenrules_would_make_of_the_folder(host):
    host.write("20-theirs.rules", "-w /etc/shadow -p wa\n")
    host.run(("30-a.rules", PASSWD), settings={"backlog_limit": 8192})
    lines = host.disk()["audit.rules"].splitlines()
    assert lines[0].startswith("## This file is automatically generated from")
    assert [line for line in lines[1:] if line] == [
        "-D",
        "-b 8192",
        "-f 1",
        "-r 0",
        "--backlog_wait_time 60000",
        "-w /etc/shadow -p wa",
        PASSWD.strip(),
        "-e 1",
    ]


def test_check_mode_tells_and_touches_nothing(host):
    told = host.run(("30-a.rules", PASSWD), check_mode=True)
    assert (told["changed"], told["transaction"]) == (True, None)
    assert told["rules"] == {"file": 1, "kernel": 0}
    assert [(one["before"], bool(one["after"])) for one in told["diff"]] == [("", True)] * 3
    assert host.disk() == {}
    assert not os.path.exists(host.store.folder)
    assert host.wire.requests == 0


def test_what_the_kernel_lost_is_loaded_again_though_the_files_are_right(host):
    host.run(("30-a.rules", PASSWD))
    host.wire.delete(host.wire.payloads()[0])
    again = host.run(("30-a.rules", PASSWD))
    assert (again["changed"], again["kernel"]["added"]) == (True, 1)
    assert host.loaded() == [("/etc/passwd", ("id",))]


def test_commit_writes_the_lock_and_sets_it_and_then_nothing_is_left_to_do(host):
    asked = {"immutable": True}
    loaded = host.run(("30-a.rules", PASSWD), **asked)
    assert "-e 2" not in "".join(host.disk().values())
    assert host.wire.status().enabled == 1
    done = host.run(state="committed", transaction=loaded["transaction"])
    assert (done["changed"], done["transaction_state"], done["immutable"]) == (True, "committed", True)
    assert host.disk()["audit.rules"].splitlines()[-1] == "-e 2"
    assert "99-auditops.rules" in {os.path.basename(name) for name in host.disk()}
    assert host.wire.status().enabled == 2
    assert host.run(state="committed")["changed"] is False
    again = host.run(("30-a.rules", PASSWD), **asked)
    assert (again["changed"], again["reboot_required"]) == (False, False)


def test_a_commit_that_never_came_is_offered_again(host):
    asked = {"immutable": True}
    first = host.run(("30-a.rules", PASSWD), **asked)
    second = host.run(("30-a.rules", PASSWD), **asked)
    assert (second["changed"], second["transaction"]) == (False, first["transaction"])


def test_a_lock_that_is_asked_for_later_makes_a_transaction_to_commit(host):
    host.run(("30-a.rules", PASSWD))
    host.run(state="committed")
    later = host.run(("30-a.rules", PASSWD), immutable=True)
    assert (later["changed"], later["transaction_state"]) == (True, "pending")
    assert host.run(state="committed")["immutable"] is True


def test_rolled_back_puts_back_files_and_kernel(host):
    host.write("20-theirs.rules", "-w /etc/shadow -p wa\n")
    before = host.disk()
    host.run(("30-a.rules", PASSWD), purge=True)
    assert "rules.d/20-theirs.rules" not in host.disk()
    back = host.run(state="rolled_back")
    assert (back["changed"], back["transaction_state"]) == (True, "rolled_back")
    assert (host.disk(), host.loaded()) == (before, [])
    assert host.run(state="rolled_back")["changed"] is False


def test_absent_gives_back_what_was_there_before_the_first_run(host):
    host.write("20-theirs.rules", "-w /etc/shadow -p wa -k theirs\n")
    before = host.disk()
    host.run(("30-a.rules", PASSWD), purge=True)
    host.run(("30-b.rules", GROUP), purge=True)
    gone = host.run(state="absent")
    assert gone["changed"] is True
    assert host.disk() == before
    assert host.loaded() == [("/etc/shadow", ("theirs",))]
    assert host.run(state="absent")["changed"] is False


def test_a_locked_kernel_gets_the_files_for_the_next_boot(host):
    host.run(("30-a.rules", PASSWD), immutable=True)
    host.run(state="committed")
    later = host.run(("30-a.rules", PASSWD + GROUP), immutable=True)
    assert (later["changed"], later["reboot_required"], later["kernel"]) == (True, True, None)
    assert "enabled is 2" in later["reboot_reason"]
    assert host.loaded() == [("/etc/passwd", ("id",))]
    lines = host.disk()["audit.rules"].splitlines()
    assert (GROUP.strip() in lines, lines[-1]) == (True, "-e 2")
    assert host.run(state="committed")["transaction_state"] == "committed"
    again = host.run(("30-a.rules", PASSWD + GROUP), immutable=True)
    assert (again["changed"], again["reboot_required"]) == (False, True)


def test_or_fails_with_the_way_out_and_changes_nothing(host):
    host.run(("30-a.rules", PASSWD), immutable=True)
    host.run(state="committed")
    before = host.disk()
    with pytest.raises(TrailError, match="enabled is 2") as caught:
        host.run(("30-a.rules", GROUP), immutable=True, on_immutable="fail")
    assert "defer" in caught.value.remedy
    assert (host.disk(), host.loaded()) == (before, [("/etc/passwd", ("id",))])


def test_an_auditctl_that_answers_0_and_loads_nothing_leaves_all_as_it_was_and_names_the_lines(host):
    host.run(("30-a.rules", PASSWD))
    before = host.disk()
    host.wire.silent = True
    with pytest.raises(TrailError) as caught:
        host.run(("30-a.rules", PASSWD + GROUP))
    assert "30-a.rules:2" in str(caught.value)
    assert (host.disk(), host.loaded()) == (before, [("/etc/passwd", ("id",))])
    host.wire.silent = False
    assert host.run(("30-a.rules", PASSWD))["changed"] is False


def test_a_bad_line_changes_nothing(host):
    host.run(("30-a.rules", PASSWD))
    before, requests = host.disk(), host.wire.requests
    with pytest.raises(TrailError):
        host.run(("30-a.rules", GROUP + "-w etc/relative\n"))
    assert (host.disk(), host.wire.requests) == (before, requests)


def test_what_a_killed_run_left_is_brought_to_an_end_and_told(host):
    host.run(("30-a.rules", PASSWD))
    before = host.disk()
    planned = ("30-a.rules", GROUP)
    killed(host, "load", "put ", planned)
    left = host.run(planned, check_mode=True)
    assert any("interrupted" in text for text in left["warnings"])
    result = host.run(planned)
    assert result["recovered"]["did"] == "finished"
    assert any("interrupted" in text for text in result["warnings"])
    assert host.disk() != before
    assert host.loaded() == [("/etc/group", ("id",))]


def killed(host, function, at, *own, **options):
    """A run in a process of its own that is gone when it comes to a step of transaction.FUNCTION."""

    def step(name):
        if name.startswith(at):
            os._exit(9)

    child = os.fork()
    if not child:
        original = getattr(transaction, function)
        setattr(transaction, function, lambda *given, **more: original(*given, step=step, **more))
        try:
            host.run(*own, **options)
        finally:
            os._exit(0)
    assert os.waitpid(child, 0)[1] >> 8 == 9


def test_a_commit_that_was_killed_locks_no_kernel_that_has_lost_its_rules(host):
    host.run(("30-a.rules", PASSWD), immutable=True)
    killed(host, "commit", "lock the kernel", state="committed")
    host.wire.delete(host.wire.payloads()[0])
    result = host.run(("30-a.rules", PASSWD), immutable=True)
    assert result["recovered"]["did"] == "undone"
    assert (host.wire.status().enabled, host.loaded()) == (1, [("/etc/passwd", ("id",))])
    assert host.run(state="committed")["immutable"] is True


def test_a_commit_that_was_killed_is_finished_where_the_kernel_is_still_as_it_was_proven(host):
    host.run(("30-a.rules", PASSWD), immutable=True)
    killed(host, "commit", "lock the kernel", state="committed")
    assert host.run(("30-a.rules", PASSWD), immutable=True)["recovered"]["did"] == "finished"
    assert host.wire.status().enabled == 2


def test_a_pending_transaction_that_cannot_be_committed_any_more_gives_way_to_a_new_one(host):
    first = host.run(("30-a.rules", PASSWD))
    payload = host.wire.payloads()[0]
    host.wire.delete(payload)
    with pytest.raises(TrailError, match="load the rules again"):
        host.run(state="committed")
    host.wire.add(payload[:4] + payload[4:])
    host.write("40-theirs.rules", "# a comment\n")
    with pytest.raises(TrailError, match="was changed"):
        host.run(state="committed")
    second = host.run(("30-a.rules", PASSWD))
    assert (second["changed"], second["transaction"] != first["transaction"]) == (True, True)
    assert host.run(state="committed")["transaction_state"] == "committed"


def test_rules_that_stand_in_audit_rules_alone_are_not_overwritten_unless_that_is_asked_for(host):
    made = host.folder / "audit" / "audit.rules"
    made.write_text("-D\n-w /etc/shadow -p wa -k theirs\n-w /etc/group -p wa -k id\n")
    before = host.disk()
    with pytest.raises(TrailError, match="/etc/shadow -p wa -k theirs` is in no file") as caught:
        host.run(("30-a.rules", PASSWD + GROUP))
    assert (caught.value.file, caught.value.line, host.disk()) == (str(made), 2, before)
    assert host.run(("30-a.rules", PASSWD + GROUP), purge=True)["changed"] is True
    host.run(state="rolled_back")
    assert host.disk() == before


def test_a_rule_that_silences_every_task_is_an_error_and_after_a_purge_a_reboot_is_due(host):
    host.write("20-theirs.rules", "-D\n-a task,never\n")
    with pytest.raises(TrailError, match="from being recorded") as caught:
        host.run(("30-a.rules", PASSWD))
    assert (os.path.basename(caught.value.file), caught.value.line) == ("20-theirs.rules", 2)
    host.wire.add(encode_rule(Rule("task", "never")))
    result = host.run(("30-a.rules", PASSWD), purge=True)
    assert (result["reboot_required"], "task,never" in result["reboot_reason"]) == (True, True)
    assert host.loaded() == [("/etc/passwd", ("id",))]


def test_profiles_are_compiled_and_named_in_their_file(host):
    result = host.run(profiles=["pci_dss_4_0"], plan=PLAN)
    assert host.loaded() == [("/etc/passwd", ("identity",))]
    assert "# For pci_dss_4_0." in host.disk()["rules.d/50-auditops.rules"]
    assert result["unproven"] == []


def test_profiles_without_the_action_plugins_plan_are_refused(host):
    with pytest.raises(TrailError, match="action plugin"):
        host.run(profiles=["pci_dss_4_0"])


def test_a_setting_that_is_no_number_is_refused(host):
    with pytest.raises(TrailError, match="failure is no number"):
        host.run(settings={"failure": "loud"})
    assert host.disk() == {}
    host.run(settings={"failure": "panic"})
    assert host.wire.status().failure == 2


def test_audit_that_was_switched_off_is_switched_on_again(host):
    host.run(("30-a.rules", PASSWD))
    host.wire.set_status(enabled=0)
    again = host.run(("30-a.rules", PASSWD), check_mode=True)
    assert again["changed"] is True
    assert host.run(("30-a.rules", PASSWD))["changed"] is True
    assert host.wire.status().enabled == 1


def test_a_container_is_not_applicable(host, monkeypatch):
    monkeypatch.setattr(scene, "not_applicable", lambda _context: "this is a container (docker)")
    result = host.run(("30-a.rules", PASSWD))
    assert (result["changed"], result["not_applicable"]) == (False, {"reason": "this is a container (docker)"})
    assert host.disk() == {}


def test_a_rollback_of_this_run_leaves_what_an_earlier_run_has_left_pending(host):
    held = host.run(("30-a.rules", PASSWD), run="first")
    assert host.run(state="rolled_back", of_this_run=True, run="second")["transaction"] is None
    assert host.run(state="rolled_back", of_this_run=True)["transaction"] is None
    assert host.loaded() == [("/etc/passwd", ("id",))]
    killed(host, "load", "put ", ("30-a.rules", GROUP), run="second")
    back = host.run(state="rolled_back", of_this_run=True, run="second")
    assert (back["recovered"]["did"], back["transaction_state"]) == ("finished", "rolled_back")
    assert host.loaded() == [("/etc/passwd", ("id",))]
    assert host.run(state="rolled_back", of_this_run=True, run="first")["transaction"] == held["transaction"]
    assert host.loaded() == []


LOCKING = {"immutable": True, "of_profiles": {"loginuid_immutable": 1}}


@pytest.mark.parametrize(
    "runtimes, given, locked", [([], None, True), (["/usr/bin/podman"], None, False), (["/usr/bin/podman"], True, True)]
)
def test_the_lock_of_audit_uids_goes_by_profile_and_host_unless_it_is_named(host, monkeypatch, runtimes, given, locked):
    monkeypatch.setattr(scene, "container_runtimes", lambda: runtimes)
    host.run(("30-a.rules", PASSWD), loginuid_immutable=given, **LOCKING)
    host.run(state="committed")
    assert ("--loginuid-immutable" in host.disk()["rules.d/99-auditops.rules"]) is locked
    assert bool(host.wire.status().loginuid_immutable) is locked


def test_it_is_not_taken_where_the_host_cannot_tell_or_nothing_is_locked(host, monkeypatch):
    monkeypatch.setattr(scene, "container_runtimes", lambda: None)
    told = host.run(("30-a.rules", PASSWD), check_mode=True, **LOCKING)
    assert any("could not be told" in text for text in told["warnings"])
    monkeypatch.setattr(scene, "container_runtimes", lambda: [])
    host.run(("30-a.rules", PASSWD), **dict(LOCKING, immutable=False))
    host.run(state="committed")
    assert "rules.d/99-auditops.rules" not in host.disk()
    assert not host.wire.status().loginuid_immutable


def test_a_kernel_that_was_started_with_audit_0_gets_the_files_for_the_next_boot(host, monkeypatch):
    monkeypatch.setattr(kernel_build, "boot_parameters", lambda: {"quiet": "", "audit": "0"})
    off = SwitchedOff(switched_off.reason(), host.wire)
    asked = {"immutable": True, "on_immutable": "fail", "kernel": off}
    told = host.run(("30-a.rules", PASSWD), **asked)
    assert (told["changed"], told["reboot_required"], told["immutable"]) == (True, True, False)
    assert "audit=0" in told["reboot_reason"]
    assert (told["rules"], told["kernel"], told["proof"]["equal"]) == ({"file": 1, "kernel": None}, None, False)
    assert host.run(state="committed", kernel=off)["transaction_state"] == "committed"
    assert host.disk()["audit.rules"].splitlines()[-1] == "-e 2"
    again = host.run(("30-a.rules", PASSWD), **asked)
    assert (again["changed"], again["reboot_required"]) == (False, True)
    assert host.loaded() == []


@pytest.mark.parametrize("value, off", [("0", True), ("off", True), ("1", False), (None, False)])
def test_what_switches_audit_off_at_boot(monkeypatch, value, off):
    monkeypatch.setattr(kernel_build, "boot_parameters", lambda: {} if value is None else {"audit": value})
    assert (switched_off.reason() is not None) is off
