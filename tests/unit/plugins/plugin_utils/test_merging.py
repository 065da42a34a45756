# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of several controllers in one report: each host once, and what does not fit together is told."""

import os
from datetime import datetime, timezone

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import merging, occupied, results  # noqa: E402
from ansible_collections.auditops.trail.tests.unit import fleets  # noqa: E402

pytestmark = pytest.mark.controller
NOW = datetime(2026, 11, 26, 17, 0, 0, tzinfo=timezone.utc)


def judged(host, hour=16, catalogue="ab", version="1", day=26):
    return fleets.judged(host, f"2026-11-{day}T{hour:02}:00:00Z", catalogue, version)


@pytest.fixture
def folder(tmp_path):
    """``folder("dc2", result, …)``: a folder of results of another controller."""

    def make(name, *found):
        place = str(tmp_path / name)
        os.makedirs(os.path.join(place, results.HOST_DIR))
        for result in found:
            results.write_json(results.host_file(place, result["host"]), result)
        return place

    return make


def test_each_result_is_read_with_its_folder_which_is_left_as_it_is(folder):
    two = folder("dc2", judged("a"), results.not_assessed("b", "unreachable", "2026-11-26T16:00:00Z", {}))
    found = merging.read([two, folder("dc3", judged("c"))], NOW)
    assert [(one["host"], os.path.basename(one["merged_from"])) for one in found] == [
        ("a", "dc2"),
        ("b", "dc2"),
        ("c", "dc3"),
    ]
    assert os.listdir(two) == [results.HOST_DIR]


@pytest.mark.parametrize("how", ["missing", "broken", "poor", "taken"])
def test_a_folder_that_cannot_be_merged_is_refused(folder, tmp_path, how):
    place = folder("dc2", judged("a")) if how != "missing" else str(tmp_path / "nowhere")
    if how == "broken":
        results.write_text(os.path.join(place, results.HOST_DIR, "x.json"), "{")
    if how == "poor":
        results.write_json(os.path.join(place, results.HOST_DIR, "x.json"), {"result_version": results.RESULT_VERSION})
    if how == "taken":
        (tmp_path / "tmp").mkdir()
        occupied.take(place, str(tmp_path / "tmp"), os.getpid(), NOW)
    with pytest.raises(TrailError) as told:
        merging.read([place], NOW)
    assert place in str(told.value)


def test_of_two_merged_results_the_newer_evidence_counts_and_it_is_told():
    first, second = dict(judged("a", 10), merged_from="/dc1"), dict(judged("a", 12), merged_from="/dc2")
    for others in ([first, second], [second, first]):
        found, told = merging.joined([judged("b")], others, NOW)
        assert [one.get("merged_from") for one in found if one["host"] == "a"] == ["/dc2"]
        assert [one["id"] for one in told] == ["merge.twice"]
        assert "a from /dc2" in told[0]["text"]


def test_what_this_run_has_asked_counts_as_it_found_it():
    other = dict(judged("a", 12), merged_from="/dc2")
    ahead = dict(judged("a", 12), merged_from="/dc2", evidence={"collected": "2031-01-01T00:00:00Z"})
    gone = results.not_assessed("a", "unreachable", "2026-11-26T16:59:00Z", {})
    for own in (judged("a", 10), gone):
        for merged in (other, ahead):
            found, told = merging.joined([own], [merged], NOW)
            assert found == [own]
            assert [one["id"] for one in told] == ["merge.twice"]
    found, told = merging.joined([], [other], NOW, ["a"])
    assert found == [] and "a from this run" in told[0]["text"]


def test_a_merged_host_that_somebody_has_assessed_is_assessed_and_the_future_comes_last():
    gone = dict(results.not_assessed("a", "unreachable", "2026-11-26T16:59:00Z", {}), merged_from="/dc1")
    found, _told = merging.joined([], [gone, dict(judged("a", 8), merged_from="/dc2")], NOW)
    assert [one["assessed"] for one in found] == [True]
    ahead = dict(judged("a", 12), merged_from="/dc3", evidence={"collected": "2031-01-01T00:00:00Z"})
    found, _told = merging.joined([], [ahead, dict(judged("a", 8), merged_from="/dc2")], NOW)
    assert [one["merged_from"] for one in found] == ["/dc2"]


@pytest.mark.parametrize(("name", "value"), [("evidence", "x"), ("tool", "x"), ("controls", [1]), ("host", 5)])
def test_a_result_of_another_shape_is_refused(folder, name, value):
    place = folder("dc2", judged("a"))
    (path,) = [os.path.join(place, results.HOST_DIR, one) for one in os.listdir(os.path.join(place, results.HOST_DIR))]
    results.write_json(path, dict(judged("a"), **{name: value}))
    with pytest.raises(TrailError, match=f"is no result of a host: {name}"):
        merging.read([place], NOW)


def test_what_does_not_fit_together_is_told():
    alike = [judged("a"), dict(judged("b"), merged_from="/dc2")]
    assert merging.findings(alike, NOW) == []
    apart = [judged("a"), dict(judged("b", 16, "cd", "2", day=20), merged_from="/dc2")]
    assert [one["id"] for one in merging.findings(apart, NOW)] == ["merge.catalogue", "merge.tool", "merge.old"]


def test_a_run_is_of_its_own_time_and_not_of_what_it_merged():
    counted = {"summary": results.count([])}
    own, other = dict(judged("a", 12), **counted), dict(judged("b", 8), merged_from="/dc2", **counted)
    fleet = results.fleet_result([own, other], [])
    assert (fleet["started"], fleet["finished"]) == (own["started"], own["finished"])
    alone = results.fleet_result([other], [])
    assert alone["finished"] == other["finished"]
