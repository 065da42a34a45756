# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on requirements and the remedies that mend them."""

import json

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.tests.unit import postures

PATHS = postures.path_state(
    files=["/etc/passwd", "/etc/group"], folders=["/etc/cron.d"], missing=["/etc/sudoers", "/etc/sudoers.d"]
)
WATCHES = ("-w /etc/passwd -p wa", "-w /etc/group -p wa")
CHMOD = "-a never,exit -F arch=b64 -S chmod,fchmodat"


def judged(posture, record=WATCHES, missing_path="skip"):
    controls = [{"id": "one", "record": list(record), "missing_path": missing_path, "key": "k"}]
    plan = evaluate.plan(controls, "auto")
    return evaluate.judge(json.loads(json.dumps(posture)), plan)["one"]


def posture(loaded, on_disk=None, **more):
    return postures.posture(loaded, loaded if on_disk is None else on_disk, PATHS, **more)


def steps(result):
    return [(step["do"], step["text"]) for step in result["remedy"]]


def test_covered_is_a_pass():
    result = judged(posture(WATCHES))
    assert result["verdict"] == "pass"
    assert [entry["outcome"] for entry in result["coverage"]] == ["covered", "covered"]
    assert result["remedy"] == []


def test_the_worst_line_counts():
    result = judged(posture(WATCHES[:1]))
    assert result["verdict"] == "fail"
    assert [entry["outcome"] for entry in result["coverage"]] == ["covered", "uncovered"]
    assert steps(result) == [("add", "-w /etc/group -p wa -k k")]


def test_partial_is_a_fail_with_a_counterexample():
    result = judged(posture([WATCHES[0], "-w /etc/group -p w"]))
    assert result["verdict"] == "fail"
    assert result["coverage"][1]["outcome"] == "partial"
    assert result["coverage"][1]["counterexample"]["object"] == "/etc/group"


def test_a_never_in_front_is_named_by_file_and_line_and_taken_away():
    result = judged(posture((CHMOD,) + WATCHES))
    assert result["verdict"] == "fail"
    assert [(step["do"], step["file"], step["line"]) for step in result["remedy"]] == [
        ("remove", "/etc/audit/rules.d/10.rules", 1)
    ]


def test_a_gap_behind_a_never_takes_both_steps():
    result = judged(posture([CHMOD, "-w /etc/passwd -p a"]), WATCHES[:1])
    assert steps(result) == [("remove", CHMOD), ("add", "-w /etc/passwd -p wa -k k")]


def test_a_rule_that_is_only_on_disk_is_loaded_not_added():
    result = judged(posture([], WATCHES))
    assert [(step["do"], step["line"]) for step in result["remedy"]] == [("load", 1), ("load", 2)]


def test_a_line_that_stops_the_load_is_corrected():
    result = judged(posture(WATCHES[:1], [WATCHES[0], "-a always,exit -S nosuchcall", WATCHES[1]]))
    assert [(step["do"], step["line"]) for step in result["remedy"]] == [("correct", 2), ("load", None)]
    said = "/etc/audit/rules.d/10.rules:2 stops the load before it comes to the rule on disk"
    assert result["coverage"][1]["counterexample"]["because"].endswith(said)


def test_a_never_before_the_line_that_stops_the_load_is_found_too():
    result = judged(posture([CHMOD], [CHMOD, "-a always,exit -S nosuchcall"] + list(WATCHES)), WATCHES[:1])
    assert [(step["do"], step["line"]) for step in result["remedy"]] == [("correct", 2), ("remove", 1), ("load", None)]


def test_audit_switched_off_defeats_every_rule():
    result = judged(posture(WATCHES, status={"enabled": 0}))
    assert result["verdict"] == "fail"
    assert {entry["outcome"] for entry in result["coverage"]} == {"defeated"}


def test_a_rule_of_unknown_action_is_an_error_never_a_pass():
    made = posture(WATCHES)
    for rule in made["rules"]["loaded"]:
        rule["action"] = None
    result = judged(made)
    assert result["verdict"] == "error"
    assert result["reasons"]


@pytest.mark.parametrize("part", ["host", "status", "rules", "paths"])
def test_evidence_that_is_missing_is_an_error_never_a_pass(part):
    made = posture(WATCHES)
    del made[part]
    made["errors"][part] = {"message": "only root may ask", "file": None, "line": None, "remedy": "use become."}
    result = judged(made)
    assert result["verdict"] == "error"
    assert result["reasons"] == ["only root may ask"]
    assert result["remedy"] == [{"do": "advise", "text": "use become."}]


@pytest.mark.parametrize("part", ["host", "status", "rules", "paths"])
def test_a_part_that_is_absent_without_a_reason_is_an_error_too(part):
    made = posture(WATCHES)
    del made[part]
    result = judged(made)
    assert result["verdict"] == "error"
    assert "collect it again" in result["remedy"][0]["text"]


@pytest.mark.parametrize("euid, remedy", [(1000, "run as root (become: true)."), (0, "let root look there")])
def test_a_path_that_may_not_be_looked_at_is_an_error_with_the_way_to_look(euid, remedy):
    paths = dict(PATHS, denied={"/srv/secret": "Permission denied"})
    made = postures.posture(WATCHES, WATCHES, paths, privilege={"euid": euid, "user": "ops"})
    result = judged(made, record=["-w /srv/secret/key -p wa"])
    assert result["verdict"] == "error"
    reason = "the state of /srv/secret/key could not be read: /srv/secret: Permission denied"
    assert result["reasons"] == [reason]
    assert result["remedy"][0]["text"].startswith(remedy)


def test_a_path_that_fails_for_another_reason_is_an_error_that_asks_for_no_privilege():
    paths = dict(PATHS, unread={"/srv/disk": "Input/output error"})
    made = postures.posture(WATCHES, WATCHES, paths, privilege={"euid": 1000, "user": "ops"})
    result = judged(made, record=["-w /srv/disk/key -p wa"])
    assert result["verdict"] == "error"
    assert result["reasons"] == ["the state of /srv/disk/key could not be read: /srv/disk: Input/output error"]
    assert result["remedy"][0]["text"] == "see on the host what is wrong with /srv/disk, and collect it again."


def test_rules_on_disk_that_cannot_be_read_leave_the_kernels_judged():
    made = posture(WATCHES)
    del made["disk"]
    made["errors"]["disk"] = {"message": "not permitted", "file": "/etc/audit", "line": None, "remedy": None}
    assert judged(made)["verdict"] == "pass"


def test_where_nothing_remains_the_control_is_not_applicable_and_says_why():
    result = judged(posture([]), ["-w /etc/sudoers -p wa", "-w /etc/sudoers.d -p wa"])
    assert result["verdict"] == "not_applicable"
    assert result["reasons"] == [
        "/etc/sudoers does not exist on this host",
        "/etc/sudoers.d does not exist on this host",
    ]


def test_a_line_that_auditctl_would_refuse_is_an_error():
    result = judged(posture([]), ["-a always,exit -S nosuchcall"])
    assert result["verdict"] == "error"
    assert "nosuchcall" in result["reasons"][0]


@pytest.mark.parametrize(
    ("dropped", "record", "verdict"),
    [
        ("EXECVE", "-a always,exit -F arch=b64 -S execve -F euid=0", "fail"),
        ("EXECVE", "-w /etc/passwd -p wa", "pass"),
        ("CWD", "-w /etc/passwd -p wa", "fail"),
        ("PATH", "-w /etc/passwd -p wa", "fail"),
    ],
)
def test_a_record_that_is_dropped_fails_the_controls_that_need_it(dropped, record, verdict):
    exclude = "-a always,exclude -F msgtype={0}".format(dropped)
    assert judged(posture([record, exclude]), [record])["verdict"] == verdict


def test_a_newer_posture_is_refused():
    with pytest.raises(EvidenceError, match="version 99"):
        judged(dict(posture([]), posture_version=99))


@pytest.mark.parametrize("part", ["host", "rules", "paths"])
def test_a_part_of_another_form_is_refused_with_a_reason(part):
    with pytest.raises(EvidenceError):
        judged(dict(posture([]), **{part: {"loaded": [{}], "objects": {"/a": 3}}}))


def test_the_plan_tells_the_collectors_which_lines_name_paths():
    plan = evaluate.plan([{"id": "one", "record": WATCHES, "missing_path": "skip", "key": None}], "auditctl")
    assert evaluate.context(plan).requirements == tuple(WATCHES)
    assert evaluate.context(plan).loader == "auditctl"


@pytest.mark.parametrize("status", [{}, {"enabled": None}, {"pid": 1}])
def test_without_the_switch_no_requirement_is_met(status):
    result = judged(dict(posture(WATCHES), status=status))
    assert result["verdict"] == "error"
    assert "enabled" in result["reasons"][0]


@pytest.mark.parametrize(
    "line",
    [
        "-a never,exit -S all",
        "-a always,exclude -F msgtype=CWD",
        "-a always,user -F msgtype=SYSCALL",
        "-e 1 -w /etc/passwd",
        "-e 1",
    ],
)
def test_a_line_that_is_no_event_class_is_an_error_of_its_own_control(line):
    controls = [
        {"id": name, "record": [text], "missing_path": "skip", "key": None}
        for name, text in (("bad", line), ("good", WATCHES[0]))
    ]
    result = evaluate.judge(posture(WATCHES), evaluate.plan(controls, "auto"))
    assert result["bad"]["verdict"] == "error" and result["bad"]["reasons"]
    assert result["good"]["verdict"] == "pass"


@pytest.mark.parametrize(
    ("part", "changed"),
    [
        ("host", {"machine": "vax"}),
        ("host", {"machine": ["x86_64"]}),
        ("host", {"auditctl_version": ["a"]}),
        ("host", {"auditctl_version": "3.0.9"}),
        ("host", {"user_arches": []}),
        ("host", {"user_arches": ["b16"]}),
        ("host", {"user_arches": None}),
        ("host", {"uid_min": "1000"}),
        ("host", {"kernel": 6}),
        ("host", {"io_uring_disabled": "no"}),
    ],
)
def test_a_value_of_another_form_is_refused_with_a_reason(part, changed):
    made = posture(WATCHES)
    made[part] = dict(made[part], **changed)
    with pytest.raises(EvidenceError):
        judged(made)


@pytest.mark.parametrize("errors", [[1], {"disk": "no"}, {"disk": {"message": 3}}, "none"])
def test_errors_of_another_form_are_refused(errors):
    with pytest.raises(EvidenceError, match="errors"):
        judged(dict(posture(WATCHES), errors=errors))


@pytest.mark.parametrize(
    ("name", "value"), [("failure", "1"), ("backlog_limit", 1e99), ("enabled", "0"), ("enabled", True), ("enabled", 7)]
)
def test_a_status_value_that_no_kernel_has_is_refused_by_name(name, value):
    with pytest.raises(EvidenceError, match="^status.{0} is ".format(name)):
        judged(posture(WATCHES, status={name: value}))


@pytest.mark.parametrize("value", ["x", 7, [[]], True, {"a": 1}, {"euid": "0", "user": "root"}])
def test_a_privilege_of_another_form_is_refused_by_name(value):
    with pytest.raises(EvidenceError, match="^privilege"):
        judged(posture(WATCHES, privilege=value))


def test_a_file_that_is_no_text_is_refused_by_its_place():
    made = posture(WATCHES)
    made["rules"]["loaded"][0]["file"] = []
    with pytest.raises(EvidenceError) as told:
        judged(made)
    assert told.value.message == "rules.loaded[0].file is [], and not a text or null"
    assert told.value.remedy == "use the posture as it was saved, or collect it again."


def test_a_part_of_another_form_is_refused_also_where_another_is_missing():
    made = posture(WATCHES, status={"lost": -1})
    del made["host"]
    with pytest.raises(EvidenceError, match="^status.lost"):
        judged(made)


def test_a_path_that_was_not_looked_at_is_an_error_not_a_text():
    made = posture(["-w /etc/shadow -p wa"] + list(WATCHES))
    result = judged(made, ["-w /etc/shadow -p wa"])
    assert result["verdict"] == "error"
    assert result["reasons"] == ["the posture does not hold the state of /etc/shadow"]
    assert result["remedy"] == [{"do": "advise", "text": "collect it again with this profile."}]
    assert judged(made, ["-w /etc/passwd -p wa"])["verdict"] == "pass"


def test_what_lies_below_a_directory_that_does_not_exist_is_known():
    record = ["-w /etc/sudoers.d/one -p wa"]
    assert judged(posture(WATCHES), record)["verdict"] == "not_applicable"


def test_a_link_whose_target_was_not_looked_at_is_an_error():
    paths = postures.path_state(files=["/etc/passwd"], links=[("/etc/mine", "/srv/mine")])
    made = postures.posture(["-w /etc/mine -p wa"], (), paths)
    assert "/etc/mine" in judged(made, ["-w /etc/mine -p wa"])["reasons"][0]


def test_a_rule_on_a_path_that_was_not_looked_at_leaves_no_object_judged():
    made = posture(list(WATCHES) + ["-a never,exit -F path=/srv/x/y -F perm=wa"])
    result = judged(made, WATCHES)
    assert (result["verdict"], result["reasons"]) == ("error", ["the posture does not hold the state of /srv/x/y"])


@pytest.mark.parametrize("change", [{"mounts": None}, {"mounts": []}, {}])
def test_without_the_mount_table_no_object_is_judged(change):
    paths = dict({"objects": PATHS["objects"]}, **change)
    made = postures.posture(WATCHES, WATCHES, paths)
    assert "mount table" in judged(made)["reasons"][0]
    assert judged(made)["verdict"] == "error"
    call = "-a always,exit -F arch=b64 -S sethostname"
    assert judged(postures.posture([call], [call], paths), [call])["verdict"] == "pass"


def test_a_path_on_no_known_mount_is_an_error():
    mounts = [dict(PATHS["mounts"][0], point="/srv")]
    result = judged(postures.posture(WATCHES, WATCHES, dict(PATHS, mounts=mounts)))
    assert result["verdict"] == "error"
    assert result["reasons"] == ["the mount table of the posture does not tell what /etc/passwd lies on"]


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ("-a always,exit -F arch=b64 -S 59", "fail"),
        ("-a always,exit -F arch=b64 -S execveat", "fail"),
        ("-a always,exit -F arch=b32 -S 11", "fail"),
        ("-a always,exit -F arch=b64 -S all -F auid=1000", "fail"),
        ("-a always,exit -F arch=b64 -S kexec_load", "pass"),
        ("-a always,exit -F arch=b64 -S sethostname -F key=exec", "pass"),
        ("-w /etc/passwd -p x", "fail"),
    ],
)
def test_what_was_run_is_needed_where_the_calls_run_something(record, verdict):
    made = posture([record, "-a always,exclude -F msgtype=EXECVE"])
    assert judged(made, [record])["verdict"] == verdict


@pytest.mark.parametrize(("calls", "demanded"), [(None, True), (["fchmodat2"], True), ([], False)])
def test_a_kernel_with_backports_is_held_to_the_newer_calls_that_the_posture_names(calls, demanded):
    made = posture([])
    made["host"].update(kernel="5.14.0-503.el9.x86_64", calls=calls)
    result = judged(made, ["-a always,exit -F arch=b64 -S fchmodat,fchmodat2 -F auid>=1000"])
    assert result["verdict"] == "fail"
    assert (result["not_demanded"] == []) is demanded
    # fchmodat2 is a number to an auditctl that does not know it.
    assert ("452" in result["coverage"][0]["requirement"]) is demanded
