# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every shipped control on a state: violated, evidence missing, not applicable, half known."""

import copy
import re

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils import (  # noqa: E402
    assessment,
    changes,
    history,
    results,
)
from ansible_collections.auditops.trail.plugins.plugin_utils.control import FROM_HISTORY  # noqa: E402
from ansible_collections.auditops.trail.tests.unit import postures_whole, violations  # noqa: E402
from ansible_collections.auditops.trail.tests.unit.good_host import (  # noqa: E402
    CATALOGUE,
    CONTROLS,
    KIND,
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


@pytest.mark.parametrize(
    ("name", "case"),
    [(name, case) for name, cases in sorted(violations.CASES.items()) for case in cases],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_state_that_is_wrong_fails_exactly_its_control_with_the_reason_and_a_remedy(name, case):
    before = states(case.given)
    assert before[name]["verdict"] == "pass"
    after = states({**case.given, **case.change})
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
def test_a_rule_that_takes_away_what_others_record_fails_the_control_on_it(name, line):
    control = states({"rules": posture([line, *RULES])["rules"]})[name]
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
def test_a_state_without_one_of_its_values_is_an_error_that_names_it(name, path):
    given = violations.CASES[name][0].given if violations.CASES[name] else {}
    control = states({**given, path: None})[name]
    if control["verdict"] == "not_applicable":
        applies = CONTROLS[name].applies
        assert path in applies.reads or any(path.startswith(read + ".") for read in applies.reads)
        return
    assert control["verdict"] == "error"
    told = control["reasons"][0]
    assert path in told or path.split(".")[0] in told


@pytest.mark.parametrize("name", KIND["assert"])
def test_a_state_whose_collector_failed_is_an_error_with_its_words(name):
    for path in _strict(name):
        part = path.split(".")[0]
        if part in FROM_HISTORY:
            continue
        made = copy.deepcopy(base()[0])
        for given, value in (violations.CASES[name][0].given if violations.CASES[name] else {}).items():
            postures_whole.put(made, given, value)
        del made[part]
        made["errors"][part] = REFUSED
        result = results.host_result("web1", SELECTION, made, base()[1], results.now(), {})
        control = next(one for one in result["controls"] if one["id"] == name)
        assert (control["verdict"], control["reasons"]) == ("error", ["netlink: refused"])


NEVER_APPLIES = {
    "auth.direct_root": {"logins.sshd.installed": False},
    "auth.sshd_uses_pam": {"logins.sshd.installed": False},
    "boot.audit_configured": {"system.container": "docker"},
    "boot.audit_running": {"system.container": "docker"},
    "boot.backlog_limit": {"system.container": "docker"},
    "kernel.journald": {"copies.journal.active": False},
    "kernel.loginuid_immutable": {"logins.container_runtimes": ["/usr/bin/dockerd"], "status.loginuid_immutable": 0},
    "kernel.lost_in_period": {"lost_in_period": None},
    "limits.io_uring": {"kernel.io_uring": "nobody"},
    "limits.x32": {"host.machine": "i386"},
    "retention.archive": {"logs.age_days": 400.0},
    "retention.at_hand": {"logs.age_days": 0.02},
    "retention.forecast": {},
    "retention.held": {},
    "service.own_daemon": {"system.init": "openrc"},
    "ship.delivery": {"shipping.active": False},
    "ship.identity": {"shipping.active": False},
    "ship.lossless": {"shipping.active": False},
    "ship.name": {"shipping.routes": [{"via": "syslog", "active": True}]},
    "ship.queue": {
        "shipping.routes": [
            {"via": "audisp-remote", "active": True, "mode": "immediate"},
            {"via": "syslog", "active": True, "mode": "forward"},
        ]
    },
    "ship.running": {"config.plugins": []},
    "ship.separate_admin": {"shipping.active": False},
    "ship.transit": {"shipping.active": False},
    "time.servers_stated": {},
}


@pytest.mark.parametrize("name", sorted(NEVER_APPLIES))
def test_a_control_that_makes_no_sense_here_says_why(name):
    control = states(NEVER_APPLIES[name])[name]
    assert control["verdict"] == "not_applicable"
    assert control["reasons"] == [CONTROLS[name].applies.otherwise]


def test_every_control_that_may_not_apply_is_tried():
    excused = {name for name, control in CONTROLS.items() if control.applies}
    assert excused == set(NEVER_APPLIES) | {"time.designated"}


@pytest.mark.parametrize(
    ("name", "list_of"), [("access.ssh_keys", "key_directories"), ("access.ssh_trust", "key_sources")]
)
def test_what_opens_an_account_is_watched_before_it_is_there(name, list_of):
    made = copy.deepcopy(base()[0])
    item = {"path": "/home/ben/.ssh", "user": "ben", "what": "TrustedUserCAKeys", "exists": False}
    made["logins"][list_of] = [*made["logins"][list_of], item]
    made["paths"]["objects"][item["path"]] = dict(made["paths"]["objects"]["/usr/bin/dockerd"])
    assert made["paths"]["objects"][item["path"]]["type"] == "missing"
    control = judged(made)[name]
    assert control["verdict"] == "fail"
    missed = [one["requirement"] for one in control["coverage"] if one["outcome"] != "covered"]
    assert missed == ["-w /home/ben/.ssh -p wa"]


def test_a_configuration_that_is_not_there_has_no_line_to_name():
    problem = {"line": None, "message": "there is no such file", "fatal": True, "remedy": None}
    told = states({"config.auditd.usable": False, "config.auditd.problems": [problem]})["config.usable"]["reasons"][0]
    assert told.startswith("there is no such file; wanted:")


def test_where_it_is_not_known_whether_a_host_runs_containers_the_locked_audit_uid_is_an_error():
    control = states({"status.loginuid_immutable": 0, "logins.container_runtimes": None})["kernel.loginuid_immutable"]
    assert control["verdict"] == "error"
    assert "--loginuid-immutable" not in control["remedy"][0]["text"]


def test_on_the_first_run_of_a_host_there_is_no_loss_to_speak_of_and_on_the_second_there_is(tmp_path):
    first, _told = assessment.with_losses(base()[0], str(tmp_path), "web1")
    control = states({}, first)["kernel.lost_in_period"]
    assert (control["verdict"], control["reasons"]) == ("not_applicable", [CONTROLS[control["id"]].applies.otherwise])
    before = history.Observation("2026-11-21T09:30:00Z", {}, 3, "b")
    for now, verdict in ((3, "pass"), (4, "fail"), (1, "fail")):
        later = changes.lost(now, "b", before)
        assert states({"lost_in_period": later})["kernel.lost_in_period"]["verdict"] == verdict
    later = changes.lost(0, "another boot", before)
    assert states({"lost_in_period": later})["kernel.lost_in_period"]["verdict"] == "pass"


_AT, _LATER = "2026-11-02T12:00:00Z", "2026-11-02T12:05:01Z"
_SHORT = {"from": "2026-11-03T12:00:00Z", "to": "2026-11-03T12:00:02Z", "seconds": 2, "reboot": False}
_EXPLAINED = {"from": "2026-11-04T12:00:00Z", "to": "2026-11-05T12:00:00Z", "seconds": 86400, "reboot": True}
UNKNOWN = [
    # dropbear alone, and beside sshd
    *(
        (
            name,
            {"logins.sshd.installed": here, "logins.sshd.others": ["dropbear"], "logins.sshd.alone": None, **more},
            "logins.sshd.",
        )
        for name in ("auth.direct_root", "auth.sshd_uses_pam")
        for here, more in ((True, {}), (False, {"logins.sshd.permit_root_login": None, "logins.sshd.use_pam": None}))
    ),
    ("log.fim", {"alerts.mta": None, "alerts.syslog_forwarded": None}, ": whether anybody would hear of it is not"),
    (
        "log.fim",
        {"alerts.mta": None, "alerts.syslog_forwarded": False, "fim.active.own_way": None},
        ": whether anybody would hear of it is not known: there is no mail program.",
    ),
    ("log.fim", {"fim.active.scheduled": None}, ": whether aide runs by itself at least weekly is not known."),
    ("log.fim", {"fim.active.covers.log_directory": None}, ": whether aide covers the log is not known."),
    ("log.fim", {"fim.active.covers.configuration": None}, ": whether aide covers /etc/audit is not known."),
    ("log.fim", {"fim.active.covers.tools": None}, ": whether aide covers the audit tools is not known."),
    ("log.written", {"logs.newest_age_days": None}, "logs.newest_age_days"),
    ("log.file_permissions", {"logs.exposed": None}, "needs (logs.exposed)"),
    (
        "trail.continuity",
        {"trail.stops": [{"from": _AT, "to": _LATER, "seconds": 301, "reboot": None}, _SHORT, _EXPLAINED]},
        f"tell enough: stopped from {_AT} to {_LATER} and not known to be the host going down: either its shutdown",
    ),
    (
        "trail.continuity",
        {"trail.stops": [{"from": _AT, "to": _LATER, "seconds": None, "reboot": None}]},
        f": stopped from {_AT} to {_LATER} and not known to be the host going down",
    ),
    (
        "ship.transit",
        {"shipping.routes": [{"via": "syslog", "active": True, "encrypted": True, "verified": None}]},
        "does not tell",
    ),
]
"""What is null in the midst of a value that is there, and what is said of it."""


@pytest.mark.parametrize(("name", "change", "says"), UNKNOWN)
def test_what_is_not_known_within_a_value_is_an_error_that_names_it(name, change, says):
    control = states(change)[name]
    assert control["verdict"] == "error"
    assert says in control["reasons"][0]


def test_of_stops_only_those_that_are_too_long_are_told():
    long = {"from": _AT, "to": _LATER, "seconds": 301, "reboot": False}
    control = states({"trail.stops": [_SHORT, long, _EXPLAINED]})["trail.continuity"]
    assert control["verdict"] == "fail"
    assert control["reasons"][0].startswith(f"stopped from {_AT} to {_LATER}; wanted:")


def test_a_short_stop_before_a_boot_passes_whoever_stopped_the_daemon():
    stop = {"from": _AT, "to": _AT, "seconds": 300, "reboot": None}
    assert states({"trail.stops": [stop]})["trail.continuity"]["verdict"] == "pass"


@pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name in KIND["assert"] for path in CONTROLS[name].may_be_null]
)
def test_a_state_without_a_value_that_may_be_null_but_not_absent_is_an_error_that_names_it(name, path):
    made = copy.deepcopy(base()[0])
    held = made
    for step in path.split(".")[:-1]:
        held = held[step]
    del held[path.split(".")[-1]]
    control = states({}, made)[name]
    assert control["verdict"] == "error"
    assert path in control["reasons"][0]


@pytest.mark.parametrize(
    ("own_way", "verdict"),
    [(True, "pass"), (None, "error"), (False, "fail")],
)
def test_an_agent_that_tells_its_own_server_needs_no_mail_program(own_way, verdict):
    change = {"alerts.mta": None, "alerts.syslog_forwarded": False, "fim.active.own_way": own_way}
    assert states(change)["log.fim"]["verdict"] == verdict


EMPTY = {
    "log.file_permissions": ["logs.files"],
    "protection.configuration": ["permissions.configuration"],
    "protection.tools": ["permissions.tools"],
    "auth.pam_loginuid": ["logins.pam.loginuid_in"],
    "time.config": ["clock.config"],
    "time.sources": ["clock.sources"],
    "time.designated": ["clock.sources"],
}


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in EMPTY.items() for path in paths])
def test_a_list_with_nothing_to_look_at_passes_nothing(name, path):
    assert states({path: []})[name]["verdict"] == "fail"


def test_a_record_of_a_login_or_of_a_file_is_asked_for_and_not_one_that_looks_like_it():
    assert CONTROLS["sample.login"].sample["types"] == ["USER_LOGIN"]
    assert CONTROLS["sample.file_change"].sample["types"] == ["SYSCALL"]
    assert "object" in CONTROLS["sample.file_change"].sample["fields"]


@pytest.mark.parametrize(
    ("change", "held", "archive"),
    [
        ({}, "not_applicable", "manual"),  # a young host that ships
        ({"shipping.active": False}, "not_applicable", "manual"),  # a young host that does not
        ({"shipping.active": False, "system.age_days": 400.0}, "fail", "manual"),
        ({"system.age_days": 400.0}, "not_applicable", "manual"),
        ({"logs.age_days": 365.0}, "pass", "not_applicable"),
        ({"logs.age_days": None}, "error", "manual"),
        # A year with a hole in it is none.
        ({"logs.age_days": 365.0, "logs.longest_gap_days": 8.0}, "not_applicable", "manual"),
        (
            {"logs.age_days": 400.0, "logs.longest_gap_days": 8.0, "shipping.active": False, "system.age_days": 400.0},
            "fail",
            "manual",
        ),
        ({"logs.age_days": 365.0, "logs.longest_gap_days": None}, "error", "manual"),
    ],
)
def test_a_year_of_records_is_shown_by_the_log_here_or_asked_for(change, held, archive):
    found = states(change)
    assert (found["retention.held"]["verdict"], found["retention.archive"]["verdict"]) == (held, archive)


def test_each_threshold_says_which_way_is_stricter():
    directions = {
        (name, parameter): control.stricter.get(parameter)
        for name, control in CONTROLS.items()
        for parameter, value in control.parameters.items()
        if isinstance(value, (int, float)) or parameter.endswith("_actions")
    }
    lists = {one for one in directions if one[1].endswith("_actions")}
    assert len(lists) == 5
    assert {one for one, direction in directions.items() if direction == "subset"} == lists
    assert {one for one, direction in directions.items() if direction in ("higher", "lower")} == set(directions) - lists
    assert set(directions) == {(name, one) for name, control in CONTROLS.items() for one in control.stricter}


@pytest.mark.parametrize(
    ("given", "looser"),
    [(["suspend"], True), (["halt", "ignore"], True), (["halt"], False), (["syslog", "exec", "single", "halt"], False)],
)
def test_a_list_that_allows_more_than_the_catalogues_is_told(given, looser):
    selection = CATALOGUE.select(["pci_dss_4_0"], {"disk_full_actions": given})
    result = results.host_result("web1", selection, posture(), {}, results.now(), {})
    control = next(one for one in result["controls"] if one["id"] == "space.full")
    assert control["parameters"]["disk_full_actions"]["looser"] is looser
