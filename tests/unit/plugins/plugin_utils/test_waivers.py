# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers: dated, justified, capped, and never a pass."""

from datetime import datetime, timezone

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError, TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import waiver, waivers  # noqa: E402

pytestmark = pytest.mark.controller
NOW = datetime(2026, 11, 26, 17, 0, 0, tzinfo=timezone.utc)
GIVEN = {
    "id": "one", "controls": ["identity.*"], "hosts": ["web*"], "justification": "The host is shut down in March.",
    "approved_by": "J. Doe", "expires": "2027-01-31", "__line__": 7,
}  # fmt: skip


def made(**more):
    data = {name: value for name, value in dict(GIVEN, **more).items() if value is not None}
    return waiver.parse(data, "w.yml", 365, NOW)


def control(verdict="fail", name="identity.shadow"):
    return {"id": name, "verdict": verdict, "coverage": ["kept"], "remedy": ["kept"]}


def applied(verdict="fail", *given, host="web1", groups=(), now=NOW):
    return waivers.apply([control(verdict)], given or [made()], host, groups, now)[0]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"expires": None}, "has no date: it needs expires"),
        ({"expires": datetime(2026, 12, 1).date()}, "must be a quoted date"),
        ({"expires": "soon"}, "is no date"),
        ({"expires": "20261201"}, "not written YYYY-MM-DD"),
        ({"expires": "2026-02-30"}, "is no date"),
        ({"expires": "2027-11-27"}, "365 days at most, counted from today: until 2027-11-26"),
        ({"granted": "2026-01-01"}, "counted from the day it was granted: until 2027-01-01"),
        ({"granted": "2026-11-27"}, "still to come"),
        ({"granted": "2026-11-01", "expires": "2026-10-01"}, "before it was granted"),
        ({"justification": None}, "needs justification"),
        ({"justification": "ok    so  "}, "too short"),
        ({"approved_by": None}, "needs approved_by"),
        ({"approved_by": ["J. Doe"]}, "needs approved_by, a text"),
        ({"hosts": None}, "does not say for which hosts"),
        ({"hosts": "web1"}, "hosts must be a list"),
        ({"hosts": ["web*:!web1", "!web1"]}, "not known here"),
        ({"hosts": ["web[1:3]"]}, "not known here"),
        ({"hosts": ["~web"]}, "not known here"),
        ({"controls": None}, "names no control"),
        ({"controls": ["*"]}, "names every control"),
        ({"controls": ["scope.population"]}, "cannot be waived"),
        ({"id": "a b"}, "an id is made of"),
        ({"reason": "x"}, "reason, which is unknown here"),
    ],
)
def test_a_waiver_that_does_not_hold_together_is_refused_with_file_and_line(more, told):
    with pytest.raises(CatalogueError) as error:
        made(**more)
    assert told in str(error.value)
    assert (error.value.file, error.value.line) == ("w.yml", 7)


def test_the_cap_is_the_sites(tmp_path):
    data = dict(GIVEN, expires="2026-12-27")
    assert waiver.parse(data, "w.yml", 31, NOW)
    with pytest.raises(CatalogueError, match="30 days at most"):
        waiver.parse(data, "w.yml", 30, NOW)


def test_an_expired_waiver_is_no_error_whenever_it_ended():
    assert made(expires="2020-01-01").due_days(NOW) < -2000


def test_a_gap_is_waived_and_everything_about_it_stays():
    told = applied()
    assert (told["verdict"], told["unwaived"]) == ("waived", "fail")
    assert told["coverage"] == told["remedy"] == ["kept"]
    assert told["waiver"] == {
        "id": "one", "justification": "The host is shut down in March.", "approved_by": "J. Doe", "ticket": None,
        "granted": None, "expires": "2027-01-31", "due_days": 66, "state": "active", "file": "w.yml", "line": 7,
    }  # fmt: skip


@pytest.mark.parametrize("verdict", ["pass", "error", "manual", "not_applicable"])
def test_what_is_no_gap_is_not_touched(verdict):
    told = applied(verdict)
    assert (told["verdict"], told["waiver"]) == (verdict, None)
    assert "unwaived" not in told


@pytest.mark.parametrize(
    ("more", "host", "groups", "verdict"),
    [
        ({}, "db1", [], "fail"),
        ({"hosts": ["all"]}, "db1", [], "waived"),
        ({"hosts": None, "groups": ["dmz"]}, "db1", ["dmz"], "waived"),
        ({"hosts": None, "groups": ["dmz"]}, "db1", ["lan"], "fail"),
        ({"hosts": None, "groups": ["all"]}, "db1", [], "waived"),
        ({"groups": ["dmz"]}, "db1", ["dmz"], "waived"),
        ({"hosts": ["WEB*"]}, "web1", [], "fail"),
        ({"controls": ["identity.passwd_group"]}, "web1", [], "fail"),
        ({"controls": ["identity.shado?"]}, "web1", [], "waived"),
    ],
)
def test_hosts_groups_and_controls_are_patterns(more, host, groups, verdict):
    assert applied("fail", made(**more), host=host, groups=groups)["verdict"] == verdict


@pytest.mark.parametrize(
    ("now", "verdict", "state"),
    [
        (datetime(2027, 1, 16, 23, 59, 59, tzinfo=timezone.utc), "waived", "active"),
        (datetime(2027, 1, 17, 0, 0, 0, tzinfo=timezone.utc), "waived", "due"),
        (datetime(2027, 1, 31, 23, 59, 59, tzinfo=timezone.utc), "waived", "due"),
        (datetime(2027, 2, 1, 0, 0, 0, tzinfo=timezone.utc), "fail", "expired"),
    ],
)
def test_it_holds_to_the_end_of_its_day_in_utc(now, verdict, state):
    told = applied(now=now)
    assert (told["verdict"], told["waiver"]["state"]) == (verdict, state)


def test_of_several_the_one_that_lasts_longest_holds():
    told = applied("fail", made(id="a", expires="2026-01-01"), made(id="b", expires="2026-12-31"), made(id="c"))
    assert told["waiver"]["id"] == "c"


def fleet(*given, now=NOW, verdict="fail"):
    results = [
        {"host": host, "controls": waivers.apply([control(verdict)], given, host, [], now)} for host in ("web1", "web2")
    ]
    return waivers.overview(given, results, now)


@pytest.mark.parametrize(
    ("more", "verdict", "state", "used", "severity", "said"),
    [
        ({}, "fail", "active", 2, None, "on 2 hosts until the end of 2027-01-31 UTC, 66 days left; the gaps are still"),
        ({"expires": "2026-12-10"}, "fail", "due", 2, "low", "14 days left"),
        ({"expires": "2026-11-26"}, "fail", "due", 2, "low", "today is the last day"),
        ({"expires": "2026-11-25"}, "fail", "expired", 0, "high",
         "which is over; what it covered counts as failed: identity.shadow on web1, identity.shadow on web2"),
        ({"expires": "2026-11-25"}, "pass", "expired", 0, "low", "nothing that was judged fails under it"),
        ({}, "pass", "unused", 0, "low", "no assessed host has a gap that needs it"),
        ({"hosts": ["db*"]}, "fail", "unused", 0, "low", "no assessed host has a gap that needs it"),
    ],
)  # fmt: skip
def test_what_became_of_a_waiver_is_told(more, verdict, state, used, severity, said):
    (told,) = fleet(made(**more), verdict=verdict)
    assert (told["state"], told["used_on"]) == (state, used)
    assert said in told["text"]
    found = waivers.findings([told])
    assert [one["severity"] for one in found] == ([severity] if severity else [])
    for one in found:
        assert one["id"] == f"waiver.{state}"
        assert one["remedy"] and "Risk acceptance one" in one["title"]
        assert "compensating" not in one["text"]


def test_where_nobody_could_look_no_waiver_is_called_needless():
    (told,) = fleet(made(), verdict="error")
    assert (told["state"], told["unseen"]) == ("unused", ["web1", "web2"])
    assert "nobody could look" in told["text"]
    (finding,) = waivers.findings([told])
    assert "remove it" not in finding["remedy"]
    assert finding["remedy"] == "leave it until that was checked."


def test_an_error_of_another_control_or_host_leaves_a_waiver_needless():
    judged = [{"host": "web1", "controls": [control("error"), control("pass", "other.control")]}]
    (told,) = waivers.overview([made(controls=["other.control"])], judged, NOW)
    assert (told["unseen"], waivers.findings([told])[0]["remedy"][:9]) == ([], "remove it")
    (told,) = fleet(made(hosts=["db*"]), verdict="error")
    assert told["unseen"] == []


def test_an_expired_waiver_is_not_to_be_removed_where_nobody_could_look():
    (told,) = fleet(made(expires="2026-11-25"), verdict="error")
    assert (told["state"], told["unseen"]) == ("expired", ["web1", "web2"])
    assert "nothing that was judged fails under it, but on web1, web2 nobody could look" in told["text"]
    assert waivers.findings([told])[0]["remedy"].startswith("check that")


@pytest.mark.parametrize("expires", ["2027-01-31", "2026-11-25"])
def test_a_host_of_the_inventory_that_the_run_left_out_may_need_its_waiver(expires):
    given = made(hosts=None, groups=["db"], expires=expires)
    judged = [{"host": "web1", "controls": [control("pass")]}]
    (told,) = waivers.overview([given], judged, NOW, (), {"all": ["web1", "db1", "app1"], "db": ["db1"]})
    assert told["unseen"] == ["db1"], "app1 is in no group that it names"
    assert "remove it from" not in waivers.findings([told])[0]["remedy"]


@pytest.mark.parametrize("expires", ["2027-01-31", "2026-11-25"])
def test_a_waiver_of_a_control_that_the_profiles_do_not_hold_was_not_needless(expires):
    judged = [{"host": "web1", "controls": [control("pass")]}]
    (told,) = waivers.overview([made(controls=["identity.*", "time.sync"], expires=expires)], judged, NOW)
    assert told["not_held"] == ["time.sync"]
    assert "the profiles of this run do not hold time.sync" in told["text"]
    assert "remove it from" not in waivers.findings([told])[0]["remedy"]


@pytest.mark.parametrize("days", [-1, 36501, 99999999])
def test_days_that_nobody_can_mean_are_refused(days):
    with pytest.raises(TrailError, match="audit_compliance_waiver_days is"):
        waiver.check_most_days(days)


def test_no_day_is_beyond_what_can_be_reckoned_with():
    with pytest.raises(CatalogueError, match="not between 1970 and 2999"):
        waiver.parse(dict(GIVEN, expires="9999-12-31"), "w.yml", 36500, NOW)


def test_a_host_that_was_not_assessed_may_need_its_waiver():
    (told,) = waivers.overview([made(hosts=["db*"])], [], NOW, ["db1", "web1"])
    assert told["unseen"] == ["db1"]
