# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: every program in tests/benchmarks, on the Python that the published figures are for."""

from __future__ import annotations

import subprocess

import cores
import environments
import pythons
from layout import ROOT, Problem, private_environ

FIGURES_ARE_FOR = (3, 11)


def run(arguments: list[str]) -> int:
    """Run the benchmarks one after the other; ``arguments`` go to each.

    The core needs the standard library alone; the Python with ansible-core, for what the controller does, is named in
    the environment.
    """
    programs = sorted((ROOT / "tests" / "benchmarks").glob("*.py"))
    if not programs:
        raise Problem("tests/benchmarks holds no program.")
    installed = pythons.installed()
    python = installed.get(FIGURES_ARE_FOR) or installed[max(installed)]
    environ = private_environ()
    environ["PYTHONPATH"] = environ["ANSIBLE_COLLECTIONS_PATH"]
    core, controller = cores.choose("")
    environ["AUDITOPS_CONTROLLER"] = str(
        environments.ensure(f"compliance-{core.name}-python{controller.name}", controller, [core.lock])
    )
    failed = 0
    for program in programs:
        print(f"== {program.relative_to(ROOT)} on Python {python.release}", flush=True)
        done = subprocess.run([python.path, str(program), *arguments], cwd=ROOT, env=environ, check=False)
        failed += done.returncode != 0
    return 1 if failed else 0
