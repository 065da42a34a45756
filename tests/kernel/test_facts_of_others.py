# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a checker may not think of: names of sockets, a device compared twice, groups, what lies beneath a mount.

Seen on Linux 6.18.
"""

import socket

import pytest

from ansible_collections.auditops.trail.tests.kernel.events import O_WRONLY, Event
from ansible_collections.auditops.trail.tests.kernel.scratch import DIR, FILE, Node
from ansible_collections.auditops.trail.tests.unit.children import in_child

TREE = {"D": DIR, "D/a": FILE, "D/sub": DIR, "D/sub/b": FILE}


def keys(bench, tree, rules, event):
    (outcome,) = bench.trial(tree, [rule.replace("{}", bench.path("")[:-1]) for rule in rules], [event])
    return None if outcome.recorded is None else ",".join(outcome.recorded.keys)


@pytest.mark.parametrize(
    "call, condition, recorded",
    [
        ("bind", "dir={}/D", True),
        ("bind", "path={}/D", True),
        ("bind", "path={}/D/sub", False),
        ("connect", "path={}/D/socket", True),
        ("connect", "dir={}/D", True),
        ("connect", "path={}/D", False),
    ],
)
def test_sockets_have_names(bench, call, condition, recorded):
    """unix_bind_bsd and unix_find_bsd in net/unix/af_unix.c.

    By a child: a process that was there before audit was first switched on since the boot is never recorded
    (audit_alloc, kernel/auditsc.c), and this one may be such a process.
    """
    path = bench.path("D/socket")
    rule = "-a always,exit -F arch=b64 -S {0} -F {1} -F key=SOCKET".format(call, condition)

    def use():
        with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
            server.bind(path)
            server.listen(1)
            client.connect(path)

    bench.story(TREE, [rule.replace("{}", bench.path("")[:-1])], [lambda: in_child(use)])
    seen = any('key="SOCKET"' in text and " syscall=" in text for text in bench.last_texts)
    assert seen is recorded


@pytest.mark.parametrize(
    "condition, recorded",
    [
        ("devmajor=0", None),
        ("devmajor!=8", None),
        ("devminor=0", None),
        ("devmajor=9", "W"),
        ("devmajor>5", "W"),
        ("devmajor<5", None),
    ],
)
def test_a_device_is_compared_with_that_of_the_node_too(bench, condition, recorded):
    """audit_filter_rules: MAJOR(n->dev) or MAJOR(n->rdev), and rdev is 0 for what is no device node."""
    rules = ["-a never,exit -F arch=b64 -S chmod -F " + condition, "-a always,exit -F path={}/D/a -F perm=wa -F key=W"]
    assert keys(bench, TREE, rules, Event("chmod", (bench.path("D/a"),), auid=1000)) == recorded


@pytest.mark.parametrize(
    "rule, recorded",
    [
        ("-a always,exclude -F gid=5", "W"),
        ("-a always,exclude -F gid!=5", None),
        ("-a always,exclude -F gid=1000", None),
        ("-a never,exit -S openat -F gid=5", None),
        ("-a never,exit -S openat -F gid!=5", "W"),
    ],
)
def test_supplementary_groups_count_in_the_exit_list_alone(bench, rule, recorded):
    """audit_filter (kernel/auditfilter.c) looks at the gid itself."""
    rules = [rule, "-a always,exit -F path={}/D/a -F perm=wa -F key=W"]
    rules[0] = rules[0].replace("-S openat", "-F arch=b64 -S openat")
    event = Event("openat", (bench.path("D/a"),), O_WRONLY, uid=1000, gid=1000, groups=(5,), auid=1000)
    assert keys(bench, TREE, rules, event) == recorded


def test_what_a_mount_point_hides_is_reached_by_another_mount(bench):
    tree = {"D": DIR, "F": FILE, "B": Node("bind", "D"), "D/bound": Node("bind", "F")}
    rules = ["-a always,exit -F path={}/D/bound -F perm=wa -F key=W"]
    assert keys(bench, tree, rules, Event("chmod", (bench.path("D/bound"),))) is None
    assert keys(bench, tree, rules, Event("chmod", (bench.path("B/bound"),))) == "W"


def test_a_path_rule_on_a_directory_reaches_one_level(bench):
    rules = ["-a always,exit -F path={}/D -F perm=wa -F key=W"]
    assert keys(bench, TREE, rules, Event("unlink", (bench.path("D/a"),))) == "W"
    assert keys(bench, TREE, rules, Event("unlink", (bench.path("D/sub/b"),))) is None
