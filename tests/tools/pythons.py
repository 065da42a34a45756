# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python interpreters of this machine: those on PATH and those of pyenv, each proven by running it."""

from __future__ import annotations

import functools
import os
import pathlib
import re
import shutil
import subprocess
from typing import NamedTuple

from layout import Problem

OLDEST = (3, 6)
NEWEST = (3, 14)

PROBE = """
import sys
try:
    import venv, ensurepip
    print("yes", end=" ")
except ImportError:
    print("no", end=" ")
print("%d.%d.%d" % sys.version_info[:3], sys.executable)
"""


class Python(NamedTuple):
    """One interpreter that runs."""

    version: tuple[int, int]
    release: str
    path: str
    makes_environments: bool

    @property
    def name(self) -> str:
        """``3.11``."""
        return "{}.{}".format(*self.version)


def _probe(path: str) -> Python | None:
    """The interpreter behind ``path``, or None where it does not run (a pyenv shim without its version)."""
    try:
        done = subprocess.run(
            [path, "-c", PROBE], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = done.stdout.strip().split(" ", 2)
    if done.returncode != 0 or len(words) != 3:
        return None
    major, minor = words[1].split(".")[:2]
    return Python((int(major), int(minor)), words[1], words[2], words[0] == "yes")


def _candidates() -> list[str]:
    """Paths that may be an interpreter, in order of preference; several may be the same one."""
    found = []
    folders = [pathlib.Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    if shutil.which("pyenv"):
        done = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            folders += sorted(pathlib.Path(done.stdout.strip(), "versions").glob("3.*/bin"), reverse=True)
    for folder in folders:
        try:
            names = sorted(entry.name for entry in folder.iterdir())
        except OSError:
            continue
        found += [str(folder / name) for name in names if re.fullmatch(r"python(3(\.\d+)?)?", name)]
    return found


@functools.lru_cache(maxsize=1)
def installed() -> dict[tuple[int, int], Python]:
    """One working interpreter for each version from 3.6 to 3.14 that is installed, oldest first.

    One that can make environments is preferred to one that cannot (Debian without python3-venv).
    """
    best: dict[tuple[int, int], Python] = {}
    for path in _candidates():
        python = _probe(path)
        if python is None or not OLDEST <= python.version <= NEWEST:
            continue
        held = best.get(python.version)
        if held is None or (python.makes_environments and not held.makes_environments):
            best[python.version] = python
    return dict(sorted(best.items()))


def newest(lowest: tuple[int, int], highest: tuple[int, int], purpose: str) -> Python:
    """The newest installed interpreter between two versions that can make environments.

    Raises:
        Problem: None is there; says which were found and what to install.
    """
    fitting = [python for version, python in installed().items() if lowest <= version <= highest]
    for python in reversed(fitting):
        if python.makes_environments:
            return python
    wanted = "Python {}.{} to {}.{}".format(*lowest, *highest)
    if fitting:
        name = fitting[-1].name
        raise Problem(
            f"{purpose} needs {wanted} with its venv and ensurepip modules; {fitting[-1].path} is without them. "
            f"On Debian and Ubuntu: apt-get install python{name}-venv"
        )
    seen = ", ".join(python.name for python in installed().values()) or "none"
    raise Problem(f"{purpose} needs {wanted}; installed here: {seen}.")
