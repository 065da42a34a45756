# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's metadata against the tree it describes."""

import os
import re

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")


def load(repository, *path):
    with open(os.path.join(repository, *path), encoding="utf-8") as source:
        return yaml.safe_load(source)


def names(repository, *folder):
    """The plugins in a folder, without their .py."""
    found = os.listdir(os.path.join(repository, "plugins", *folder))
    return sorted(name[:-3] for name in found if name.endswith(".py") and name != "__init__.py")


def test_the_action_group_is_every_module(repository):
    runtime = load(repository, "meta", "runtime.yml")
    assert sorted(runtime["action_groups"]["all"]) == names(repository, "modules")


def test_every_action_has_its_module(repository):
    assert set(names(repository, "action")) <= set(names(repository, "modules"))


def test_the_floor_of_the_controller_is_said_once(repository):
    assert load(repository, "meta", "runtime.yml")["requires_ansible"] == ">=2.16.0"


def test_the_execution_environment_installs_the_controllers_requirements(repository):
    environment = load(repository, "meta", "execution-environment.yml")
    assert environment["dependencies"]["python"] == "requirements.txt"
    assert os.path.isfile(os.path.join(repository, "requirements.txt"))


def test_every_pin_file_names_exact_versions(repository):
    folder = os.path.join(repository, "tests", "requirements")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as source:
            lines = [line.partition(" ;")[0].strip() for line in source if line.strip() and not line.startswith("#")]
        assert lines, name
        loose = [line for line in lines if not re.match(r"[A-Za-z0-9._-]+==[A-Za-z0-9._!+]+$", line)]
        assert loose == [], name


def test_every_core_of_the_table_has_its_pins(repository):
    folder = os.path.join(repository, "tests", "requirements")
    table = load(repository, "tests", "tools", "cores.json")
    assert table
    for name, row in table.items():
        with open(os.path.join(folder, "core-{0}.txt".format(name)), encoding="utf-8") as source:
            assert "ansible-core=={0}\n".format(row["release"]) in source.read()


def test_init_files_are_empty(repository):
    for folder, _folders, files in os.walk(os.path.join(repository, "plugins")):
        if "__init__.py" in files:
            assert os.path.getsize(os.path.join(folder, "__init__.py")) == 0, folder
