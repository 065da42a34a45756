# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity without ignores, on the oldest and the newest ansible-core that run here.

ansible-test fetches a get-pip script from the internet to put pip into its environments. A file of the same name in
its cache is used instead, and the one written here installs the pip that Python carries (ensurepip).
"""

from __future__ import annotations

import os
import re

import checks
import cores
import environments
import pythons
from checks import Gate, Result
from layout import CACHE, Problem, private_environ

OLDEST_CORE = "2.16"

GET_PIP = '''"""Installs the pip that this Python carries, in place of the get-pip that ansible-test would fetch."""
import runpy
import sys

sys.argv = ["ensurepip", "--default-pip"]
runpy.run_module("ensurepip", run_name="__main__", alter_sys=True)
'''


def _check(core: cores.Core, python: pythons.Python) -> Result:
    interpreter = environments.ensure(f"sanity-{core.name}-python{python.name}", python, [core.lock], quiet=True)
    tree = checks.copy_tree(f"sanity-{core.name}")
    # A home for each, as two runs of ansible-test would make the same environments at the same time.
    home = CACHE / "sanity" / core.name
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / f"get_pip_{core.get_pip}.py").write_text(GET_PIP, encoding="utf-8")
    # ansible-test looks for pythonX.Y on PATH and is led astray by shims: the interpreters' own folders come first.
    folders = [str(interpreter.parent)]
    folders += [
        os.path.dirname(other.path) for other in pythons.installed().values() if other.version != python.version
    ]
    environ = private_environ(
        HOME=str(home),
        PATH=os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)]),
        PIP_CACHE_DIR=str(CACHE / "pip"),
    )
    del environ["ANSIBLE_COLLECTIONS_PATH"]
    command = [str(interpreter.parent / "ansible-test"), "sanity", "--color", "no"]
    log = f"sanity-{core.name}.txt"
    result = checks.run(command, tree, environ, log=log)
    lines = [line for line in result.details.splitlines() if line.startswith(("ERROR:", "FATAL:"))]
    # ansible-test says it again at the end.
    missing = dict.fromkeys(re.findall(r'Skipping sanity test "import" on Python (\S+)', result.details))
    return Result(
        result.ok,
        "\n".join(lines or result.details.splitlines()[-30:]) + f"\nWhole output: .cache/reports/{log}",
        f"not installed: Python {', '.join(missing)}" if missing else "",
    )


def gates() -> list[Gate]:
    """One gate for each of the two; one that has no Python here fails and says which it needs."""
    made = []
    newest, its_python = cores.choose()
    chosen: list[tuple[cores.Core, pythons.Python | None]] = [(newest, its_python)]
    if newest.name != OLDEST_CORE:
        try:
            chosen.insert(0, cores.choose(OLDEST_CORE))
        except Problem:
            chosen.insert(0, (cores.named(OLDEST_CORE), None))
    for core, python in chosen:
        made.append(Gate(f"sanity-{core.name}", lambda core=core, python=python: _gate(core, python)))
    return made


def _gate(core: cores.Core, python: pythons.Python | None) -> Result:
    if python is None:
        lowest, highest = core.controller
        wanted = "{}.{} to {}.{}".format(*lowest, *highest)
        return Result(False, f"ansible-core {core.name} runs on Python {wanted}, and none of them is installed here.")
    result = _check(core, python)
    return result._replace(note=", ".join(part for part in (f"on Python {python.name}", result.note) if part))
