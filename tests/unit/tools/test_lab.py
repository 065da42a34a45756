# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make lab` chooses, times and leaves behind."""

import json
import os
import pathlib
import time

import pytest

LINES = (
    "\x1b[36mINFO    \x1b[0m \x1b[32mauditd\x1b[0m ➜ \x1b[33mcreate\x1b[0m: \x1b[36mExecuting\x1b[0m\n",
    "TASK [Build] ***\n",
    "INFO     auditd ➜ verify: Executing Testinfra tests found in /x/tests/...\n",
    "\x1b[36mINFO    \x1b[0m \x1b[32mauditd\x1b[0m ➜ \x1b[33mcreate\x1b[0m: \x1b[32mExecuted: Successful\x1b[0m\n",
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
    return module


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


def test_steps_are_timed_by_what_molecule_prints(lab, monkeypatch):
    now = iter((10.0, 14.5, 20.0, 21.0))
    monkeypatch.setattr(lab.time, "monotonic", lambda: next(now))
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


def _told(bench):
    return bench.calls.read_text().splitlines()


def test_a_scenario_that_failed_is_destroyed_once_more_and_fails_the_run(lab, monkeypatch, tmp_path, capsys):
    bench = Bench(tmp_path, 'case "$*" in *immutable*) exit 2;; esac')
    monkeypatch.setattr(lab, "Lab", lambda: bench)
    monkeypatch.setattr(lab, "ROOT", tmp_path)
    monkeypatch.setenv("RELEASE", "trixie")
    before = lab.signal.getsignal(lab.signal.SIGTERM)
    try:
        assert lab.run(["-v"]) == 1
    finally:
        lab.signal.signal(lab.signal.SIGTERM, before)
    assert _told(bench) == [
        "trixie test --no-command-borders --scenario-name auditd -- -v",
        "trixie test --no-command-borders --scenario-name immutable -- -v",
        "trixie destroy --scenario-name immutable",
    ]
    assert "1 passed, 1 failed" in capsys.readouterr().out
    report = json.loads((tmp_path / "cache" / "reports" / "lab.json").read_text())
    assert [(one["scenario"], one["passed"]) for one in report] == [("auditd", True), ("immutable", False)]


def test_an_interrupted_scenario_is_ended_and_destroyed(lab, monkeypatch, tmp_path):
    bench = Bench(tmp_path, 'case "$*" in destroy*) exit 0;; esac; echo begun; exec sleep 60')
    monkeypatch.setattr(lab, "ROOT", tmp_path)

    def interrupted(_self, _line):
        raise KeyboardInterrupt

    monkeypatch.setattr(lab.Steps, "read", interrupted)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        lab._run(bench, "auditd", "sid", [])
    assert time.monotonic() - began < 30
    assert _told(bench)[-1] == "sid destroy --scenario-name auditd"


def test_a_shell_is_of_one_scenario_and_one_release(tool, lab, monkeypatch):
    monkeypatch.setenv("RELEASE", "all")
    monkeypatch.setenv("SCENARIO", "auditd")
    with pytest.raises(lab.Problem, match="one SCENARIO and one RELEASE"):
        tool("lab_shell").run([])


def test_the_makefile_knows_the_settings(repository):
    text = pathlib.Path(repository, "Makefile").read_text(encoding="utf-8")
    exported = next(line for line in text.splitlines() if line.startswith("export "))
    assert {"RELEASE", "SCENARIO"} <= set(exported.split())
