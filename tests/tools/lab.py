# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make lab`: every scenario of extensions/molecule on every release, what each shows, and nothing left behind."""

from __future__ import annotations

import ctypes
import json
import os
import pathlib
import signal
import subprocess
import sys
from typing import Any

import cores
import environments
import lab_told
from lab_told import Run, Steps
from layout import CACHE, REQUIREMENTS, ROOT, Problem, private_environ

LAB = ROOT / "extensions" / "molecule"
RELEASES = ("bullseye", "bookworm", "trixie")
UNRELEASED = ("forky", "sid")
MINUTES = 120  # for one scenario on one release
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


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


def machines(*words: str) -> Any:
    """What a command of extensions/molecule/machines tells; it needs no library.

    Raises:
        Problem: it failed.
    """
    command = [sys.executable, "-B", "-m", "machines", *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=LAB, env=private_environ(), stdout=pipe, stderr=pipe, text=True) as process:
        try:
            told, said = process.communicate()
        except BaseException:
            process.terminate()  # not killed: it has machines or the build of an image to end
            process.wait(120)
            raise
    if process.returncode:
        raise Problem(said.strip() or f"{' '.join(command)} failed")
    return json.loads(told)


def prepare() -> Lab:
    """The environment, and the images of the chosen releases: what takes a network, and is then kept."""
    lab = Lab()
    print(f"== images of {', '.join(releases())}", flush=True)
    machines("image", *releases())
    return lab


def run(arguments: list[str]) -> int:
    """Run them one after the other; ``arguments`` go to ansible-playbook.

    Returns:
        0 where each passed, 1 otherwise.
    """
    chosen = [(scenario, release) for release in releases() for scenario in scenarios()]
    if not chosen:
        raise Problem(f"{LAB} holds no scenario.")
    _end_with_whoever_began_it()
    lab = prepare()
    reports = CACHE / "reports"
    reports.mkdir(parents=True, exist_ok=True)
    runs: list[Run] = []
    for scenario, release in chosen:
        print(f"== {scenario} on {release}", flush=True)
        runs.append(_run(lab, scenario, release, arguments))
        kept = json.dumps([one.plain() for one in runs], indent=2, ensure_ascii=False)
        (reports / "lab.json").write_text(kept + "\n", encoding="utf-8")
    print()
    for line in lab_told.lines(runs):
        print(line)
    failed = sum(bool(one.faults) for one in runs)
    print(f"{len(runs) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def _end_with_whoever_began_it() -> None:
    """A signal, and the death of make or of whatever else began this, end the machines too."""
    for name in _SIGNALS:
        if signal.getsignal(name) != signal.SIG_IGN:  # nohup
            signal.signal(name, _terminated)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _terminated(_signal: int, _frame: Any) -> None:
    # Once: make and timeout pass on what they and their whole group were sent. No SIG_IGN, which children would keep.
    for name in (*_SIGNALS, signal.SIGINT):
        signal.signal(name, lambda *_given: None)
    raise KeyboardInterrupt


def _run(lab: Lab, scenario: str, release: str, arguments: list[str]) -> Run:
    words = ["test", "--no-command-borders", "--scenario-name", scenario, *(["--", *arguments] if arguments else [])]
    steps = Steps(scenario)
    log = CACHE / "reports" / f"lab-{scenario}-{release}.txt"
    measured = log.with_suffix(".jsonl")
    log.parent.mkdir(parents=True, exist_ok=True)
    measured.unlink(missing_ok=True)
    environ = {**lab.environ(release), lab_told.FIGURES: str(measured)}
    before = machines("list")
    faults = ["it did not come to its end"]
    try:
        code = _streamed(lab.command(*words), environ, steps, log)
        faults = [f"Molecule ended with {code}, see {log}"] if code else []
    finally:
        if faults:
            command = lab.command("destroy", "--scenario-name", scenario)
            subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, check=False)
        faults += _left(scenario, before)
    figures, unread = lab_told.figures(measured)
    faults += unread + [f"no recap of {step} was found" for step in steps.uncounted()]
    return Run(scenario, release, steps.seconds, steps.changed, figures, faults)


def _left(scenario: str, before: list[dict[str, Any]]) -> list[str]:
    """What is told of machines that the scenario has left behind, which are ended."""
    told = []
    for machine in machines("list"):
        if machine["run"].rpartition(".")[2] == scenario and machine not in before:
            processes = ", ".join(map(str, machine["processes"])) or "none"
            told.append(f"left behind: {machine['name']} of {machine['run']}, processes: {processes}")
            machines("destroy", "--run", machine["run"])
    return told


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
                kept.write(lab_told.COLOURS.sub("", line))
                steps.read(line)
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait(180)
        raise
