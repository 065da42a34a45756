# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""audit_facts from its arguments to what it prints, in a process of its own as on a target."""

import os

import pytest

pytest.importorskip("ansible.module_utils.basic", reason="the module's own frame comes with ansible-core")

from ansible_collections.auditops.trail.plugins.module_utils.posture import forms, registry, subsets  # noqa: E402

MODULE = "ansible_collections.auditops.trail.plugins.modules.audit_facts"
FRAME = {"posture_version", "tool", "collected", "privilege", "errors"}


def collected(result):
    posture = result["ansible_facts"]["linux_audit"]
    return (set(posture) - FRAME) | set(posture["errors"])


@pytest.mark.parametrize("check", [False, True])
def test_the_facts_are_a_posture_and_nothing_is_changed(run, check):
    result = run(_ansible_check_mode=check)
    assert result["changed"] is False
    assert collected(result) == set(subsets.parts_of([]))
    forms.check(result["ansible_facts"]["linux_audit"])
    assert not [
        error for error in result["ansible_facts"]["linux_audit"]["errors"].values() if "fault" in error["remedy"]
    ]


def test_one_part_costs_that_part_alone(run):
    assert collected(run(gather_subset=["status"])) == {"status"}


def test_what_a_part_builds_on_is_collected_along(run):
    assert collected(run(gather_subset=["service", "!system"])) == {"service", "system"}


def test_an_unknown_name_is_an_error_that_names_the_choices(run):
    result = run(gather_subset=["statsu"])
    assert result["failed"] is True
    for part in (collector.part for collector in registry.COLLECTORS):
        assert part in result["remedy"]


def test_the_paths_of_requirements_are_looked_at(run):
    result = run(gather_subset=["paths"], requirements=["-w /etc/hostname -p wa", "no rule"])
    assert "/etc/hostname" in result["ansible_facts"]["linux_audit"]["paths"]["objects"]


def test_the_default_is_the_documented_one(repository):
    yaml = pytest.importorskip("yaml", reason="reads the documentation")
    path = os.path.join(repository, "plugins", "modules", "audit_facts.py")
    with open(path, encoding="utf-8") as file:
        documented = yaml.safe_load(file.read().partition('DOCUMENTATION = r"""')[2].partition('"""')[0])
    assert tuple(documented["options"]["gather_subset"]["default"]) == subsets.DEFAULT
