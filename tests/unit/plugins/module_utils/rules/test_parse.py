# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The grammar by release and machine; test_text_roundtrip has what real auditctl did on x86_64."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    PERM_ALL,
    UNSET,
    Compare,
    Dialect,
    Field,
    Origin,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_args, parse_line

USERS = (("root", 0), ("alice", 1000))
GROUPS = (("root", 0), ("adm", 4))


def dialect(version="4.2.1", machine="x86_64"):
    return Dialect(tuple(int(part) for part in version.split(".")), machine, USERS, GROUPS)


def read(line, version="4.2.1", machine="x86_64"):
    return parse_line(line, dialect(version, machine), "x.rules", 3)


def refusal(line, version="4.2.1", machine="x86_64"):
    with pytest.raises(RuleError) as caught:
        read(line, version, machine)
    assert (caught.value.file, caught.value.line) == ("x.rules", 3)
    assert caught.value.remedy
    return caught.value


def test_blank_and_comment():
    assert read("") is None
    assert read("   ") is None
    assert read("# -w /etc/passwd") is None
    assert read("\n") is None


def test_origin_and_text():
    statement = read("  -w /etc/passwd -p wa \n")
    assert statement.origin == Origin("x.rules", 3, "  -w /etc/passwd -p wa ")
    assert statement.rule.origin == statement.origin
    assert parse_args(["-w", "/a b"], dialect()).origin.text == "-w /a b"
    assert parse_args(["-w", "/a"], dialect(), Origin("task", None, "-w '/a'")).origin.text == "-w '/a'"
    with pytest.raises(RuleError):
        parse_args([], dialect())


def test_a_watch():
    rule = read("-w /etc/ssh// -p WA -k a -k b").rule
    assert rule.conditions == (Field("watch", "=", "/etc/ssh"), Field("perm", "=", 10))
    assert (rule.list, rule.action, rule.syscalls, rule.keys) == ("exit", "always", None, ("a", "b"))
    assert read("-w /etc").rule.value("perm") == PERM_ALL


def test_watch_that_is_removed():
    statement = read("-W /etc/passwd -p wa -k k")
    assert (statement.verb, statement.rule.keys, statement.warnings) == ("delete", ("k",), ())


@pytest.mark.parametrize(
    "line, warnings",
    [
        ("-w /etc/../a", ["relative path notation"]),
        ("-w /etc/a?", ["wildcard notation"]),
        ("-a always,exit -S open", ["32/64 bit syscall mismatch"]),
        ("-a always,exit -S all", []),
        ("-a always,exit -F arch=b64 -S open", []),
        ("-a always,exit -F path=/a -F perm=x", []),
        ("-a always,exit -S 2047", ["class of calls"]),
        ("-a always,exit -F arch=b64 -S connect -F saddr_fam=inet", ["takes it for 0"]),
        ("-w /etc/passwd -i", ["not loaded"]),
    ],
)
def test_warnings(line, warnings):
    found = read(line, "3.0.9").warnings
    for warning in warnings:
        assert any(warning in text for text in found)
    assert bool(found) == bool(warnings)


def test_conditions_of_every_kind():
    rule = read(
        "-a always,exit -F arch=b64 -S open,257 -S close -F uid=alice -F gid=adm -F auid!=unset -F exit=-EACCES"
        " -F exit!=EACCES -F success=0 -F a0&0100 -F a1&=0x3 -F a2=-1 -F pers=8 -F devmajor=8 -F devminor=1"
        " -F inode=4294967295 -F filetype=fifo -F sessionid=unset -F saddr_fam=10 -F pid>1 -F ppid<=2"
        " -F subj_user=u -F obj_lev_high=s15 -F exe=/bin/x -C auid!=obj_uid -F loginuid>=010 -F key=k"
    ).rule
    assert rule.syscalls == frozenset((2, 3, 257))
    assert rule.conditions == (
        Field("arch", "=", 0xC000003E),
        Field("uid", "=", 1000),
        Field("gid", "=", 4),
        Field("auid", "!=", UNSET),
        Field("exit", "=", UNSET - 12),
        Field("exit", "!=", 13),
        Field("success", "=", 0),
        Field("a0", "&", 64),
        Field("a1", "&=", 3),
        Field("a2", "=", UNSET),
        Field("pers", "=", 8),
        Field("devmajor", "=", 8),
        Field("devminor", "=", 1),
        Field("inode", "=", UNSET),
        Field("filetype", "=", 0o010000),
        Field("sessionid", "=", UNSET),
        Field("saddr_fam", "=", 10),
        Field("pid", ">", 1),
        Field("ppid", "<=", 2),
        Field("subj_user", "=", "u"),
        Field("obj_lev_high", "=", "s15"),
        Field("exe", "=", "/bin/x"),
        Compare("auid", "!=", "obj_uid"),
        Field("auid", ">=", 8),
    )


def test_the_machines_own_users():
    own = Dialect((4, 2, 1), "x86_64")
    rule = parse_line("-a always,user -F uid=root -F gid!=root", own).rule
    assert rule.conditions == (Field("uid", "=", 0), Field("gid", "!=", 0))
    for line in ("-a always,user -F uid=no\udc80such", "-a always,user -F gid=nosuch group"):
        with pytest.raises(RuleError):
            parse_line(line, own)


@pytest.mark.parametrize(
    "line, verb, name, value",
    [
        ("-b 8192", "set", "backlog_limit", 8192),
        ("-b8192", "set", "backlog_limit", 8192),
        ("-b 0x10k", "set", "backlog_limit", 16),
        ("-b 4294967297", "set", "backlog_limit", 1),
        ("-f 2", "set", "failure", 2),
        ("-e 2", "set", "enabled", 2),
        ("-r 0", "set", "rate_limit", 0),
        ("--backlog_wait_time 60000", "set", "backlog_wait_time", 60000),
        ("--backlog_wait_time=0", "set", "backlog_wait_time", 0),
        ("--loginuid-immutable", "set", "loginuid_immutable", 1),
        ("--login", "set", "loginuid_immutable", 1),
        ("--reset-lost", "set", "reset_lost", 1),
        ("--reset_backlog_wait_time_actual", "set", "reset_backlog_wait_time_actual", 1),
        ("-i", "option", "ignore_errors", None),
        ("-c", "option", "continue_on_errors", None),
        ("-D", "delete_all", None, None),
        ("-D -k key", "delete_all", None, "key"),
        ("-t", "trim", None, None),
        ("-t whatever", "trim", None, None),
        ("-F arch=b64 -t", "trim", None, None),
        ("-q /mnt,/mnt/sub", "make_equivalent", None, ("/mnt", "/mnt/sub")),
        ("-l", "other", "list", None),
        ("-l -i", "other", "list", None),
        ("-l -k x", "other", "list", None),
        ("-s", "other", "status", None),
        ("-s -i", "other", "status", None),
        ("-v", "other", "version", None),
        ("-h", "other", "help", None),
        ("--help", "other", "help", None),
        ("-m text", "other", "message", "text"),
        ("--signal reload", "other", "signal", "reload"),
        ("--", "other", "nothing", None),
        ("-a exit,possible -S open", "other", "deprecated", None),
    ],
)
def test_control_lines(line, verb, name, value):
    statement = read(line)
    assert (statement.verb, statement.name, statement.value, statement.rule) == (verb, name, value, None)
    assert statement.before == ()


def test_several_settings_in_one_line():
    statement = read("-b 8192 -f 1 -e 1")
    assert (statement.name, statement.value) == ("enabled", 1)
    assert [(each.name, each.value) for each in statement.before] == [("backlog_limit", 8192), ("failure", 1)]
    statement = read("-w /etc/passwd -b 7 -p wa")
    assert statement.verb == "add"
    assert [(each.name, each.value) for each in statement.before] == [("backlog_limit", 7)]


def test_what_was_done_before_the_refusal():
    """``-e 2`` has locked the rules when auditctl stumbles over the rest."""
    assert [(each.name, each.value) for each in refusal("-e 2 -f 5").before] == [("enabled", 2)]
    assert [each.name for each in refusal("-b 8192-f 1").before] == ["backlog_limit"]
    assert refusal("-f 5 -e 2").before == ()


@pytest.mark.parametrize(
    "line",
    [
        "-e 3", "-e", "-f on", "-b many", "-b -1", "-r ''", "-b 99999999999999999999", "--backlog_wait_time 600001",
        "--backlog_wait_time", "--reset-lost=1", "--reset", "--nosuch", "-x", "-", "word", "-w /etc/passwd word",
        "-D word", "-D -k", "-D -x key", "-D -e 1", "-Dx", "-R /etc/x", "-q /mnt", "-q /a,", "-q a,b,c",
        "-S open -q /a,/b", "-m two words", "-m a\tb", "-l -x", "-l -i -k x", "-s -x", "-s -i -x", "--signal FOO",
        "-i -e 2", "-v -e 2",
        "\t-w /etc/passwd", "\r", "-k key", "-p wa", "-F uid=0", "-C uid=euid", "-S open",
    ],
)  # fmt: skip
def test_control_lines_that_are_refused(line):
    refusal(line)


@pytest.mark.parametrize(
    "line, reason",
    [
        ("-w etc/passwd", "must start with '/'"),
        ("-w /" + "a/" * 2048, "too big"),
        ("-w /" + "a" * 256, "base name"),
        ("-w /a -w /b", "watch option can't be given"),
        ("-a always,exit -w /a", "watch option can't be given"),
        ("-w /a -W /b", "may not include"),
        ("-S open -w /a", "may not include"),
        ("-w /a -p rwxar", "too long"),
        ("-w /a -p q", "isn't supported"),
        ("-w /a -F arch=b64", "before -S"),
        ("-a always,exit -p wa", "preceded by other fields"),
        ("-a always,exit -F path!=/a", "Invalid argument"),
        ("-a always,exit -F dir>=/a", "Invalid argument"),
        ("-a always,exit -F path=/a/", "Invalid argument"),
        ("-a always,exit -F path=/", "Invalid argument"),
        ("-a always,exit -F path=a", "Invalid argument"),
        ("-a always,exit -F path=/a -F dir=/b", "Invalid argument"),
        ("-a always,exit -F path=/a -F path=/b", "Invalid argument"),
        ("-w /a -F inode!=1", "Invalid argument"),
        ("-a always,exit -F exe=/a -F exe=/b", "Invalid argument"),
        ("-a always,exit -F exe=/a/", "Invalid argument"),
        ("-a always,exit -S open -F uid&1", "Invalid argument"),
        ("-a always,exit -S open -F devmajor&=1", "Invalid argument"),
        ("-a always,exit -S open -F uid=unset", "Invalid argument"),
        ("-a always,exit -S open -F auid>=unset", "Invalid argument"),
        ("-a always,exit -S open -F subj_role>=x", "Invalid argument"),
        ("-a always,exit -S open -F filetype>=file", "Invalid argument"),
        ("-a always,filesystem -F uid=0", "Invalid argument"),
        ("-a always,exit -F path=/" + "a/" * 2047 + "aa", "too long"),
        ("-a always,exit -F path=/" + "a" * 4095, "Invalid argument"),
        ("-a always,io_uring -S openat -F perm=w", "exit filter list"),
        ("-a always,io_uring -S openat -F dir=/a", "exit filter list"),
        ("-a always,io_uring -S nosuch", "io_uring op unknown"),
        ("-a always,user -F path=/a", "exit filter list"),
        ("-a always,exit -F fstype=tracefs", "list filesystem"),
        ("-a always,task -F sessionid=1", "list exclude"),
        ("-a always,exit -F msgtype=CWD", "list exclude"),
        ("-a always,exclude -S open", "exclude list"),
        ("-a always,user -S open", "user list"),
        ("-a always,task -S open", "task list"),
        ("-a always,filesystem -S open", "filesystem list"),
        ("-S open -a always,task", "task list"),
        ("-a always,exit -S", "needs a value"),
        ("-a always,exit -S 2048", "unknown"),
        ("-a always,exit -S open,nosuch", "Syscall name unknown: nosuch"),
        ("-a always,exit -F uid=nosuch", "Unknown user: nosuch"),
        ("-a always,exit -F gid=-1", "Unknown group: -1"),
        ("-a always,exit -F saddr_fam=46", "too large"),
        ("-a always,exit -F pid=-1", "should be number"),
        ("-a always,exit -F a0=x", "should be number"),
        ("-a always,exit -F a4=1", "unknown field"),
        ("-a always,exit -F exit=EFOO", "unknown errno"),
        ("-a always,exit -F filetype=32768", "unknown file type"),
        ("-a always,exclude -F msgtype=NOPE", "unknown message type"),
        ("-a always,filesystem -F fstype=ext4", "unknown"),
        ("-a always,filesystem -F fstype=4294967295", "unknown"),
        ("-a always,exit -F arch=b16", "elf mapping"),
        ("-a always,exit -F arch>=b64", "only takes = or !="),
        ("-a always,exit -F inode>1", "only takes = or !="),
        ("-a always,exit -F perm!=r", "only takes = operator"),
        ("-a always,exit -S open -F arch=b64", "before -S"),
        ("-a always,exit -F uid", "missing operation"),
        ("-a always,exit -F =1", "missing field name"),
        ("-a always,exit -F uid=", "missing value"),
        ("-a always,exit -C uid=gid", "incompatible"),
        ("-a always,exit -C uid>euid", "= or !="),
        ("-a always,exit -C uid=", "missing value"),
        ("-a always,exit -C =uid", "missing field name"),
        ("-a always,exit -C uid=nope", "unknown field"),
        ("-a always,user -C uid=euid", "exit filter list"),
        ("-a always,exit -S open -k a>=b", "unknown field: key=a"),
        ("-a always,exit -S open -k " + "k" * 200 + " -k " + "l" * 56, "size limit"),
        ("-a always,exit -S open -k a\x01b", "illegal character"),
        ("-a always,exit -S open -F key!=a -k b", "Invalid argument"),
        ("-a always,exit -F key=a", "needs a watch"),
        ("-a always,exit -S open" + " -F pid!=1" * 64, "Too many fields"),
        ("-a always,exit -S open" + " -F pid!=1" * 63 + " -k k", "Too many fields"),
        ("-a always", "bad keyword"),
        ("-a always,exit,exit", "bad keyword"),
        ("-a nowhere,always", "bad keyword"),
        ("-a possible,exit", "bad keyword"),
        ("-a always,nowhere", "Invalid argument"),
        ("-a always,exit -a always,exit", "Multiple rule"),
        ("-d always,exit -A always,exit", "Multiple rule"),
    ],
)
def test_rules_that_are_refused(line, reason):
    assert reason in refusal(line).message


def test_limits_that_are_kept():
    assert read("-a always,exit -S open -k " + "k" * 200 + " -k " + "l" * 55).rule.keys == ("k" * 200, "l" * 55)
    assert len(read("-a always,exit -S open" + " -F pid!=1" * 62 + " -k k").rule.conditions) == 62


def test_keys_count_in_bytes():
    assert read("-w /a -k " + "\xe9" * 128).rule.keys == ("\xe9" * 128,)
    refusal("-w /a -k " + "\xe9" * 128 + "x")


def test_a_carriage_return_goes_into_the_key():
    assert read("-w /etc/passwd -p wa -k identity\r").rule.keys == ("identity\r",)


def test_order_within_a_line():
    assert read("-a always,exit -F key=k -S open").rule.keys == ("k",)
    assert read("-w /a -k k -p r").rule.value("perm") == 4
    assert read("-a always,exit -F path=/a -p wa").rule.value("perm") == 10
    assert read("-w /a -F perm=r -p w").rule.fields("perm") == (Field("perm", "=", 2),) * 2
    assert read("-w /a -a exit,never").rule.action == "never"
    refusal("-w /a -a never,exit")


def test_prepended():
    assert read("-A always,exit -S open").rule.prepend
    assert not read("-a always,exit -S open").rule.prepend


# Releases


def test_prepending_deletes_from_4_0_4_to_4_1_0():
    for version, verb in (("4.0.3", "add"), ("4.0.4", "delete"), ("4.1.0", "delete"), ("4.1.1", "add")):
        assert read("-A always,exit -F arch=b64 -S open", version).verb == verb


def test_deleting_is_missing_in_4_0_4():
    assert "-d is invalid" in refusal("-d always,exit -S open", "4.0.4").message
    for version in ("3.0.9", "4.0.3", "4.0.5"):
        assert read("-d always,exit -S open", version).verb == "delete"


def test_io_uring_since_3_1():
    assert "bad keyword" in refusal("-a always,io_uring -S openat", "3.0.9").message
    rule = read("-a always,io_uring -S openat,close", "3.1.0").rule
    assert (rule.list, rule.syscalls) == ("io_uring", frozenset((18, 19)))
    assert read("-a always,io_uring").rule.syscalls is None
    every = read("-a always,io_uring -S all").rule.syscalls
    assert every == frozenset((9, 10, 13, 16, 17, 18, 19, 28, 34, 35, 36))


def test_lists_in_capitals_since_3_1():
    refusal("-a always,EXIT -S open", "3.0.9")
    assert read("-a always,EXIT -S open", "3.1.5").rule.list == "exit"
    refusal("-a ALWAYS,exit -S open", "3.1.5")


def test_perm_is_expanded_since_3_1_3():
    line = "-a always,exit -F arch=b64 -F path=/a -F perm=x"
    assert read(line, "3.1.2").rule.syscalls is None
    assert read(line, "3.1.3").rule.syscalls == frozenset((59,))
    assert read(line, "4.1.4").rule.syscalls == frozenset((59,))
    assert read(line, "4.2.0").rule.syscalls == frozenset((59, 322))
    assert read("-a always,exit -F path=/a -F perm=x -F arch=b64").rule.syscalls is None
    assert read("-a always,exit -F arch=b64 -S all -F perm=x").rule.syscalls is None
    assert 2 in read("-a always,exit -F arch=b64 -S read -F perm=w").rule.syscalls
    # -S leaves its arch behind, so a perm behind it is expanded too.
    assert read("-a always,exit -S read -F perm=x").rule.syscalls == frozenset((0, 59, 322))
    assert read("-a always,exit -F perm=x -S read").rule.syscalls == frozenset((0,))
    assert "must be before -S" in refusal(line + " -F arch!=b32").message


def test_perm_needs_calls_that_the_arch_lacks():
    line = "-a always,exit -F arch=b64 -F path=/a -F perm=w"
    assert "rename" in refusal(line, "3.1.5", "aarch64").message
    assert read(line, "4.0.4", "aarch64").rule.syscalls
    assert read(line, "3.1.2", "aarch64").rule.syscalls is None


def test_names_by_release():
    assert "fchmodat2" in refusal("-a always,exit -F arch=b64 -S fchmodat2", "3.1.5").message
    assert read("-a always,exit -F arch=b64 -S fchmodat2", "4.0.5").rule.syscalls == frozenset((452,))
    assert "saddr_fam" in refusal("-a always,exit -S connect -F saddr_fam=2", "2.8.5").message
    assert "= operator" in refusal("-a always,exit -S open -F exe!=/bin/x", "2.8.5").message
    assert read("-a always,exit -S open -F exe!=/bin/x", "3.0.0").rule.fields("exe")[0].op == "!="


def test_exclude_takes_more_since_3_1():
    assert "exclude filter" in refusal("-a always,exclude -F euid=0", "3.0.9").message
    assert read("-a always,exclude -F euid=0", "3.1.0").rule.list == "exclude"
    assert "exclude filter" in refusal("-a always,exclude -F exe=/bin/x", "2.8.5").message
    assert read("-a always,exclude -F exe=/bin/x", "3.0.0").rule.list == "exclude"
    assert read("-a always,exclude -F perm=r", "3.1.0").rule.list == "exclude"


def test_watches_among_fields_until_4_1_1():
    assert read("-S open -w /a", "4.1.1").rule.syscalls is None
    refusal("-S open -w /a", "4.1.2")


def test_possible_by_release():
    assert read("-a possible,exit", "2.8.5").name == "deprecated"
    assert read("-a exit,possible", "2.8.5").name == "deprecated"
    refusal("-a possible,exit", "3.0.0")


def test_ids_keys_of_2_8():
    assert read("-w /a -k ids-sys-high", "2.8.5").rule.keys == ("ids-sys-high",)
    for key in ("ids-", "ids-sys", "ids-sys-", "ids-foo-low", "ids-sys-foo"):
        refusal("-w /a -k " + key, "2.8.5")
        assert read("-w /a -k " + key, "3.0.0").rule.keys == (key,)


def test_a_separator_in_a_key_until_4_1_1():
    assert read("-w /a -k a\x01b", "4.1.1").rule.keys == ("a", "b")
    refusal("-w /a -k a\x01b", "4.1.2")


def test_options_by_release():
    refusal("--signal HUP", "2.8.5")
    refusal("--signal reload", "3.1.0")
    assert read("--signal hup", "3.0.0").value == "hup"
    refusal("--reset_backlog_wait_time_actual", "2.8.5")
    refusal("-h", "4.1.3")
    refusal("--help", "4.1.0")
    assert read("--loginuid-immutable left over", "4.0.3").name == "loginuid_immutable"
    refusal("--loginuid-immutable left over", "4.0.4")


def test_two_numbers_for_a_release():
    assert read("-a always,exit -F arch=b64 -F perm=x", "4.2").rule.syscalls == frozenset((59, 322))


# Machines


@pytest.mark.parametrize(
    "machine, bits, call, arch, number",
    [
        ("x86_64", "b64", "openat", 0xC000003E, 257),
        ("x86_64", "b32", "openat", 0x40000003, 295),
        ("i386", "b32", "openat", 0x40000003, 295),
        ("aarch64", "b64", "openat", 0xC00000B7, 56),
        ("aarch64", "b32", "openat", 0x40000028, 322),
        ("arm", "b32", "openat", 0x40000028, 322),
        ("ppc64le", "b64", "openat", 0xC0000015, 286),
        ("s390x", "b64", "openat", 0x80000016, 288),
        ("s390x", "b32", "openat", 0x16, 288),
    ],
)
def test_arches(machine, bits, call, arch, number):
    rule = read("-a always,exit -F arch={0} -S {1}".format(bits, call), machine=machine).rule
    assert (rule.value("arch"), rule.syscalls) == (arch, frozenset((number,)))


def test_arches_that_a_machine_refuses():
    for machine, bits in (("i386", "b64"), ("arm", "b64"), ("ppc64le", "b32")):
        refusal("-a always,exit -F arch=" + bits, machine=machine)


def test_every_powerpc_has_one_table():
    assert read("-a always,exit -F arch=ppc64 -S openat", machine="ppc64le").rule.syscalls == frozenset((286,))


def test_a_long_of_32_bits():
    line = "-a always,exit -S open -F pid=4294967295 -F a0=4294967295 -F exit=-4294967295"
    assert [field.value for field in read(line, machine="i386").rule.conditions] == [0x7FFFFFFF, UNSET, 0x80000000]
    assert [field.value for field in read(line).rule.conditions] == [UNSET, UNSET, 1]


def test_real_rule_files():
    """The forms that published rule sets use, each taken by 3.0.9 and later as it stands."""
    lines = """\
-D
-b 8192
--backlog_wait_time 60000
-f 1
-c
--loginuid-immutable
-a task,never
-a always,exit -F arch=b32 -S all -F key=32bit-abi
-a always,exit -F arch=b64 -S adjtimex,settimeofday -F key=time-change
-a always,exit -F arch=b32 -S clock_settime -F a0=0x0 -F key=time-change
-a always,exit -F arch=b64 -S open,creat,openat,open_by_handle_at -F exit=-EPERM -F auid>=1000 -F key=access
-a always,exit -F dir=/home -F uid=0 -C auid!=obj_uid -F key=power-abuse
-a always,exit -F arch=b64 -S execve -C uid!=euid -F euid=0 -F key=elevated
-a always,exit -F arch=b64 -S setuid -F a0=0 -F exe=/usr/bin/su -F key=elevated
-a always,exit -F path=/usr/bin/sudo -F perm=x -F auid>=1000 -F auid!=unset -k privileged
-a always,exit -F arch=b64 -S clone -F a0&0x7C020000 -F key=container-create
-a always,exit -F arch=b64 -S openat -F a2&0100 -F success=1 -F key=create
-a never,exclude -F msgtype=CRYPTO_KEY_USER
-a never,user -F subj_type=crond_t
-a never,filesystem -F fstype=tracefs
-w /var/log/lastlog -p wa -k logins
-W /var/log/lastlog -p wa -k logins
-e 2
""".splitlines()
    for version in ("3.0.9", "3.1.5", "4.0.5", "4.2.1"):
        for line in lines:
            assert read(line, version) is not None


TOKENS = st.one_of(
    st.sampled_from(
        "-a -A -d -D -w -W -S -F -C -k -p -q -t -b -f -e -r -i -c -l -s -v -h -m -R -- --reset --backlog_wait_time"
        " always,exit never,exclude exit,task /etc/passwd arch=b64 perm=wa uid>=1000 key= a0&1 open,close all 1".split()
    ),
    st.text(max_size=8),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(TOKENS, max_size=8), st.sampled_from(("2.8.5", "3.0.9", "3.1.5", "4.0.4", "4.1.0", "4.2.1")))
def test_junk_is_refused_or_read(tokens, version):
    """Nothing but a RuleError comes out of any text, and it names its line."""
    try:
        statement = parse_line(" ".join(tokens), dialect(version), "x.rules", 3)
    except RuleError as refused:
        assert (refused.file, refused.line) == ("x.rules", 3)
        assert refused.remedy
        return
    assert statement is None or statement.verb in (
        "add", "delete", "delete_all", "set", "option", "trim", "make_equivalent", "other",
    )  # fmt: skip
    assert statement is None or (statement.verb in ("add", "delete")) == (statement.rule is not None)
