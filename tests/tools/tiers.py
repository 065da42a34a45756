# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make test`: the unit tier, then the kernel tier, and in the last lines what was skipped and why.

The lab tier, which builds images and boots virtual machines for minutes, runs where TIER=lab asks for it.
"""

from __future__ import annotations

import collections
import os
import pathlib
import subprocess
import time
from typing import NamedTuple
from xml.etree import ElementTree

import cores
import environments
from layout import CACHE, REQUIREMENTS, ROOT, Problem, private_environ

TIERS = (("unit", "tests/unit"), ("kernel", "tests/kernel"), ("lab", "tests/lab"))
BY_NAME_ONLY = ("lab",)


class Outcome(NamedTuple):
    """What one tier came to."""

    passed: int
    failed: int
    skipped: int
    reasons: collections.Counter
    seconds: float


def read_report(report: pathlib.Path, exit_code: int, seconds: float) -> Outcome:
    """Count one pytest run from its JUnit report; a run that failed without a failed test counts as one failure."""
    passed = failed = skipped = 0
    reasons: collections.Counter = collections.Counter()
    if report.is_file():
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            skip = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            elif skip is not None:
                skipped += 1
                reasons[(skip.get("message") or "no reason given").replace("\n", " ")] += 1
            else:
                passed += 1
    if exit_code != 0 and failed == 0:
        failed = 1
        print(f"pytest ended with exit code {exit_code} and no failed test: counted as one failure.")
    return Outcome(passed, failed, skipped, reasons, seconds)


def _run_tier(name: str, folder: str, interpreter: pathlib.Path, arguments: list[str]) -> Outcome:
    report = CACHE / "reports" / f"{name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    environ = private_environ()
    environ["PATH"] = os.pathsep.join([str(interpreter.parent), environ.get("PATH", os.defpath)])
    command = [str(interpreter), "-m", "pytest", "--quiet", f"--junitxml={report}", *arguments, folder]
    print(f"== {name} tier: pytest {folder}", flush=True)
    started = time.monotonic()
    exit_code = subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode
    if exit_code == 5 and arguments:
        exit_code = 0  # the arguments select no test of this tier
    return read_report(report, exit_code, time.monotonic() - started)


def chosen() -> tuple[tuple[str, str], ...]:
    """The tiers to run: the one that TIER names, or all but those that only run by name.

    Raises:
        Problem: There is no such tier.
    """
    wanted = os.environ.get("TIER", "").strip().lower()
    names = [name for name, _folder in TIERS]
    if wanted and wanted not in names:
        raise Problem(
            f"TIER={os.environ['TIER']}: there is no such tier. Give {' or '.join(names)}, or none for the first two."
        )
    return tuple(tier for tier in TIERS if wanted == tier[0] or (not wanted and tier[0] not in BY_NAME_ONLY))


def run(arguments: list[str]) -> int:
    """Set up the environment and run the tiers; ``arguments`` go to pytest as they are.

    Returns:
        0 where nothing failed, 1 otherwise. A tier that may not run here is skipped, never passed.
    """
    tiers = chosen()
    core, python = cores.choose(os.environ.get("ANSIBLE_CORE", ""))
    print(f"ansible-core {core.release} on Python {python.release} ({python.path})", flush=True)
    locks = [core.lock, REQUIREMENTS / "unit.txt", REQUIREMENTS / "tables.txt", REQUIREMENTS / "reports.txt"]
    interpreter = environments.ensure(f"test-{core.name}-python{python.name}", python, locks)
    outcomes = {}
    for name, folder in tiers:
        if (ROOT / folder).is_dir():
            outcomes[name] = _run_tier(name, folder, interpreter, arguments)
    return told(outcomes, arguments)


def told(outcomes: dict[str, Outcome], arguments: list[str]) -> int:
    """Print the last lines; the exit code."""
    print()
    for name, outcome in outcomes.items():
        counts = f"{outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
        print(f"{name} tier: {counts} in {outcome.seconds:.0f} s")
        for reason, times in sorted(outcome.reasons.items()):
            print(f"    skipped {times}: {reason}")
    passed, failed, skipped = (sum(outcome[part] for outcome in outcomes.values()) for part in range(3))
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    if not passed and not failed:
        selected = not skipped and arguments
        why = f"none is selected by {' '.join(arguments)}" if selected else "see above"
        print(f"no test was run: {why}", flush=True)
    return 1 if failed or not passed else 0
