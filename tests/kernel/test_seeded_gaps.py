# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten gaps, each seeded into a machine on which the profile's rules are loaded: found, and told in the right words.

What is the kernel's is done to the kernel: a watch removed, a never in front, a
rule set that can be changed, records lost, a short queue, files that are not
loaded. What is a file's lies in a tree of the test's own. Only x32 is put into
the evidence: this kernel does not have it.
"""

import os

import pytest

pytest.importorskip("yaml")
pytest.importorskip("jmespath")

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.posture import registry
from ansible_collections.auditops.trail.plugins.plugin_utils import wording
from ansible_collections.auditops.trail.tests.kernel import control
from ansible_collections.auditops.trail.tests.kernel.machine import Machine, by_verdict

OF_FILES = ("config", "logs", "copies", "permissions", "shipping", "alerts")
AUDITD_CONF = """log_file = /var/log/audit/audit.log
log_format = ENRICHED
log_group = root
name_format = HOSTNAME
max_log_file = 2
num_logs = 5
max_log_file_action = {action}
space_left = 75
admin_space_left = 50
"""
REMOTE = "remote_server = logs.example.com\nport = 60\ntransport = tcp\nmode = forward\nformat = managed\n"
PLUGIN = "active = {active}\ndirection = out\npath = /sbin/audisp-remote\ntype = always\nformat = string\n"
RECORD = "type=SYSCALL msg=audit({0}.000:{1}): arch=c000003e syscall=257 success=yes exit=3\n"
DAY = 86400
NOW = 1790000000


@pytest.fixture(name="machine")
def _machine(bench, tmp_path):
    (tmp_path / "audit").mkdir()
    made = Machine(bench, tmp_path / "audit", "pci_dss_4_0")
    made.load(list(made.lines()))
    yield made
    control.delete_all(bench.channel)
    bench.channel.set(rate_limit=0, backlog_limit=8192, enabled=1, lost=0)


def tree(folder, action="ROTATE", active="no", mode=0o600, days=400):
    """A host's files: a megabyte of log a day in the last ``days``, and whether it is shipped."""
    for name in ("etc/audit/plugins.d", "var/log/audit"):
        (folder / name).mkdir(parents=True)
    (folder / "etc/audit/auditd.conf").write_text(AUDITD_CONF.format(action=action))
    (folder / "etc/audit/audisp-remote.conf").write_text(REMOTE)
    for pid, name in ((1, "systemd"), (600, "auditd"), (601, "audisp-remote")):
        (folder / f"proc/{pid}").mkdir(parents=True)
        (folder / f"proc/{pid}/comm").write_text(name + "\n")
        (folder / f"proc/{pid}/status").write_text("Uid:\t0\t0\t0\t0\n")
    (folder / "sbin").mkdir()
    (folder / "sbin/audisp-remote").write_text("#!/bin/sh\n")
    os.chmod(str(folder / "sbin/audisp-remote"), 0o750)
    (folder / "etc/audit/plugins.d/au-remote.conf").write_text(PLUGIN.format(active=active))
    lines = 12000 * days // 400
    text = "".join(RECORD.format(NOW - days * DAY + number * days * DAY // lines, number) for number in range(lines))
    log = folder / "var/log/audit/audit.log"
    log.write_text(text)
    os.chmod(str(log), mode)
    os.chmod(str(folder / "var/log/audit"), 0o700)
    return folder


def of_tree(machine, folder, **choices):
    """This machine's posture, with the parts that files tell from a tree."""
    where = tree(folder, **choices)
    context = evaluate.context(machine.plan)._replace(root=str(where))
    posture = machine.posture()
    found = registry.collect(context, parts=OF_FILES)
    assert not set(found["errors"]) & set(OF_FILES), found["errors"]
    posture.update({part: found[part] for part in OF_FILES})
    return posture


def failed(controls, machine):
    return by_verdict(controls, "fail") & (machine.recording | machine.emitting)


def test_nothing_that_rules_can_mend_fails_before_a_gap_is_seeded(machine):
    controls = machine.judge()
    assert failed(controls, machine) == set()
    assert {"rules.drift", "kernel.lost", "kernel.backlog_limit"} <= by_verdict(controls, "pass")


def test_1_a_watch_removed(machine):
    lines = machine.lines()
    (gone,) = [line for line in lines if line.startswith("-w /etc/shadow ") or " path=/etc/shadow " in line][:1]
    machine.load([line for line in lines if line != gone])
    controls = machine.judge()
    assert failed(controls, machine) == {"identity.shadow"}
    (entry,) = [one for one in controls["identity.shadow"]["coverage"] if one["outcome"] != "covered"]
    assert "opens /etc/shadow for writing" in wording.missed_event(entry["counterexample"])
    added = [step["text"] for step in controls["identity.shadow"]["remedy"] if step["do"] == "add"]
    assert len(added) == 1
    assert "/etc/shadow" in added[0]
    machine.load([*(line for line in lines if line != gone), *added])
    assert failed(machine.judge(), machine) == set()


def test_2_a_never_in_front(machine):
    never = "-a never,exit -F arch=b32 -S chmod -F auid=1000"
    machine.load([never, *machine.lines()])
    control_of = machine.judge()["files.modes"]
    assert control_of["verdict"] == "fail"
    (entry,) = [one for one in control_of["coverage"] if one["outcome"] != "covered"]
    told = wording.missed_event(entry["counterexample"])
    assert "auid 1000" in told
    assert "32-bit chmod" in told
    place = f"{machine.file}:{machine.line_of(never)}"
    assert place in wording.blame(entry)
    assert any(wording.remedy(step).startswith(f"remove {place}") for step in control_of["remedy"])


def test_3_rules_that_can_be_changed(machine):
    found = machine.judge()["kernel.immutable"]
    assert (found["verdict"], found["reasons"]) == ("fail", ["status.enabled is 1; wanted: status.enabled = 2"])
    assert found["remedy"][0]["text"].startswith("-e 2")


def test_4_records_lost(machine, bench):
    bench.channel.set(rate_limit=1)
    for number in range(50):
        bench.channel.user_message(1112, f"op=seeded number={number}")
    posture = machine.posture()
    lost = posture["status"]["lost"]
    assert lost > 0
    controls = machine.judge(posture)
    assert controls["kernel.lost"]["verdict"] == "fail"
    assert controls["kernel.lost"]["reasons"] == [f"status.lost is {lost}; wanted: status.lost = 0"]
    assert controls["kernel.rate_limit"]["verdict"] == "fail"


def test_5_a_short_queue(machine, bench):
    bench.channel.set(backlog_limit=64)
    found = machine.judge()["kernel.backlog_limit"]
    assert found["verdict"] == "fail"
    (reason,) = found["reasons"]
    assert reason.startswith("status.backlog_limit is 64; wanted: status.backlog_limit >= 8192")
    assert "CIS" in found["parameters"]["backlog_limit"]["source"]
    assert found["remedy"][0]["text"].startswith("-b 8192")


def test_6_calls_that_no_rule_can_see(machine):
    posture = machine.posture()
    posture["kernel"]["x32"] = True
    posture["host"]["user_arches"] = ["b64", "b32", "x32"]
    controls = machine.judge(posture)
    assert controls["limits.x32"]["verdict"] == "fail"
    assert "wanted: a kernel without x32" in controls["limits.x32"]["reasons"][0]
    told = [entry for entry in controls["identity.shadow"]["coverage"] if entry["outcome"] == "partial"]
    assert told
    assert any("x32" in wording.missed_event(entry["counterexample"]) for entry in told)


def test_7_a_log_that_everybody_can_read(machine, tmp_path):
    found = machine.judge(of_tree(machine, tmp_path / "host", mode=0o644))["log.file_permissions"]
    assert found["verdict"] == "fail"
    assert found["reasons"][0].startswith("/var/log/audit/audit.log: everybody can read or enter it (0644); wanted: ")


def test_8_rotation_that_keeps_a_week(machine, tmp_path):
    posture = of_tree(machine, tmp_path / "host", days=1)
    log = posture["logs"]
    # Ten megabytes of room, at what this log grows by.
    log["bytes_per_day"] = log["capacity_bytes"] // 7
    log["retention_days"] = 7.0
    controls = machine.judge(posture)
    for name, wanted in (("retention.at_hand", "at least 90 days"), ("retention.forecast", "at least 365 days")):
        assert controls[name]["verdict"] == "fail"
        assert controls[name]["reasons"][0].startswith("7 days, bound by rotation; wanted: " + wanted)
        assert "max_log_file" in " ".join(step["text"] for step in controls[name]["remedy"])


def test_9_files_that_are_not_loaded(machine):
    lines = list(machine.lines())
    extra = "-w /etc/machine-id -p wa -k seeded"
    machine.load(lines, on_disk=[*lines, extra])
    found = machine.judge()["rules.drift"]
    assert found["verdict"] == "fail"
    assert f"{machine.file}:{machine.line_of(extra)}" in found["reasons"][0]
    machine.load([*lines, extra], on_disk=lines)
    assert machine.judge()["rules.drift"]["verdict"] == "fail"
    machine.load(lines)
    assert machine.judge()["rules.drift"]["verdict"] == "pass"


def test_10_records_shipped_in_plain_text(machine, tmp_path):
    found = machine.judge(of_tree(machine, tmp_path / "host", active="yes"))["ship.transit"]
    assert found["verdict"] == "fail"
    assert found["reasons"][0].startswith("audisp-remote to logs.example.com by tcp; wanted: ")
    quiet = machine.judge(of_tree(machine, tmp_path / "quiet"))
    assert quiet["ship.transit"]["verdict"] == "not_applicable"
    assert quiet["ship.configured"]["verdict"] == "fail"
