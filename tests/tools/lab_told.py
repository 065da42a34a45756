# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one scenario on one release came to: its steps by the clock, changes, and what its tests have measured."""

from __future__ import annotations

import json
import pathlib
import re
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

FIGURES = "AUDITOPS_LAB_FIGURES"
"""The variable with the path of a file to which tests append what they show, one JSON object a line."""

COUNTED = ("check", "converge", "idempotence")
"""The steps whose changes are told: the first run in check mode, the first one, and one that may change nothing."""

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_STEP = re.compile(r"^INFO +\[?(?P<scenario>\S+) \S+ (?P<step>\w+)(?:\]|:) (?P<what>Executing\s*$|Executed: )")
_RECAP = re.compile(r"^\S+ +: ok=\d+ +changed=(?P<changed>\d+) +unreachable=")
_FORM = {"scenario": str, "release": str, "what": str}


class Run(NamedTuple):
    """One scenario on one release.

    ``steps`` are the seconds of each step, in order; ``changed`` the tasks that changed something, of all hosts, by
    step; ``figures`` mappings of ``what`` and ``value``, in the order in which tests told them; ``faults`` why it has
    not passed.
    """

    scenario: str
    release: str
    steps: dict[str, float]
    changed: dict[str, int]
    figures: list[dict[str, Any]]
    faults: list[str]

    def plain(self) -> dict[str, Any]:
        """What the report keeps of it."""
        return {**self._asdict(), "passed": not self.faults}


class Steps:
    """The time and the changes of each step, by what Molecule and Ansible print."""

    def __init__(self, scenario: str) -> None:
        self.seconds: dict[str, float] = {}
        self.changed: dict[str, int] = {}
        self._scenario = scenario
        self._began: dict[str, float] = {}

    def read(self, line: str) -> None:
        """Take notice of one line; a step that is run twice counts as both together."""
        plain = COLOURS.sub("", line)
        recap = _RECAP.match(plain)
        if recap:
            for step in self._began:
                if step in COUNTED:
                    self.changed[step] = self.changed.get(step, 0) + int(recap["changed"])
        found = _STEP.match(plain)
        if not found or found["scenario"] != self._scenario:
            return
        if found["what"].strip() == "Executing":
            self._began[found["step"]] = time.monotonic()
        elif found["step"] in self._began:
            took = time.monotonic() - self._began.pop(found["step"])
            self.seconds[found["step"]] = self.seconds.get(found["step"], 0.0) + took

    def uncounted(self) -> list[str]:
        """The steps that ran to their end and whose changes were not seen."""
        return [step for step in COUNTED if step in self.seconds and step not in self.changed]


def figures(path: pathlib.Path) -> tuple[list[dict[str, Any]], list[str]]:
    """What tests have appended to the file, and what is wrong with lines that are not of its form."""
    found, faults = [], []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    for number, line in enumerate(lines, 1):
        try:
            told = json.loads(line)
            fits = all(isinstance(told[key], kind) for key, kind in _FORM.items())
            found.append({"what": told["what"], "value": told["value"]})
        except (ValueError, TypeError, KeyError) as error:
            faults.append(f"{path.name}, line {number}: {error!r}")
        else:
            if not fits:
                faults.append(f"{path.name}, line {number}: scenario, release and what are texts")
    return found, faults


def lines(runs: Iterable[Run]) -> Iterator[str]:
    """All that is to be read at the end, by release."""
    by_release: dict[str, list[Run]] = {}
    for one in runs:
        by_release.setdefault(one.release, []).append(one)
    for release, those in by_release.items():
        yield release
        for one in those:
            yield from _of_one(one)


def _of_one(one: Run) -> Iterator[str]:
    steps = ", ".join(f"{step} {seconds:.0f}" for step, seconds in one.steps.items())
    yield f"  {'FAILED' if one.faults else 'ok    '} {one.scenario:<12} {sum(one.steps.values()):5.0f} s: {steps}"
    for fault in one.faults:
        yield f"         {fault}"
    if one.changed:
        changed = ", ".join(f"{step} {number}" for step, number in one.changed.items())
        yield f"         changes: {changed}"
    for figure in one.figures:
        value = figure["value"]
        yield f"         {figure['what']}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
