# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every shipped control, three times: satisfied, violated, evidence missing."""

import copy

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
from ansible_collections.auditops.trail.tests.unit import postures  # noqa: E402

pytestmark = pytest.mark.controller
SELECTION = catalogue_loader.load().select(["baseline"])
CONTROLS = {control.id: control for control in SELECTION.controls}
RECORD = [control.id for control in SELECTION.controls if control.record]
ASSERT = [control.id for control in SELECTION.controls if control.expression]
DIALECT = Dialect((3, 0, 9), users=(), groups=())
FOLDERS = {
    "/etc/sudoers.d", "/etc/ssh/sshd_config.d", "/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily",
    "/etc/cron.weekly", "/etc/cron.monthly", "/var/spool/cron", "/var/log/audit",
}  # fmt: skip
NAMED = {
    path
    for control in SELECTION.controls
    for line in control.record
    for path in object_paths(parse_requirement(line, DIALECT))
}
PATHS = postures.path_state(files=sorted(NAMED - FOLDERS), folders=sorted(NAMED & FOLDERS))
RULES = [line for control in SELECTION.controls for line in control.record]
GOOD = {"enabled": 2, "lost": 0, "backlog_limit": 8192, "pid": 512, "failure": 1}
BAD = {
    "kernel.enabled": {"enabled": 0},
    "kernel.immutable": {"enabled": 1},
    "kernel.lost": {"lost": 1},
    "kernel.backlog_limit": {"backlog_limit": 8191},
}


def posture(rules=None, **changes):
    rules = RULES if rules is None else rules
    return postures.posture(rules, rules, PATHS, status=GOOD, **changes)


def judged(made):
    plan = plans.of(SELECTION, "auto")
    result = results.host_result(
        "web1", SELECTION, made, evaluate.judge(copy.deepcopy(made), plan), results.now(), {"user": "tester"}
    )
    return {control["id"]: control for control in result["controls"]}


def verdicts(made):
    return {name: control["verdict"] for name, control in judged(made).items()}


def test_all_twelve_pass_on_a_host_with_their_rules_loaded_and_locked():
    assert verdicts(posture()) == dict.fromkeys(CONTROLS, "pass")


def test_the_tests_below_are_about_every_control():
    assert len(RECORD) + len(ASSERT) == 12
    assert set(BAD) == set(ASSERT)


@pytest.mark.parametrize("name", RECORD)
def test_without_its_first_line_exactly_this_control_fails(name):
    gone = CONTROLS[name].record[0]
    found = verdicts(posture([line for line in RULES if line != gone]))
    assert found == dict(dict.fromkeys(CONTROLS, "pass"), **{name: "fail"})


@pytest.mark.parametrize("name", RECORD)
@pytest.mark.parametrize("part", ["rules", "status"])
def test_without_evidence_a_requirement_is_an_error(name, part):
    made = posture()
    del made[part]
    made["errors"][part] = {"message": "netlink: refused", "file": None, "line": None, "remedy": "use become."}
    assert judged(made)[name]["verdict"] == "error"


@pytest.mark.parametrize("name", ASSERT)
def test_an_assertion_that_is_violated_fails_with_the_value_and_a_remedy(name):
    made = posture()
    made["status"].update(BAD[name])
    control = judged(made)[name]
    assert control["verdict"] == "fail"
    ((path, value),) = control["evidence"].items()
    assert f"{path} is {value}" in control["reasons"][0]
    assert control["remedy"]


@pytest.mark.parametrize("name", ASSERT)
def test_an_assertion_without_its_value_is_an_error(name):
    made = posture()
    (path,) = CONTROLS[name].reads
    made["status"][path.split(".")[1]] = None
    assert judged(made)[name]["verdict"] == "error"


@pytest.mark.parametrize("name", ASSERT)
def test_an_assertion_whose_collector_failed_is_an_error_with_its_words(name):
    made = posture()
    del made["status"]
    made["errors"]["status"] = {"message": "netlink: refused", "file": None, "line": None, "remedy": "use become."}
    control = judged(made)[name]
    assert control["verdict"] == "error"
    assert control["reasons"] == ["netlink: refused"]


def test_a_threshold_is_the_sites_to_set():
    selection = catalogue_loader.load().select(["baseline"], {"backlog_limit": 8193})
    made = posture()
    result = results.host_result("web1", selection, made, {}, results.now(), {})
    control = next(one for one in result["controls"] if one["id"] == "kernel.backlog_limit")
    assert control["verdict"] == "fail"
    assert control["reasons"] == ["status.backlog_limit is 8192; wanted: status.backlog_limit >= 8193"]
    assert control["remedy"][0]["text"].startswith("-b 8193")


def test_one_never_in_front_fails_the_same_controls_and_names_the_line():
    never = "-a never,exit -F arch=b64 -S execve,openat -F auid=1000"
    found = judged(posture([never, *RULES]))
    failed = {name for name, control in found.items() if control["verdict"] == "fail"}
    assert failed == set(RECORD)
    for name in RECORD:
        step, load = found[name]["remedy"]
        assert (step["do"], step["file"], step["line"]) == ("remove", "/etc/audit/rules.d/10.rules", 1)
        assert (load["do"], load["text"]) == ("load", AFTER_REBOOT)
