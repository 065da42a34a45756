# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of runs: only added to, read with what is wrong with it, and what has changed since."""

import json
import os
from datetime import date, datetime, timedelta, timezone

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import (  # noqa: E402
    assessment,
    changes,
    fleet_parts,
    history,
    period,
    results,
)

pytestmark = pytest.mark.controller
WORDS = {letter: verdict for verdict, letter in history.LETTERS.items()}


def at(number):
    """The time of the run of that day of November."""
    return f"2026-11-{number:02}T10:00:00Z"


def result(number, letters, host="web1", lost=None, boot_id="b1"):
    controls = [{"id": f"c{place}", "verdict": WORDS[letter]} for place, letter in enumerate(letters) if letter != "-"]
    return {
        "host": host, "started": at(number), "finished": at(number), "evidence": {"collected": at(number)},
        "profiles": [{"id": "baseline"}], "controls": controls,
        "lost": None if lost is None else {"now": lost, "boot_id": boot_id},
    }  # fmt: skip


def fleet(number, *results, gone=()):
    return {
        "tool": {"name": "auditops.trail", "version": "1"}, "started": at(number), "finished": at(number),
        "catalogue": {"sha256": "ab"}, "results": list(results), "not_assessed": [{"host": name} for name in gone],
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "history")


def runs(folder, *letters, **more):
    """One run a day, each with the verdicts that the letters stand for."""
    for number, one in enumerate(letters, 1):
        history.append(folder, fleet(number, result(number, one, **more)))
    return history.read(folder)


def test_a_folder_that_is_not_there_is_an_empty_history(folder):
    assert history.read(folder) == history.History()
    assert history.latest(folder, "web1") is None
    assert not os.path.exists(folder)


def test_what_was_added_is_read_again(folder):
    path = history.append(folder, fleet(3, result(3, "pfewmn", lost=4), gone=["db1"]))
    assert os.path.basename(path).startswith("2026-11-03T10-00-00Z-")
    assert os.stat(path).st_mode & 0o777 == 0o600
    (run,) = history.read(folder).runs
    assert (run.finished, run.catalogue, run.profiles, run.not_assessed) == (at(3), "ab", ("baseline",), ("db1",))
    assert run.hosts == {"web1": history.observed(result(3, "pfewmn", lost=4))}
    assert list(run.hosts["web1"].verdicts.values()) == ["pass", "fail", "error", "waived", "manual", "not_applicable"]


def test_two_runs_in_one_second_are_two_files(folder):
    for _number in range(2):
        history.append(folder, fleet(1, result(1, "p")))
    assert len(history.read(folder).runs) == 2


def test_runs_are_ordered_by_time_and_the_newest_is_found_without_the_rest(folder):
    runs(folder, "p", "f", "e")
    history.append(folder, fleet(9, result(9, "p", host="db1")))
    assert [run.finished for run in history.read(folder).runs] == [at(1), at(2), at(3), at(9)]
    assert history.latest(folder, "web1").at == at(3)
    assert history.latest(folder, "web1", before=at(3)).at == at(2)
    assert history.latest(folder, "db") is None
    history.append(folder, fleet(10, result(10, "p", host="hosts", lost=3), result(10, "p", host='a"b')))
    assert (history.latest(folder, "hosts").at, history.latest(folder, "hosts").lost) == (at(10), 3)
    assert history.latest(folder, 'a"b').at == at(10)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("notes.txt", "ours", "no file of the history"),
        ("2026-11-01T10-00-00Z-ab.json", "{", "is not JSON"),
        ("2026-11-01T10-00-00Z-ab.json", "[]", "not an object"),
        ("2026-11-01T10-00-00Z-ab.json", '{"history_version": 9}', "version 9"),
        ("2026-11-01T10-00-00Z-ab.json", '{"history_version": 1}', "is damaged: KeyError"),
    ],
)
def test_a_file_that_is_none_of_a_run_is_named_and_left(folder, name, content, told):
    runs(folder, "p")
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(content)
    found = history.read(folder)
    assert len(found.runs) == 1
    assert [one["file"] for one in found.unread] == [path]
    assert told in found.unread[0]["reason"]
    assert history.latest(folder, "web1").at == at(1)
    with open(path, encoding="ascii") as file:
        assert file.read() == content


@pytest.mark.parametrize(
    "change",
    [
        {"finished": "yesterday"},
        {"finished": 5},
        {"finished": "2026-11-31T00:00:00Z"},
        {"finished": "2026-11-30T29:00:00Z"},
        {"finished": "2026-11-30T09:00:60Z"},
        {"finished": "0000-11-30T09:00:00Z"},
        {"hosts": {"web1": {"at": "2026-02-29T00:00:00Z", "verdicts": "p"}}},
        {"hosts": {"web1": {"at": at(1), "verdicts": "pp"}}},
        {"hosts": {"web1": {"at": at(1), "verdicts": "x"}}},
        {"hosts": {"web1": {"at": "x", "verdicts": "p"}}},
        {"hosts": {"web1": {"at": at(1), "verdicts": "p", "lost": "many"}}},
        {"hosts": {"web1": {"at": at(1)}}},
        {"hosts": {"web1": 5}},
        {"hosts": []},
        {"controls": 5},
    ],
)
def test_a_damaged_run_is_named(folder, change):
    path = history.append(folder, fleet(1, result(1, "p")))
    with open(path, encoding="ascii") as file:
        data = json.load(file)
    with open(path, "w", encoding="ascii") as file:
        json.dump(dict(data, **change), file)
    assert "is damaged" in history.read(folder).unread[0]["reason"]


def test_a_folder_that_cannot_be_written_to_is_told_by_its_variable(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrailError, match="audit_compliance_history_dir"):
        history.append(str(tmp_path / "file" / "x"), fleet(1))


def test_the_same_evidence_judged_twice_is_one_observation(folder):
    runs(folder, "f")
    history.append(folder, fleet(2, result(1, "p")))
    (seen,) = history.observations(history.read(folder).runs)["web1"]
    assert seen.verdicts == {"c0": "pass"}


@pytest.mark.parametrize(
    ("before", "now", "state", "since"),
    [
        ("", "f", "first", 9),
        ("", "p", "first", None),
        ("-", "f", "first", 9),
        ("p", "f", "new", 9),
        ("fp", "f", "new", 9),
        ("pff", "f", "still", 2),
        ("f", "f", "still", 1),
        ("pfw", "f", "still", 2),
        ("f", "w", "still", 1),
        ("f-", "f", "still", 1),
        ("pfe", "f", "still", 2),
        ("fnf", "f", "still", 1),
        ("fn", "f", "still", 1),
        ("fm", "f", "still", 1),
        ("fnpf", "f", "still", 4),
        ("e", "f", "new", 9),
        ("f", "p", "fixed", None),
        ("fe", "p", "fixed", None),
        ("fn", "p", "fixed", None),
        ("f", "n", "changed", None),
        ("f", "m", "changed", None),
        ("w", "n", "changed", None),
        ("fn", "n", "unchanged", None),
        ("f", "e", "changed", None),
        ("p", "e", "changed", None),
        ("p", "p", "unchanged", None),
        ("e", "e", "unchanged", None),
    ],
)
def test_a_control_is_compared_with_what_was_seen_of_its_host(folder, before, now, state, since):
    earlier = runs(folder, *before)
    (told,) = changes.annotate([result(9, now)], earlier)
    assert told["controls"][0]["history"]["state"] == state
    assert told["controls"][0]["history"]["since"] == (since and at(since))
    summary = changes.summary([told], earlier)
    assert summary["previous"] == (at(len(before)) if before else None)
    assert sum(summary[name] for name in ("new", "fixed", "still")) == (state in ("new", "fixed", "still"))
    assert summary["no_longer_judged"] == (state == "changed" and before[-1] in "fw" and now not in "pfw")


def test_it_is_the_hosts_own_last_run_that_counts(folder):
    runs(folder, "f")
    history.append(folder, fleet(5, result(5, "p", host="db1")))
    (told,) = changes.annotate([result(9, "f")], history.read(folder))
    assert told["controls"][0]["history"] == {"state": "still", "since": at(1), "before": "fail"}


def test_an_old_posture_is_not_compared_with_what_came_after_it(folder):
    earlier = runs(folder, "p", "f", "p")
    (told,) = changes.annotate([result(2, "f")], earlier)
    assert told["controls"][0]["history"]["state"] == "new"


@pytest.mark.parametrize(
    ("now", "boot", "rise", "restarted"),
    [
        (5, "b1", 0, None),
        (9, "b1", 4, None),
        (3, "b1", 3, "reset"),
        (3, "b2", 3, "reboot"),
        (9, "b2", 9, "reboot"),
        (0, "b2", 0, "reboot"),
        (9, None, 4, None),
        (3, None, 3, "reset"),
        (None, "b1", None, None),
    ],
)
def test_the_rise_of_lost_records_is_told_across_reboots_and_resets(folder, now, boot, rise, restarted):
    runs(folder, "p", lost=5)
    told = changes.lost(now, boot, history.latest(folder, "web1"))
    assert (told["rise"], told["restarted"]) == (rise, restarted)
    assert (told["before"], told["since"], told["now"]) == (5, at(1), now)


def test_with_nothing_to_compare_with_no_rise_is_told(folder):
    assert changes.lost(7, "b1", None)["rise"] is None
    runs(folder, "p")
    assert changes.lost(7, "b1", history.latest(folder, "web1"))["rise"] is None


def over(folder, first=1, last=30, now=30):
    present = datetime(2026, 11, now, 12, 0, 0, tzinfo=timezone.utc)
    return period.over(history.read(folder), date(2026, 11, first), date(2026, 11, last), present)


def test_a_period_tells_when_a_control_failed_and_for_how_long_at_most(folder):
    runs(folder, "pp", "fp", "ep", "wp", "pp", "pf")
    told = over(folder)
    assert [one["finished"] for one in told["runs"]] == [at(number) for number in range(1, 7)]
    assert [one["failing"] for one in told["runs"]] == [0, 1, 0, 1, 0, 1]
    assert told["hosts"] == [
        {
            "host": "web1", "first": at(1), "last": at(6), "judgements": 6, "missed": 0, "left_out": 0,
            "longest_pause_days": 24.08,
        }
    ]  # fmt: skip
    first, second = told["controls"]
    assert (first["id"], first["errors"], first["hosts"]) == ("c0", 1, 1)
    assert (first["failed_days"], first["seen_days"]) == (4.0, 2.0)
    assert first["gaps"] == [
        {
            "host": "web1",
            "after": at(1),
            "from": at(2),
            "last_seen": at(4),
            "until": at(5),
            "days": 4.0,
            "seen_days": 2.0,
            "waived": False,
            "judged": True,
        }
    ]
    assert second["gaps"][0] == {
        "host": "web1", "after": at(5), "from": at(6), "last_seen": at(6), "until": None, "days": 25.08,
        "seen_days": 0.0, "waived": False, "judged": True,
    }  # fmt: skip


@pytest.mark.parametrize("letter", ["n", "m", "e"])
def test_only_a_pass_ends_a_gap_of_the_period(folder, letter):
    runs(folder, "f", letter, letter)
    (gap,) = over(folder)["controls"][0]["gaps"]
    assert (gap["from"], gap["last_seen"], gap["until"], gap["judged"]) == (at(1), at(1), None, False)
    history.append(folder, fleet(5, result(5, "f")))
    (gap,) = over(folder)["controls"][0]["gaps"]
    assert (gap["last_seen"], gap["until"], gap["judged"]) == (at(5), None, True)
    history.append(folder, fleet(7, result(7, "p")))
    (gap,) = over(folder)["controls"][0]["gaps"]
    assert (gap["last_seen"], gap["until"], gap["judged"]) == (at(5), at(7), True)


def test_a_gap_may_have_lasted_from_the_pass_before_it_to_the_pass_after_it(folder):
    for number, letter in ((1, "p"), (8, "f"), (15, "p")):
        history.append(folder, fleet(number, result(number, letter)))
    (gap,) = over(folder)["controls"][0]["gaps"]
    assert (gap["after"], gap["until"], gap["days"], gap["seen_days"]) == (at(1), at(15), 14.0, 0.0)


def test_a_gap_that_was_never_looked_at_again_may_last_until_today(folder):
    history.append(folder, fleet(2, result(2, "f"), result(2, "p", host="db1")))
    history.append(folder, fleet(20, result(20, "p", host="db1")))
    told = over(folder, now=21)
    (gap,) = told["controls"][0]["gaps"]
    # It passed at no time, so it may have been there when the period began.
    assert (gap["after"], gap["days"], gap["seen_days"]) == (None, 20.5, 0.0)


def test_a_control_that_was_dropped_is_no_longer_judged(folder):
    earlier = runs(folder, "ff")
    (told,) = changes.annotate([result(9, "-p")], earlier)
    summary = changes.summary([told], earlier)
    assert (summary["no_longer_judged"], summary["dropped"]) == (1, [{"id": "c0", "hosts": ["web1"]}])
    assert summary["fixed"] == 1
    history.append(folder, fleet(9, result(9, "-p")))
    gap = over(folder)["controls"][0]["gaps"][0]
    assert (gap["until"], gap["judged"]) == (None, False)
    # Also where the whole period has no judgement of it.
    assert [one["id"] for one in over(folder, first=5)["controls"]] == ["c0", "c1"]


def test_a_gap_of_a_control_that_was_never_judged_is_counted_apart(folder):
    first = changes.summary(changes.annotate([result(1, "f")], history.read(folder)), history.read(folder))
    assert first["first"] == 0, "without a run before nothing is compared"
    earlier = runs(folder, "p")
    told = changes.annotate([result(9, "pf"), result(9, "fp", host="db1")], earlier)
    summary = changes.summary(told, earlier)
    assert [summary[name] for name in ("first", "new", "still")] == [2, 0, 0]


def test_what_lies_in_the_future_is_compared_with_nothing_and_told(folder):
    history.append(folder, fleet(1, result(1, "p", lost=10)))
    ahead = dict(fleet(2, result(2, "f", lost=12)), finished="2031-01-01T00:00:00Z")
    ahead["results"][0]["evidence"] = {"collected": "2031-01-01T00:00:00Z"}
    history.append(folder, ahead)
    history.append(folder, fleet(20, result(20, "f", lost=50)))
    posture = {"status": {"lost": 50}, "system": {"boot_id": "b1"}, "collected": at(21)}
    _posture, lost = assessment.with_losses(posture, folder, "web1")
    assert (lost["since"], lost["rise"]) == (at(20), 0)
    # A host whose clock was set back has lost them all the same.
    back = dict(posture, status={"lost": 5000}, collected="2020-01-01T00:00:00Z")
    _posture, lost = assessment.with_losses(back, folder, "web1")
    assert (lost["since"], lost["rise"]) == (at(20), 4950)
    made = dict(fleet(21, result(21, "f")))
    made["results"][0]["evidence"]["source"] = "live"
    now = datetime(2026, 11, 21, 10, 0, 5, tzinfo=timezone.utc)
    told = fleet_parts.with_history(made, history.read(folder), "", now)
    assert told["history"]["previous"] == at(20)
    (finding,) = told["findings"]
    assert finding["id"] == "history.ahead"
    assert "2031-01-01T00-00-00Z" in finding["text"] and "web1" in finding["text"]


def test_a_saved_posture_that_could_not_be_judged_is_in_no_history():
    gone = results.not_assessed("db1", "no posture", at(1), {}, "/db1.json")
    asked = results.not_assessed("db2", "unreachable", at(1), {})
    fleet_of = results.fleet_result([gone, asked], [{"host": "db3", "reason": "it left the play"}])
    assert [one["host"] for one in fleet_of["not_assessed"]] == ["db1", "db2", "db3"]
    assert [one["host"] for one in fleet_parts.live(fleet_of)["not_assessed"]] == ["db2", "db3"]
    alone = fleet_parts.live(results.fleet_result([gone], []))
    assert not fleet_parts.is_observation(alone)


def test_each_run_of_a_period_tells_the_records_that_its_hosts_have_lost(folder):
    history.append(folder, fleet(1, result(1, "p", lost=3), result(1, "p", host="db1")))
    history.append(folder, fleet(2, result(2, "p", lost=7), result(2, "p", host="db1", lost=2)))
    history.append(folder, fleet(3, result(3, "p", lost=1), result(3, "p", host="db1", lost=4)))
    history.append(folder, fleet(4, result(4, "p", lost=9, boot_id="b2")))
    assert [one["lost"] for one in over(folder)["runs"]] == [None, 4, 3, 9]
    # What was lost before the period began is known by the run before it.
    assert [one["lost"] for one in over(folder, first=3)["runs"]] == [3, 9]


def test_a_gap_from_before_the_period_is_counted_from_its_first_day(folder):
    runs(folder, "f", "f", "f", "f", "p")
    told = over(folder, first=3, last=20)
    (gap,) = told["controls"][0]["gaps"]
    assert (gap["from"], gap["until"]) == (at(1), at(5))
    assert gap["days"] == round(2 + 10 / 24, 2)
    assert len(told["runs"]) == 3


def test_what_was_mended_before_the_period_is_not_in_it(folder):
    runs(folder, "f", "p", "p", "p")
    assert over(folder, first=3)["controls"] == []


def test_what_comes_after_the_period_is_not_in_it(folder):
    runs(folder, "p", "p", "p", "f")
    assert over(folder, last=3)["controls"] == []


def test_the_longest_time_without_a_run_is_told(folder):
    assert over(folder)["longest_pause_days"] is None
    runs(folder, "p", "p")
    assert over(folder, now=9)["longest_pause_days"] == round(7 + 2 / 24, 2)
    assert over(folder, last=4, now=30)["longest_pause_days"] == round(2 + 14 / 24, 2)


def test_a_run_that_judged_nobody_ends_no_pause(folder):
    runs(folder, "p")
    history.append(folder, fleet(20, gone=["web1"]))
    told = over(folder, now=30)
    assert told["longest_pause_days"] == told["hosts"][0]["longest_pause_days"] == 29.08


def test_runs_that_a_host_was_left_out_of_are_counted(folder):
    history.append(folder, fleet(1, result(1, "p", host="web1")))
    for number in (5, 10, 15):
        history.append(folder, fleet(number, result(number, "p", host="web1"), result(number, "p", host="db1")))
    for number in (20, 25):
        history.append(folder, fleet(number, result(number, "p", host="web1")))
    told = {one["host"]: one for one in over(folder, last=26)["hosts"]}
    assert (told["web1"]["left_out"], told["web1"]["longest_pause_days"]) == (0, 5.0)
    # Not by the run of the first, when nobody knew it.
    assert (told["db1"]["missed"], told["db1"]["left_out"]) == (0, 2)
    assert told["db1"]["longest_pause_days"] == 11.58


def test_runs_that_missed_a_host_are_counted(folder):
    runs(folder, "p")
    history.append(folder, fleet(2, gone=["web1", "db1"]))
    told = {one["host"]: one for one in over(folder)["hosts"]}
    assert (told["web1"]["judgements"], told["web1"]["missed"]) == (1, 1)
    assert (told["db1"]["judgements"], told["db1"]["missed"], told["db1"]["first"]) == (0, 1, None)


@pytest.mark.parametrize(
    "text",
    [
        "2026", "2026-01-01", "2026-13-01/2026-12-31", "2026-02-01/2026-01-01", "a/b/c", "2026-01-01/9999-12-31",
        "0001-01-01/2026-12-31",
    ],
)  # fmt: skip
def test_a_period_that_is_none_is_refused(text):
    with pytest.raises(TrailError, match="audit_compliance_period"):
        period.bounds(text, datetime(2026, 11, 26, tzinfo=timezone.utc))


def test_a_period_is_two_days_or_the_last_twelve_months():
    now = datetime(2026, 11, 26, tzinfo=timezone.utc)
    assert period.bounds("2026-01-01/2026-06-30", now) == (date(2026, 1, 1), date(2026, 6, 30))
    assert period.bounds("", now) == (now.date() - timedelta(days=365), now.date())


def judged_by(number, letters, by):
    made = result(number, letters)
    return dict(made, controls=[dict(one, judged_by=by) for one in made["controls"]])


def test_a_pass_by_another_value_is_no_mend_and_ends_no_gap(folder):
    for number, (letters, by) in enumerate([("f", "a"), ("f", "a")], 1):
        history.append(folder, fleet(number, judged_by(number, letters, by)))
    (made,) = changes.annotate([judged_by(3, "p", "b")], history.read(folder))
    assert made["controls"][0]["history"] == {"state": "changed", "since": None, "before": "fail", "otherwise": True}
    told = changes.summary([made], history.read(folder))
    assert (told["fixed"], told["otherwise"], told["no_longer_judged"]) == (0, 1, 0)
    history.append(folder, fleet(3, judged_by(3, "p", "b")))
    (gap,) = period.over(
        history.read(folder), date(2026, 11, 1), date(2026, 11, 30), datetime(2026, 11, 30, tzinfo=timezone.utc)
    )["controls"][0]["gaps"]
    assert (gap["until"], gap["last_seen"], gap["judged"], gap["otherwise"]) == (None, at(2), False, at(3))
    history.append(folder, fleet(4, judged_by(4, "p", "a")))
    (gap,) = period.over(
        history.read(folder), date(2026, 11, 1), date(2026, 11, 30), datetime(2026, 11, 30, tzinfo=timezone.utc)
    )["controls"][0]["gaps"]
    assert gap["until"] == at(4), "by the value of the gap it has passed"


def test_a_pass_by_the_same_value_is_a_mend_and_so_is_one_of_which_nobody_knows(folder):
    history.append(folder, fleet(1, judged_by(1, "f", "a")))
    for later in (judged_by(2, "p", "a"), result(2, "p")):
        (made,) = changes.annotate([later], history.read(folder))
        assert made["controls"][0]["history"]["state"] == "fixed"


def test_by_what_was_judged_is_kept_once_for_all_hosts(folder):
    path = history.append(folder, fleet(1, judged_by(1, "fp", "a"), dict(judged_by(1, "fp", "a"), host="web2")))
    with open(path, encoding="ascii") as file:
        assert json.load(file)["judged_by"] == [["a", "a"]]
    hosts = history.read(folder).runs[0].hosts
    assert hosts["web1"].by == {"c0": "a", "c1": "a"}
    assert hosts["web1"].by is hosts["web2"].by
