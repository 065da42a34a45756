# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as new, and what ends it."""

from datetime import timedelta

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils import moments  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import problems  # noqa: E402
from ansible_collections.auditops.trail.tests.unit import fleets  # noqa: E402
from ansible_collections.auditops.trail.tests.unit.scheduled import AT, control, fleet, result  # noqa: E402

pytestmark = pytest.mark.controller
NOW = moments.instant(AT) + timedelta(hours=1)


class Memory:
    """Runs in a row: what each of them tells."""

    def __init__(self):
        self.known, self.hosts, self.ended = {}, [], []

    def run(self, report, least="low", more=()):
        found = problems.of_fleet(report, least, timedelta(hours=36), NOW) if report else []
        found += more
        here = problems.present(report, found, self.hosts) if report else set()
        found += problems.gone(self.hosts, here) if report else []
        fresh = problems.new(found, self.known)
        self.known, self.ended = problems.open_after(found, self.known, report, here)
        self.hosts = sorted(here) if report else self.hosts
        return [(one.kind, one.host, one.name) for one in fresh]

    def verdicts(self, *verdicts):
        return [bool(self.run(fleet(result("a", control("x", one))))) for one in verdicts]


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        (["pass", "fail", "fail"], [False, True, False]),
        (["fail", "pass", "fail"], [True, False, True]),
        (["fail", "error", "fail"], [True, False, False]),
        (["error", "error", "fail", "fail"], [True, False, True, False]),
        (["fail", "error", "pass", "error"], [True, False, False, True]),
        (["fail", "waived", "fail"], [True, False, True]),
        (["fail", "not_applicable", "fail"], [True, False, False]),
        (["fail", "manual", "fail"], [True, False, False]),
        (["waived", "manual", "not_applicable"], [False, False, False]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value[0], str) else None,
)
def test_only_a_pass_or_a_waiver_ends_a_failure(verdicts, told):
    assert Memory().verdicts(*verdicts) == told


def test_a_host_that_did_not_answer_for_a_night_is_told_and_its_failures_are_not_told_again():
    memory = Memory()
    bad = fleet(result("a", control("x", "fail")))
    assert memory.run(bad) == [("control", "a", "x")]
    assert memory.run(fleet(gone=["a"])) == [("host", "a", "")]
    assert memory.run(bad) == []
    assert memory.run(fleet(gone=["a"])) == [("host", "a", "")], "it was reached in between"


def test_a_run_without_a_report_ends_nothing():
    memory = Memory()
    bad = fleet(result("a", control("x", "fail")), gone=["b"])
    assert len(memory.run(bad)) == 2
    memory.run(None)
    assert memory.run(bad) == []


def test_a_control_that_the_profile_drops_is_over():
    memory = Memory()
    memory.run(fleet(result("a", control("x", "fail"))))
    memory.run(fleet(result("a", control("y"))))
    assert memory.known == {}


def test_the_least_severity_holds_for_controls_and_findings_and_never_for_hosts():
    finding = {"id": "waiver.due", "title": "It ends", "text": "soon", "severity": "medium"}
    report = fleet(
        result("a", control("x", "fail", "medium"), control("y", "fail", "high")), gone=["b"], findings=[finding]
    )
    told = [("host", "b", ""), ("control", "a", "y")]
    assert Memory().run(report, "high") == told
    assert len(Memory().run(report, "low")) == 4


def test_a_merged_result_that_has_become_old_is_a_host_that_is_not_reached():
    fresh = result("a", control("x"), merged_from="/drop/a")
    old = result("b", control("x"), merged_from="/drop/b", evidence={"collected": "2026-11-24T03:00:00Z"})
    own = result("c", control("x"), evidence={"collected": "2026-11-24T03:00:00Z"})
    found = problems.of_fleet(fleet(fresh, old, own), "low", timedelta(hours=36), NOW)
    assert [(one.kind, one.host) for one in found] == [("host", "b")]
    assert "no result since 2026-11-24T03:00:00Z" in found[0].text


def test_a_host_in_scope_that_nobody_looks_at_is_one_that_is_not_reached():
    report = fleet(result("a", control("x")), missing=["c"], left_out=["d"])
    assert Memory().run(report) == [("host", "c", ""), ("host", "d", "")]


def test_a_finding_is_told_once_whatever_times_its_text_tells():
    memory = Memory()
    for number, told in ((1, 1), (2, 0)):
        finding = {"id": "merge.old", "title": "Old", "text": f"a, 2026-11-2{number}", "severity": "medium"}
        assert len(memory.run(fleet(result("a", control("x")), findings=[finding]))) == told


def test_a_whole_report_with_names_that_bite_is_told_once():
    report = fleets.fleet(hosts=7, controls=36)
    memory = Memory()
    first = memory.run(report)
    failing = {
        (one["host"], own["id"])
        for one in report["results"]
        for own in one["controls"]
        if own["verdict"] in ("fail", "error")
    }
    assert {(host, name) for kind, host, name in first if kind == "control"} == failing
    assert {host for kind, host, _name in first if kind == "host"} == {
        "db1.example.org", "db2.example.org", "legacy1.example.org",
    }  # fmt: skip
    assert memory.run(report) == []
    assert len(memory.known) == len(first)


def test_the_gravest_comes_first_and_hosts_before_controls():
    report = fleet(
        result("a", control("low", "fail", "low"), control("top", "fail", "critical")),
        result("b", control("top", "fail", "critical")),
        gone=["z"],
    )
    assert Memory().run(report) == [
        ("host", "z", ""), ("control", "a", "top"), ("control", "b", "top"), ("control", "a", "low"),
    ]  # fmt: skip


OTHER = result("ctl", control("x"))


@pytest.mark.parametrize(
    "last",
    [fleet(OTHER, result("db1", control("x", "fail"))), fleet(OTHER, gone=["db1"]), fleet(OTHER, missing=["db1"])],
    ids=["failing", "not reached", "missing"],
)
def test_a_host_that_leaves_is_told_once_and_nothing_of_it_stays_open_or_counts_as_mended(last):
    memory = Memory()
    memory.run(fleet(OTHER, result("db1", control("x", "fail"), control("y", "error"))))
    memory.run(last)
    assert memory.run(fleet(OTHER)) == [("host", "db1", "left")]
    assert (memory.known, memory.ended) == ({}, [])
    assert memory.run(fleet(OTHER)) == []
    again = fleet(OTHER, result("db1", control("x", "fail")))
    assert memory.run(again) == [("control", "db1", "x")], "a machine that is set up anew is told anew"


def test_a_host_whose_result_was_not_taken_has_not_left():
    bad = fleet(OTHER, result("web1", control("x", "fail")))
    refused = problems.Problem("intake", "web1", "", "high", "What the host has sent was not taken", "half")
    memory = Memory()
    memory.run(bad)
    assert memory.run(fleet(OTHER), more=[refused]) == [("intake", "web1", "")]
    assert memory.run(bad) == [], "its failure was told, and nobody has seen it mended"
    assert memory.run(fleet(OTHER)) == [("host", "web1", "left")]


def test_a_host_that_was_not_reached_is_so_until_it_has_answered():
    """Not in a night in which its result could not be looked at."""
    problem = problems.Problem("host", "web1", "", "high", "The host was not reached", "no result since")
    known = {problem.key: problem.level}
    assert problems.open_after([], known, fleet(), ["web1"]) == (known, [])
    assert problems.open_after([], known, fleet(result("web1")), ["web1"]) == ({}, [problem.key])


def test_where_nothing_could_be_taken_nobody_has_left():
    bad = fleet(OTHER, result("web1", control("x", "fail")))
    closed = problems.Problem(*problems.NOTHING_TAKEN[:1], "", problems.NOTHING_TAKEN[1], "high", "Nothing", "denied")
    memory = Memory()
    memory.run(bad)
    assert memory.run(fleet(OTHER), more=[closed]) == [("run", "", "intake")]
    assert memory.run(bad) == []
