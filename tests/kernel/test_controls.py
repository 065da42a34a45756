# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The baseline's controls with their rules in this kernel: what passes, and what a single line changes.

Everything is read as in a run: the collectors ask the kernel and the disk, the
target's half judges the requirements and the controller's half the assertions.
The rules lie in a folder of the test's own, so that a rule is told of by file
and line. Nothing here locks the rules (``-e 2``).
"""

import copy
import json
import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.compliance.compile import compile_requirement
from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import expand
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence, registry
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, plans, results
from ansible_collections.auditops.trail.tests.kernel import control
from ansible_collections.auditops.trail.tests.kernel.events import O_RDONLY, O_WRONLY, Event

pytest.importorskip("jmespath")

SETTINGS = ("-b 8192", "-e 1")
RULES_FILE = "50-controls.rules"


class Machine:
    """This machine, with a folder in place of /etc/audit."""

    def __init__(self, bench, folder):
        self.bench = bench
        self.folder = str(folder)
        self.file = os.path.join(self.folder, "rules.d", RULES_FILE)
        os.mkdir(os.path.dirname(self.file))
        self.selection = catalogue_loader.load().select(["baseline"])
        self.plan = plans.of(self.selection, "augenrules")
        self.recording = [one["id"] for one in self.plan["controls"]]

    def posture(self):
        """The posture as it reaches the controller: as JSON."""
        context = evaluate.context(self.plan)._replace(configuration=self.folder)
        return json.loads(json.dumps(registry.collect(context)))

    def judge(self, posture):
        """The verdicts by control id, as they stand in the host's result."""
        judged = evaluate.judge(posture, self.plan)
        result = results.host_result("this", self.selection, posture, judged, results.now(), {"user": "test"})
        assert result["errors"] == []
        return {one["id"]: one for one in result["controls"]}

    def compiled(self):
        """The lines that the remedy would print for each control that this machine is held to."""
        posture = self.posture()
        dialect, host = evidence.dialect(posture), evidence.host(posture)
        lines = {}
        for one in self.plan["controls"]:
            expansion = expand(one["record"], one["missing_path"], dialect, host.paths, host.user_arches)
            for requirement in expansion.demanded:
                made = compile_requirement(requirement, one["key"], dialect, host)
                assert made is not None, "no line was proven for {0}".format(requirement.text)
                lines.setdefault(one["id"], []).extend(made.lines)
        return lines

    def load(self, lines):
        """Put these lines on disk and, by auditctl, into the kernel."""
        control.delete_all(self.bench.channel)
        self.bench.channel.set(lost=0)
        whole = [SETTINGS[0], *lines, SETTINGS[1]]
        with open(self.file, "w", encoding="utf-8") as stream:
            stream.write("".join(line + "\n" for line in whole))
        assert len(control.load(whole, self.bench.home)) == len(lines)

    def line_of(self, text):
        with open(self.file, encoding="utf-8") as stream:
            return stream.read().splitlines().index(text) + 1


@pytest.fixture(name="machine")
def _machine(bench, tmp_path):
    yield Machine(bench, tmp_path)
    control.delete_all(bench.channel)
    bench.channel.set(backlog_limit=8192, enabled=1)


@pytest.fixture(name="lines")
def _lines(machine):
    return machine.compiled()


def flat(lines):
    return list(dict.fromkeys(line for own in lines.values() for line in own))


def by_verdict(controls, verdict):
    return {name for name, one in controls.items() if one["verdict"] == verdict}


def test_without_rules_every_control_that_applies_and_demands_records_fails(machine, lines):
    controls = machine.judge(machine.posture())
    assert len(controls) == 12
    assert by_verdict(controls, "fail") >= set(lines)
    assert len(lines) >= 6


def test_all_pass_but_the_lock_which_this_kernel_is_not_given(machine, lines):
    machine.load(flat(lines))
    controls = machine.judge(machine.posture())
    assert by_verdict(controls, "fail") == {"kernel.immutable"}
    assert controls["kernel.immutable"]["reasons"] == ["status.enabled is 1; wanted: status.enabled = 2"]
    assert by_verdict(controls, "pass") == set(lines) | {"kernel.enabled", "kernel.lost", "kernel.backlog_limit"}
    assert by_verdict(controls, "not_applicable") == set(machine.recording) - set(lines)
    for name in set(machine.recording) - set(lines):
        assert all("does not exist on this host" in reason for reason in controls[name]["reasons"])
    for name in lines:
        for entry in controls[name]["coverage"]:
            assert entry["outcome"] == "covered"
            assert {by["file"] for by in entry["covered_by"]} == {machine.file}


def test_with_status_enabled_read_as_2_in_a_copy_of_the_posture_all_twelve_pass_or_do_not_apply(machine, lines):
    machine.load(flat(lines))
    posture = copy.deepcopy(machine.posture())
    posture["status"]["enabled"] = 2
    controls = machine.judge(posture)
    assert by_verdict(controls, "pass") | by_verdict(controls, "not_applicable") == set(controls)
    assert controls["kernel.immutable"]["verdict"] == "pass"


@pytest.mark.parametrize("flag", ["-a", "-A"])
def test_one_never_in_front_fails_every_control_that_demands_records_and_is_named(machine, lines, flag):
    never = flag + " never,exit -F auid=1000"
    machine.load([never] + flat(lines) if flag == "-a" else flat(lines) + [never])
    controls = machine.judge(machine.posture())
    assert by_verdict(controls, "fail") == set(lines) | {"kernel.immutable"}
    for name in lines:
        for entry in controls[name]["coverage"]:
            blamed = {(by["file"], by["line"], by["rule"]) for by in entry["defeated_by"]}
            assert blamed == {(machine.file, machine.line_of(never), never)}
            event = entry["counterexample"]
            assert event["auid"] == 1000
            assert "{0}:{1}".format(machine.file, machine.line_of(never)) in event["because"]
        removed = [step for step in controls[name]["remedy"] if step["do"] == "remove"]
        assert [(step["file"], step["line"]) for step in removed] == [(machine.file, machine.line_of(never))]


def test_a_never_on_one_call_to_one_file_fails_the_one_control_that_watches_it(machine, lines):
    # Without the call named it would take renames of other watched files onto this one as well.
    machine.load(["-a never,exit -F arch=b64 -S chmod -F path=/etc/group"] + flat(lines))
    controls = machine.judge(machine.posture())
    assert by_verdict(controls, "fail") == {"identity.passwd_group", "kernel.immutable"}
    outcomes = {entry["requirement"]: entry["outcome"] for entry in controls["identity.passwd_group"]["coverage"]}
    assert outcomes["-w /etc/passwd -p wa"] == "covered"
    assert outcomes["-w /etc/group -p wa"] == "partial"


def test_with_any_one_line_removed_exactly_the_control_that_needs_it_fails(machine, lines):
    tried = 0
    everything = flat(lines)
    for line in everything:
        machine.load([other for other in everything if other != line])
        controls = machine.judge(machine.posture())
        needed = {name for name, own in lines.items() if line in own}
        assert by_verdict(controls, "fail") == needed | {"kernel.immutable"}, line
        tried += 1
    assert tried == len(everything) >= 12


def test_events_that_the_controls_name_are_recorded_and_under_a_never_are_not(machine, lines, bench):
    rules = flat(lines)
    wanted = [
        Event("openat", ("/etc/passwd",), O_WRONLY, auid=1000),
        Event("openat", ("/etc/group",), O_WRONLY, "b32", auid=4294967295),
        Event("execve", (bench.file("program"),), auid=1000),
    ]
    other = Event("openat", ("/etc/passwd",), O_RDONLY, auid=1000)
    made = bench.trial({}, rules, wanted + [other])
    assert [outcome.on_record for outcome in made] == [True, True, True, False]
    made = bench.trial({}, ["-a never,exit -F auid=1000"] + rules, wanted)
    assert [outcome.on_record for outcome in made] == [False, True, False]
