# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules on an inode's number and on the attributes of objects (tests/kernel/test_facts_of_attributes.py)."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.coverage.asking import ask, outcome

PASSWD = "-w /etc/passwd -p wa"
UNLINK = "-a always,exit -F arch=b64 -S unlink"
CHMOD = "-a always,exit -F arch=b64 -S chmod"


@pytest.mark.parametrize(
    "rules, requirement, expected",
    [
        # 102 is /etc/passwd's number in the evidence
        (["-a always,exit -F inode=102 -S chmod"], CHMOD + " -F path=/etc/passwd", "covered"),
        (["-a always,exit -F inode=102 -F perm=wa"], PASSWD, "partial"),  # a new file of that name has another number
        (["-a always,exit -F inode=101 -F perm=wa"], PASSWD, "uncovered"),
        # ... and that of a file on another filesystem, unless the device is named too
        ([PASSWD], "-a always,exit -F inode=102 -F perm=wa", "partial"),
        ([PASSWD], "-a always,exit -F inode=102 -F devmajor=8 -F devminor=1 -F perm=wa", "covered"),
        (["-w /etc -p wa"], "-a always,exit -F inode=102 -F devmajor=8 -F devminor=1 -F perm=wa", "covered"),
        (["-w /etc -p wa"], "-a always,exit -F inode=102 -F perm=wa", "partial"),
        (["-a never,exit -F inode=9999", "-w /etc -p wa"], "-w /etc -p wa", "partial"),
        (["-a never,exit -F inode=9999 -S chmod", CHMOD], CHMOD + " -F dir=/etc", "unknown"),
        (["-a never,exit -F inode=102 -S chmod", CHMOD], CHMOD + " -F dir=/srv/data", "unknown"),
        (["-a never,exit -F dir=/etc -S chmod", CHMOD], CHMOD + " -F inode=9999", "unknown"),
        (["-a always,exit -F dir=/etc -S chmod"], CHMOD + " -F inode=9999", "unknown"),
        (["-a always,exit -F path=/etc/passwd -S chmod"], CHMOD + " -F inode=9999", "uncovered"),
        ([CHMOD, "-a never,exit -F dir=/etc -S chmod"], CHMOD + " -F inode=9999", "covered"),
        (["-w /etc/group -p wa"], "-a always,exit -F inode=102 -F perm=wa", "uncovered"),
        (["-a always,exit -F inode=102 -F perm=a"], "-a always,exit -F inode=102 -F perm=wa", "partial"),
        (["-a never,exit -F inode=102", PASSWD], PASSWD, "partial"),
        (["-a never,exit -F inode=102", CHMOD], CHMOD + " -F path=/etc/passwd", "defeated"),
        ([CHMOD, "-a never,exit -F inode=102"], CHMOD + " -F path=/etc/passwd", "covered"),
        (["-a never,exit -F inode=9999", CHMOD], CHMOD + " -F path=/etc/passwd", "covered"),
        (["-a never,exit -F inode=9999", CHMOD], CHMOD, "partial"),
        (["-a never,exit -F inode=9999", PASSWD], PASSWD, "partial"),  # as the other name of rename
        (["-a always,exit -F inode=9999 -F perm=wa"], "-a always,exit -F inode=9999 -F perm=wa", "covered"),
        (["-a always,exit -F inode=9999 -F perm=wa"], "-a always,exit -F inode=9998 -F perm=wa", "uncovered"),
        # an inode rule knows the result of a removal, a path rule does not
        (["-a always,exit -F inode=102 -S unlink -F success=1"], UNLINK + " -F inode=102 -F success=1", "covered"),
        # one name: the evidence tells what it is
        (["-a never,exit -F filetype=dir -F perm=a", CHMOD], CHMOD + " -F path=/etc/passwd", "covered"),
        (["-a never,exit -F filetype=file", CHMOD], CHMOD + " -F path=/etc/passwd", "defeated"),
        (["-a never,exit -F filetype!=dir", CHMOD], CHMOD + " -F path=/etc/passwd", "defeated"),
        (["-a never,exit -F devmajor=8 -F devminor=1", CHMOD], CHMOD + " -F path=/etc/passwd", "defeated"),
        (["-a never,exit -F devmajor=8 -F devminor=2", CHMOD], CHMOD + " -F path=/etc/passwd", "covered"),
        ([CHMOD + " -F filetype=file"], CHMOD + " -F path=/etc/passwd", "covered"),
        # several names: one of them suffices
        (["-a never,exit -S unlink -F obj_uid=5", UNLINK], UNLINK + " -F obj_uid=7", "partial"),
        (["-a never,exit -S unlink -F filetype=dir", UNLINK], UNLINK + " -F path=/etc/passwd", "defeated"),
        (["-a never,exit -S unlink -F obj_uid>=9 -F obj_uid<=10", UNLINK], UNLINK + " -F obj_uid=5", "partial"),
        (["-a never,exit -S unlink -F filetype!=dir", UNLINK], UNLINK + " -F path=/etc/passwd", "covered"),
        ([UNLINK + " -F filetype!=dir"], UNLINK + " -F path=/etc/passwd", "uncovered"),  # its directory is one
        ([UNLINK + " -F filetype!=fifo"], UNLINK + " -F path=/etc/passwd", "partial"),
        ([UNLINK + ",openat -F filetype!=dir"], UNLINK + ",openat -F filetype!=dir", "covered"),
        ([UNLINK + ",openat -F filetype!=fifo"], UNLINK + ",openat -F filetype!=fifo", "covered"),
        (["-w /etc/passwd -p wa"], "-a always,exit -S all -F path=/etc/passwd -F perm=wa -F filetype!=fifo", "covered"),
        ([UNLINK + " -F filetype=file"], UNLINK + " -F path=/etc/passwd", "covered"),
        ([UNLINK + " -F filetype=dir"], UNLINK + " -F path=/etc/passwd", "covered"),
        ([UNLINK + " -F obj_uid=0"], UNLINK + " -F obj_uid=0", "covered"),
        (["-a never,exit -S chmod -F obj_uid=5", CHMOD], CHMOD + " -F obj_uid=7", "covered"),
    ],
)
def test_the_outcome(rules, requirement, expected):
    assert outcome(rules, requirement) == expected


def test_the_event_says_that_another_name_is_met():
    found = ask(["-a never,exit -S unlink -F obj_uid=5", UNLINK], UNLINK + " -F obj_uid=7")
    assert found.counterexample["because"].endswith("by another name that the call touches (its directory is one)")
    assert [blame.origin.line for blame in found.defeated_by] == [1]


@pytest.mark.parametrize(
    "rules, requirement, expected",
    [
        (["-a never,exit -F inode=102", CHMOD], CHMOD + " -F path=/etc/passwd", "unknown"),
        ([CHMOD, "-a never,exit -F inode=102"], CHMOD + " -F path=/etc/passwd", "covered"),
        (["-a always,exit -F inode=102 -S chmod"], CHMOD + " -F path=/etc/passwd", "unknown"),
        (["-a always,exit -F path=/etc/passwd -S chmod"], CHMOD + " -F inode=102", "unknown"),
        (["-a never,exit -F path=/etc/passwd -S chmod", CHMOD], CHMOD + " -F inode=102", "unknown"),
    ],
)
def test_without_evidence_a_number_may_be_that_of_any_file(rules, requirement, expected):
    assert outcome(rules, requirement, paths=PathState.empty()) == expected


def test_what_would_tell_is_said():
    found = ask(["-a never,exit -F inode=102", CHMOD], CHMOD + " -F path=/etc/passwd", paths=PathState.empty())
    assert found.missing == ("which file -a never,exit -F inode=102 means (find -xdev -inum 102)",)
    named = ask(["-a never,exit -F inode=102", CHMOD], CHMOD, paths=PathState.empty())
    assert named.counterexample["object"] == "the file with inode 102"


def test_alike_never_rules_are_tried_once_and_blamed_each():
    nevers = ["-a never,exit -F path=/etc/{0} -F perm=wa".format(name) for name in ("group", "shadow", "issue")]
    found = ask([*nevers, PASSWD], PASSWD)
    assert found.outcome == "partial"
    assert [blame.origin.line for blame in found.defeated_by] == [1, 2, 3]


def test_never_rules_that_differ_are_each_tried():
    rules = [
        "-a never,exit -F path=/etc/group -F perm=wa -F auid=0",
        "-a never,exit -F path=/etc/shadow -F perm=wa -F auid=1",
        PASSWD,
        "-a never,exit -F path=/etc/issue -F perm=wa -F auid=2",
        "-a never,exit -F path=/srv/data/card -F perm=wa",  # on another filesystem: never the other name
    ]
    assert [blame.origin.line for blame in ask(rules, PASSWD).defeated_by] == [1, 2, 4]
