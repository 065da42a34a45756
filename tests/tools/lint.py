# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make lint`: every gate, one line each, its details below it where it fails, and an exit code that is honest."""

from __future__ import annotations

import concurrent.futures
import os
import time

import cores
import environments
import gates
import pythons
import sanity
import targets
from checks import Gate, Result
from layout import REQUIREMENTS, Problem

LINT_CORE = "2.21"


def _timed(gate: Gate) -> tuple[Gate, Result, float]:
    started = time.monotonic()
    try:
        result = gate.check()
    except Problem as problem:
        result = Result(False, str(problem))
    return gate, result, time.monotonic() - started


def _all_gates() -> list[Gate]:
    core = cores.named(LINT_CORE)
    python = pythons.newest(core.controller[0], core.controller[1], "make lint (ansible-lint and the like)")
    interpreter = environments.ensure(f"lint-python{python.name}", python, [REQUIREMENTS / "lint.txt"])
    # The long ones first: two gates run at a time.
    return sanity.gates() + gates.gates(interpreter) + targets.gates()


def run(arguments: list[str]) -> int:
    """Run all gates, or those named by ``arguments``.

    Returns:
        0 where each of them is ok, 1 otherwise.

    Raises:
        Problem: A gate is named that does not exist, or no Python can run the checkers.
    """
    chosen = _all_gates()
    unknown = sorted(set(arguments) - {gate.name for gate in chosen})
    if unknown:
        names = " ".join(gate.name for gate in chosen)
        raise Problem(f"no gate is called {', '.join(unknown)}; there are: {names}")
    chosen = [gate for gate in chosen if not arguments or gate.name in arguments]
    failed = []
    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        for done in concurrent.futures.as_completed([pool.submit(_timed, gate) for gate in chosen]):
            gate, result, seconds = done.result()
            note = f"  ({result.note})" if result.note else ""
            print(f"{'ok    ' if result.ok else 'FAILED'}  {gate.name:<20} {seconds:4.0f} s{note}", flush=True)
            if not result.ok:
                failed.append(gate.name)
                print("\n".join(f"        {line}" for line in result.details.splitlines()), flush=True)
    missing = targets.missing()
    if missing and not arguments:
        print(f"not installed, so not tried: Python {', '.join(missing)}")
    print(
        f"{len(chosen)} gates in {time.monotonic() - started:.0f} s, {len(failed)} failed: {' '.join(failed) or 'none'}"
    )
    return 1 if failed else 0
