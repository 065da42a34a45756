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
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, plans, results  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import control as controls_of  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.control import FROM_HISTORY  # noqa: E402
from ansible_collections.auditops.trail.tests.unit import postures_whole, violations  # noqa: E402

pytestmark = pytest.mark.controller
CATALOGUE = catalogue_loader.load()
EVERY = list(CATALOGUE.profiles)
SELECTION = CATALOGUE.select(EVERY, postures_whole.PARAMETERS)
CONTROLS = {control.id: control for control in SELECTION.controls}
KIND = {kind: [one.id for one in SELECTION.controls if one.kind == kind] for kind in controls_of.KINDS}
DIALECT = Dialect(postures_whole.VERSION, users=(), groups=())
LINES = postures_whole.lines_of(SELECTION)
RULES = postures_whole.rules_of(LINES)
OTHERWISE = {"time.servers_stated": "not_applicable", "retention.forecast": "not_applicable"}
"""Two controls have another in their place on a host that ships and whose time servers are stated."""
REFUSED = {"message": "netlink: refused", "file": None, "line": None, "remedy": "use become."}
GONE = {"log.read": ["-w /var/log/audit -p r", "-w /var/log/audit -p rwa"]}
"""The lines without which a control fails, where its first line is not the only one that records its events."""
ALSO = {"log.read": ["log.access"]}
"""What has to fail with it."""
SATISFIED = {
    name: OTHERWISE.get(name, "manual" if control.kind == "manual" else "pass") for name, control in CONTROLS.items()
}


def posture(rules=None):
    return postures_whole.whole(SELECTION, rules)


def _is_of_the_host(source):
    return source is not None and not source.startswith("params.")


def judged(made, selection=SELECTION):
    plan = plans.of(selection)
    found = evaluate.judge(copy.deepcopy(made), plan)
    result = results.host_result("web1", selection, made, found, results.now(), {"user": "tester"})
    return {control["id"]: control for control in result["controls"]}


def verdicts(made):
    return {name: control["verdict"] for name, control in judged(made).items()}


def unlike(found, wanted=None):
    """The verdicts that are other than on the good host."""
    return {name: verdict for name, verdict in found.items() if verdict != (wanted or SATISFIED)[name]}


@pytest.fixture(name="base", scope="module")
def _base():
    """The good host, and its own judgement on the requirements, which the controller takes as it is."""
    made = posture()
    return made, evaluate.judge(copy.deepcopy(made), plans.of(SELECTION))


def states(base, change):
    """The entries by control after some values of the posture were changed; the requirements stay judged."""
    made = copy.deepcopy(base[0])
    for path, value in change.items():
        postures_whole.put(made, path, value)
    result = results.host_result("web1", SELECTION, made, base[1], results.now(), {})
    return {control["id"]: control for control in result["controls"]}


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
    gone = GONE.get(name, LINES[name][:1])
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
    gone = {line for name in LINES for line in GONE.get(name, LINES[name][:1])}
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


@pytest.mark.parametrize("name", KIND["emit"])
@pytest.mark.parametrize("rule", ["-a always,exclude -F msgtype={0}", "-a never,user -F msgtype={0}"])
def test_a_rule_that_drops_one_record_type_fails_its_control_and_is_named(name, rule):
    dropped = CONTROLS[name].emit[-1]
    if "user" in rule and dropped == "CONFIG_CHANGE":
        pytest.skip("the kernel's own records do not meet the user list")
    line = rule.format(dropped)
    found = judged(posture([line, *RULES]))
    assert unlike({one: control["verdict"] for one, control in found.items()}) == {name: "fail"}
    assert [step["text"] for step in found[name]["remedy"]] == [line]


@pytest.mark.parametrize(
    ("name", "case"),
    [(name, case) for name, cases in sorted(violations.CASES.items()) for case in cases],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_state_that_is_wrong_fails_exactly_its_control_with_the_reason_and_a_remedy(base, name, case):
    before = states(base, case.given)
    assert before[name]["verdict"] == "pass"
    after = states(base, {**case.given, **case.change})
    changed = {one for one in after if after[one]["verdict"] in ("fail", "error") and before[one]["verdict"] == "pass"}
    assert changed == {name, *case.also}
    assert after[name]["verdict"] == "fail"
    assert case.says in after[name]["reasons"][0]
    assert after[name]["remedy"]
    assert not re.search(r"\{\w+\}", after[name]["reasons"][0] + after[name]["remedy"][0]["text"])


def test_without_any_rule_all_that_demands_events_fails_and_so_does_the_control_on_rules():
    found = judged(posture([]))
    changed = unlike({name: control["verdict"] for name, control in found.items()})
    assert changed == dict.fromkeys([*KIND["record"], "rules.loaded"], "fail")
    assert found["rules.loaded"]["reasons"] == ["0 rules are loaded; wanted: at least one rule"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("rules.task_never", "-a never,task"),
        ("rules.filesystem_never", "-a never,filesystem -F fstype=0x1021994"),
        ("rules.filesystem_never", "-a never,filesystem -F fstype!=1"),
        ("rules.complete_records", "-a always,exclude -F msgtype=PATH"),
        ("rules.complete_records", "-a always,exclude -F msgtype=CWD"),
        ("rules.complete_records", "-a always,exclude -F msgtype>=1300"),
        ("rules.complete_records", "-a always,exclude -F auid=1000"),
    ],
)
def test_a_rule_that_takes_away_what_others_record_fails_the_control_on_it(base, name, line):
    control = states(base, {"rules": posture([line, *RULES])["rules"]})[name]
    assert control["verdict"] == "fail"
    assert line in control["reasons"][0]
    assert control["remedy"]


@pytest.mark.parametrize(
    "line",
    [
        "-a never,filesystem -F fstype=tracefs",
        "-a never,filesystem -F fstype=debugfs",
        "-a always,exclude -F msgtype=CRYPTO_KEY_USER",
        "-a always,exclude -F msgtype=PROCTITLE -F auid=1000",
    ],
)
def test_a_rule_that_takes_nothing_away_that_is_needed_fails_none(line):
    assert unlike(verdicts(posture([line, *RULES]))) == {}


def _strict(name):
    """The values of the posture that a control cannot be without, and on which it is not excused from the start."""
    return [path for path in CONTROLS[name].reads if path.split(".")[0] != "params"]


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in KIND["assert"] for path in _strict(name)])
def test_a_state_without_one_of_its_values_is_an_error_that_names_it(base, name, path):
    given = violations.CASES[name][0].given if violations.CASES[name] else {}
    control = states(base, {**given, path: None})[name]
    if control["verdict"] == "not_applicable":
        applies = CONTROLS[name].applies
        assert path in applies.reads or any(path.startswith(read + ".") for read in applies.reads)
        return
    assert control["verdict"] == "error"
    told = control["reasons"][0]
    assert path in told or path.split(".")[0] in told


@pytest.mark.parametrize("name", KIND["assert"])
def test_a_state_whose_collector_failed_is_an_error_with_its_words(base, name):
    for path in _strict(name):
        part = path.split(".")[0]
        if part in FROM_HISTORY:
            continue
        made = copy.deepcopy(base[0])
        for given, value in (violations.CASES[name][0].given if violations.CASES[name] else {}).items():
            postures_whole.put(made, given, value)
        del made[part]
        made["errors"][part] = REFUSED
        result = results.host_result("web1", SELECTION, made, base[1], results.now(), {})
        control = next(one for one in result["controls"] if one["id"] == name)
        assert (control["verdict"], control["reasons"]) == ("error", ["netlink: refused"])


NEVER_APPLIES = {
    "auth.direct_root": {"logins.sshd.installed": False},
    "auth.sshd_uses_pam": {"logins.sshd.installed": False},
    "boot.audit_configured": {"system.container": "docker"},
    "boot.audit_running": {"system.container": "docker"},
    "boot.backlog_limit": {"system.container": "docker"},
    "kernel.lost_in_period": {"lost_in_period": None},
    "limits.io_uring": {"kernel.io_uring": "nobody"},
    "limits.x32": {"host.machine": "i386"},
    "log.overflow": {"config.auditd.values.overflow_action": None},
    "retention.archive": {"shipping.active": False},
    "retention.forecast": {},
    "service.own_daemon": {"system.init": "openrc"},
    "ship.delivery": {"shipping.active": False},
    "ship.identity": {"shipping.active": False},
    "ship.lossless": {"shipping.active": False},
    "ship.name": {"shipping.active": False},
    "ship.queue": {"shipping.routes": [{"via": "audisp-remote", "active": True, "mode": "immediate"}]},
    "ship.running": {"shipping.routes": [{"via": "syslog", "active": True}]},
    "ship.separate_admin": {"shipping.active": False},
    "ship.transit": {"shipping.active": False},
    "time.servers_stated": {},
}


@pytest.mark.parametrize("name", sorted(NEVER_APPLIES))
def test_a_control_that_makes_no_sense_here_says_why(base, name):
    control = states(base, NEVER_APPLIES[name])[name]
    assert control["verdict"] == "not_applicable"
    assert control["reasons"] == [CONTROLS[name].applies.otherwise]


def test_every_control_that_may_not_apply_is_tried():
    excused = {name for name, control in CONTROLS.items() if control.applies}
    assert excused == set(NEVER_APPLIES) | {"kernel.loginuid_immutable", "time.designated"}


def test_a_host_with_containers_is_not_held_to_a_locked_audit_uid(base):
    made = copy.deepcopy(base[0])
    made["status"]["loginuid_immutable"] = 0
    made["paths"]["objects"]["/usr/bin/dockerd"] = dict(made["paths"]["objects"]["/usr/bin/docker"], inode=77)
    control = judged(made)["kernel.loginuid_immutable"]
    assert control["verdict"] == "not_applicable"
    assert "runs containers" in control["reasons"][0]


@pytest.mark.parametrize("profile", EVERY)
def test_where_the_locked_audit_uid_is_demanded_the_programs_of_containers_are_looked_for(profile):
    chosen = CATALOGUE.profiles[profile].controls
    assert "kernel.loginuid_immutable" not in chosen or "containers.tools" in chosen


def test_without_stated_servers_and_paths_people_are_asked():
    selection = CATALOGUE.select(EVERY)
    found = judged(postures_whole.whole(selection), selection)
    assert found["time.servers_stated"]["verdict"] == "manual"
    assert found["time.servers_stated"]["evidence"]["clock.sources"][0]["address"] == "192.0.2.1"
    assert found["time.designated"]["verdict"] == "not_applicable"
    assert found["chd.paths"]["verdict"] == "manual"
    assert found["chd.paths"]["ask"].startswith("not stated.")


@pytest.mark.parametrize("name", KIND["manual"])
def test_what_people_have_to_answer_is_never_passed_and_says_what_to_ask(base, name):
    selection = CATALOGUE.select(EVERY)
    result = results.host_result("web1", selection, base[0], base[1], results.now(), {})
    control = next(one for one in result["controls"] if one["id"] == name)
    assert control["verdict"] == "manual"
    assert control["ask"].startswith("Ask ")
    assert set(control["evidence"]) == set(CONTROLS[name].reads)


@pytest.mark.parametrize("name", [name for name in KIND["manual"] if CONTROLS[name].reads])
def test_what_people_have_to_answer_is_asked_also_without_the_evidence_to_show(base, name):
    selection = CATALOGUE.select(EVERY)
    made = copy.deepcopy(base[0])
    postures_whole.put(made, CONTROLS[name].reads[0], None)
    result = results.host_result("web1", selection, made, base[1], results.now(), {})
    control = next(one for one in result["controls"] if one["id"] == name)
    assert control["verdict"] == "manual"
    assert CONTROLS[name].reads[0] in control["reasons"][0]


@pytest.mark.parametrize("name", KIND["sample"])
def test_a_record_that_lacks_a_field_fails_one_that_is_not_there_is_asked_for(base, name):
    sample = dict(base[0]["trail"]["samples"][name], missing=["origin"])
    found = states(base, {"trail.samples": {**base[0]["trail"]["samples"], name: sample}})
    assert found[name]["verdict"] == "fail"
    assert "lacks origin" in found[name]["reasons"][0]
    found = states(base, {"trail.samples": {**base[0]["trail"]["samples"], name: None}})
    assert found[name]["verdict"] == "manual"
    assert CONTROLS[name].sample["types"][0] in found[name]["ask"]
    assert states(base, {"trail.samples": {}})[name]["verdict"] == "error"


def test_a_threshold_is_the_sites_to_set():
    selection = CATALOGUE.select(["baseline"], {"backlog_limit": 8193})
    made = posture()
    result = results.host_result("web1", selection, made, {}, results.now(), {})
    control = next(one for one in result["controls"] if one["id"] == "kernel.backlog_limit")
    assert control["verdict"] == "fail"
    assert control["reasons"] == ["status.backlog_limit is 8192; wanted: status.backlog_limit >= 8193"]
    assert control["remedy"][0]["text"].startswith("-b 8193")
    assert "CIS" in control["parameters"]["backlog_limit"]["source"]


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
