# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The profiles with their rules in this kernel: what passes, and what a single line changes."""

import pytest

pytest.importorskip("yaml")
pytest.importorskip("jmespath")

from ansible_collections.auditops.trail.tests.kernel import control
from ansible_collections.auditops.trail.tests.kernel.events import O_RDONLY, O_WRONLY, Event
from ansible_collections.auditops.trail.tests.kernel.machine import Machine, by_verdict

NEVER = "never,exit -F auid=1000"


@pytest.fixture(name="machine", params=["baseline", "pci_dss_4_0", "soc2"])
def _machine(request, bench, tmp_path):
    yield Machine(bench, tmp_path, request.param)
    control.delete_all(bench.channel)
    bench.channel.set(backlog_limit=8192, enabled=1)


def test_without_rules_nothing_that_demands_records_passes(machine):
    control.delete_all(machine.bench.channel)
    controls = machine.judge()
    assert len(by_verdict(controls, "fail") & machine.recording) >= 15
    assert not by_verdict(controls, "pass") & machine.recording


def test_with_its_rules_loaded_every_control_that_demands_records_passes(machine):
    lines = machine.lines()
    machine.load(list(lines))
    controls = machine.judge()
    asked = machine.recording | machine.emitting
    passed = by_verdict(controls, "pass") & asked
    assert passed >= set().union(*lines.values()) | machine.emitting
    # The site has not said which paths hold card data; what is left over names nothing that is on this machine.
    assert by_verdict(controls, "manual") & asked <= {"chd.paths"}
    aside = asked - passed - {"chd.paths"}
    assert aside <= by_verdict(controls, "not_applicable")
    for name in passed & machine.recording:
        for entry in controls[name]["coverage"]:
            assert entry["outcome"] == "covered"
            assert {by["file"] for by in entry["covered_by"]} == {machine.file}
    assert {"kernel.enabled", "kernel.lost", "kernel.backlog_limit", "rules.drift"} <= by_verdict(controls, "pass")
    assert controls["kernel.immutable"]["reasons"] == ["status.enabled is 1; wanted: status.enabled = 2"]


@pytest.mark.parametrize("flag", ["-a", "-A"])
def test_one_never_in_front_fails_every_control_that_it_concerns_and_is_named(machine, flag):
    lines = list(machine.lines())
    never = f"{flag} {NEVER}"
    machine.load([never, *lines] if flag == "-a" else [*lines, never])
    controls = machine.judge()
    failed = by_verdict(controls, "fail") & machine.recording
    assert failed >= {"identity.passwd_group", "admin.exec", "persistence.cron"} & machine.recording
    for name in failed:
        blamed = {(by["file"], by["line"]) for entry in controls[name]["coverage"] for by in entry["defeated_by"]}
        assert blamed == {(machine.file, machine.line_of(never))}
        events = [entry["counterexample"] for entry in controls[name]["coverage"] if entry["counterexample"]]
        assert all(event["auid"] == 1000 for event in events)
        removed = [step for step in controls[name]["remedy"] if step["do"] == "remove"]
        assert [(step["file"], step["line"]) for step in removed] == [(machine.file, machine.line_of(never))]


def test_a_never_on_one_call_to_one_file_fails_the_controls_that_watch_it(machine):
    # Without the call named it would take renames of other watched files onto this one as well.
    machine.load(["-a never,exit -F arch=b64 -S chmod -F path=/etc/group", *machine.lines()])
    controls = machine.judge()
    failed = by_verdict(controls, "fail") & machine.recording
    assert "identity.passwd_group" in failed
    assert failed <= {"identity.passwd_group", "files.attributes", "files.permissions"}
    outcomes = {entry["requirement"]: entry["outcome"] for entry in controls["identity.passwd_group"]["coverage"]}
    assert outcomes["-w /etc/passwd -p wa"] == "covered"
    assert outcomes["-w /etc/group -p wa"] == "partial"


def test_with_a_line_removed_no_control_fails_but_those_that_need_it(machine):
    lines = machine.lines()
    missed = set()
    for gone in list(lines)[::5]:
        machine.load([line for line in lines if line != gone])
        failed = by_verdict(machine.judge(), "fail") & machine.recording
        assert failed <= lines[gone], gone
        missed |= failed
    assert len(missed) >= 5


def test_events_that_the_controls_name_are_recorded_and_under_a_never_are_not(machine, bench):
    rules = list(machine.lines())
    wanted = [
        Event("openat", ("/etc/passwd",), O_WRONLY, auid=1000),
        Event("openat", ("/etc/group",), O_WRONLY, "b32", auid=4294967295),
        Event("execve", (bench.file("program"),), auid=1000),
    ]
    other = Event("openat", ("/etc/passwd",), O_RDONLY, auid=1000)
    made = bench.trial({}, rules, [*wanted, other])
    assert [outcome.on_record for outcome in made] == [True, True, True, False]
    made = bench.trial({}, [f"-a {NEVER}", *rules], wanted)
    assert [outcome.on_record for outcome in made] == [False, True, False]
