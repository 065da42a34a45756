# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every shipped control, three times: satisfied, violated, evidence missing."""

import copy
import re

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import (  # noqa: E402
    object_paths,
    parse_requirement,
)
from ansible_collections.auditops.trail.plugins.module_utils.compliance.mend import AFTER_REBOOT  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import plans, results  # noqa: E402
from ansible_collections.auditops.trail.tests.unit import postures_whole, violations  # noqa: E402
from ansible_collections.auditops.trail.tests.unit.good_host import (  # noqa: E402
    CATALOGUE,
    CONTROLS,
    EVERY,
    KIND,
    LINES,
    REFUSED,
    RULES,
    SELECTION,
    base,
    judged,
    posture,
    states,
    unlike,
    verdicts,
)

pytestmark = pytest.mark.controller
DIALECT = Dialect(postures_whole.VERSION, users=(), groups=())
ALSO = {"log.read": ["log.access"], "log.access": ["log.read"]}
"""What has to fail with it."""


def _is_of_the_host(source):
    return source is not None and not source.startswith("params.")


def test_all_pass_on_a_host_with_their_rules_loaded_and_locked():
    assert unlike(verdicts(posture())) == {}


def test_the_tests_below_are_about_every_control():
    assert len(CONTROLS) == sum(len(names) for names in KIND.values()) == len(CATALOGUE.controls)
    assert set(violations.CASES) == set(KIND["assert"])
    assert set(CONTROLS) == {name for profile in CATALOGUE.profiles.values() for name in profile.controls}


@pytest.mark.parametrize("profile", EVERY)
def test_a_profile_alone_passes_too(profile):
    own = {name: value for name, value in postures_whole.PARAMETERS.items() if profile != "baseline"}
    selection = CATALOGUE.select([profile], own)
    found = judged(postures_whole.whole(selection), selection)
    assert unlike({name: control["verdict"] for name, control in found.items()}) == {}


def _names(line):
    """The calls and paths of a line."""
    paths = object_paths(parse_requirement(line, DIALECT))
    return set(paths) | {call for word in re.findall(r"-S (\S+)", line) for call in word.split(",")}


def neighbours(lines):
    """The controls whose events these lines may record: all that name one of their calls, or a path above or below."""
    names = set().union(*map(_names, lines))
    return {
        control
        for control, own in LINES.items()
        for other in set().union(*map(_names, own))
        if any(other == one or other.startswith(one + "/") or one.startswith(other + "/") for one in names)
    }


@pytest.mark.parametrize("name", KIND["record"])
def test_without_its_first_line_exactly_this_control_fails(name):
    gone = LINES[name][:1]
    made = posture([line for line in RULES if line not in gone])
    plan = plans.of(SELECTION)
    near = neighbours(gone)
    plan["controls"] = [control for control in plan["controls"] if control["id"] in near]
    found = evaluate.judge(made, plan)
    failed = {one for one, control in found.items() if control["verdict"] != "pass"}
    assert failed == {name, *ALSO.get(name, ())}
    assert found[name]["verdict"] == "fail"
    assert found[name]["remedy"]
    assert any(entry["counterexample"] for entry in found[name]["coverage"])


def test_without_the_first_line_of_each_all_requirements_fail_and_nothing_else():
    gone = {line for name in LINES for line in LINES[name][:1]}
    changed = unlike(verdicts(posture([line for line in RULES if line not in gone])))
    assert changed == dict.fromkeys(KIND["record"], "fail")


@pytest.mark.parametrize("part", ["rules", "status"])
def test_without_evidence_every_requirement_is_an_error(part):
    made = posture()
    del made[part]
    made["errors"][part] = REFUSED
    found = judged(made)
    for name in KIND["record"] + KIND["emit"]:
        assert found[name]["verdict"] == "error"
        assert found[name]["reasons"] == ["netlink: refused"]


@pytest.mark.parametrize("name", [name for name in KIND["record"] if _is_of_the_host(CONTROLS[name].for_each)])
def test_without_the_list_that_it_is_made_from_a_requirement_is_an_error(name):
    made = posture()
    part = CONTROLS[name].for_each.split(".")[0]
    del made[part]
    plan = plans.of(SELECTION)
    plan["controls"] = [control for control in plan["controls"] if control["id"] == name]
    control = evaluate.judge(made, plan)[name]
    assert control["verdict"] == "error"
    assert part in control["reasons"][0]


def test_a_search_that_was_cut_short_makes_its_control_an_error():
    made = posture()
    made["privileged"].update(complete=False, stopped_by="seconds", incomplete="the search took too long")
    assert judged(made)["privilege.every_command"]["reasons"] == ["the search took too long"]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("rules.user_records", "-a always,exclude -F msgtype={0}"),
        ("rules.user_records", "-a never,user -F msgtype={0}"),
        ("rules.config_records", "-a always,exclude -F msgtype={0}"),
    ],
)
def test_a_rule_that_drops_one_record_type_fails_its_control_and_is_named(name, rule):
    dropped = CONTROLS[name].emit[-1]
    line = rule.format(dropped)
    found = judged(posture([line, *RULES]))
    assert unlike({one: control["verdict"] for one, control in found.items()}) == {name: "fail"}
    assert [step["text"] for step in found[name]["remedy"]] == [line]


def test_without_stated_servers_and_paths_people_are_asked():
    selection = CATALOGUE.select(EVERY)
    found = judged(postures_whole.whole(selection), selection)
    assert found["time.servers_stated"]["verdict"] == "manual"
    assert found["time.servers_stated"]["evidence"]["clock.sources"][0]["address"] == "192.0.2.1"
    assert found["time.designated"]["verdict"] == "not_applicable"
    assert found["chd.paths"]["verdict"] == "manual"
    assert found["chd.paths"]["ask"].startswith("not stated.")


@pytest.mark.parametrize("name", KIND["manual"])
def test_what_people_have_to_answer_is_never_passed_and_says_what_to_ask(name):
    selection = CATALOGUE.select(EVERY)
    result = results.host_result("web1", selection, base()[0], base()[1], results.now(), {})
    control = next(one for one in result["controls"] if one["id"] == name)
    assert control["verdict"] == "manual"
    assert control["ask"].startswith("Ask ")
    assert set(control["evidence"]) == {*CONTROLS[name].reads, *CONTROLS[name].shows}


@pytest.mark.parametrize("name", [name for name in KIND["manual"] if CONTROLS[name].reads])
def test_what_people_have_to_answer_is_asked_also_without_the_evidence_to_show(name):
    selection = CATALOGUE.select(EVERY)
    made = copy.deepcopy(base()[0])
    postures_whole.put(made, CONTROLS[name].reads[0], None)
    result = results.host_result("web1", selection, made, base()[1], results.now(), {})
    control = next(one for one in result["controls"] if one["id"] == name)
    assert control["verdict"] == "manual"
    assert CONTROLS[name].reads[0] in control["reasons"][0]


@pytest.mark.parametrize("name", KIND["sample"])
def test_a_record_that_lacks_a_field_fails_one_that_is_not_there_is_asked_for(name):
    sample = dict(base()[0]["trail"]["samples"][name], missing=["origin"])
    found = states({"trail.samples": {**base()[0]["trail"]["samples"], name: sample}})
    assert found[name]["verdict"] == "fail"
    assert "lacks origin" in found[name]["reasons"][0]
    found = states({"trail.samples": {**base()[0]["trail"]["samples"], name: None}})
    assert found[name]["verdict"] == "manual"
    assert CONTROLS[name].sample["types"][0] in found[name]["ask"]
    assert states({"trail.samples": {}})[name]["verdict"] == "error"


def test_a_threshold_is_the_sites_to_set():
    selection = CATALOGUE.select(["baseline"], {"backlog_limit": 8193})
    made = posture()
    result = results.host_result("web1", selection, made, {}, results.now(), {})
    control = next(one for one in result["controls"] if one["id"] == "kernel.backlog_limit")
    assert control["verdict"] == "fail"
    assert control["reasons"] == [
        "status.backlog_limit is 8192; wanted: status.backlog_limit >= 8193, or 0, by which the kernel sets no limit"
    ]
    assert control["remedy"][0]["text"].startswith("-b 8193")
    assert "CIS" in control["parameters"]["backlog_limit"]["source"]


def test_people_are_those_whom_the_host_calls_so():
    selection = CATALOGUE.select(["pci_dss_4_0"])
    plan = plans.of(selection)
    plan["controls"] = [control for control in plan["controls"] if "{uid_min}" in str(control.get("record"))]
    made = posture()
    assert {one["verdict"] for one in evaluate.judge(made, plan).values()} == {"pass"}
    made["host"]["uid_min"] = 500
    found = evaluate.judge(made, plan)
    assert {one["verdict"] for one in found.values()} == {"fail"}
    entry = found["files.denied"]["coverage"][0]
    assert entry["counterexample"]["auid"] == 500
    assert "auid>=500" in entry["requirement"]
    assert any("auid>=500" in step["text"] for step in found["files.denied"]["remedy"])


def test_one_never_in_front_fails_what_demands_records_and_names_the_line():
    never = "-a never,exit -F auid=1000"
    selection = CATALOGUE.select(["baseline"])
    rules = postures_whole.rules_of(postures_whole.lines_of(selection))
    made = postures_whole.whole(selection, [never, *rules])
    plan = plans.of(selection)
    plan["controls"] = [control for control in plan["controls"] if control.get("record")][:12]
    found = evaluate.judge(made, plan)
    assert len(found) == 12
    for control in found.values():
        assert control["verdict"] == "fail"
        step, load = control["remedy"]
        assert (step["do"], step["file"], step["line"]) == ("remove", "/etc/audit/rules.d/10.rules", 1)
        assert (load["do"], load["text"]) == ("load", AFTER_REBOOT)
