# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make lab`: every scenario of extensions/molecule on every release, each step timed, and nothing left behind."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import subprocess
import time
from typing import Any, NamedTuple

import cores
import environments
from layout import CACHE, REQUIREMENTS, ROOT, Problem, private_environ

LAB = ROOT / "extensions" / "molecule"
RELEASES = ("bullseye", "bookworm", "trixie")
UNRELEASED = ("forky", "sid")
MINUTES = 60  # for one scenario on one release
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_STEP = re.compile(r"^INFO +\[?(?P<scenario>\S+) \S+ (?P<step>\w+)(?:\]|:) (?P<what>Executing\s*$|Executed: )")


class Run(NamedTuple):
    """One scenario on one release: the seconds of each step, in order, and whether all of it went well."""

    scenario: str
    release: str
    steps: dict[str, float]
    passed: bool


def scenarios() -> list[str]:
    """Those that SCENARIO names, or all.

    Raises:
        Problem: there is no such scenario.
    """
    known = sorted(path.parent.name for path in LAB.glob("*/molecule.yml"))
    return _chosen("SCENARIO", "scenario", known, known)


def releases() -> list[str]:
    """Those that RELEASE names, or the ones that are maintained.

    Raises:
        Problem: there is no such release.
    """
    known = [*RELEASES, *UNRELEASED]
    if os.environ.get("RELEASE", "").strip().lower() == "all":
        return known
    return _chosen("RELEASE", "release", known, list(RELEASES))


def _chosen(setting: str, what: str, known: list[str], default: list[str]) -> list[str]:
    names = os.environ.get(setting, "").replace(",", " ").split()
    for name in names:
        if name not in known:
            raise Problem(f"{setting}={name}: there is no such {what}. Give one of {', '.join(known)}.")
    return names or default


class Lab:
    """The environment with Molecule, made where it is not there."""

    def __init__(self) -> None:
        core, python = cores.choose(os.environ.get("ANSIBLE_CORE", ""))
        print(f"ansible-core {core.release} on Python {python.release} ({python.path})", flush=True)
        locks = [core.lock, REQUIREMENTS / "lab.txt"]
        self.python = environments.ensure(f"lab-{core.name}-python{python.name}", python, locks)

    def command(self, *words: str) -> list[str]:
        """Molecule with a time limit above it."""
        return ["timeout", "--kill-after=120", str(MINUTES * 60), str(self.python), "-m", "molecule", *words]

    def environ(self, release: str) -> dict[str, str]:
        """Its environment: everything is written below .cache."""
        path = os.pathsep.join([str(self.python.parent), os.environ.get("PATH", os.defpath)])
        return private_environ(
            PATH=path,
            AUDITOPS_LAB_RELEASE=release,
            ANSIBLE_SSH_CONTROL_PATH_DIR=str(CACHE / "cp"),
            ANSIBLE_CALLBACK_RESULT_FORMAT="yaml",
        )

    def machines(self, *words: str) -> Any:
        """What a command of extensions/molecule/machines tells.

        Raises:
            Problem: it failed.
        """
        command = [str(self.python), "-B", "-m", "machines", *words]
        done = subprocess.run(command, cwd=LAB, env=private_environ(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise Problem(done.stderr.strip() or f"{' '.join(command)} failed")
        return json.loads(done.stdout)


def run(arguments: list[str]) -> int:
    """Run them one after the other; ``arguments`` go to ansible-playbook.

    Returns:
        0 where each passed, 1 otherwise.
    """
    chosen = [(scenario, release) for release in releases() for scenario in scenarios()]
    if not chosen:
        raise Problem(f"{LAB} holds no scenario.")
    signal.signal(signal.SIGTERM, _terminated)
    lab = Lab()
    runs = []
    for scenario, release in chosen:
        print(f"== {scenario} on {release}", flush=True)
        runs.append(_run(lab, scenario, release, arguments))
    report = CACHE / "reports" / "lab.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps([one._asdict() for one in runs], indent=2) + "\n", encoding="utf-8")
    print()
    for one in runs:
        print(told(one))
    failed = sum(not one.passed for one in runs)
    print(f"{len(runs) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def told(one: Run) -> str:
    """One line: the outcome and the seconds of each step."""
    steps = ", ".join(f"{step} {seconds:.0f}" for step, seconds in one.steps.items())
    outcome = "ok    " if one.passed else "FAILED"
    return f"{outcome} {one.scenario:<12} {one.release:<9} {sum(one.steps.values()):5.0f} s: {steps}"


def _terminated(_signal: int, _frame: Any) -> None:
    raise KeyboardInterrupt  # so that the machines are ended too


def _run(lab: Lab, scenario: str, release: str, arguments: list[str]) -> Run:
    words = ["test", "--no-command-borders", "--scenario-name", scenario, *(["--", *arguments] if arguments else [])]
    steps = Steps(scenario)
    log = CACHE / "reports" / f"lab-{scenario}-{release}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    environ = lab.environ(release)
    passed = False
    try:
        passed = _streamed(lab.command(*words), environ, steps, log) == 0
    finally:
        if not passed:
            command = lab.command("destroy", "--scenario-name", scenario)
            subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, check=False)
    return Run(scenario, release, steps.seconds, passed)


def _streamed(command: list[str], environ: dict[str, str], steps: Steps, log: pathlib.Path) -> int:
    """Run a command whose output goes to ours, to a file and to the clock; its exit code."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        with log.open("w", encoding="utf-8") as kept:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                kept.write(_COLOURS.sub("", line))
                steps.read(line)
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait(180)
        raise


class Steps:
    """How long each step of a scenario takes, by what Molecule prints as it begins and ends one."""

    def __init__(self, scenario: str) -> None:
        self.seconds: dict[str, float] = {}
        self._scenario = scenario
        self._began: dict[str, float] = {}

    def read(self, line: str) -> None:
        """Take notice of one line; a step that is run twice counts as both together."""
        found = _STEP.match(_COLOURS.sub("", line))
        if not found or found["scenario"] != self._scenario:
            return
        if found["what"].strip() == "Executing":
            self._began[found["step"]] = time.monotonic()
        elif found["step"] in self._began:
            took = time.monotonic() - self._began.pop(found["step"])
            self.seconds[found["step"]] = self.seconds.get(found["step"], 0.0) + took
