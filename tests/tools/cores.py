# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ansible-core goes with which Python: the table is cores.json, the exact pins are tests/requirements."""

from __future__ import annotations

import json
import pathlib
from typing import NamedTuple

import pythons
from layout import REQUIREMENTS, Problem

Version = tuple[int, int]


class Core(NamedTuple):
    """One supported series of ansible-core."""

    name: str
    release: str
    controller: tuple[Version, Version]
    target: tuple[Version, Version]
    get_pip: str

    @property
    def lock(self) -> pathlib.Path:
        """Its requirements, each with its exact version."""
        return REQUIREMENTS / f"core-{self.name}.txt"


def _version(text: str) -> Version:
    major, minor = text.split(".")
    return int(major), int(minor)


def table() -> list[Core]:
    """Every series, oldest first."""
    path = pathlib.Path(__file__).with_name("cores.json")
    cores = []
    for name, row in json.loads(path.read_text(encoding="utf-8")).items():
        controller = _version(row["controller"][0]), _version(row["controller"][1])
        target = _version(row["target"][0]), _version(row["target"][1])
        cores.append(Core(name, row["release"], controller, target, row["get_pip"]))
    return sorted(cores, key=lambda core: _version(core.name))


def named(name: str) -> Core:
    """The series called ``name`` (``2.16``; a full release of a series is understood too).

    Raises:
        Problem: The project has no pins for it.
    """
    series = ".".join(name.split(".")[:2])
    for core in table():
        if core.name == series and name in (core.name, core.release):
            return core
    known = ", ".join(core.name for core in table())
    raise Problem(f"ANSIBLE_CORE={name}: there are pins for {known} only.")


def for_target(version: Version) -> Core | None:
    """The newest series that manages a target with this Python, or None."""
    fitting = [core for core in table() if core.target[0] <= version <= core.target[1]]
    return fitting[-1] if fitting else None


def choose(name: str = "") -> tuple[Core, pythons.Python]:
    """The series and the interpreter to run it: the newest Python decides, unless a series is named.

    Raises:
        Problem: No interpreter fits.
    """
    if name:
        core = named(name)
        return core, pythons.newest(core.controller[0], core.controller[1], f"ansible-core {core.name}")
    cores = table()
    lowest = min(core.controller[0] for core in cores)
    highest = max(core.controller[1] for core in cores)
    python = pythons.newest(lowest, highest, "ansible-core")
    return [core for core in cores if core.controller[0] <= python.version <= core.controller[1]][-1], python
