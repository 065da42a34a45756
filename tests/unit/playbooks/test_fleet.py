# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet: whatever becomes of the hosts, the report is there and says it. No test here changes any audit state."""

import json
import os

import pytest

pytestmark = pytest.mark.controller
REPORTS = ["compliance.csv", "compliance.html", "compliance.json", "compliance.junit.xml", "compliance.sarif"]


def test_all_unreachable_hosts_are_listed_and_the_run_fails(playbook):
    run = playbook("down1 down2")
    assert run.code == 2
    assert run.assessed == []
    assert run.not_assessed == ["down1", "down2"]
    summary = run.output.partition("NOT ASSESSED")[2].partition("TOTAL")[0]
    assert "  unreachable: nobody answers\n    on        down1, down2\n    remedy    " in summary
    assert summary.count("nobody answers") == 1
    assert "no host was assessed" in run.output


def test_an_unreachable_host_does_not_take_the_others_with_it(playbook):
    run = playbook("down1 up1")
    assert run.code == 0
    assert run.assessed == ["up1"]
    assert run.not_assessed == ["down1"]
    assert "1 host assessed · 1 not assessed" in run.output


def test_limit_leaves_the_other_hosts_out(playbook):
    run = playbook("up1 up2", "--limit", "up2")
    assert run.code == 0
    assert run.assessed == ["up2"]
    assert run.not_assessed == []


def test_serial_merges_every_batch_into_one_report(playbook):
    run = playbook("up1 down1 up2", serial=1)
    assert run.code == 0
    assert run.assessed == ["up1", "up2"]
    assert run.not_assessed == ["down1"]
    assert run.fleet["pending"] == []
    assert run.output.count("TOTAL") == 1
    assert "1 assessed, 0 not, 2 still to come" in run.output


def test_serial_goes_on_after_a_batch_in_which_nobody_answers(playbook):
    run = playbook("down1 up1", serial=1)
    assert run.assessed == ["up1"]
    assert run.not_assessed == ["down1"]


def test_the_gate_waits_for_the_last_batch(playbook):
    run = playbook("up1 up2", serial=1, fail_on="low", parameters={"backlog_limit": 4294967295})
    assert run.code == 2
    assert run.assessed == ["up1", "up2"]
    assert "The gate (low) fails the run" in run.output


def test_check_mode_writes_the_same_report(playbook):
    plain = playbook("up1")
    verdicts = plain.verdicts("up1")
    os.unlink(os.path.join(plain.folder, "compliance.json"))
    checked = playbook("up1", "--check")
    assert checked.code == 0
    assert checked.assessed == ["up1"]
    assert checked.verdicts("up1") == verdicts
    assert checked.host("up1")["run_by"]["check_mode"] is True


def test_localhost_need_not_be_in_the_inventory(playbook):
    run = playbook("up1", profiles=None)
    assert run.code == 0
    assert run.assessed == ["up1"]
    assert "changed=0" in run.output


def test_a_saved_posture_gives_the_same_verdicts_without_the_host(playbook, tmp_path):
    saved = tmp_path / "posture.json"
    live = playbook("up1", save_posture=str(saved))
    verdicts = live.verdicts("up1")
    coverage = [control["coverage"] for control in live.host("up1")["controls"]]
    again = playbook("down1", posture=str(saved))
    assert again.code == 0
    assert again.verdicts("down1") == verdicts
    assert [control["coverage"] for control in again.host("down1")["controls"]] == coverage
    assert again.host("down1")["evidence"]["source"] == "saved posture"


def test_an_older_result_never_stands_for_a_host_that_is_gone_today(playbook, tmp_path):
    run = playbook("web1")
    assert run.host("web1")["assessed"] is True
    gone = playbook("web1", "-e", "ansible_connection=nobody_answers")
    assert gone.code == 2
    assert gone.not_assessed == ["web1"]
    assert gone.host("web1")["assessed"] is False
    assert "nobody answers" in gone.host("web1")["reason"]


def names(run, folder):
    path = os.path.join(run.folder, folder)
    return sorted(os.listdir(path)) if os.path.isdir(path) else []


def test_results_of_hosts_that_are_not_in_the_run_are_set_aside_and_told(playbook):
    playbook("up1 up2 down1")
    limited = playbook("up1 up2 down1", "--limit", "up2")
    assert names(limited, "hosts") == ["up2.json"]
    assert names(limited, "earlier") == ["down1.json", "up1.json"]
    assert [(one["host"], one["assessed"]) for one in limited.fleet["earlier"]] == [("down1", False), ("up1", True)]
    assert "moved to audit-compliance/earlier: the results of down1, up1\n" in limited.output
    whole = playbook("up1 up2", serial=1)
    assert names(whole, "hosts") == ["up1.json", "up2.json"]
    assert names(whole, "earlier") == ["down1.json"]
    assert "moved to" not in whole.output


def test_a_host_whose_module_cannot_run_is_not_assessed(playbook):
    run = playbook("up1 up2", "-e", '{"ansible_python_interpreter": "/nonexistent/python"}', "--limit", "up1")
    assert run.code == 2
    assert run.not_assessed == ["up1"]
    assert "Traceback" not in run.output


def test_the_gate_fails_after_everything_is_written(playbook):
    run = playbook("up1 down1", fail_on="critical")
    assert run.code == 2
    assert run.assessed == ["up1"]
    assert "not assessed: down1" in run.output


def test_tags_of_something_else_do_not_take_the_gate_away(playbook):
    run = playbook("up1 down1", "--tags", "other", fail_on="critical")
    assert (run.code, run.assessed) == (2, ["up1"])


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"profiles": ["pci"]}, "There is no profile 'pci'"),
        ({"parameters": {"backlog": 1}}, "There is no parameter 'backlog'"),
        ({"parameters": {"backlog_limit": "many"}}, "must be of type int"),
        ({"fail_on": "sometimes"}, "sometimes"),
        ({"period": "0001-01-01/2026-12-31"}, "the year of '0001-01-01' is not between 1970 and 2999"),
        ({"waiver_days": 99999999}, "audit_compliance_waiver_days is 99999999"),
        ({"history_dir": "/dev/null/history"}, "/dev/null: the history of this run could not be written"),
        ({"evidence_dir": "/dev/null"}, "/dev/null: the evidence could not be written"),
        ({"save_posture": "/dev/null/p.json"}, "/dev/null: the posture could not be written"),
        ({"fail_onn": "high"}, "did you mean audit_compliance_fail_on?"),
        ({"scan_seconds": -1}, "audit_compliance_scan_seconds is -1"),
    ],
    ids=["profile", "parameter", "type", "gate", "period", "days", "history", "evidence", "posture", "name", "limit"],
)
def test_what_was_asked_wrongly_is_told_once_before_a_host_is_asked(playbook, judged, variables, told):
    run = playbook("up1 down1", **variables)
    assert run.code != 0
    assert told in run.output
    assert run.output.count("[ERROR]") + run.output.count("fatal: ") <= 2, "not for each host"
    assert "nobody answers" not in run.output
    assert "Traceback" not in run.output
    assert not os.path.exists(os.path.join(run.folder, "compliance.json")) or "fail_on" in variables


@pytest.mark.parametrize(
    ("path", "told"),
    [("/nonexistent/{0}.json", "cannot be read"), ("/", "is a directory, not a file")],
    ids=["missing", "directory"],
)
def test_a_posture_that_is_none_fails_the_run_when_it_was_reported(playbook, path, told):
    run = playbook("up1", posture=path.format("up1"))
    assert run.code == 2
    assert run.not_assessed == ["up1"]
    assert told in run.fleet["not_assessed"][0]["reason"]
    assert "give the path of one file" in run.output
    assert "Traceback" not in run.output


def test_a_host_whose_posture_is_missing_does_not_take_the_others_with_it(playbook, tmp_path):
    where = str(tmp_path / "{{ inventory_hostname }}.json")
    playbook("up1 up3", save_posture=where)
    history = os.path.join("audit-compliance", "history")
    before = os.listdir(tmp_path / "work" / history)
    run = playbook("up1 up2 up3", posture=where, serial=1)
    assert run.code == 2
    assert (run.assessed, run.not_assessed) == (["up1", "up3"], ["up2"])
    assert "what this run was given for up2 could not be used" in run.output
    assert "TOTAL" in run.output
    assert os.listdir(tmp_path / "work" / history) == before, "nobody looked at a host"


def test_a_parameter_that_json_cannot_hold_is_named_without_a_traceback(playbook, tmp_path):
    site = tmp_path / "site-values.yml"
    site.write_text("audit_compliance_parameters: {backlog_limit: 2026-01-01}\n")
    run = playbook("up1", "-e", f"@{site}")
    assert run.code == 2
    assert "backlog_limit" in run.output and "quote a date" in run.output
    assert "Traceback" not in run.output and "exception" not in run.output


def test_a_site_profile_with_an_unknown_control_names_file_and_line(playbook, tmp_path):
    site = tmp_path / "site.yml"
    site.write_text("profiles:\n  - id: site\n    title: ours\n    version: '1'\n    controls: [kernel.enable]\n")
    run = playbook("up1", profiles=["site"], catalogue=[str(site)])
    assert run.code == 2
    assert f"{site}:2" in run.output
    assert "kernel.enable" in run.output


def test_a_site_control_is_judged_without_python(playbook, tmp_path):
    site = tmp_path / "site.yml"
    site.write_text(
        "controls:\n"
        "  - {id: site.failure, title: It is silent about nothing, severity: low, why: ours,\n"
        "     assert: 'posture_version == `2`', reads: [posture_version]}\n"
        "profiles:\n  - {id: site, title: ours, version: '1', controls: [site.failure]}\n"
    )
    run = playbook("up1", profiles=["site"], catalogue=[str(site)])
    assert run.code == 0
    assert run.verdicts("up1") == {"site.failure": "fail"}


def test_a_posture_from_a_newer_version_is_refused(playbook, tmp_path):
    newer = tmp_path / "newer.json"
    newer.write_text(json.dumps({"posture_version": 99, "host": {}}))
    run = playbook("up1", posture=str(newer))
    assert run.code == 2
    assert "version 99" in run.output
    assert str(newer) in run.output


@pytest.mark.parametrize(
    ("hosts", "options", "why"),
    [
        ("", (), "the inventory holds no host"),
        ("", ("-i", "nothere.ini"), "the inventory holds no host"),
        ("up1", ("-e", "audit_compliance_hosts=web"), "no host of the inventory matches audit_compliance_hosts: web"),
    ],
    ids=["empty", "missing", "pattern"],
)
def test_a_run_that_finds_no_host_fails_and_leaves_no_older_report(playbook, judged, hosts, options, why):
    run = playbook(hosts, *options)
    assert run.code == 2
    assert f"no host was assessed: {why}; the results of earlier runs are in audit-compliance/earlier now" in run.output
    assert not os.path.exists(os.path.join(run.folder, "compliance.json"))
    assert (names(run, "hosts"), names(run, "earlier")) == ([], [*REPORTS, "up1.json"])
    assert playbook(hosts, *options, fail_on="high").code == 2


@pytest.mark.parametrize("limit", ["up2", "@limit", "!up1"])
def test_a_limit_that_leaves_nobody_of_the_choice_fails_the_run(playbook, judged, tmp_path, limit):
    (tmp_path / "work" / "limit").write_text("up2\n\n")
    run = playbook("up1 up2", "-e", "audit_compliance_hosts=up1", "--limit", limit)
    assert run.code != 0
    assert f"no host was assessed: --limit {limit} leaves no host of up1" in " ".join(run.output.split())
    assert playbook("up1 up2", "-e", "audit_compliance_hosts=nobody", "--limit", limit).code != 0


@pytest.mark.parametrize("limit", ["down2,down3", "@limit", "!down1", "~down[23]"])
def test_a_limit_narrows_the_choice(playbook, tmp_path, limit):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "limit").write_text("down2\ndown3\n")
    run = playbook("down1 down2 down3", "-e", "audit_compliance_hosts=down1:down2", "--limit", limit)
    assert run.not_assessed == ["down2"]
    assert "nobody answers" in run.output


def test_a_choice_of_hosts_is_still_a_choice(playbook):
    assert playbook("up1 up2", "-e", "audit_compliance_hosts=up2").assessed == ["up2"]
    assert playbook("up1 up2", "-e", "audit_compliance_hosts=all:!up2", "--check").assessed == ["up1"]
    assert playbook("up1 up2 up3", "-e", '{"audit_compliance_hosts": ["up1", "up3"]}').assessed == ["up1", "up3"]


def test_a_run_that_makes_no_report_leaves_no_older_one(playbook, judged):
    run = playbook("up1", profiles=["pci"])
    assert run.code == 2
    assert not os.path.exists(os.path.join(run.folder, "compliance.json"))
    assert names(run, "earlier") == REPORTS


@pytest.mark.parametrize("variable", ["posture", "save_posture"])
def test_one_posture_file_is_not_that_of_two_hosts(playbook, tmp_path, variable):
    saved = tmp_path / "posture.json"
    playbook("up1", save_posture=str(saved))
    run = playbook("up1 up2", **{variable: str(saved)})
    assert run.code == 2
    assert len(run.assessed) == len(run.not_assessed) == 1
    assert f"{saved}: this is the posture of {run.assessed[0]} in this run" in run.output
    assert "put {{ inventory_hostname }} into audit_compliance_" + variable in run.output


def test_a_posture_file_for_each_host_is_kept(playbook, tmp_path):
    where = str(tmp_path / "{{ inventory_hostname }}.json")
    assert playbook("up1 up2", save_posture=where).assessed == ["up1", "up2"]
    assert playbook("up1 up2", posture=where, serial=1).assessed == ["up1", "up2"]
