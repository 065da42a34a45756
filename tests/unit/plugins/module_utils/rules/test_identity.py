# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import identity, kernel_identity, same
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    Compare,
    Dialect,
    Field,
    Origin,
    Rule,
    with_watch_as,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line

DIALECT = Dialect((4, 2, 1), "x86_64", (("root", 0), ("alice", 1000)), (("adm", 4),))
DIRECTORIES = ("/etc/ssh", "/")


def is_dir(path):
    return path in DIRECTORIES


def rule(line, dialect=DIALECT):
    return parse_line(line, dialect, "rules", 7).rule


@pytest.mark.parametrize(
    "one, other",
    [
        ("-w /etc/passwd -p wa -k k", "-a always,exit -F path=/etc/passwd -F perm=aw -F key=k"),
        ("-w /etc/ssh -p wa", "-a exit,always -F perm=wa -F dir=/etc/ssh"),
        ("-w /etc/ssh/ -p wa", "-a exit,always -F perm=wa -F dir=/etc/ssh/"),
        ("-w / -p wa", "-a exit,always -F perm=wa -F dir=/"),
        ("-a always,exit -S open -F auid!=unset -F uid=0", "-a always,exit -S 2 -F uid=root -F loginuid!=-1"),
        ("-a always,exit -S open -F auid!=4294967295", "-a always,exit -S open -F auid!=unset -F auid!=unset"),
        ("-a always,exit -S open,close", "-a always,exit -S close -S open"),
        ("-a always,exit -S open -F exit=-13", "-a always,exit -S open -F exit=-EACCES"),
        ("-a always,exit -S open -C euid!=uid", "-a always,exit -S open -C uid!=euid"),
        ("-a always,exit -S open -k a -k b", "-a always,exit -S open -F key=b -F key=a"),
        ("-A always,exit -S open", "-a always,exit -S open"),
        ("-a always,exclude -F msgtype=CWD", "-a never,exclude -F msgtype=1307"),
        ("-a always,exit", "-a always,exit -S all"),
        ("-a always,exit -F arch=b64 -F perm=x", "-a always,exit -F arch=x86_64 -S execve,execveat -F perm=x"),
    ],
)
def test_the_same_rule(one, other):
    assert identity(rule(one), is_dir) == identity(rule(other), is_dir)
    assert same(rule(one), rule(other), is_dir) is True


@pytest.mark.parametrize(
    "one, other",
    [
        ("-w /etc/passwd -p wa", "-w /etc/passwd -p w"),
        ("-w /etc/passwd -p wa", "-w /etc/shadow -p wa"),
        ("-w /etc/passwd -p wa -k a", "-w /etc/passwd -p wa -k b"),
        ("-w /etc/passwd -p wa", "-a always,exit -F dir=/etc/passwd -F perm=wa"),
        ("-w /etc/passwd -p wa", "-a never,exit -F path=/etc/passwd -F perm=wa"),
        ("-a always,exit -S open", "-a always,exit -F arch=b64 -S open"),
        ("-a always,exit -S open -F auid>=1000", "-a always,exit -S open -F auid>1000"),
        ("-a always,exit -F path=/x -F perm=wa", "-a always,exit -F path=/x -F perm=w -F perm=a"),
        ("-a always,exit -S open -C uid=euid", "-a always,exit -S open -C uid!=euid"),
        ("-a always,user -F uid=0", "-a always,task -F uid=0"),
        ("-a always,exit -S open -F success=1", "-a always,exit -S open -F success!=0"),
        ("-a always,exit -S open -F subj_user=1", "-a always,exit -S open -F subj_role=1"),
    ],
)
def test_not_the_same_rule(one, other):
    assert identity(rule(one), is_dir) != identity(rule(other), is_dir)
    assert same(rule(one), rule(other), is_dir) is False


def test_keys_can_be_left_out():
    one, other = rule("-w /x -k a"), rule("-w /x -k b")
    assert identity(one, with_keys=False) == identity(other, with_keys=False)


def test_where_it_was_read_is_no_part_of_it():
    one = rule("-w /x -k a")
    assert identity(one) == identity(one._replace(origin=Origin("elsewhere", 1, "")))


def test_expansion_makes_another_rule():
    """What 3.0.9 loads for the line and what 4.2.1 loads have different masks."""
    line = "-a always,exit -F arch=b64 -F path=/usr/bin/su -F perm=x"
    old = rule(line, DIALECT._replace(version=(3, 0, 9)))
    assert old.syscalls is None
    assert rule(line).syscalls == frozenset((59, 322))
    assert identity(old) != identity(rule(line))


def test_an_unknown_path_cannot_be_compared():
    watch, path = rule("-w /etc/ssh -p wa"), rule("-a always,exit -F path=/etc/ssh -F perm=wa")
    assert same(watch, path) is None
    assert same(watch, path, lambda name: None) is None
    assert same(watch, path, is_dir) is False
    assert same(watch, rule("-a always,exit -F path=/etc -F perm=wa")) is False
    assert same(watch, watch) is True


def test_an_unknown_action_cannot_be_compared():
    never = rule("-a never,exit -F path=/etc/passwd -F perm=wa")
    listed = Rule("exit", None, None, (Field("watch", "=", "/etc/passwd"), Field("perm", "=", 10)))
    assert same(never, listed, is_dir) is None
    assert same(listed, listed, is_dir) is None
    assert same(rule("-w /etc/passwd -p r"), listed, is_dir) is False


def test_values_made_by_hand():
    one = Rule("exit", "always", None, (Field("loginuid", "=", -1), Compare("obj_uid", "=", "uid")))
    other = Rule("exit", "always", None, (Compare("uid", "=", "obj_uid"), Field("auid", "=", 0xFFFFFFFF)))
    assert identity(one) == identity(other)


def test_the_kernel_compares_otherwise():
    one = rule("-a always,exit -S open -F uid=0 -F gid=0 -k a")
    assert kernel_identity(one) == kernel_identity(rule("-a always,exit -S 2 -F uid=root -F gid=0 -F key=a"))
    swapped = rule("-a always,exit -S open -F gid=0 -F uid=0 -k a")
    assert identity(one) == identity(swapped)
    assert kernel_identity(one) != kernel_identity(swapped)
    prepended = rule("-A always,exit -S open -F uid=0 -F gid=0 -k a")
    assert kernel_identity(one) != kernel_identity(prepended)
    assert kernel_identity(rule("-w /etc/ssh"), is_dir) == kernel_identity(with_watch_as(rule("-w /etc/ssh"), "dir"))
