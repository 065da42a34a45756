# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example posture: a full result on a machine without audit."""

import os

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.posture.registry import COLLECTORS  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, plans, results, summary  # noqa: E402

pytestmark = pytest.mark.controller
GAPS = {
    "identity.shadow", "privilege.sudoers", "privilege.other_policies", "admin.exec", "persistence.cron",
    "log.access", "modules.load", "modules.kexec", "time.set", "rules.drift", "kernel.immutable", "kernel.journald",
    "kernel.lost", "kernel.backlog_limit", "log.file_permissions",
}  # fmt: skip
"""What the baseline finds; docs and README speak of these."""


@pytest.fixture(scope="module")
def example():
    # Not the fixture `repository`: this one is of the module.
    here = os.path.dirname(os.path.abspath(__file__))
    return results.read_posture(os.path.join(here, *([os.pardir] * 4), "docs", "examples", "gaps.json"))


def judged(made, profile):
    selection = catalogue_loader.load().select([profile])
    found = evaluate.judge(made, plans.of(selection, "auto"))
    return results.host_result("web1", selection, made, found, results.now(), {}, "gaps.json")


@pytest.fixture(scope="module")
def baseline(example):
    return judged(example, "baseline")


def by_verdict(result):
    found = {}
    for one in result["controls"]:
        found.setdefault(one["verdict"], set()).add(one["id"])
    return found


def test_it_has_every_part(example):
    assert {collector.part for collector in COLLECTORS} <= set(example)
    assert example["errors"] == {}


def test_most_is_right_and_the_gaps_are_the_classic_ones(baseline):
    verdicts = by_verdict(baseline)
    assert set(verdicts) == {"pass", "fail"}
    assert verdicts["fail"] == GAPS
    assert len(verdicts["pass"]) > len(GAPS)


def test_it_shows_each_kind_of_gap_and_of_remedy(baseline):
    controls = baseline["controls"]
    outcomes = {entry["outcome"] for one in controls for entry in one["coverage"]}
    assert outcomes == {"covered", "partial", "uncovered"}
    steps = {step["do"] for one in controls for step in one["remedy"]}
    assert steps == {"correct", "remove", "add", "load", "advise"}


@pytest.mark.parametrize("profile", ["pci_dss_4_0", "soc2"])
def test_a_whole_standard_finds_every_verdict_but_error(example, profile):
    verdicts = by_verdict(judged(example, profile))
    assert set(verdicts) == {"pass", "fail", "manual", "not_applicable"}
    assert {"retention.at_hand", "ship.transit", "log.fim", "trail.rules_removed"} <= verdicts["fail"]
    assert {"retention.archive", "process.daily_review"} <= verdicts["manual"]


def test_every_gap_has_an_event_and_a_remedy(baseline):
    for control in baseline["controls"]:
        if control["verdict"] == "fail":
            assert control["remedy"]
        for entry in control["coverage"]:
            assert (entry["counterexample"] is not None) is (entry["outcome"] != "covered")


def test_its_summary_names_event_line_and_remedy(baseline):
    fleet = results.fleet_result([baseline], [])
    text = "\n".join(summary.render(fleet, "compliance.json", lambda words, _colour: words))
    assert "auid 1000 (uid 0) changes the attributes of /var/log/audit/any-file  [64-bit chmod]" in text
    assert "/etc/audit/rules.d/20-noise.rules:2 (`-a never,exit" in text
    assert "remove /etc/audit/rules.d/20-noise.rules:2" in text
    assert (
        "correct /etc/audit/rules.d/60-attributes.rules:1, where the load stops (Syscall name unknown: fchmodat2)"
        in text
    )
    assert "-S chmod,fchmodat2" not in text
    assert "-w /etc/gshadow -p wa -k identity" in text
    assert "saved posture of web1" in text


@pytest.mark.parametrize("profile", ["baseline", "pci_dss_4_0", "soc2"])
def test_its_summary_can_be_read_by_a_newcomer(example, profile):
    fleet = results.fleet_result([judged(example, profile)], [])
    lines = summary.render(fleet, "a/compliance.json", lambda words, _colour: words, files=["a/compliance.html"])
    assert len(lines) <= 65
    assert lines[-4:-1] == [
        "The report: a/compliance.html", "Every detail: a/compliance.json", "Lines to paste: a/remedies/web1.rules",
    ]  # fmt: skip


def test_it_tells_nothing_of_the_machine_it_was_made_on(example):
    assert example["host"]["nodename"] == "web1"
    assert [mount["point"] for mount in example["paths"]["mounts"]] == ["/"]
