# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events that touch more than the object asked about: what runs a program, the other path of a mount, another mount.

The facts are in tests/kernel/test_facts_of_failures.py.
"""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import Entry, Mount, PathState
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.coverage.asking import ask, outcome

OBJECTS = {
    "/": Entry("dir", "8:1", 2, 20),
    "/bin": Entry("symlink", "8:1", 3, 1, "usr/bin"),
    "/etc": Entry("dir", "8:1", 10, 9),
    "/etc/passwd": Entry("file", "8:1", 11, 1, runs=""),
    "/mnt": Entry("dir", "8:1", 12, 2),
    "/opt": Entry("dir", "8:1", 13, 2),
    "/opt/static": Entry("file", "8:1", 14, 1, runs=""),
    "/opt/unread": Entry("file", "8:1", 15, 1),
    "/shm": Entry("dir", "0:9", 1, 2),
    "/usr": Entry("dir", "8:1", 20, 9),
    "/usr/bin": Entry("dir", "8:1", 21, 2),
    "/usr/bin/dash": Entry("file", "8:1", 22, 1, runs="/usr/lib/ld.so"),
    "/usr/bin/perl": Entry("file", "8:1", 23, 2, runs="/usr/lib/ld.so"),
    "/usr/bin/perl5.36": Entry("file", "8:1", 23, 2, runs="/usr/lib/ld.so"),
    "/usr/bin/sh": Entry("symlink", "8:1", 24, 1, "dash"),
    "/usr/lib": Entry("dir", "8:1", 25, 2),
    "/usr/lib/ld.so": Entry("file", "8:1", 26, 1, runs=""),
    "/usr/sbin": Entry("dir", "8:1", 27, 2),
    "/usr/sbin/service": Entry("file", "8:1", 28, 1, runs="/bin/sh"),
}
PATHS = PathState(OBJECTS, [Mount("/", "8:1", "/", "ext4"), Mount("/shm", "0:9", "/", "tmpfs")])
SERVICE, DASH, STATIC, UNREAD = (
    "-w {0} -p x".format(path) for path in ("/usr/sbin/service", "/usr/bin/dash", "/opt/static", "/opt/unread")
)
PASSWD = "-w /etc/passwd -p wa"
MOUNT = "-a always,exit -F arch=b64 -S mount"
CONNECT = "-a always,exit -F arch=b64 -S connect"


def with_field(watch):
    """A watch, which takes no field, as a rule that does."""
    words = watch.split(" -F ", 1)
    if len(words) == 1:
        return watch
    return "-a always,exit -F path={0} -F perm=x -F {1}".format(words[0].split()[1], words[1])


@pytest.mark.parametrize(
    "rules, requirement, expected",
    [
        # a script, its interpreter, and the loader of that
        (["-a never,exit -F dir=/usr/lib", SERVICE], SERVICE, "defeated"),
        (["-a never,exit -F dir=/usr/bin", SERVICE], SERVICE, "defeated"),
        ([SERVICE, "-a never,exit -F dir=/usr/lib"], SERVICE, "covered"),
        (["-a never,exit -F path=/usr/bin/dash", SERVICE], SERVICE, "covered"),  # the first name ends the walk
        (["-a never,exit -F path=/usr/lib/ld.so", "-w /usr/sbin -p x"], SERVICE, "defeated"),
        (["-a never,exit -F obj_uid=0", SERVICE], SERVICE + " -F obj_uid=5", "partial"),
        # a program that nothing else runs
        (["-a never,exit -F dir=/usr/lib -F perm=w", STATIC], STATIC, "covered"),
        # ... and yet it may run a script that lies there
        (["-a never,exit -F dir=/usr/lib", STATIC], STATIC, "partial"),
        (["-a never,exit -F path=/usr/bin/dash", STATIC], STATIC, "covered"),
        # nobody has looked
        (["-a never,exit -F path=/usr/bin/dash", UNREAD], UNREAD, "covered"),
        (["-a never,exit -F obj_uid=0", UNREAD], UNREAD + " -F obj_uid=5", "unknown"),
        (["-a never,exit -F obj_uid=0", STATIC], STATIC + " -F obj_uid=5", "covered"),
        # what is executed by it
        (["-a always,exit -F path=/usr/sbin/service -F perm=x"], DASH, "uncovered"),
        ([DASH], SERVICE, "covered"),  # dash is named with each
        (["-w /etc/passwd -p x"], SERVICE, "uncovered"),
    ],
)
def test_programs(rules, requirement, expected):
    assert outcome(rules, with_field(requirement), paths=PATHS) == expected


def test_the_event_tells_what_runs_the_program():
    found = ask(["-a never,exit -F dir=/usr/lib", SERVICE], SERVICE, paths=PATHS)
    assert found.counterexample["object"] == "/usr/sbin/service"
    assert found.counterexample["run_by"] == ["/usr/bin/dash", "/usr/lib/ld.so"]
    missing = ask(["-a never,exit -F obj_uid=0", UNREAD], with_field(UNREAD + " -F obj_uid=5"), paths=PATHS).missing
    assert missing == ("what runs /opt/unread, its interpreter or loader: execve names that too (file /opt/unread)",)


def test_what_runs_the_program_is_not_told_where_it_makes_no_difference():
    assert "run_by" not in ask([PASSWD], SERVICE, paths=PATHS).counterexample


@pytest.mark.parametrize(
    "rules, requirement, expected",
    [
        # across filesystems link and rename fail, with names collected
        (["-a never,exit -F dir=/shm", PASSWD], PASSWD, "partial"),
        ([PASSWD, "-a never,exit -F dir=/shm"], PASSWD, "covered"),
        (["-a never,exit -F dir=/shm -F success=1", PASSWD], PASSWD, "covered"),
        (["-a never,exit -F dir=/shm -S rename", PASSWD], PASSWD, "covered"),  # rename names the parents alone
        (["-a never,exit -F dir=/shm -S rename", "-w /etc -p wa"], "-w /etc -p wa", "partial"),
        # a mount has two paths
        (["-a never,exit -F dir=/mnt", MOUNT], MOUNT + " -F path=/etc/passwd", "partial"),
        ([MOUNT, "-a never,exit -F dir=/mnt"], MOUNT + " -F path=/etc/passwd", "covered"),
        # programs are compared by their inodes
        (["-a never,exit -F exe=/usr/bin/perl5.36", CONNECT], CONNECT + " -F exe=/usr/bin/perl", "defeated"),
        ([CONNECT + " -F exe=/usr/bin/perl5.36"], CONNECT + " -F exe=/usr/bin/perl", "covered"),
        # ... and a link is no program
        ([CONNECT + " -F exe=/usr/bin/sh"], CONNECT + " -F exe=/usr/bin/dash", "uncovered"),
        ([CONNECT + " -F exe=/usr/bin/sh"], CONNECT + " -F exe=/usr/bin/sh", "unknown"),
        (["-a never,exit -F exe!=/usr/bin/sh", CONNECT], CONNECT, "defeated"),
        # a task has no call when it is forked
        (["-a never,task -F arch=b64", PASSWD], PASSWD, "covered"),
        (["-a never,task", PASSWD], PASSWD, "defeated"),
    ],
)
def test_other_paths(rules, requirement, expected):
    assert outcome(rules, requirement, paths=PATHS) == expected


def test_the_error_of_a_call_across_filesystems_is_told():
    found = ask(["-a never,exit -F dir=/shm", PASSWD], PASSWD, paths=PATHS)
    assert (found.counterexample["syscall"], found.counterexample["exit"]) == ("link", -18)


@pytest.mark.parametrize("magic, expected", [("0xEF53", "unknown"), ("0x64626720", "covered")])
def test_a_filesystem_that_is_not_known_is_no_pass(magic, expected):
    rules = ["-a never,filesystem -F fstype=" + magic, PASSWD]
    assert outcome(rules, PASSWD, paths=PathState.empty()) == expected
