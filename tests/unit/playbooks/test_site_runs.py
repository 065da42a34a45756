# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site, the history, the evidence and two runs at once, as a user meets them. No test changes any audit state."""

import json
import os
import stat
import sys
import threading
import time

import pytest

pytestmark = pytest.mark.controller
CONTROLS = """
controls:
  - id: site.version
    title: The posture is of the first version
    severity: high
    why: ours
    assert: posture_version > params.least
    reads: [posture_version]
    parameters: {least: 0}
profiles:
  - {id: site, title: ours, version: "1", controls: [site.version]}
"""
WAIVER = """
parameters: {least: 99}
waivers:
  - id: old-version
    controls: [site.version]
    hosts: [up1]
    justification: We update it in January.
    approved_by: J. Doe
    expires: "%s"
"""
FAR = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 100 * 86400))


@pytest.fixture
def site(tmp_path):
    """Put a file into the folder beside the inventory."""

    def write(name, text):
        folder = tmp_path / "audit_compliance"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text)

    return write


def names(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def test_the_folder_beside_the_inventory_is_the_sites(playbook, site, tmp_path):
    site("controls.yml", CONTROLS)
    site("ours.yml", WAIVER % FAR + "population: [up1, up2]\n")
    run = playbook("up1", profiles=["site"], fail_on="high")
    assert run.code == 2, "a host in scope is not in the inventory"
    assert run.verdicts("up1") == {"site.version": "waived"}
    (control,) = run.host("up1")["controls"]
    assert (control["unwaived"], control["waiver"]["id"], control["waiver"]["line"]) == ("fail", "old-version", 4)
    assert run.fleet["population"]["missing"] == ["up2"]
    assert "scope.population failed (in scope, but not in the inventory: up2)" in run.output
    assert "old-version: site.version on 1 host, until " + FAR in run.output
    whole = playbook("up1 up2", profiles=["site"], fail_on="high", parameters={"least": 0})
    assert whole.code == 0
    assert whole.fleet["population"]["verdict"] == "pass"
    assert [one["state"] for one in whole.fleet["waivers"]] == ["unused"]
    assert playbook("up1", profiles=["site"], site="").code == 2, "without the folder there is no such profile"


@pytest.mark.parametrize("serial", ["100%", 1])
def test_each_inventory_has_its_own_site_and_each_group_its_own_gate(playbook, site, tmp_path, serial):
    site("controls.yml", CONTROLS)
    other = tmp_path / "other"
    (other / "audit_compliance").mkdir(parents=True)
    (other / "audit_compliance" / "ours.yml").write_text(
        CONTROLS + (WAIVER % FAR).replace("up1", "up2") + "population: [up2, up3]\n"
    )
    line = f"up2 ansible_connection=local ansible_python_interpreter={sys.executable} audit_compliance_fail_on=high\n"
    (other / "hosts.ini").write_text(line)
    run = playbook("up1", "-i", str(other / "hosts.ini"), profiles=["site"], serial=serial)
    assert run.verdicts("up2") == {"site.version": "waived"}
    assert [one["id"] for one in run.fleet["waivers"]] == ["old-version"]
    assert run.fleet["population"]["missing"] == ["up3"]
    assert run.code == 2, "the gate of up2 is not the one of the host on which the report is made"
    assert "high fails the run" in run.output


def test_an_unreachable_hosts_own_gate_counts(playbook, tmp_path):
    (tmp_path / "strict.ini").write_text("[strict]\ndown1\n[strict:vars]\naudit_compliance_fail_on=high\n")
    run = playbook("up1 down1", "-i", str(tmp_path / "strict.ini"))
    assert run.not_assessed == ["down1"]
    assert run.code == 2


def test_what_cannot_be_kept_of_a_host_loses_no_judgement_of_it(playbook, tmp_path):
    (tmp_path / "taken" / "up1.json").mkdir(parents=True)
    run = playbook("up1 up2", save_posture=str(tmp_path / "taken" / "{{ inventory_hostname }}.json"))
    assert run.code == 2
    assert run.assessed == ["up1", "up2"]
    assert names(os.path.join(run.folder, "hosts")) == ["up1.json", "up2.json"]
    (found,) = [one for one in run.fleet["findings"] if one["id"] == "evidence.unkept"]
    assert found["severity"] == "high"
    assert found["text"].startswith("up1: ")
    assert "audit_compliance_save_posture" in found["text"]
    assert "the evidence of a host could not be kept" in run.output
    assert (tmp_path / "taken" / "up2.json").is_file()


def test_an_expired_waiver_fails_the_gate_and_is_a_finding(playbook, site):
    site("ours.yml", CONTROLS + WAIVER % "2026-01-01")
    run = playbook("up1", profiles=["site"], fail_on="high")
    assert run.code == 2
    assert run.verdicts("up1") == {"site.version": "fail"}
    assert [one["id"] for one in run.fleet["findings"]] == ["waiver.expired"]
    assert "Risk acceptance old-version: it has expired" in run.output


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (WAIVER.replace('    expires: "%s"\n', ""), 4, "has no date"),
        (WAIVER.replace("site.version", "site.none") % FAR, 4, "does not exist"),
        ("parameters:\n  least: many\n", 2, "must be of type int"),
        ("profiles:\n  - {id: p, title: p, version: '1', controls: [no.such]}\n", 2, "no.such"),
        ("controls:\n  - {id: x, title: x, severity: low, why: x, assert: 'a ==', reads: [status]}\n", 2, "JMESPath"),
    ],
    ids=["date", "control", "threshold", "profile", "expression"],
)
def test_what_is_wrong_in_a_sites_file_is_told_before_a_host_is_asked(playbook, site, tmp_path, text, line, told):
    site("controls.yml", CONTROLS)
    site("wrong.yml", text)
    run = playbook("down1", profiles=["site"])
    assert run.code == 2
    assert f"{tmp_path}/audit_compliance/wrong.yml:{line}" in run.output.replace("\n", "")
    assert told in run.output
    assert "nobody answers" not in run.output
    assert "Traceback" not in run.output


def test_hosts_that_were_not_reached_fail_the_population(playbook):
    run = playbook("up1 down1", fail_on="critical")
    assert run.code == 2
    assert run.fleet["population"]["verdict"] == "fail"
    assert run.fleet["population"]["not_assessed"] == 1
    alone = playbook("up1")
    assert alone.fleet["population"]["verdict"] == "manual"


def test_what_is_new_still_there_and_passed_by_less_is_told_by_the_history(playbook, site):
    site("controls.yml", CONTROLS)
    states = []
    for least in (0, 99, 99, 0):
        run = playbook("up1", profiles=["site"], parameters={"least": least})
        (control,) = run.fleet["results"][0]["controls"]
        states.append(control["history"]["state"])
        time.sleep(1.1)  # evidence of one second is one observation
    assert states == ["first", "new", "still", "changed"], "asked for less, it is not mended"
    assert len(names(os.path.join(run.folder, "history"))) == 4
    lost = run.fleet["results"][0]["lost"]
    assert lost["boot_id"]
    # A host that is seen for the first time is compared with nothing; the second time the count is there.
    assert (lost["before"] is None) == (lost["now"] is None)
    assert (run.fleet["history"]["fixed"], run.fleet["history"]["otherwise"]) == (0, 1)
    assert "1 passed by another value or rule" in run.output
    (gone,) = run.fleet["period"]["controls"]
    assert (gone["gaps"][0]["until"], gone["gaps"][0]["judged"]) == (None, False)
    assert len(run.fleet["period"]["runs"]) == 4


def test_a_bundle_is_judged_again_to_the_same_verdicts(playbook, site, tmp_path):
    site("controls.yml", CONTROLS)
    site("ours.yml", (WAIVER % FAR).replace("hosts: [up1]", "groups: [dmz]"))
    kept = tmp_path / "evidence"
    (tmp_path / "groups.ini").write_text("[dmz]\nup1\n")
    given = ["-i", str(tmp_path / "groups.ini")]
    run = playbook("up1 up2", *given, profiles=["site", "baseline"], evidence_dir=str(kept))
    assert run.verdicts("up1")["site.version"] == "waived"
    (time_of_run,) = names(str(kept))
    assert names(str(kept / time_of_run)) == ["up1", "up2"]
    assert [one["host"] for one in run.fleet["evidence"]] == ["up1", "up2"]
    verdicts, bundle = run.verdicts("up1"), str(kept / time_of_run / "up1")
    (tmp_path / "audit_compliance" / "ours.yml").unlink()
    again = {"profiles": ["site", "baseline"], "posture": f"{bundle}/posture.json", "site": f"{bundle}/catalogue/site"}
    assert playbook("up1", **again).verdicts("up1") == verdicts
    with open(f"{bundle}/posture.json", "a", encoding="ascii") as file:
        file.write(" ")
    altered = playbook("up1", **again)
    assert altered.code == 2
    assert "posture.json was altered" in altered.output
    os.unlink(f"{bundle}/SHA256SUMS")
    robbed = playbook("up1", **again)
    assert robbed.code == 2
    assert "SHA256SUMS is missing" in robbed.output


def test_what_was_found_is_shown_where_the_history_cannot_be_added_to(playbook, tmp_path):
    playbook("up1")
    history = tmp_path / "work" / "audit-compliance" / "history"
    for file in history.iterdir():
        file.unlink()
    history.rmdir()
    blocks = script(tmp_path / "blocks", f'[ -e {history} ] || touch {history}; exec {sys.executable} "$@"')
    run = playbook("up1", "-e", blocks, fail_on="low", parameters={"backlog_limit": 4294967295}, save_posture="kept")
    assert run.code == 2
    assert "TOTAL" in run.output
    assert "GATE" in run.output
    assert "the history of earlier runs" in run.output or "the history of this run" in run.output


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return json.dumps({"ansible_python_interpreter": str(path)})


def test_a_host_that_dies_in_the_middle_is_not_assessed(playbook, tmp_path):
    dies = script(tmp_path / "dies", 'echo \'{"changed": false, "posture": {\'; kill -9 $$')
    run = playbook("up1", "-e", dies, fail_on="high")
    assert run.code == 2
    assert run.not_assessed == ["up1"]
    assert run.fleet["population"]["verdict"] == "fail"
    assert run.host("up1")["assessed"] is False
    assert "Traceback" not in run.output


def test_a_path_on_the_host_that_is_not_utf_8_keeps_nobody_from_judging_it(playbook, site, tmp_path):
    os.symlink(os.fsencode(str(tmp_path)) + b"/odd\xff", str(tmp_path / "link"))
    site(
        "controls.yml",
        CONTROLS.replace(
            "profiles:",
            f"""
  - id: site.link
    title: The link is watched
    severity: low
    why: ours
    record: [-w {tmp_path}/link -p wa]
profiles:""",
        ).replace("[site.version]", "[site.version, site.link]"),
    )
    run = playbook("up1", profiles=["site"])
    assert run.assessed == ["up1"]


def test_of_two_runs_at_once_into_one_folder_the_second_is_refused_before_it_writes(playbook, tmp_path):
    begun, go = tmp_path / "begun", tmp_path / "go"
    waits = script(
        tmp_path / "waits", f'touch {begun}; while [ ! -e {go} ]; do sleep 0.1; done; exec {sys.executable} "$@"'
    )
    first = []
    thread = threading.Thread(target=lambda: first.append(playbook("up1", "-e", waits)))
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        folder = tmp_path / "work" / "audit-compliance"
        before = names(str(folder))
        second = playbook("up2 up3")
        assert second.code == 2
        assert "another run is writing its results here (process" in second.output
        assert names(str(folder)) == before
        apart = playbook("up2", result_dir=str(tmp_path / "elsewhere"))
        assert apart.code == 0
    finally:
        go.touch()
        thread.join()
    assert first[0].code == 0
    assert first[0].assessed == ["up1"]
    assert playbook("up2").assessed == ["up2"]


def test_the_results_of_another_controller_go_into_the_report(playbook, tmp_path):
    other = playbook("up1 down1", result_dir=str(tmp_path / "dc2"))
    assert other.code == 0
    before = {name: names(str(tmp_path / "dc2" / name)) for name in ("", "hosts", "history")}
    run = playbook("up2", merge=[str(tmp_path / "dc2")], population=["up1", "up2", "down1"])
    assert (run.assessed, run.not_assessed) == (["up1", "up2"], ["down1"])
    assert [one.get("merged_from") for one in run.fleet["results"]] == [str(tmp_path / "dc2"), None]
    assert run.fleet["population"]["missing"] == []
    assert {name: names(str(tmp_path / "dc2" / name)) for name in before} == before
    assert names(os.path.join(run.folder, "hosts")) == ["up2.json"]
    again = playbook("up2", merge=[str(tmp_path / "nowhere")])
    assert again.code == 2
    assert "nowhere: this is no folder of results" in again.output
