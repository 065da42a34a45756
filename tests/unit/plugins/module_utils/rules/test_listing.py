# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import same
from ansible_collections.auditops.trail.plugins.module_utils.rules.listing import parse_listing
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    UNSET,
    Compare,
    Dialect,
    Field,
    Origin,
    Rule,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_printed import printed

DIALECT = Dialect((4, 2, 1), "x86_64", (), ())
WA = Field("perm", "=", 10)


def listed(text, dialect=DIALECT):
    return parse_listing(text, dialect)


def one(text, dialect=DIALECT):
    (rule,) = listed(text, dialect)
    return rule


def test_nothing_is_listed():
    assert listed("No rules\n") == []
    assert listed("") == []


def test_origins():
    rules = parse_listing("-w /a -p wa\n\n-w /b -p wa -k k\n", DIALECT, "saved.txt")
    assert [rule.origin for rule in rules] == [
        Origin("saved.txt", 1, "-w /a -p wa"),
        Origin("saved.txt", 3, "-w /b -p wa -k k"),
    ]


@pytest.mark.parametrize(
    "text, conditions, keys",
    [
        ("-w /etc/passwd -p wa -k identity", (Field("watch", "=", "/etc/passwd"), WA), ("identity",)),
        (" -p wa-w /etc/passwd -k identity", (WA, Field("watch", "=", "/etc/passwd")), ("identity",)),
        ("-p wa-w /etc/passwd", (WA, Field("watch", "=", "/etc/passwd")), ()),
        ("-w /a -p wa -p r", (Field("watch", "=", "/a"), WA, Field("perm", "=", 4)), ()),
        (" -p r -p wa-w /a -k k", (Field("perm", "=", 4), WA, Field("watch", "=", "/a")), ("k",)),
        (" -p x", (Field("perm", "=", 1),), ()),
        ("-w /a b/c -p wa -k k 1 -k -x", (Field("watch", "=", "/a b/c"), WA), ("k 1", "-x")),
        ("-w /a -p x y -p wa", (Field("watch", "=", "/a -p x y"), WA), ()),
    ],
)
def test_watches(text, conditions, keys):
    rule = one(text)
    assert rule.action is None, "the text cannot tell always from never"
    assert (rule.list, rule.syscalls, rule.conditions, rule.keys) == ("exit", None, conditions, keys)


def test_a_rule_with_everything():
    rule = one(
        "-a always,exit -F arch=b64 -S open,999,openat -F exit=-EACCES -F a2&0x40 -F auid>=1000 -F auid!=-1"
        " -C uid!=euid -F dir=/home/a b -F subj_type=x_t -F inode=4294967295 -F key=k one -F key=k2"
    )
    assert rule.action == "always"
    assert rule.syscalls == frozenset((2, 257, 999))
    assert rule.conditions == (
        Field("arch", "=", 0xC000003E),
        Field("exit", "=", UNSET - 12),
        Field("a2", "&", 0x40),
        Field("auid", ">=", 1000),
        Field("auid", "!=", UNSET),
        Compare("uid", "!=", "euid"),
        Field("dir", "=", "/home/a b"),
        Field("subj_type", "=", "x_t"),
        Field("inode", "=", UNSET),
    )
    assert rule.keys == ("k one", "k2")


@pytest.mark.parametrize("version", [(2, 8, 5), (3, 0, 9), (3, 1, 4), (4, 0), (4, 0, 1)])
@pytest.mark.parametrize("op", ["=", "!="])
def test_exe_in_a_listing_that_loses_its_operator(version, op):
    """Both rules print the same line, so the line is neither of them for sure."""
    rule = Rule("exit", "never", frozenset((59,)), (Field("arch", "=", 0xC000003E), Field("exe", op, "/usr/bin/cron")))
    old = Dialect(version, "x86_64", (), ())
    line = printed(rule, old)
    assert line == "-a never,exit -F arch=b64 -S execve -F exe=/usr/bin/cron"
    read = one(line, old)
    assert read.action is None
    assert same(rule, read) is None, "it may be this rule"
    assert same(rule._replace(syscalls=frozenset((60,))), read) is False
    assert one("-a never,exit -F arch=b64 -S execve", old).action == "never"


@pytest.mark.parametrize("version", [(3, 1, 5), (4, 0, 2), (4, 2, 1)])
@pytest.mark.parametrize("op", ["=", "!="])
def test_exe_in_a_listing_that_keeps_its_operator(version, op):
    rule = Rule("exit", "never", frozenset((59,)), (Field("arch", "=", 0xC000003E), Field("exe", op, "/usr/bin/cron")))
    new = Dialect(version, "x86_64", (), ())
    assert same(rule, one(printed(rule, new), new)) is True


def test_interpreted():
    rule = one("-a always,exit -F arch=i386 -S stime -F auid!=unset -F sessionid=unset")
    assert rule.conditions == (
        Field("arch", "=", 0x40000003),
        Field("auid", "!=", UNSET),
        Field("sessionid", "=", UNSET),
    )
    assert rule.syscalls == frozenset((25,))


def test_lists_without_system_calls():
    assert one("-a never,task").syscalls is None
    assert one("-a always,exclude -F msgtype>=SYSCALL -F msgtype<=1399").conditions == (
        Field("msgtype", ">=", 1300),
        Field("msgtype", "<=", 1399),
    )
    assert one("-a never,filesystem -F fstype=tracefs").conditions == (Field("fstype", "=", 0x74726163),)
    assert one("-a always,io_uring -S openat,close").syscalls == frozenset((18, 19))


def test_a_rule_without_calls_in_its_mask():
    """``-S ,`` loads a rule that matches nothing; auditctl prints it without -S."""
    assert one("-a always,exit -F path=/etc/passwd").syscalls == frozenset()


def test_the_arch_of_the_rule_above():
    """As auditctl 3.0.9 printed them: 257 is openat on x86_64, and remap_file_pages on i386."""
    text = "-a always,exit -F arch=b32 -S stime -F key=one\n-a always,exit -S remap_file_pages -F key=two\n"
    assert [rule.syscalls for rule in listed(text)] == [frozenset((25,)), frozenset((257,))]
    assert one("-a always,exit -S openat").syscalls == frozenset((257,))


def test_b64_is_the_machines():
    arm = Dialect((4, 2, 1), "aarch64", (), ())
    rule = one("-a always,exit -F arch=b64 -S openat", arm)
    assert (rule.value("arch"), rule.syscalls) == (0xC00000B7, frozenset((56,)))
    assert one("-a always,exit -F arch=b32 -S open", arm).value("arch") == 0x40000028


def test_an_arch_without_a_name():
    rule = one("-a always,exit -F arch=0xC0009999 -S 7")
    assert (rule.value("arch"), rule.syscalls) == (0xC0009999, frozenset((7,)))


@pytest.mark.parametrize(
    "text",
    [
        "LIST_RULES: exit,always watch=/etc/passwd perm=wa",
        "-a sometimes,exit -S all",
        "-a always,nowhere -S all",
        "-a always,exitt",
        "-a always,exit -S nosuch",
        "-a always,exit -S 2048",
        "-a always,exit -S all -S open",
        "-a always,user -S open",
        "-a always,exit -S all -F nosuch=1",
        "-a always,exit -S all -F uid=root",
        "-a always,exit -S all -F a0=O_RDONLY",
        "-a always,exit -S all -F uid",
        "-a always,exit -S all -F pid=99999999999",
        "-a always,exit -S all -F perm=q",
        "-a always,exit -S all -F arch=vax",
        "-a always,exit -S all -C uid=gid",
        "-a always,exit -S all -C uid>euid",
        "-a always,exit -S all f114=3",
        "-w relative -p wa",
        "-w /etc/passwd",
        "-p",
        "You must be root to run this program.",
        "\x00\x01\x02",
    ],
)
def test_junk_names_its_line(text):
    with pytest.raises(RuleError) as caught:
        parse_listing("-w /etc/passwd -p wa\n" + text + "\n", DIALECT, "saved.txt")
    assert (caught.value.file, caught.value.line) == ("saved.txt", 2)
    assert caught.value.remedy
