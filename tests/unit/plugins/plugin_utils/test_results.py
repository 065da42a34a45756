# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results on the controller: their shape, how they are written, the summary and the gate."""

import json
import os
import stat

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.compliance.mend import AFTER_REBOOT  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.version import VERSION  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import (  # noqa: E402
    assessment,
    gate,
    results,
    summary,
    wording,
)

pytestmark = pytest.mark.controller

DEEP = '{"posture_version": 1, "a": ' + "[" * 5000 + "]" * 5000 + "}"


def control(name, verdict, severity="high", **more):
    made = {
        "id": name, "title": name.upper(), "severity": severity, "verdict": verdict, "coverage": [],
        "reasons": ["status.lost is 1; wanted: status.lost = 0"], "remedy": [{"do": "advise", "text": "look"}],
    }  # fmt: skip
    return dict(made, **more)


def host(name, *controls, **more):
    made = {
        "host": name, "assessed": True, "started": "2026-11-22T09:00:00Z", "finished": "2026-11-22T09:00:01Z",
        "profiles": [{"id": "baseline", "version": "1"}], "summary": results.count(list(controls)),
        "evidence": {"source": "live", "collected": "2026-11-22T09:00:00Z", "host": {"kernel": "6.1.0"}},
        "privilege": {"user": "root"}, "limits": [], "controls": list(controls),
    }  # fmt: skip
    return dict(made, **more)


def shown(*hosts, missing=(), pending=()):
    fleet = results.fleet_result(list(hosts), list(missing), list(pending))
    return "\n".join(summary.render(fleet, "out/compliance.json", lambda words, _colour: words))


def test_the_version_is_the_collections(repository):
    with open(os.path.join(repository, "galaxy.yml"), encoding="utf-8") as file:
        assert f"version: {VERSION}\n" in file.read()


def test_merging_again_gives_the_same():
    one, two = host("b", control("x", "fail")), host("a", control("x", "pass"))
    gone = results.not_assessed("c", "unreachable: no route", results.now(), {})
    first = results.fleet_result([one, two, gone], [{"host": "d", "reason": "gone"}])
    again = results.fleet_result([gone, two, one], [{"host": "d", "reason": "gone"}])
    again["finished"], again["started"] = first["finished"], first["started"]
    assert first == again
    assert [result["host"] for result in first["results"]] == ["a", "b"]
    assert [entry["host"] for entry in first["not_assessed"]] == ["c", "d"]
    assert first["summary"]["hosts_not_assessed"] == 2


def test_a_file_is_whole_private_and_replaced_at_once(tmp_path):
    path = str(tmp_path / "new" / "hosts" / "a.json")
    results.write_json(path, {"a": 1})
    results.write_json(path, {"a": "caf\udce9"})
    with open(path, encoding="ascii") as file:
        assert json.load(file) == {"a": "caf\udce9"}
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert os.listdir(os.path.dirname(path)) == ["a.json"]


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrailError, match="audit_compliance_result_dir"):
        results.write_json(str(tmp_path / "file" / "a.json"), {})


@pytest.mark.parametrize("name", ["../../etc/passwd", ".hidden", "a/b", "..", "fe80::1%eth0", "web 1"])
def test_no_host_name_leads_out_of_the_folder(tmp_path, name):
    path = results.host_file(str(tmp_path), name)
    assert os.path.dirname(path) == str(tmp_path / "hosts")
    assert not os.path.basename(path).startswith(".")


def test_no_host_has_the_name_of_the_report():
    assert os.path.basename(results.host_file("out", "compliance")) == "%63ompliance.json"


@pytest.mark.parametrize("text", ["", "[]", "{", "{}", "\x00\x01", "[" * 100000, DEEP])
def test_junk_is_no_posture(tmp_path, text):
    path = tmp_path / "p.json"
    path.write_text(text)
    with pytest.raises(EvidenceError) as told:
        results.read_posture(str(path))
    assert told.value.file == str(path)
    assert "audit_compliance_save_posture" in told.value.remedy


def test_a_posture_that_is_a_directory_or_not_there_is_told_so(tmp_path):
    for path, words in ((tmp_path, "is a directory"), (tmp_path / "none.json", "No such file")):
        with pytest.raises(EvidenceError, match=words) as told:
            results.read_posture(str(path))
        assert told.value.file == str(path)
        assert "audit_compliance_save_posture" in told.value.remedy


def test_a_posture_that_may_not_be_read_is_told_so(tmp_path, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(EvidenceError, match="Permission denied") as told:
        results.read_posture(str(tmp_path / "p.json"))
    assert "read it" in told.value.remedy


def test_a_result_of_another_version_is_refused(tmp_path):
    path = str(tmp_path / "r.json")
    results.write_json(path, {"result_version": 99})
    with pytest.raises(EvidenceError, match="version 99"):
        results.read_result(path)


@pytest.mark.parametrize(
    ("fail_on", "severity", "verdict", "trips"),
    [
        ("never", "critical", "fail", False),
        ("high", "critical", "fail", True),
        ("high", "high", "fail", True),
        ("high", "medium", "fail", False),
        ("low", "low", "fail", True),
        ("high", "high", "error", True),
        ("critical", "high", "error", False),
        ("low", "critical", "pass", False),
        ("low", "critical", "not_applicable", False),
    ],
)
def test_the_gate(fail_on, severity, verdict, trips):
    fleet = results.fleet_result([host("a", control("x", verdict, severity))], [])
    assert bool(gate.objections(fleet, fail_on)) is trips


def test_a_host_that_was_not_assessed_trips_the_gate():
    fleet = results.fleet_result([host("a", control("x", "pass"))], [{"host": "b", "reason": "gone"}])
    assert gate.objections(fleet, "critical") == ["not assessed: b"]
    assert gate.objections(fleet, "never") == []


def test_no_host_at_all_fails_whatever_the_gate():
    assert gate.objections(results.fleet_result([], [{"host": "b", "reason": "gone"}]), "never")


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ({"a": "xy"}, "2 controls failed (x, y)"),
        ({"a": "x"}, "1 control failed (x)"),
        ({"a": "xy", "b": "xy"}, "2 controls failed on a, b (x, y)"),
        ({"a": "xy", "b": "x", "c": ""}, "2 controls failed (x on a, b, y on a)"),
        (dict.fromkeys("abcdefg", "x"), "1 control failed on a, b, c and 4 more hosts (x)"),
    ],
)
def test_the_gate_counts_controls_and_names_their_hosts(hosts, said):
    made = [
        host(name, *[control(one, "fail" if one in failed else "pass") for one in "xy"])
        for name, failed in hosts.items()
    ]
    assert gate.objections(results.fleet_result(made, []), "high") == [said]


def test_the_gravest_comes_first_and_the_total_last():
    text = shown(host("a", control("x.low", "fail", "low"), control("x.crit", "fail", "critical")))
    assert text.index("x.crit") < text.index("x.low")
    assert text.splitlines()[-1] == ("TOTAL  1 host assessed · 0 pass · 2 fail (1 critical, 1 low) · 0 error")


def test_hosts_with_the_same_gap_share_an_entry():
    text = shown(*[host(f"web{number}", control("x", "fail")) for number in range(9)])
    assert text.count("HIGH") == 1
    assert "web0, web1, web2, web3 and 5 more hosts" in text


def test_what_could_not_be_checked_is_grouped_by_its_reason():
    reasons = {"reasons": ["netlink: not permitted"], "remedy": [{"do": "advise", "text": "use become."}]}
    controls = [control("x.one", "error", **reasons), control("x.two", "error", **reasons), control("x.three", "pass")]
    text = shown(host("a", *controls, privilege={"user": "kim", "euid": 1000}))
    assert text.count("netlink: not permitted") == 1
    assert "x.one, x.two" in text
    assert "use become." not in text
    assert "Read as kim" in text
    assert "--become" in text
    assert "all 2" in shown(host("a", *controls[:2]))


def test_an_ordinary_user_is_told_one_way_to_the_full_result():
    reasons = {"reasons": ["not permitted"], "remedy": [{"do": "advise", "text": "run as root (become: true)."}]}
    one = host("a", control("x", "error", **reasons), privilege={"user": "kim", "euid": 1000})
    fleet = results.fleet_result([one], [])
    text = "\n".join(summary.render(fleet, "x", lambda words, _colour: words, as_root="su -c 'make compliance'"))
    assert "Read as kim; most of this needs root: su -c 'make compliance'\n" in text
    assert "become" not in text and "as root" not in text
    root = host("a", control("x", "error", **reasons), privilege={"user": "root", "euid": 0})
    assert "run as root (become: true)." in shown(root)


def test_hosts_that_were_not_assessed_are_named_with_the_reason():
    text = shown(host("a", control("x", "pass")), missing=[{"host": "b", "reason": "unreachable: no route"}])
    assert "NOT ASSESSED\n  unreachable: no route\n    on        b\n    remedy    " in text
    assert "1 not assessed" in text.splitlines()[-1]


def test_a_cause_that_hosts_share_is_one_entry_and_a_long_list_is_cut():
    text = shown(missing=[{"host": f"web{number:02}", "reason": "unreachable: gone"} for number in range(40)])
    assert text.count("unreachable: gone") == 1
    assert "web11 and 28 more hosts" in text
    assert "40 not assessed" in text.splitlines()[-1]


def test_it_never_says_compliant():
    assert "compliant" not in shown(host("a", control("x", "pass"))).lower()


def test_limits_are_said_once():
    one = host("a", control("x", "pass"), limits=["x32 calls"])
    two = host("b", control("x", "pass"), limits=["x32 calls"])
    assert shown(one, two).count("x32 calls") == 1


def test_a_remedy_is_said_once_and_then_in_short():
    never = {"do": "remove", "text": "-a never,exit -S all", "file": "/r", "line": 3}
    add, other = ({"do": "add", "text": f"-w /{name} -p wa"} for name in "ab")
    text = shown(
        host("a", control("x", "fail", remedy=[never, add]), control("y", "fail", remedy=[never, add, other])),
    )
    assert text.count("or move it behind") == 1
    assert "remedy   remove /r:3, as above\n" in text
    assert text.count("-w /a -p wa") == 1
    assert "as for x\n                    -w /b -p wa\n" in text
    assert "Lines to paste: out/remedies/a.rules\n" in text


AUGENRULES = {"loader": "augenrules", "into": "/etc/audit/rules.d", "command": "augenrules --load", "locked": False}
BY_AUDITCTL = {
    "loader": "auditctl", "into": "/etc/audit/audit.rules", "command": "auditctl -R /etc/audit/audit.rules",
    "locked": False,
}  # fmt: skip


def test_where_a_kernel_is_locked_a_reboot_loads_what_is_added():
    steps = [{"do": "add", "text": "-w /a -p wa"}, {"do": "load", "text": AFTER_REBOOT}]
    result = dict(host("a", control("x", "fail", remedy=steps)), loading=dict(AUGENRULES, locked=True))
    said = "Lines to add go into a file in /etc/audit/rules.d; the kernel's rules are locked, so that only a reboot"
    assert f"{said} loads them.\n" in shown(result)


def test_where_lines_go_is_told_by_each_hosts_own_loader():
    steps = [{"do": "add", "text": "-w /a -p wa"}]
    one = dict(host("a", control("x", "fail", remedy=steps)), loading=AUGENRULES)
    two = dict(host("b", control("x", "fail", remedy=steps)), loading=BY_AUDITCTL)
    assert "Lines to add go into a file in /etc/audit/rules.d; augenrules --load loads them.\n" in shown(one)
    both = shown(one, two)
    assert "Lines to add on a go into a file in /etc/audit/rules.d; augenrules --load loads them.\n" in both
    last = "above an -e line; auditctl -R /etc/audit/audit.rules loads them.\n"
    assert f"Lines to add on b go to the end of /etc/audit/audit.rules, {last}" in both


def test_no_control_character_reaches_the_terminal():
    text = shown(host("a\x1b[2J", control("x", "fail", reasons=["evil \x1b]0;title\x07"])))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\\x1b[2J" in text


def test_long_lists_are_cut_and_counted():
    gaps = [
        {"outcome": "uncovered", "requirement": str(number), "covered_by": [], "defeated_by": [], "limits": [],
         "counterexample": {"arch": "b64", "syscall": "openat", "object": f"/f{number}", "access": "w", "auid": 1000,
                            "because": "no rule matches it"}}
        for number in range(5)
    ]  # fmt: skip
    steps = [{"do": "add", "text": f"-w /f{number} -p wa"} for number in range(4)]
    text = shown(host("a", control("x", "fail", coverage=gaps, remedy=steps)))
    assert "[64-bit openat]  … 4 more events\n" in text
    assert "-w /f1 -p wa\n                    … 2 more lines\n" in text
    three = shown(host("a", control("x", "fail", coverage=gaps, remedy=steps[:3])))
    assert "-w /f2 -p wa\n" in three and "more line" not in three
    assert text.count("no rule matches it") == 1


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ({"arch": "b64", "syscall": "openat", "object": "/a", "access": "rw", "auid": 0xFFFFFFFF},
         "auid unset opens /a for reading and writing  [64-bit openat]"),
        ({"arch": "b32", "syscall": "chmod", "object": "/a", "access": "a", "auid": 1000, "uid": 0, "euid": 5},
         "auid 1000 (uid 0, euid 5) changes the attributes of /a  [32-bit chmod]"),
        ({"arch": "b64", "syscall": "rename", "object": "/a", "other": "/b", "scene": "rename", "auid": 1, "exit": -13},
         "auid 1 renames /a to /b and fails with EACCES  [64-bit rename]"),
        ({"arch": "b64", "syscall": "unlink", "object": "/a", "scene": "delete", "access": "w", "uid": 33},
         "uid 33 removes /a  [64-bit unlink]"),
        ({"arch": "b64", "syscall": "execve", "object": None, "access": "x", "auid": 1, "egid": 7},
         "auid 1 runs a program, with egid 7  [64-bit execve]"),
        ({"arch": "b64", "syscall": "execve", "object": "/a", "access": "x", "scene": "exec", "run_by": ["/b", "/c"]},
         "a process runs /a, which /b runs  [64-bit execve]"),
        ({"arch": "b64", "syscall": "mount", "object": "/a", "other": "/b", "scene": "pair", "access": ""},
         "a process mounts /b on /a  [64-bit mount]"),
        ({"arch": "b64", "syscall": "rename", "object": "/a", "other": "/b", "scene": "apart", "exit": -18},
         "a process renames /a to /b, on another filesystem, and fails with EXDEV  [64-bit rename]"),
        ({"arch": "x32", "syscall": "mount", "object": None, "access": ""}, "a process makes this call  [x32 mount]"),
        (None, "every event of this requirement"),
    ],
)  # fmt: skip
def test_the_missed_event_in_words(example, said):
    assert wording.missed_event(example) == said


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"do": "add", "text": "-w /a -p wa"}, "-w /a -p wa"),
        ({"do": "remove", "text": "-a never,task", "file": "the kernel", "line": 3},
         "not on disk, take it out of the kernel:  auditctl -d never,task"),
        ({"do": "remove", "text": "-w /a", "file": "the kernel", "line": 3},
         "not on disk, take it out of the kernel:  auditctl -W /a"),
        ({"do": "remove", "text": "-a never,exit -S all", "file": "/r", "line": 3},
         "remove /r:3, or move it behind the rules that it hides"),
        ({"do": "remove", "text": "-A user,never -F uid=0", "file": "/r", "line": 3},
         "remove /r:3, or move it behind the rules that it hides"),
        ({"do": "remove", "text": "-a never,task", "file": "/r", "line": 3}, "remove /r:3"),
        ({"do": "remove", "text": "-a always,exclude -F msgtype=CWD", "file": "/r", "line": 3}, "remove /r:3"),
        ({"do": "load", "text": "augenrules --load", "file": "/r", "line": 3},
         "the rule is on disk (/r:3) but not loaded:  augenrules --load"),
        ({"do": "load", "text": AFTER_REBOOT, "file": "/r", "line": 3},
         "the rule is on disk (/r:3) but not loaded; the kernel's rules are locked: takes effect after a reboot"),
        ({"do": "load", "text": AFTER_REBOOT}, "the kernel's rules are locked: takes effect after a reboot"),
        ({"do": "correct", "text": "-S x", "file": "/r", "line": 3, "reason": "Syscall name unknown: x",
          "remedy": "leave x out."}, "correct /r:3, where the load stops (Syscall name unknown: x): leave x out"),
        ({"do": "remove", "text": "", "file": "/r", "line": 3, "reason": "No such rule", "remedy": None},
         "correct /r:3, where the load stops:  No such rule"),
        ({"do": "correct", "text": "-S x", "file": "/r", "line": 3}, "correct /r:3, where the load stops"),
    ],
)  # fmt: skip
def test_a_remedy_in_words(step, said):
    assert wording.remedy(step) == said


def test_what_cannot_be_written_names_its_own_variable(tmp_path):
    (tmp_path / "file").write_text("")
    path = str(tmp_path / "file" / "web1.json")
    with pytest.raises(TrailError) as told:
        results.write_json(path, {})
    assert "audit_compliance_result_dir" in told.value.remedy
    with pytest.raises(TrailError, match="the posture could not be written") as told:
        assessment.save(path, {})
    assert "audit_compliance_save_posture" in told.value.remedy
    assert "result_dir" not in str(told.value)
