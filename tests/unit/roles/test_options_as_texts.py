# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the roles that are given as texts, as an INI inventory and ``-e name=value`` give them.

``false`` is the text "false" there, and argument_specs accept it without making a boolean of it. Releases of Ansible up
to 2.18 take any text for true in a condition, newer ones refuse it, which for a commit or a reboot is too late.
"""

import os
import re

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
pytestmark = pytest.mark.controller
ROLES = ("auditd", "audit_rules", "audit_compliance", "audit_compliance_schedule")
CONDITIONS = ("when", "until", "failed_when", "changed_when", "that")
AS_BOOLEAN = r"\b{0}\b(?!\s*(?:\|\s*default\([^()]*\)\s*)?\|\s*bool\b)"


def switches(repository):
    """The names of all options of the roles that are booleans."""
    found = set()
    for role in ROLES:
        with open(os.path.join(repository, "roles", role, "meta", "argument_specs.yml"), encoding="utf-8") as file:
            for entry in yaml.safe_load(file)["argument_specs"].values():
                found |= {name for name, option in entry["options"].items() if option.get("type") == "bool"}
    return found


def conditions(tasks):
    """Every condition of tasks, those of their blocks and arguments among them, each as a text."""
    if isinstance(tasks, list):
        for task in tasks:
            yield from conditions(task)
    elif isinstance(tasks, dict):
        for name, value in tasks.items():
            if name in CONDITIONS:
                yield from (str(one) for one in (value if isinstance(value, list) else [value]))
            else:
                yield from conditions(value)


def bare(condition, names):
    return [name for name in names if re.search(AS_BOOLEAN.format(name), condition)]


def test_a_bare_switch_is_seen_and_one_that_was_made_a_boolean_is_not():
    for condition in ("on", "not on", "x or not on and y", "on | default(false)", "on|default(true) == x"):
        assert bare(condition, ["on"]) == ["on"], condition
    for condition in ("on | bool", "not on|bool", "on | default(false) | bool", "is_on", "on_it | length > 0"):
        assert bare(condition, ["on"]) == [], condition
    tasks = [
        {"block": [{"when": ["a"]}], "rescue": [{"x.y.assert": {"that": "b"}, "until": "c"}], "changed_when": False}
    ]
    assert list(conditions(tasks)) == ["a", "b", "c", "False"]


def test_no_condition_takes_a_switch_as_it_was_given(repository):
    names, told = switches(repository), []
    folders = [os.path.join("roles", role, "tasks") for role in ROLES] + ["playbooks"]
    for folder in folders:
        for file in sorted(os.listdir(os.path.join(repository, folder))):
            if not file.endswith(".yml"):
                continue
            path = os.path.join(folder, file)
            with open(os.path.join(repository, path), encoding="utf-8") as opened:
                for condition in conditions(yaml.safe_load(opened)):
                    told += [
                        "{0}: {1!r}: write {2} | bool".format(path, condition, one) for one in bare(condition, names)
                    ]
    assert len(names) > 10
    assert told == []
