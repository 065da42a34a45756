# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a rollout: the verdicts that are others than before, the summary, and names that are misspelt."""

import pytest

pytest.importorskip("yaml", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import names, telling, verdicts  # noqa: E402

pytestmark = pytest.mark.controller


def fleet(**hosts):
    gone = [{"host": host} for host, verdict in hosts.items() if verdict is None]
    results = [
        {"host": host, "controls": [{"id": name, "verdict": verdict} for name, verdict in told.items()]}
        for host, told in hosts.items()
        if told is not None
    ]
    return {"results": results, "not_assessed": gone}


def test_verdicts_are_compared_control_by_control_the_worse_ones_first():
    before = fleet(a={"x": "fail", "y": "pass", "z": "pass"}, b={"x": "fail", "y": "pass"}, gone={"x": "pass"})
    after = fleet(
        a={"x": "pass", "y": "error", "z": "pass"}, b={"x": "pass", "y": "pass"}, gone=None, new={"x": "fail"}
    )
    found = verdicts.changes(before, after)
    assert [(one["id"], one["before"], one["after"], one["kind"], one["hosts"]) for one in found["controls"]] == [
        ("y", "pass", "error", "worse", ["a"]),
        ("x", "fail", "pass", "mended", ["a", "b"]),
    ]
    assert found["failed"] == [2, 1]
    assert (found["hosts"], found["not_compared"]) == (2, ["gone", "new"])
    assert verdicts.worse(found) == ["y"]
    assert verdicts.lines(found) == [
        "VERDICTS  2 hosts judged before and after: 2 controls failed or in error, now 1",
        "  WORSE  y  pass -> error  on a",
        "         x  fail -> pass  on a, b",
        "  not compared: gone, new",
    ]


def test_no_change_is_told_as_such():
    same = fleet(a={"x": "fail"})
    assert verdicts.lines(verdicts.changes(same, same))[1] == "  no verdict is another one than before"


def ending(became, ok=True, text=""):
    return {"became": became, "ok": ok, "text": text or became}


def test_the_summary_names_who_is_not_as_it_should_be_and_the_run_fails_for_them():
    found = {
        "a": ending("committed"),
        "b": ending("rolled back", False, "rolled back: 9 lost"),
        "c": ending("not begun", False),
    }
    assert telling.summary(found, "too many failed") == [
        "ROLLOUT   1 committed · 1 rolled back · 1 not begun",
        "  b  rolled back: 9 lost",
        "  c  not begun",
        "  stopped: too many failed",
    ]
    assert telling.objection(found, "too many failed") == (
        "too many failed. not as it should be: b, c (b: rolled back: 9 lost)."
    )
    assert telling.objection({"a": ending("committed")}, "") == ""
    assert telling.objection({"a": ending("committed")}, "", ["x", "y"]) == "worse than before: x, y."


def test_a_misspelt_variable_is_refused_with_the_nearest_name():
    names.check([*names.KNOWN, "_rollout_begun", "other"])
    with pytest.raises(TrailError) as refused:
        names.check(["rollout_max_fail_precentage"])
    assert "did you mean rollout_max_fail_percentage?" in str(refused.value)
