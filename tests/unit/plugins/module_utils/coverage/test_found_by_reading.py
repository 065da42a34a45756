# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that were wrong once, and that a reading of the kernel put right."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import Entry, Mount, PathState
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.coverage.asking import ask, outcome

OBJECTS = {
    "/": Entry("dir", "8:1", 2, 9),
    "/e": Entry("dir", "8:1", 3, 3),
    "/e/h": Entry("file", "8:1", 6, 2, runs=""),
    "/e/l": Entry("symlink", "8:1", 7, 1, "p"),
    "/e/p": Entry("file", "8:1", 5, 1, runs=""),
    "/opt": Entry("dir", "8:1", 20, 2),
    "/opt/s": Entry("file", "8:1", 21, 1, runs="/usr/bin/su"),
    "/s": Entry("dir", "8:1", 4, 3),
    "/s/h": Entry("file", "8:1", 6, 2, runs=""),
    "/t": Entry("dir", "8:2", 2, 2),
    "/usr": Entry("dir", "8:1", 22, 2),
    "/usr/bin": Entry("dir", "8:1", 23, 2),
    "/usr/bin/su": Entry("file", "8:1", 24, 1, runs=""),
    "/var": Entry("dir", "8:1", 8, 3),
    "/var/log": Entry("dir", "8:1", 9, 3),
}
PATHS = PathState(OBJECTS, [Mount("/", "8:1", "/", "ext4"), Mount("/t", "8:2", "/", "ext4")])
REMOVALS = "-a always,exit -F arch=b64 -S unlink,unlinkat,rename -F dir=/var/log -F auid>=1000"
UNLINK = "-a always,exit -F arch=b64 -S unlink"
WATCH = "-w /e/p -p wa"
BY_GROUP = "-a always,exit -F path=/e/p -F perm=wa -F gid=0"


@pytest.mark.parametrize(
    "rules, requirement, expected",
    [
        # a path rule on a directory does not reach what lies further down
        (["-a always,exit -F path=/var/log -F perm=wa"], REMOVALS, "partial"),
        (["-a always,exit -F dir=/var/log -F perm=wa"], REMOVALS, "covered"),
        (["-a always,exit -F path=/s", "-a never,exit -F dir=/s", UNLINK], UNLINK, "partial"),
        (
            ["-a always,exit -F path=/s", "-a never,exit -F dir=/s", WATCH],
            "-a always,exit -S rename -F path=/e/p",
            "partial",
        ),
        # a script's never rule, by the name that is walked first
        (["-a never,exit -F path=/opt/s -F perm=x", "-w /usr/bin/su -p x"], "-w /usr/bin/su -p x", "partial"),
        (["-w /usr/bin/su -p x", "-a never,exit -F path=/e/p -F perm=x"], "-w /usr/bin/su -p x", "covered"),
        # the other names of a file with a never rule
        (["-a always,exit -F dir=/s", "-a never,exit -F path=/s/h", WATCH], WATCH, "partial"),
        # groups: with the supplementary ones in the exit list alone
        (["-a always,exclude -F gid!=0", BY_GROUP], BY_GROUP, "partial"),
        (["-a always,exclude -F gid=0", BY_GROUP], BY_GROUP, "partial"),
        # a symbolic link is neither run nor mounted
        (["-a never,exit -F path=/e/l", "-w /s -p x"], "-w /s -p x", "covered"),
        (
            ["-a never,exit -F path=/e/l", "-a always,exit -S mount -F path=/e/p"],
            "-a always,exit -S mount -F path=/e/p",
            "covered",
        ),
        # an inode rule that was loaded before
        (["-a always,exit -F inode=5", "-a never,exit -F dir=/t"], "-a always,exit -S all -F inode=5", "covered"),
    ],
)
def test_the_outcome(rules, requirement, expected):
    assert outcome(rules, requirement, paths=PATHS) == expected


CHMOD = "-a always,exit -F arch=b64 -S chmod"
CONNECT = "-a always,exit -F arch=b64 -S connect -F path=/run/utmp"


@pytest.mark.parametrize(
    "rules, requirement, expected",
    [
        # calls on sockets have names too
        (["-a never,exit -S bind", "-w /etc -p wa"], "-w /etc -p wa", "partial"),
        (["-a never,exit -F arch=b32 -S socketcall", "-w /run -p wa"], "-w /run -p wa", "partial"),
        ([CONNECT], CONNECT, "covered"),
        # devices are compared with rdev as well, and that is 0 for what is no device
        (["-a never,exit -S chmod -F devmajor!=8", CHMOD], CHMOD + " -F path=/etc/passwd", "defeated"),
        (["-a never,exit -S chmod -F devminor=0", CHMOD], CHMOD + " -F path=/etc/passwd", "defeated"),
        (["-a never,exit -S chmod -F devmajor=9", CHMOD], CHMOD + " -F path=/etc/passwd", "covered"),
        # what a mount point hides is reached by another mount
        (["-a never,exit -F path=/etc/resolv.conf", CHMOD], CHMOD + " -F dir=/mnt/etc", "partial"),
    ],
)
def test_the_outcome_on_the_host_on_paper(rules, requirement, expected):
    assert outcome(rules, requirement) == expected


def test_a_file_that_is_mounted_has_nothing_in_it():
    found = ask([], "-w /etc -p wa").counterexample["object"]
    assert found == "/etc/any-file"
    covered = ask(["-a always,exit -F dir=/etc -F perm=wa"], "-a always,exit -F dir=/etc -F perm=wa")
    assert covered.outcome == "covered"


def test_calls_of_one_kind_are_left_where_x32_could_be():
    """getpid of b64 has the number of a b32 call that takes a name."""
    rule = "-a always,exit -S getpid -F dir=/e"
    assert outcome([rule], rule, paths=PATHS, user_arches=("b64", "b32", "x32")) == "covered"
