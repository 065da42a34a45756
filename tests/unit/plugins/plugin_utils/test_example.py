# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example posture: a full result on a machine without audit."""

import json
import os

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, plans, results, summary  # noqa: E402

pytestmark = pytest.mark.controller


@pytest.fixture
def fleet(repository):
    made = results.read_posture(os.path.join(repository, "docs", "examples", "gaps.json"))
    selection = catalogue_loader.load().select(["baseline"])
    plan = plans.of(selection, "auto")
    judged = evaluate.judge(made, plan)
    return results.fleet_result(
        [results.host_result("web1", selection, made, judged, results.now(), {}, "gaps.json")], []
    )


def test_it_shows_each_kind_of_gap(fleet):
    controls = {one["id"]: one for one in fleet["results"][0]["controls"]}
    assert {name for name, one in controls.items() if one["verdict"] == "pass"} == {
        "kernel.enabled",
        "kernel.backlog_limit",
    }
    assert all(one["verdict"] in ("pass", "fail") for one in controls.values())
    outcomes = {entry["outcome"] for one in controls.values() for entry in one["coverage"]}
    assert outcomes == {"covered", "partial", "uncovered"}
    steps = {step["do"] for one in controls.values() for step in one["remedy"]}
    assert steps == {"correct", "remove", "add", "load", "advise"}


def test_every_gap_has_an_event_and_a_remedy(fleet):
    for control in fleet["results"][0]["controls"]:
        if control["verdict"] == "fail":
            assert control["remedy"]
        for entry in control["coverage"]:
            assert (entry["counterexample"] is not None) is (entry["outcome"] != "covered")


def test_its_summary_names_event_line_and_remedy(fleet):
    text = "\n".join(summary.render(fleet, "compliance.json", lambda words, _colour: words))
    assert "auid 1000 (uid 0) changes the attributes of /etc/passwd  [64-bit chmod]" in text
    assert "/etc/audit/rules.d/20-noise.rules:2 (`-a never,exit" in text
    assert "remove /etc/audit/rules.d/20-noise.rules:2" in text
    told = "(Syscall name unknown: fchmodat2):  leave fchmodat2 out: auditctl 3.0.9 does not know it on x86_64\n"
    assert "correct /etc/audit/rules.d/60-attributes.rules:1, where the load stops " + told in text
    assert "-S chmod,fchmodat2" not in text
    assert "-w /usr/bin/sudo -p x -k privileged" in text
    assert "saved posture of web1" in text


def test_it_tells_nothing_of_the_machine_it_was_made_on(repository):
    with open(os.path.join(repository, "docs", "examples", "gaps.json"), encoding="ascii") as file:
        made = json.load(file)
    assert made["host"]["nodename"] == "web1"
    assert [mount["point"] for mount in made["paths"]["mounts"]] == ["/"]
