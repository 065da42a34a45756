# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary and the gate, as far as they are of the fleet: accepted risks, findings, changes, questions to people."""

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils import (  # noqa: E402
    fleet_parts,
    gate,
    history,
    moments,
    population,
    results,
    summary,
)

pytestmark = pytest.mark.controller
STATES = {"state": "still", "since": "2026-10-01T04:00:00Z", "before": "fail"}


def control(name, verdict, severity="high", **more):
    made = {
        "id": name, "title": name.upper(), "severity": severity, "verdict": verdict, "coverage": [],
        "reasons": ["because"], "remedy": [], "waiver": None, "history": None,
    }  # fmt: skip
    return dict(made, **more)


def host(name, *controls, **more):
    made = {
        "host": name, "assessed": True, "started": "2026-11-22T09:00:00Z", "finished": "2026-11-22T09:00:01Z",
        "profiles": [{"id": "baseline", "version": "1"}], "summary": results.count(list(controls)),
        "evidence": {"source": "live", "collected": "2026-11-22T09:00:00Z", "host": {}}, "lost": None,
        "privilege": {"user": "root"}, "limits": [], "controls": list(controls),
    }  # fmt: skip
    return dict(made, **more)


def fleet(*hosts, missing=(), pending=(), **more):
    gone = [{"host": name, "reason": "unreachable: no route"} for name in missing]
    return dict(results.fleet_result(list(hosts), gone, list(pending)), **more)


def shown(told, **more):
    return "\n".join(summary.render(told, "out/compliance.json", lambda words, _colour: words, **more))


def waiver(**more):
    return dict({"id": "w1", "controls": ["x"], "used_on": 2, "due_days": 5, "expires": "2026-11-27"}, **more)


def test_counts_tell_waived_and_manual():
    text = shown(fleet(host("a", control("x", "waived"), control("y", "manual"), control("z", "pass"))))
    assert "a  1 pass  1 waived  1 manual" in text
    assert text.endswith("1 pass · 0 fail · 0 error · 1 waived · 1 manual")


def test_accepted_risks_are_one_line_each_and_only_those_that_were_used():
    text = shown(fleet(host("a"), waivers=[waiver(), waiver(id="w2", used_on=0), waiver(id="w3", due_days=0)]))
    assert "WAIVED  risks accepted for a time; the gaps are still there\n" in text
    assert "  w1: x on 2 hosts, until 2026-11-27 (5 days left)\n" in text
    assert "w3: x on 2 hosts, until 2026-11-27 (the last day)" in text
    assert "w2" not in text
    assert "WAIVED" not in shown(fleet(host("a"), waivers=[waiver(used_on=0)]))


def test_questions_to_people_are_one_line():
    many = [control(f"ask.{number}", "manual") for number in range(20)]
    assert "20 controls need a person: no host can decide it." in shown(fleet(host("a", *many), host("b", *many)))
    scope = population.judge(None, {"all": ["a"]}, ["a"], [])
    told = shown(fleet(host("a", control("x", "manual")), population=scope))
    assert "1 control needs a person (x): no host can decide it." in told
    assert "for. Nobody has stated which hosts are in scope.\n" in told
    alone = shown(fleet(host("a", control("x", "pass")), population=scope))
    assert "\nNobody has stated which hosts are in scope; the report says what to ask for.\n" in alone
    assert "need a person" not in shown(fleet(host("a", control("x", "pass"))))


def test_findings_that_matter_are_told_and_the_others_counted():
    grave = {"id": "population.gap", "title": "T", "text": "t\x1b[2J", "severity": "high", "remedy": "r"}
    quiet = dict(grave, id="waiver.unused", severity="low")
    text = shown(fleet(host("a"), findings=[grave, quiet]))
    assert "ABOUT THIS RUN\n  T: t\\x1b[2J\n    remedy    r\n  … and 1 more, in the report\n" in text
    text = shown(fleet(host("a"), findings=[quiet]))
    assert "ABOUT THIS RUN" not in text
    assert "1 remark on this run" in text
    assert "ABOUT THIS RUN" in shown(fleet(host("a"), findings=[dict(quiet, id="waiver.due")]))


def test_what_has_changed_is_one_line_and_each_gap_has_its_age():
    told = {"previous": "2026-11-20T17:00:00Z", "new": 1, "still": 2, "fixed": 0, "runs": 3}
    newer = dict(STATES, since="2026-11-01T04:00:00Z")
    text = shown(
        fleet(
            host("a", control("x", "fail", history=newer), control("y", "fail", history=dict(STATES, state="new"))),
            host("b", control("x", "fail", history=STATES)),
            history=told,
        )
    )
    assert "Gaps since the run of 2026-11-20 17:00 UTC: 1 new, 2 as before, 0 fixed." in text
    assert "           since    2026-10-01\n" in text
    assert "           since    this run (new)\n" in text
    assert "Gaps since" not in shown(fleet(host("a"), history=dict(told, previous=None)))
    saved = {"source": "saved posture", "collected": "2026-11-22T09:00:00Z", "host": {}}
    assert "Gaps since" not in shown(fleet(host("a", evidence=saved), history=told))
    first = control("x", "fail", history={"state": "first", "since": "2026-11-22T09:00:00Z", "before": None})
    assert "since" not in shown(fleet(host("a", first)))


def test_the_report_for_people_is_named_first():
    text = shown(fleet(host("a")), files=["out/compliance.html", "out/compliance.csv"])
    assert "The report: out/compliance.html (beside it: compliance.csv)\nEvery detail: out/compliance.json" in text


def judged(stated=None, assessed=("a",), gone=()):
    return population.judge(population.parse(stated, "v", None, "/"), {"all": [*assessed, *gone]}, assessed, gone)


@pytest.mark.parametrize(
    ("verdict", "told"),
    [("waived", []), ("manual", []), ("pass", []), ("not_applicable", []), ("fail", ["1 control failed (x)"])],
)
def test_the_gate_lets_through_what_is_waived_or_for_people(verdict, told):
    assert gate.objections(fleet(host("a", control("x", verdict)), population=judged()), "low") == told


@pytest.mark.parametrize(("fail_on", "trips"), [("low", True), ("high", True), ("critical", False), ("never", False)])
def test_a_gap_in_the_population_trips_the_gate(fail_on, trips):
    told = gate.objections(fleet(host("a"), population=judged(["a", "b"])), fail_on)
    wanted = ["scope.population failed (in scope, but not in the inventory: b)"]
    assert told == (wanted if trips else [])


def test_hosts_that_were_not_assessed_are_told_once_and_whatever_the_severity():
    told = fleet(host("a"), missing=["b"], population=judged(None, ("a",), ("b",)))
    assert gate.objections(told, "critical") == ["not assessed: b"]
    assert gate.objections(told, "low") == ["not assessed: b"]


def test_a_saved_posture_is_in_no_history_and_compared_with_nothing():
    saved = host("a", control("x", "fail"), evidence={"source": "saved posture", "collected": "2026-11-22T09:00:00Z"})
    live = host("b", control("x", "fail"))
    told = fleet_parts.with_history(fleet(saved, live), history.History(), "", moments.instant("2026-11-23T00:00:00Z"))
    assert [result["controls"][0]["history"] and "first" for result in told["results"]] == [None, "first"]
    assert [one["host"] for one in told["period"]["hosts"]] == ["b"]
    assert [result["host"] for result in fleet_parts.live(told)["results"]] == ["b"]


def test_before_the_last_batch_nothing_is_found_missing():
    told = fleet_parts.with_scope(
        fleet(host("a"), pending=["b"]), None, {"all": ["a", "b"]}, [], moments.instant("2026-11-23T00:00:00Z")
    )
    assert told["findings"] == []
    assert told["population"]["pending"] == 1


def test_what_lies_in_the_historys_folder_and_is_no_run_is_a_finding():
    past = history.History(unread=[{"file": "h/notes.txt", "reason": "is no file of the history."}])
    told = fleet_parts.with_history(fleet(host("a")), past, "", moments.instant("2026-11-23T00:00:00Z"))
    assert [one["text"] for one in told["findings"]] == ["h/notes.txt: is no file of the history."]


def steps(*texts):
    return [{"do": "advise", "text": text} for text in texts]


def test_the_gravest_are_told_in_full_some_in_a_line_and_the_others_counted():
    gaps = [control(f"x.{number:02}", "fail", "low", remedy=steps(f"r{number}")) for number in range(20)]
    text = shown(fleet(host("a", *gaps, control("grave", "fail", "critical"))), files=["out/compliance.html"])
    assert text.count("           because  because") == 7
    assert text.index("CRITICAL   grave") < text.index("LOW        x.00")
    assert "LOW        x.06  X.06\nLOW        x.07  X.07\n" in text
    assert "LOW        x.11  X.11\n… 8 more gaps: see out/compliance.html\n" in text
    assert "x.12" not in text


def test_where_the_last_would_be_counted_alone_it_is_named():
    gaps = [control(f"x.{number:02}", "fail", remedy=steps(f"r{number}")) for number in range(14)]
    text = shown(fleet(host("a", *gaps)))
    assert "x.13  X.13\n" in text and "more gaps" not in text


def test_a_gap_that_the_same_mends_is_a_line():
    same = [control(f"x.{number}", "fail", remedy=steps("load it")) for number in range(3)]
    text = shown(fleet(host("a", *same, control("y", "fail", remedy=steps("mend y")))))
    assert text.count("because  because") == 2
    assert text.count("load it") == 1
    assert text.index("remedy   mend y") < text.index("HIGH       x.1  X.1\nHIGH       x.2  X.2\n")


def test_a_critical_gap_stands_before_all_that_is_less_grave_also_as_a_line():
    same = [control(f"c.{number}", "fail", "critical", remedy=steps("load it")) for number in range(3)]
    text = shown(fleet(host("a", *same, control("y", "fail", remedy=steps("mend y")))))
    assert text.count("load it") == 1
    assert "CRITICAL   c.1  C.1\nCRITICAL   c.2  C.2\n" in text
    assert text.index("CRITICAL   c.2  C.2\n") < text.index("HIGH       y  Y\n")


def test_a_critical_gap_that_has_no_room_in_full_stands_in_its_place_too():
    long = [control(f"c.{at}", "fail", "critical", remedy=steps(*[f"{at}{n}" for n in range(3)])) for at in range(9)]
    text = shown(fleet(host("a", *long, control("y", "fail", remedy=steps("mend y")))))
    assert text.index("CRITICAL   c.8  C.8\n") < text.index("HIGH       y  Y\n")


def test_however_much_is_wrong_it_is_a_screen_or_two():
    remedy = steps(*[f"r{number}" for number in range(9)])
    limits = [f"limit {number}" for number in range(9)]
    everything = [
        control(f"{verdict}.{number}", verdict, remedy=[dict(step, text=step["text"] + str(number)) for step in remedy])
        for verdict in ("fail", "error", "manual", "not_applicable")
        for number in range(40)
    ]
    text = shown(fleet(host("a", *everything, limits=limits)), files=["compliance.html"])
    assert len(text.splitlines()) <= 85
    assert "· limit 3\n  · and 5 more, told in the report\n" in text


def test_what_could_not_be_checked_is_grouped_by_what_mends_it():
    again = steps("again.")
    gone = [control(f"x.{number}", "error", reasons=[f"no part {number}"], remedy=again) for number in range(9)]
    other = control("y", "error", reasons=["broken"])
    text = shown(fleet(host("a", *gone, other)))
    names = ", ".join(f"x.{number}" for number in range(6))
    assert f"  no part 0  … 8 more reasons\n    controls  {names} and 3 more controls\n    remedy    again.\n" in text
    assert "  broken\n    controls  y\n" in text


def test_what_does_not_apply_is_told_where_it_is_little_and_counted_otherwise():
    reasons = [f"/etc/{name} does not exist on this host" for name in "abc"]
    few = [control("x", "not_applicable", reasons=reasons), control("y", "not_applicable", reasons=["no sshd."])]
    text = shown(fleet(host("a", *few)))
    assert "NOT APPLICABLE\n  x: none of its 3 paths is on this host\n  y: no sshd.\n" in text
    many = [control(f"x.{number}", "not_applicable") for number in range(4)]
    text = shown(fleet(host("a", *many, control("m", "manual"))))
    assert "4 controls do not apply: the report says why.\n1 control needs a person (m)" in text
    assert "do not apply to some hosts:" in shown(fleet(host("a", *many), host("b")))


def test_who_ran_it_from_where_and_with_what_rights_is_told():
    told = fleet_parts.with_run(
        fleet(host("a", run_by={"user": "kim"}), host("b", run_by={"user": "kim"})), ["hosts.ini"]
    )
    assert told["run"] == {
        "by": "kim", "hosts": "hosts.ini", "command": None, "privileges": [{"user": "root", "hosts": 2}],
    }  # fmt: skip
