# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The target side's unit tests on every Python from 3.6 to 3.14 that is installed; the missing ones are named.

Those that search exhaustively, for what no Python changes, run on the oldest alone: `make test` has them on a new one.
"""

from __future__ import annotations

import pathlib
import re

import checks
import cores
import environments
import pythons
from checks import Gate, Result
from layout import REQUIREMENTS, ROOT, private_environ

FOLDERS = ("tests/unit/plugins/module_utils", "tests/unit/plugins/modules")


def _lock(python: pythons.Python) -> pathlib.Path:
    """The pins for this version: a file of its own for those that the current pytest has left behind."""
    own = REQUIREMENTS / f"unit-{python.name}.txt"
    return own if own.is_file() else REQUIREMENTS / "unit.txt"


def _check(python: pythons.Python) -> Result:
    if not python.makes_environments:
        return Result(False, f"{python.path} is without its venv and ensurepip modules.")
    core = cores.for_target(python.version)
    if core is None:
        return Result(False, f"no ansible-core in the table manages a target on Python {python.name}.")
    interpreter = environments.ensure(f"target-python{python.name}", python, [_lock(python)], quiet=True)
    fetcher = pythons.newest(core.controller[0], pythons.NEWEST, "fetching ansible-core")
    shipped = environments.module_utils(core.release, fetcher)
    folders = [folder for folder in FOLDERS if (ROOT / folder).is_dir()]
    environ = private_environ(PYTHONPATH=str(shipped))
    options = ["--quiet", "-p", "no:cacheprovider"]
    if python.version != next(iter(pythons.installed())):
        options += ["-m", "not exhaustive"]
    result = checks.run(
        [str(interpreter), "-m", "pytest", *options, *folders], ROOT, environ, f"python{python.name}.txt"
    )
    last = result.details.rpartition("\n")[2] or result.details
    counts = re.findall(r"\d+ (?:passed|failed|errors?|skipped|deselected)", last)
    return result._replace(note=f"{', '.join(counts)}; module_utils of ansible-core {core.release}")


def gates() -> list[Gate]:
    """One gate for each installed version."""
    return [
        Gate(f"python{python.name}", lambda python=python: _check(python)) for python in pythons.installed().values()
    ]


def missing() -> list[str]:
    """The versions between the floor and the newest that are not installed."""
    return [
        f"3.{minor}"
        for minor in range(pythons.OLDEST[1], pythons.NEWEST[1] + 1)
        if (3, minor) not in pythons.installed()
    ]
