# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Solver
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, RequirementError
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Removed
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import Mount, PathState
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.coverage.asking import (
    MOUNTS,
    OBJECTS,
    ask,
    host,
    load,
    outcome,
    rule,
)

PASSWD = "-w /etc/passwd -p wa"
TIME = "-a always,exit -F arch=b64 -S adjtimex,settimeofday"


@pytest.mark.parametrize(
    "rules, requirement, expected",
    [
        # one watch
        ([PASSWD], PASSWD, "covered"),
        ([], PASSWD, "uncovered"),
        (["-w /etc/shadow -p wa"], PASSWD, "uncovered"),
        (["-w /etc/passwd -p rwxa -k any"], PASSWD, "covered"),
        (["-w /etc/passwd -p w"], PASSWD, "partial"),
        (["-w /etc/passwd -p w", "-w /etc/passwd -p a"], PASSWD, "covered"),
        (["-a always,exit -F path=/etc/passwd -F perm=wa"], PASSWD, "covered"),
        (["-a always,exit -F path=/etc/passwd"], PASSWD, "covered"),
        (["-a always,exit -S all"], PASSWD, "covered"),
        # arches
        (["-a always,exit -F arch=b64 -F path=/etc/passwd -F perm=wa"], PASSWD, "partial"),
        (
            ["-a always,exit -F arch={0} -F path=/etc/passwd -F perm=wa".format(arch) for arch in ("b64", "b32")],
            PASSWD,
            "covered",
        ),
        (["-a always,exit -S openat"], "-a always,exit -F arch=b64 -S openat", "covered"),
        (["-a always,exit -S openat"], "-a always,exit -F arch=b32 -S openat", "uncovered"),
        # parents, by component
        (["-w /etc -p wa"], PASSWD, "covered"),
        (["-w /etc/ -p wa"], "-w /etc/ssh/sshd_config -p wa", "covered"),
        (["-w /etc/ssh -p wa"], "-w /etc/ssh/ -p wa", "covered"),
        (["-w /etc -p wa"], "-w /etcetera -p wa", "uncovered"),
        (["-w /etc/ssh/sshd_config -p wa"], "-w /etc/ssh -p wa", "partial"),
        (["-a always,exit -F path=/etc -F perm=wa"], PASSWD, "partial"),
        # identities are unsigned
        ([TIME + " -F auid>=1000"], TIME + " -F auid>=1000 -F auid!=unset", "covered"),
        ([TIME + " -F auid>=1000 -F auid!=-1"], TIME + " -F auid>=1000", "partial"),
        ([TIME + " -F auid>=1000", TIME + " -F auid<1000"], TIME, "covered"),
        ([TIME + " -F auid>=1000", TIME + " -F auid<999"], TIME, "partial"),
        ([TIME + " -F auid!=-1", TIME + " -F auid=unset"], TIME, "covered"),
        ([TIME + " -F uid=0", TIME + " -F uid!=0"], TIME, "covered"),
        ([TIME + " -F gid=4"], TIME + " -F gid=4", "covered"),
        ([TIME + " -F gid>=4"], TIME + " -F gid=4", "partial"),
        # success and exit
        ([TIME + " -F success=1", TIME + " -F success=0"], TIME, "covered"),
        ([TIME + " -F success=1"], TIME, "partial"),
        ([TIME + " -F success=0"], TIME + " -F exit=-EPERM", "covered"),
        ([TIME + " -F exit=-EPERM"], TIME + " -F success=0", "partial"),
        (
            ["-a always,exit -F arch=b64 -S unlink -F exit=0", "-a always,exit -F arch=b64 -S unlink -F success=0"],
            "-a always,exit -F arch=b64 -S unlink",
            "covered",
        ),
        # the result comes after the removal pass
        (
            [PASSWD.replace("-w ", "-a always,exit -F path=").replace("-p ", "-F perm=") + " -F success=1"],
            PASSWD,
            "partial",
        ),
        # comparisons, swapped or widened
        (
            ["-a always,exit -F arch=b64 -S execve -C euid!=uid"],
            "-a always,exit -F arch=b64 -S execve -C uid!=euid",
            "covered",
        ),
        (
            ["-a always,exit -F arch=b64 -S execve -C uid!=euid"],
            "-a always,exit -F arch=b64 -S execve -F euid=0",
            "partial",
        ),
        (
            ["-a always,exit -F arch=b64 -S execve -F euid=0"],
            "-a always,exit -F arch=b64 -S execve -C uid!=euid -F euid=0",
            "covered",
        ),
        (
            ["-a always,exit -F arch=b64 -S execve -C uid!=euid"],
            "-a always,exit -F arch=b64 -S execve -F uid=1000 -F euid=0",
            "covered",
        ),
        # arguments
        ([TIME + " -F a0=0"], TIME + " -F a0=0x0", "covered"),
        ([TIME + " -F a2&0101"], TIME + " -F a2&0100", "covered"),
        ([TIME + " -F a2&0100"], TIME + " -F a2&0101", "partial"),
        ([TIME + " -F a0&1"], TIME + " -F a0=3", "covered"),
        # categorical fields
        ([TIME + " -F exe=/usr/bin/date"], TIME, "partial"),
        ([TIME + " -F exe=/usr/bin/date"], TIME + " -F exe=/usr/bin/date", "covered"),
        ([TIME + " -F exe=/usr/bin/date", TIME + " -F exe!=/usr/bin/date"], TIME, "covered"),
        (["-a never,exit -F arch=b64 -S adjtimex -F subj_type=chronyd_t", TIME], TIME, "partial"),
        # never, in load order; -A goes first
        (["-a never,exit -F path=/etc/passwd", PASSWD], PASSWD, "defeated"),
        ([PASSWD, "-a never,exit -F path=/etc/passwd"], PASSWD, "covered"),
        ([PASSWD, "-A never,exit -F path=/etc/passwd"], PASSWD, "defeated"),
        (["-a never,exit -F dir=/etc", PASSWD], PASSWD, "defeated"),
        (["-a never,exit -F path=/etc/passwd -F auid=1000", PASSWD], PASSWD, "partial"),
        (["-a never,exit -F path=/etc/passwd"], PASSWD, "uncovered"),
        (["-a never,exit -F arch=b64 -S adjtimex -F auid=unset -F uid=0", TIME], TIME, "partial"),
        # a never rule on another object reaches calls with two names
        (["-a never,exit -F path=/etc/group", PASSWD], PASSWD, "partial"),
        (["-a never,exit -F path=/etc/group -F perm=x", PASSWD], PASSWD, "covered"),
        (["-a never,exit -F path=/run/utmp", PASSWD], PASSWD, "covered"),
        # the parent's names come first
        ([PASSWD, "-a never,exit -F path=/etc"], PASSWD, "partial"),
        # exclude
        (["-a always,exclude -F msgtype=SYSCALL", PASSWD], PASSWD, "defeated"),
        (["-a always,exclude -F msgtype=PATH", PASSWD], PASSWD, "defeated"),
        (["-a always,exclude -F msgtype=PATH", TIME], TIME, "covered"),
        (["-a never,exclude -F msgtype!=AVC", PASSWD], PASSWD, "defeated"),
        (["-a always,exclude -F auid=1000", PASSWD], PASSWD, "partial"),
        (["-a always,exclude -F msgtype=USER_LOGIN", PASSWD], PASSWD, "covered"),
        # task and user lists
        (["-a never,task", PASSWD], PASSWD, "defeated"),
        (["-a never,task -F auid=1000", PASSWD], PASSWD, "partial"),
        (["-a always,task"], PASSWD, "partial"),
        (["-a never,user -F uid=0"], "-a always,user -F uid=0", "defeated"),
        (["-a never,user"], "-a always,user", "covered"),
        (["-a never,user -F uid=0"], "-a always,user", "partial"),
        (["-a always,exclude -F msgtype=USER_LOGIN"], "-a always,user -F msgtype=USER_LOGIN", "defeated"),
        (["-a always,exclude -F msgtype=USER_LOGIN"], "-a always,user -F msgtype=USER_AUTH", "covered"),
        # filesystems
        (["-a never,filesystem -F fstype=tracefs", PASSWD], PASSWD, "covered"),
        (["-a never,filesystem -F fstype!=1", PASSWD], PASSWD, "defeated"),
        (["-a never,filesystem -F fstype=0xEF53", PASSWD], PASSWD, "defeated"),
        (["-a never,filesystem -F fstype=0xEF53", "-w /run/utmp -p wa"], "-w /run/utmp -p wa", "covered"),
        (["-a never,filesystem -F fstype=0xEF53", TIME], TIME, "covered"),
        # one object, several paths
        (["-w /bin/su -p x"], "-w /usr/bin/su -p x", "covered"),
        (["-w /mnt/etc/passwd -p wa"], PASSWD, "covered"),
        (["-w /etc/passwd -p wa"], "-w /mnt/etc/passwd -p wa", "covered"),
        (["-w /srv/known -p wa"], "-w /etc/linked -p wa", "partial"),
        (["-w /etc -p wa"], "-w /etc/linked -p wa", "partial"),
        (["-w /etc -p wa", "-w /srv/known -p wa"], "-w /etc/linked -p wa", "covered"),
        (["-a never,exit -F path=/srv/known", "-w /etc/linked -p wa"], "-w /etc/linked -p wa", "partial"),
        (["-w /usr/bin -p x"], "-w /usr/bin/sudo -p x", "unknown"),
        (["-w /usr/bin/sudo -p x"], "-w /usr/bin/sudo -p x", "covered"),
        # overlayfs, mounts, symlinked directories
        (["-w /lower/file -p wa"], "-w /merged/file -p wa", "uncovered"),
        (["-w /merged/file -p wa"], "-w /lower/file -p wa", "uncovered"),
        (["-w /srv -p wa"], "-w /srv/data/card -p wa", "covered"),
        (["-w /var/run -p wa"], "-w /run/utmp -p wa", "uncovered"),
        (["-a always,exit -F dir=/var/run/ -F perm=wa"], "-w /run/utmp -p wa", "covered"),
        (["-w /run -p wa"], "-w /var/run -p wa", "covered"),
        (["-a always,exit -F path=/etc/resolv.conf -F perm=wa"], "-w /etc/resolv.conf -p wa", "uncovered"),
        (["-w /etc/localtime -p wa"], "-w /etc/localtime -p wa", "covered"),
    ],
)
def test_the_outcome(rules, requirement, expected):
    answer = ask(rules, requirement)
    assert answer.outcome == expected, answer
    if expected in ("partial", "uncovered", "defeated"):
        assert answer.counterexample["because"]
    if expected == "defeated":
        assert answer.defeated_by
    if expected == "unknown":
        assert answer.missing


def test_links_that_are_not_seen_are_asked_for():
    answer = ask(["-w /usr/bin -p x"], "-w /usr/bin/sudo -p x")
    assert "2 further hard link(s) of /usr/bin/sudo" in answer.missing[0]


def test_a_mount_may_be_younger_than_the_rules_of_a_running_kernel():
    rules, requirement = ["-w /srv -p wa"], "-w /srv/data/card -p wa"
    answer = ask(rules, requirement, live=True)
    assert answer.outcome == "unknown" and "/srv/data" in answer.missing[0]
    for since, expected in (("before", "covered"), ("after", "uncovered")):
        mounts = [m._replace(since_rules=since) if m.point == "/srv/data" else m for m in MOUNTS]
        assert outcome(rules, requirement, live=True, paths=PathState(OBJECTS, mounts)) == expected


def test_auditing_switched_off():
    answer = ask([PASSWD], PASSWD, enabled=0)
    assert answer.outcome == "defeated"
    assert answer.defeated_by[0].origin == Origin("99-end.rules", 1, "-e 0")


@pytest.mark.parametrize(
    "requirement, expected",
    [
        ("-a always,user -F msgtype=USER_LOGIN", "defeated"),
        ("-a always,user -F msgtype=USER_AVC", "covered"),
        ("-a always,user", "partial"),
    ],
)
def test_programs_denials_are_taken_while_auditing_is_off(requirement, expected):
    assert outcome([], requirement, enabled=0) == expected


@pytest.mark.parametrize(
    "rules, modules, expected",
    [
        (["-a never,exit -F subj_type=crond_t", PASSWD], None, "partial"),
        (["-a never,exit -F subj_type=crond_t", PASSWD], ("selinux",), "partial"),
        (["-a never,exit -F subj_type=crond_t", PASSWD], (), "covered"),
        (["-a never,exit -F subj_type!=crond_t", PASSWD], ("apparmor",), "covered"),
        (["-a never,exit -F subj_role=x", PASSWD], ("apparmor",), "partial"),
        (["-a never,exclude -F subj_type=crond_t", PASSWD], (), "covered"),
        (["-a always,exit -F path=/etc/passwd -F perm=wa -F subj_type=x"], (), "uncovered"),
    ],
)
def test_labels_without_a_security_module_match_nothing(rules, modules, expected):
    assert outcome(rules, PASSWD, label_modules=modules) == expected


def test_a_requirement_on_a_label_that_nobody_answers():
    answer = ask([PASSWD], TIME + " -F subj_type=x", label_modules=())
    assert (answer.outcome, "subj_type=x" in answer.missing[0]) == ("unknown", True)


def test_no_result_is_within_every_result():
    leaving = "-a always,exit -F arch=b64 -S exit_group"
    assert outcome([leaving + " -F exit>=0"], leaving) == "uncovered"
    assert outcome([leaving], leaving) == "covered"


def test_x32_calls_pass_every_rule():
    answer = ask([PASSWD], PASSWD, user_arches=("b64", "b32", "x32"))
    assert answer.outcome == "partial"
    assert answer.counterexample["arch"] == "x32"
    assert any("x32" in limit for limit in answer.limits)
    only_32 = "-a always,exit -F arch=b32 -S stime"
    assert outcome([only_32], only_32, user_arches=("b64", "b32", "x32")) == "covered"


def test_calls_that_no_process_can_make():
    answer = ask([], "-a always,exit -F arch=b32 -S stime", user_arches=("b64",))
    assert answer.outcome == "covered" and "no process" in answer.limits[0]


def test_text_that_hides_the_action():
    unclear = load([PASSWD]).loaded[0]._replace(action=None)
    answer = Solver(Load(loaded=(unclear,)), host()).judge(rule(PASSWD))
    assert answer.outcome == "unknown" and "auditctl -l" in answer.missing[0]
    # Where it decides nothing, nothing is unknown.
    clear = load(["-w /etc -p wa", PASSWD]).loaded
    both = Load(loaded=(clear[0], unclear._replace(origin=Origin("x", 2, PASSWD))))
    assert Solver(both, host()).judge(rule(PASSWD)).outcome == "covered"


def test_what_a_deletion_takes_away():
    gone = rule(PASSWD, 4)
    removed = Removed(gone, Origin("20-more.rules", 9, "-D"), "deleted")
    answer = Solver(Load(removed=(removed,)), host()).judge(rule(PASSWD))
    assert answer.outcome == "defeated"
    assert answer.defeated_by[0].origin.line == 9
    assert "20-more.rules:9" in answer.counterexample["because"]


def test_the_closest_rule_is_blamed():
    answer = ask(["-a always,exit -F arch=b64 -F path=/etc/passwd -F perm=wa"], PASSWD)
    assert answer.counterexample["arch"] == "b32"
    assert "10-base.rules:1" in answer.counterexample["because"]
    assert "arch" in answer.counterexample["because"]


def test_records_that_come_without_their_companions():
    answer = ask(["-a always,exclude -F msgtype=CWD", PASSWD], PASSWD)
    assert answer.outcome == "covered"
    assert answer.incomplete and "CWD" in answer.incomplete[0]


def test_execveat_escapes_the_recommended_form():
    """auditctl 3.1.3 to 4.1 expand perm=x with an arch to execve alone."""
    line = "-a always,exit -F arch=b64 -F path=/usr/bin/su -F perm=x"
    requirement = rule("-w /usr/bin/su -p x")
    for version, expected in (((3, 0, 9), "covered"), ((4, 0, 5), "partial"), ((4, 2, 1), "covered")):
        loaded = (rule(line, dialect=Dialect(version, "x86_64")),)
        answer = Solver(Load(loaded=loaded), host(user_arches=("b64",))).judge(requirement)
        assert answer.outcome == expected, version
        if expected == "partial":
            assert answer.counterexample["syscall"] == "execveat"


def test_what_kernels_are_known_to_judge_by_perm():
    line = "-a always,exit -F arch=b64 -F path=/etc/passwd -F perm=wa"
    loaded = (rule(line, dialect=Dialect((3, 1, 5), "x86_64")),)
    for kernel, expected in (((6, 1), "covered"), ((6, 18, 44), "partial"), ((6, 12), "unknown")):
        solver = Solver(Load(loaded=loaded), host(user_arches=("b64",), kernel=kernel))
        answer = solver.judge(rule("-w /etc/passwd -p wa"))
        assert answer.outcome == expected, (kernel, answer)


@pytest.mark.parametrize(
    "line", ["-a never,exit -F path=/etc/passwd", "-a always,exclude -F msgtype=CWD", "-a never,task"]
)
def test_what_is_no_requirement(line):
    with pytest.raises(RequirementError) as caught:
        ask([], line)
    assert caught.value.line == 1 and caught.value.remedy


OPENS = "-a always,exit -F arch=b64 -S openat"


@pytest.mark.parametrize(
    "requirement",
    [
        OPENS + " -F auid=1 -F auid=2",
        OPENS + " -F exit=EACCES -F success=0 -F exit=-EPERM",
        OPENS + " -F auid=5 -F uid=5 -C auid!=uid",
        "-a always,exit -F arch=b64 -S ftruncate -F path=/etc/passwd",
        "-a always,exit -F arch=b64 -S getpid -F success=0",
    ],
)
def test_a_requirement_that_nothing_can_meet(requirement):
    answer = ask([requirement], requirement)
    assert answer.outcome == "unknown" and "nothing is proved" in answer.missing[0]


def test_no_kind_of_call():
    for arches in ((), ("x32",), ("b16",)):
        with pytest.raises(EvidenceError):
            ask([], PASSWD, user_arches=arches)


@pytest.mark.parametrize(
    "rules, requirement, expected",
    [
        # the search for an event is complete
        ([], OPENS + " -F a2>=0x200000 -F a2<0x340000 -F a2&0x100000", "uncovered"),
        # a task rule decides at the fork; identities change afterwards
        (
            ["-a never,task -F auid=unset", PASSWD],
            "-a always,exit -F path=/etc/passwd -F perm=wa -F auid>=1000",
            "partial",
        ),
        (["-a never,task -F uid=0", PASSWD], "-a always,exit -F path=/etc/passwd -F perm=wa -F uid>=1000", "partial"),
        # programs are inodes
        (["-a never,exit -F arch=b64 -S openat -F exe=/bin/su", OPENS], OPENS + " -F exe=/usr/bin/su", "defeated"),
        ([OPENS + " -F exe=/bin/su"], OPENS + " -F exe=/usr/bin/su", "covered"),
        (["-a never,exit -F arch=b64 -S openat -F exe=/srv/known", OPENS], OPENS + " -F exe=/etc/linked", "defeated"),
        # an innocent never is not blamed
        (["-a never,exit -F path=/etc/group -F perm=wa", "-w /etc/group -p wa"], PASSWD, "uncovered"),
        # conditions that hold of no such call
        ([OPENS + " -F saddr_fam>=0"], OPENS, "uncovered"),
        ([OPENS + " -F subj_type=a", OPENS + " -F subj_type!=a"], OPENS, "partial"),
        ([OPENS + " -F subj_type=a"], OPENS + " -F subj_type=a", "covered"),
        # names that are not collected
        (["-a never,filesystem -F fstype!=1", OPENS + " -F filetype=file"], OPENS + " -F filetype=file", "partial"),
        # the task list does not save what the exclude list drops
        (["-a always,task", "-a always,exclude -F msgtype=SYSCALL", PASSWD], PASSWD, "defeated"),
    ],
)
def test_what_a_review_found(rules, requirement, expected):
    assert outcome(rules, requirement) == expected


def test_task_rules_and_x32():
    rules = ["-a always,task", PASSWD]
    assert outcome(rules, PASSWD, user_arches=("b64", "b32", "x32")) == "partial"


def test_a_call_in_doubt_without_perm():
    requirement = "-a always,exit -F arch=b64 -S fchmodat2 -F path=/etc/passwd"
    newest = Dialect((4, 2, 1), "x86_64")
    assert outcome([PASSWD], requirement, kernel=(6, 6), dialect=newest) == "unknown"


def test_a_record_is_incomplete_only_for_its_own_events():
    rules = ["-a always,exclude -F msgtype=CWD -F uid=5", PASSWD]
    wanted = "-a always,exit -F path=/etc/passwd -F perm=wa -F uid=0"
    assert not ask(rules, wanted).incomplete


def test_without_a_mount_table():
    paths = PathState(OBJECTS, None)
    assert outcome([PASSWD], PASSWD, paths=paths) == "covered"
    assert outcome(["-w /etc -p wa"], PASSWD, paths=paths) == "covered"
    answer = ask(["-w /srv -p wa"], "-w /srv/data/card -p wa", paths=paths)
    assert answer.outcome == "unknown" and "mount table" in answer.missing[0]
    assert outcome(["-w /srv/data -p wa"], "-w /srv/data/card -p wa", paths=paths) == "covered"


def test_opposed_rules_on_one_path_are_told():
    answer = ask([PASSWD, "-a never,exit -F path=/etc/passwd"], PASSWD)
    assert answer.outcome == "covered"
    assert any("reverses their order" in limit for limit in answer.limits)
    assert not any("reverses" in limit for limit in ask([PASSWD, "-w /etc/group -p wa"], PASSWD).limits)


def test_limits_name_the_ways_past_any_rule():
    answer = ask([PASSWD], PASSWD, io_uring_disabled=None, boot_audit=False)
    told = " ".join(answer.limits)
    for word in ("io_uring", "open_by_handle_at", "chattr", "audit=1"):
        assert word in told


@pytest.mark.parametrize("machine", ["x86_64", "i386", "aarch64", "arm", "ppc64le", "s390x"])
def test_every_machine(machine):
    dialect = Dialect((3, 0, 9), machine)
    loaded = (rule(PASSWD, dialect=dialect),)
    solver = Solver(Load(loaded=loaded), host(machine=machine))
    assert solver.judge(rule(PASSWD, dialect=dialect)).outcome == "covered"
    assert Solver(Load(), host(machine=machine)).judge(rule(PASSWD, dialect=dialect)).outcome == "uncovered"


def test_a_mount_of_another_filesystem_in_between():
    mounts = MOUNTS + [Mount("/etc", "8:9", "/", "ext4")]
    paths = PathState(OBJECTS, mounts)
    assert outcome([PASSWD], PASSWD, paths=paths) == "covered"
