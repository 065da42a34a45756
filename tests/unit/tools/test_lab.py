# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make lab` chooses, tells and leaves behind."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

LINES = (
    "\x1b[36mINFO    \x1b[0m \x1b[32mauditd\x1b[0m ➜ \x1b[33mcreate\x1b[0m: \x1b[36mExecuting\x1b[0m\n",
    "TASK [Build] ***\n",
    "INFO     auditd ➜ verify: Executing Testinfra tests found in /x/tests/...\n",
    "\x1b[36mINFO    \x1b[0m \x1b[32mauditd\x1b[0m ➜ \x1b[33mcreate\x1b[0m: \x1b[32mExecuted: Successful\x1b[0m\n",
)
RECAP = (
    "PLAY RECAP ***\n",
    "\x1b[0;33mcanary\x1b[0m   : \x1b[0;32mok=19  \x1b[0m \x1b[0;33mchanged=7   \x1b[0m unreachable=0\n",
    "second     : ok=3    changed=2    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0\n",
)


@pytest.fixture
def lab(tool, monkeypatch, tmp_path):
    for name in ("SCENARIO", "RELEASE"):
        monkeypatch.delenv(name, raising=False)
    module = tool("lab")
    for scenario in ("auditd", "immutable"):
        (tmp_path / "scenarios" / scenario).mkdir(parents=True)
        (tmp_path / "scenarios" / scenario / "molecule.yml").touch()
    (tmp_path / "scenarios" / "machines").mkdir()
    monkeypatch.setattr(module, "LAB", tmp_path / "scenarios")
    monkeypatch.setattr(module, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "_end_with_whoever_began_it", lambda: None)
    return module


@pytest.fixture
def told(tool):
    return tool("lab_told")


def test_every_scenario_runs_on_every_maintained_release_unless_one_is_named(lab, monkeypatch):
    assert lab.scenarios() == ["auditd", "immutable"]
    assert lab.releases() == ["bullseye", "bookworm", "trixie"]
    monkeypatch.setenv("SCENARIO", "immutable")
    monkeypatch.setenv("RELEASE", "sid, trixie")
    assert lab.scenarios() == ["immutable"]
    assert lab.releases() == ["sid", "trixie"]
    monkeypatch.setenv("RELEASE", "ALL")
    assert lab.releases() == ["bullseye", "bookworm", "trixie", "forky", "sid"]


@pytest.mark.parametrize(("name", "ask"), [("SCENARIO", "scenarios"), ("RELEASE", "releases")])
def test_a_name_that_there_is_not_is_told_with_those_there_are(lab, monkeypatch, name, ask):
    monkeypatch.setenv(name, "lenny")
    with pytest.raises(lab.Problem, match=f"{name}=lenny: there is no such .*(auditd|trixie)"):
        getattr(lab, ask)()


def test_steps_are_timed_by_what_molecule_prints(lab, told, monkeypatch):
    now = iter((10.0, 14.5, 20.0, 21.0))
    monkeypatch.setattr(told.time, "monotonic", lambda: next(now))
    steps = lab.Steps("auditd")
    for line in LINES:
        steps.read(line)
    assert steps.seconds == {"create": 4.5}
    for line in LINES:
        steps.read(line)
    assert steps.seconds == {"create": 5.5}  # twice in one scenario


def test_steps_are_timed_without_colours_too(lab):
    steps = lab.Steps("auditd")
    steps.read("INFO     [auditd > create] Executing")
    steps.read("INFO     [auditd > verify] Executing Testinfra tests found in /x/tests/...")
    steps.read("INFO     [auditd > create] Executed: Successful")
    assert list(steps.seconds) == ["create"]


def test_a_step_that_fails_is_timed_too(lab):
    steps = lab.Steps("auditd")
    steps.read(LINES[0])
    steps.read("INFO     auditd ➜ create: Executed: Failed (Ansible return code was 2, command was: ansible-playbook)")
    assert list(steps.seconds) == ["create"]


def test_lines_of_another_scenario_are_not_timed(lab):
    steps = lab.Steps("immutable")
    for line in LINES:
        steps.read(line)
    assert steps.seconds == {}


def _step(name, lines=RECAP):
    said = f"INFO     [auditd > {name}] "
    return (said + "Executing\n", *lines, said + "Executed: Successful\n")


def test_the_changes_of_the_steps_that_tell_something_are_counted_over_all_hosts(lab):
    steps = lab.Steps("auditd")
    for line in (*_step("prepare"), *_step("check"), *_step("idempotence", ("one : ok=1 changed=0 unreachable=0\n",))):
        steps.read(line)
    assert steps.changed == {"check": 9, "idempotence": 0}
    assert steps.uncounted() == []


def test_changes_that_were_not_seen_are_no_pass(lab):
    steps = lab.Steps("auditd")
    for line in _step("idempotence", ("PLAY RECAP in words of tomorrow\n",)):
        steps.read(line)
    assert steps.uncounted() == ["idempotence"]


def _figure(what, value):
    return json.dumps({"scenario": "auditd", "release": "sid", "what": what, "value": value}) + "\n"


def test_what_tests_have_shown_is_read_in_order(told, tmp_path):
    file = tmp_path / "figures.jsonl"
    assert told.figures(file) == ([], [])
    file.write_text(_figure("rules in the file", 214) + _figure("hosts", {"web": "ok"}))
    assert told.figures(file) == (
        [{"what": "rules in the file", "value": 214}, {"what": "hosts", "value": {"web": "ok"}}],
        [],
    )


@pytest.mark.parametrize("line", ["{", "[]", "3", '{"what": "x", "value": 1}', _figure(7, 1).strip()])
def test_a_figure_that_cannot_be_read_is_told(told, tmp_path, line):
    file = tmp_path / "figures.jsonl"
    file.write_text(_figure("good", 1) + line + "\n")
    found, faults = told.figures(file)
    assert found[0] == {"what": "good", "value": 1}
    assert len(faults) == 1
    assert "figures.jsonl, line 2" in faults[0]


def test_all_that_a_release_has_shown_stands_together(told):
    def run(scenario, release, figures=(), faults=()):
        return told.Run(scenario, release, {"create": 50.2, "verify": 10.0}, {"check": 9}, list(figures), list(faults))

    runs = [
        run("auditd", "sid", [{"what": "rules", "value": 214}, {"what": "verdicts", "value": "none failed"}]),
        run("auditd", "trixie"),
        run("immutable", "sid", faults=["left behind: one"]),
    ]
    assert list(told.lines(runs)) == [
        "sid",
        "  ok     auditd          60 s: create 50, verify 10",
        "         changes: check 9",
        "         rules: 214",
        "         verdicts: none failed",
        "  FAILED immutable       60 s: create 50, verify 10",
        "         left behind: one",
        "         changes: check 9",
        "trixie",
        "  ok     auditd          60 s: create 50, verify 10",
        "         changes: check 9",
    ]


class Bench:
    """Stands for the environment: a shell script for Molecule, which keeps a list of how it was called."""

    def __init__(self, folder, script):
        self.calls = folder / "calls"
        self.script = folder / "molecule"
        self.script.write_text(f'#!/bin/sh\necho "$AUDITOPS_LAB_RELEASE $*" >> {self.calls}\n{script}\n')
        self.script.chmod(0o755)

    def command(self, *words):
        return [str(self.script), *words]

    def environ(self, release):
        return dict(os.environ, AUDITOPS_LAB_RELEASE=release)


class Machines:
    """Stands for the program that makes machines; ``told`` are those there are, one list a question."""

    def __init__(self, *told):
        self.told = list(told)
        self.ended = []

    def __call__(self, command, *words):
        if command == "list":
            return self.told.pop(0) if self.told else []
        if command == "destroy":
            self.ended.append(words[-1])
        return {}


def _machine(run, process):
    return {"name": "one", "run": run, "processes": [process]}


def _told(bench):
    return bench.calls.read_text().splitlines()


def test_a_scenario_that_failed_is_destroyed_once_more_and_fails_the_run(lab, monkeypatch, tmp_path, capsys):
    bench = Bench(tmp_path, 'case "$*" in *immutable*) exit 2;; esac')
    monkeypatch.setattr(lab, "Lab", lambda: bench)
    monkeypatch.setattr(lab, "machines", Machines())
    monkeypatch.setenv("RELEASE", "trixie")
    assert lab.run(["-v"]) == 1
    assert _told(bench) == [
        "trixie test --no-command-borders --scenario-name auditd -- -v",
        "trixie test --no-command-borders --scenario-name immutable -- -v",
        "trixie destroy --scenario-name immutable",
    ]
    said = capsys.readouterr().out
    assert "1 passed, 1 failed" in said
    assert "Molecule ended with 2, see" in said
    report = json.loads((tmp_path / "cache" / "reports" / "lab.json").read_text())
    assert [(one["scenario"], one["passed"]) for one in report] == [("auditd", True), ("immutable", False)]


def test_what_the_tests_of_a_run_have_shown_is_in_the_report(lab, monkeypatch, tmp_path, capsys):
    line = _figure("rules in the kernel", 214).strip()
    bench = Bench(tmp_path, f"""case "$*" in *auditd*) echo '{line}' >> "$AUDITOPS_LAB_FIGURES";; esac""")
    monkeypatch.setattr(lab, "Lab", lambda: bench)
    monkeypatch.setattr(lab, "machines", Machines())
    monkeypatch.setenv("RELEASE", "sid")
    for _time in range(2):  # what an earlier run has shown is not this one's
        assert lab.run([]) == 0
    report = json.loads((tmp_path / "cache" / "reports" / "lab.json").read_text())
    assert [one["figures"] for one in report] == [[{"what": "rules in the kernel", "value": 214}], []]
    assert "         rules in the kernel: 214" in capsys.readouterr().out.splitlines()


def test_images_are_there_before_the_first_scenario_begins(lab, monkeypatch, tmp_path):
    bench = Bench(tmp_path, "")
    asked = []

    def machines(*words):
        asked.append((words, bench.calls.exists()))
        return []

    monkeypatch.setattr(lab, "Lab", lambda: bench)
    monkeypatch.setattr(lab, "machines", machines)
    monkeypatch.setenv("RELEASE", "sid trixie")
    lab.run([])
    assert asked[0] == (("image", "sid", "trixie"), False)


def test_machines_that_a_scenario_leaves_behind_fail_it_and_are_ended(lab, monkeypatch, tmp_path):
    others = [_machine("molecule.G2i3.immutable", 4), _machine("molecule.1111.auditd", 5)]
    machines = Machines(others, [*others, _machine("molecule.G2i3.auditd", 6), _machine("posture", 7)])
    monkeypatch.setattr(lab, "machines", machines)
    run = lab._run(Bench(tmp_path, ""), "auditd", "sid", [])
    assert run.faults == ["left behind: one of molecule.G2i3.auditd, processes: 6"]
    assert machines.ended == ["molecule.G2i3.auditd"]


def test_an_interrupted_scenario_is_ended_and_destroyed(lab, monkeypatch, tmp_path):
    bench = Bench(tmp_path, 'case "$*" in destroy*) exit 0;; esac; echo begun; exec sleep 60')

    def interrupted(_self, _line):
        raise KeyboardInterrupt

    monkeypatch.setattr(lab, "machines", Machines())
    monkeypatch.setattr(lab.Steps, "read", interrupted)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        lab._run(bench, "auditd", "sid", [])
    assert time.monotonic() - began < 30
    assert _told(bench)[-1] == "sid destroy --scenario-name auditd"


def test_the_program_that_makes_machines_may_tidy_up_where_it_is_interrupted(lab, monkeypatch, tmp_path):
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\ntrap 'sleep 1; touch tidy; exit 1' TERM\ntouch begun; sleep 60 & wait\n")
    program.chmod(0o755)
    monkeypatch.setattr(lab.sys, "executable", str(program))

    def interrupt(_signal, _frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1)
        with pytest.raises(KeyboardInterrupt):
            lab.machines("image", "sid")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert (lab.LAB / "begun").exists()
    assert (lab.LAB / "tidy").exists()


_WHOLE = """
import os, pathlib, sys
sys.path.insert(0, {tools!r})
import lab
folder = pathlib.Path({folder!r})
class Bench:
    command = lambda self, *words: [str(folder / "molecule"), *words]
    environ = lambda self, release: dict(os.environ, AUDITOPS_LAB_RELEASE=release)
lab.ROOT, lab.CACHE, lab.LAB, lab.Lab = folder, folder / "cache", folder / "scenarios", Bench
lab.machines = lambda *words: []
lab.run([])
"""


@pytest.mark.parametrize("how", ["signals", "death of who began it"])
def test_a_lab_that_is_ended_ends_its_machines(lab, repository, tmp_path, how):
    """make and timeout each pass on a signal that the whole group had already: it comes up to three times."""
    bench = Bench(tmp_path, 'case "$*" in destroy*) sleep 1; echo done >> calls; exit 0;; esac; exec sleep 60')
    source = _WHOLE.format(tools=os.path.join(repository, "tests", "tools"), folder=str(tmp_path))
    environ = dict(os.environ, RELEASE="sid", SCENARIO="auditd")
    command = ["sh", "-c", '"$0" -B -c "$1" & echo $!; wait', sys.executable, source]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as shell:
        number = int(shell.stdout.readline())
        _until(bench.calls.exists)
        if how == "signals":
            for _time in range(3):
                os.kill(number, signal.SIGTERM)
                time.sleep(0.3)
        else:
            shell.kill()
        _until(lambda: _told(bench)[-1] == "done")
    assert _told(bench)[-2] == "sid destroy --scenario-name auditd"


def _until(so):
    until = time.monotonic() + 30
    while not so():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_shell_is_of_one_scenario_and_one_release(tool, lab, monkeypatch):
    monkeypatch.setenv("RELEASE", "all")
    monkeypatch.setenv("SCENARIO", "auditd")
    with pytest.raises(lab.Problem, match="one SCENARIO and one RELEASE"):
        tool("lab_shell").run([])


def test_the_makefile_knows_the_settings(repository):
    text = pathlib.Path(repository, "Makefile").read_text(encoding="utf-8")
    exported = next(line for line in text.splitlines() if line.startswith("export "))
    assert {"RELEASE", "SCENARIO"} <= set(exported.split())
