# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a host in its batch: whatever is missing, odd or unknown is a failure, and is told."""

import pytest

pytest.importorskip("yaml", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.deploy.told import empty  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import outcome  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import told as read  # noqa: E402

pytestmark = pytest.mark.controller

GONE = {"unreachable": True, "msg": "gone"}
CRITERIA = [
    {"name": name, "ok": True, "value": 0, "limit": 0, "text": name + " is well"} for name in ("daemon", "lost")
]


def told(**more):
    found = {
        "_rollout_before": {"status": {"kernel": {"lost": 3}}},
        "_audit_rules_loaded": dict(empty(), transaction="x", warnings=["two lines are one"]),
        "_rollout_health": {"healthy": True, "criteria": CRITERIA, "status": {"kernel": {"lost": 3}}},
    }
    return {**found, **more}


def test_a_host_that_meets_all_of_it_is_well_and_tells_its_measures():
    found = outcome.of("a", told())
    assert (found.state, found.reasons) == ("well", [])
    assert found.notes == ["daemon is well", "lost is well", "two lines are one"]


@pytest.mark.parametrize("name", ["daemon", "lost"])
@pytest.mark.parametrize(("ok", "words"), [(False, "{0}: broken (limit 0)"), (None, "{0}: could not be told: broken")])
def test_each_criterion_that_is_not_met_fails_the_host(name, ok, words):
    criteria = [dict(one, ok=ok, text="broken") if one["name"] == name else one for one in CRITERIA]
    found = outcome.of("a", told(_rollout_health={"healthy": ok, "criteria": criteria}))
    assert found.state == "failed"
    assert found.reasons[0].startswith(words.format(name))


@pytest.mark.parametrize(
    ("more", "state", "words"),
    [
        ({"_rollout_before": None}, "unreached", "it was never asked"),
        ({"_rollout_before": {"unreachable": True, "msg": "timed\nout"}}, "unreached", "timed out"),
        (
            {"_rollout_failure": {"task": "Load the rules", "result": {"msg": "r:7:\nno"}}},
            "failed",
            "Load the rules: r:7: no",
        ),
        ({"_auditd_config": GONE}, "failed", "became unreachable while it was changed"),
        ({"_auditd_plugin_files": {"results": [{"msg": "ok"}, GONE]}}, "failed", "while it was changed: gone"),
        ({"_rollout_health": GONE}, "failed", "became unreachable"),
        ({"_rollout_unjudged": {"task": "t", "result": {"msg": "bad"}}}, "failed", "was not changed: t: bad"),
        ({"_audit_rules_loaded": {"skipped": True}}, "failed", "its rules were not loaded"),
        ({"_audit_rules_loaded": None}, "failed", "its rules were not loaded"),
        ({"_rollout_health": None}, "failed", "it was not watched"),
        ({"_rollout_health": {"skipped": True}}, "failed", "it was not watched"),
        ({"_rollout_health": {"healthy": None, "criteria": []}}, "failed", "nothing was judged"),
        (
            {"_audit_rules_loaded": dict(empty(), not_applicable={"reason": "a container"})},
            "not_applicable",
            "a container",
        ),
    ],
)
def test_what_is_missing_is_never_well(more, state, words):
    found = outcome.of("a", told(**more))
    assert found.state == state
    assert words in found.reasons[0]


def test_records_that_were_lost_during_the_change_are_told():
    health = {"healthy": True, "criteria": CRITERIA, "status": {"kernel": {"lost": 10}}}
    assert "7 records were lost since before the change" in outcome.of("a", told(_rollout_health=health)).notes


def test_check_mode_tells_what_would_change():
    rules = dict(
        empty(),
        rules={"file": 12, "kernel": 0},
        files=[{"action": "created", "path": "/r"}, {"action": "unchanged", "path": "/s"}],
    )
    found = outcome.of("a", told(_audit_rules_loaded=rules, _rollout_health={"skipped": True}), check_mode=True)
    assert (found.state, found.notes) == ("checked", ["12 rules in the files", "would be created: /r"])


def test_check_mode_tells_of_the_lock_and_of_what_is_not_proven():
    rules = dict(
        empty(),
        diff=[{"after_header": "/x (by state: committed)", "after": "# ours\n-e 2\n"}],
        unproven=[
            {"control": "a.b", "requirement": str(number), "reason": reason}
            for number, reason in enumerate(["30-x.rules:1 matches it first"] * 3 + ["no path"])
        ],
    )
    found = outcome.of("a", told(_audit_rules_loaded=rules, _rollout_health={"skipped": True}), check_mode=True)
    assert found.notes[1:] == [
        "the commit would lock the rules: other ones then need a reboot",
        "4 requirements of a control are not proven to be recorded (3 of them: 30-x.rules:1 matches it first)",
    ]


def test_check_mode_says_who_would_fail():
    found = outcome.of("a", told(_rollout_failure={"task": "t", "result": {"msg": "no"}}), check_mode=True)
    assert (found.state, found.reasons) == ("would_fail", ["t: no"])


def test_a_loop_tells_why_its_items_failed():
    result = {
        "msg": "One or more items failed",
        "results": [{"failed": True, "msg": "a.conf:3: no"}, {"msg": "fine"}, {"failed": True, "msg": "b.conf:1: no"}],
    }
    assert read.message(result) == "a.conf:3: no; b.conf:1: no"
    assert read.message({"msg": "One or more items failed", "results": []}) == "One or more items failed"


def test_only_what_the_play_and_its_roles_have_registered_counts():
    values = {"my_probe": GONE, "_auditd_names": ["a"], "_auditd_reload": {"changed": True}, "_audit_rules_x": "text"}
    assert read.lost(values) == {}
    assert read.changed(values) is True
    assert read.changed({"my_probe": {"changed": True}, "_auditd_reload": {"changed": False}}) is False
