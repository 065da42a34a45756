# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.compliance.rule_set import rule_set
from ansible_collections.auditops.trail.tests.unit import postures

PATHS = postures.path_state(files=["/etc/passwd", "/etc/group"], folders=["/etc/ssh"])


def made(controls, version=(3, 0, 9), **parts):
    posture = postures.posture([], [], PATHS, version=version, **parts)
    return rule_set(posture, evaluate.plan(controls, "auto"))


def control(name, *record, **more):
    return dict({"id": name, "record": list(record), "missing_path": "require", "key": name}, **more)


def test_a_line_that_two_controls_need_is_one_line_with_both_keys():
    found = made(
        [control("one", "-w /etc/passwd -p wa"), control("two", "-w /etc/passwd -p aw", "-w /etc/group -p wa")]
    )
    assert [line.text for line in found.lines] == ["-w /etc/passwd -p wa -k one -k two", "-w /etc/group -p wa -k two"]
    assert [line.controls for line in found.lines] == [("one", "two"), ("two",)]
    assert [rule.keys for rule in found.load.loaded] == [("one", "two"), ("two",)]
    assert found.unproven == ()


def test_the_form_with_an_arch_is_merged_too():
    found = made([control("one", "-w /etc/passwd -p wa"), control("two", "-w /etc/passwd -p wa")], version=(4, 0, 5))
    assert all(line.text.endswith("-F key=one -F key=two") for line in found.lines)
    assert len(found.load.loaded) == len(found.lines) == 2


def test_one_key_for_both_stands_once():
    found = made([control("one", "-w /etc/ssh -p wa", key="k"), control("two", "-w /etc/ssh -p wa", key="k")])
    assert [line.text for line in found.lines] == ["-w /etc/ssh -p wa -k k"]


def test_what_no_line_can_cover_is_told_and_the_rest_made():
    lost = postures.path_state(files=["/etc/passwd"], missing=["/nowhere", "/nowhere/file"])
    posture = postures.posture([], [], lost)
    plan = evaluate.plan([control("one", "-w /nowhere/file -p wa"), control("two", "-w /etc/passwd -p wa")], "auto")
    found = rule_set(posture, plan)
    assert [(gone.control, gone.requirement) for gone in found.unproven] == [("one", "-w /nowhere/file -p wa")]
    assert [line.controls for line in found.lines] == [("two",)]


def test_a_list_that_was_cut_off_makes_no_line_and_is_told():
    each = control("one", "-w {path} -p x", for_each="privileged.commands")
    found = made([each], privileged={"complete": False, "incomplete": "stopped after 20 s"})
    assert (found.lines, found.unproven[0].reason) == ((), "stopped after 20 s")


def test_lines_for_each_item_are_made():
    each = control("one", "-w {path} -p wa", for_each="privileged.commands")
    found = made([each], privileged={"complete": True, "commands": [{"path": "/etc/passwd"}, {"path": "/etc/group"}]})
    assert [line.text for line in found.lines] == ["-w /etc/passwd -p wa -k one", "-w /etc/group -p wa -k one"]


def test_lines_leave_out_the_newer_calls_that_a_kernel_with_backports_lacks():
    line = "-a always,exit -F arch=b64 -S fchmodat,fchmodat2 -F auid>=1000"
    for calls, there in ((None, True), ([], False)):
        posture = postures.posture([], [], PATHS)
        posture["host"].update(kernel="5.14.0-503.el9.x86_64", calls=calls)
        found = rule_set(posture, evaluate.plan([control("one", line)], "auto"))
        assert ("452" in found.lines[0].text) is there


def test_a_key_that_the_kernel_has_no_room_for_is_left_out_and_the_line_still_serves_its_control():
    controls = [control("of.{0}.{1}".format(number, "x" * 48), "-w /etc/passwd -p wa") for number in range(6)]
    found = made(controls)
    assert [len(line.controls) for line in found.lines] == [6]
    assert [len(rule.keys) for rule in found.load.loaded] == [4]
    assert found.unproven == ()
