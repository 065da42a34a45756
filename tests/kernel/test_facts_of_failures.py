# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names a call has touched when it fails, and what an always rule on another directory can undo.

Seen on Linux 6.18; do_linkat, do_renameat2, may_create and may_delete in fs/namei.c.
"""

import pytest

from ansible_collections.auditops.trail.tests.kernel.events import O_CREAT, O_RDONLY, O_WRONLY, Event
from ansible_collections.auditops.trail.tests.kernel.scratch import DIR, FILE, Node

TREE = {"D": DIR, "D/a": FILE, "D/b": FILE, "D/h": Node("hardlink", "D/a"), "D/sub": DIR, "E": DIR, "E/x": FILE}
WRITE_OR_ATTRIBUTE = " -F perm=wa"


@pytest.fixture(name="seen")
def _seen(bench):
    """Asks: the keys under which an event was recorded by these rules (``{}`` stands for the tree), or None."""

    def ask(rules, call, *names, **how):
        event = Event(call, tuple(bench.path(name) for name in names), **how)
        (outcome,) = bench.trial(TREE, [rule.replace("{}", bench.path("")[:-1]) for rule in rules], [event])
        return None if outcome.recorded is None else ",".join(outcome.recorded.keys)

    return ask


def on(name, key="K", action="always", more=""):
    return "-a {0},exit -F path={{}}/{1}{2}".format(action, name, more) + (" -F key=" + key if key else "")


@pytest.mark.parametrize(
    "rule, names, expected",
    [
        # the new name exists
        ("D/a", ("D/a", "E/x"), "K"),
        ("E", ("D/a", "E/x"), "K"),
        ("E/x", ("D/a", "E/x"), None),
        ("D/h", ("D/a", "D/h"), "K"),  # one inode
        # a directory has no second name
        ("D/sub", ("D/sub", "E/new"), "K"),
        ("D/sub", ("D/sub", "E/x"), "K"),
        ("E", ("D/sub", "E/new"), "K"),
        # the new name's directory does not exist
        ("D/a", ("D/a", "none/new"), "K"),
        ("D", ("D/a", "none/new"), None),
    ],
)
def test_a_link_that_fails(seen, rule, names, expected):
    assert seen([on(rule)], "link", *names) == expected


@pytest.mark.parametrize("rule, expected", [("D", "K"), ("E", "K"), ("D/sub", "K"), ("D/a", None)])
def test_a_rename_into_itself_names_no_more_than_the_two_parents(seen, rule, expected):
    assert seen([on("D/sub")], "rename", "D/sub", "D/sub/in") == "K"  # as the parent of the new name
    assert seen([on(rule)], "rename", "D/sub", "E/x") == expected  # ENOTDIR


def test_a_rename_onto_ones_own_parent(seen):
    assert seen([on("D/sub")], "rename", "D/sub", "D") is None  # ENOTEMPTY
    assert seen([on("D")], "rename", "D/sub", "D") == "K"


@pytest.mark.parametrize(
    "call, flags, expected",
    [
        ("openat", O_WRONLY, "K"),
        ("openat", O_CREAT | O_RDONLY, "K"),
        ("creat", 0, "K"),
        ("truncate", 0, "K"),
        ("execve", 0, "K"),
        ("rmdir", 0, "K"),
        ("unlink", 0, "K"),
        ("mkdir", 0, None),
    ],
)
def test_what_a_directory_refuses_names_it(seen, call, flags, expected):
    assert seen([on("D")], call, "D", flags=flags) == expected


@pytest.mark.parametrize(
    "call, rank, expected",
    [
        ("rename", "before", "W"),
        ("rename", "after", None),
        ("link", "after", "W"),
    ],
)
def test_an_always_rule_on_the_new_directory_can_undo_a_watch(seen, call, rank, expected):
    """While the name goes away the first name's rule decides; a never rule loaded before that one then outdoes it."""
    never = "-a never,exit -F arch=b64 -S {0}".format(call)
    rules = [on("D/a", "W", more=WRITE_OR_ATTRIBUTE), never, on("E", "E", more=WRITE_OR_ATTRIBUTE)]
    if rank == "before":
        rules = [rules[0], rules[2], rules[1]]
        expected = "E"
    assert seen(rules, call, "D/a", "E/new") == expected


def test_an_always_rule_on_what_is_replaced_undoes_nothing(seen):
    never = "-a never,exit -F arch=b64 -S rename"
    own, other = on("D/a", "W", more=WRITE_OR_ATTRIBUTE), on("E/x", "X", more=WRITE_OR_ATTRIBUTE)
    assert seen([own, never, other], "rename", "D/a", "E/x") == "W"
    assert seen([own, never, other], "rename", "E/x", "D/a") == "W"


# --- names of programs, and two paths that exist --------------------------------------------------------------------

PROGRAMS = {
    "D": DIR,
    "E": DIR,
    "E/run": Node("program", mode=0o755),
    "D/plain": Node("program", mode=0o755),
    "D/script": Node("script", "{}/E/run"),
}


@pytest.mark.parametrize(
    "rules, expected",
    [
        ([on("D/script", "S", more=" -F perm=x")], "S"),
        ([on("E/run", "I", more=" -F perm=x")], "I"),
        (["-a never,exit -F dir={}/E", on("D/script", "S", more=" -F perm=x")], None),
        ([on("D/script", "S", more=" -F perm=x"), "-a never,exit -F dir={}/E"], "S"),
        ([on("E/run", action="never", key=""), on("D/script", "S", more=" -F perm=x")], "S"),
        ([on("E/run", action="never", key=""), "-a always,exit -F dir={}/D -F perm=x -F key=T"], None),
        ([on("D/script", action="never", key=""), on("E/run", "I", more=" -F perm=x")], None),
    ],
)
def test_an_execve_names_the_script_and_then_its_interpreter(bench, rules, expected):
    tree = {
        name: node._replace(target=node.target.replace("{}", bench.path("")[:-1])) for name, node in PROGRAMS.items()
    }
    event = Event("execve", (bench.path("D/script"),))
    (outcome,) = bench.trial(tree, [rule.replace("{}", bench.path("")[:-1]) for rule in rules], [event])
    assert (None if outcome.recorded is None else ",".join(outcome.recorded.keys)) == expected


@pytest.mark.parametrize(
    "rules, expected",
    [
        ([on("D")], "K"),
        ([on("E/x")], "K"),
        ([on("D", action="never", key=""), on("E/x")], "K"),
        ([on("E/x", action="never", key=""), on("D")], None),
        (["-a never,exit -F dir={}/D", on("E/x")], None),
        (["-a never,exit -F dir={}/E", on("D")], None),
    ],
)
def test_a_bind_mount_names_where_it_goes_and_then_what_it_shows(bench, rules, expected):
    source, target = bench.path("D"), bench.path("E/x")  # ENOTDIR: nothing is mounted
    event = Event("mount", (source, target), args=("s" + source, "s" + target, "i0", "i4096", "i0"))
    (outcome,) = bench.trial(TREE, [rule.replace("{}", bench.path("")[:-1]) for rule in rules], [event])
    assert outcome.ret == -20
    assert (None if outcome.recorded is None else ",".join(outcome.recorded.keys)) == expected


@pytest.mark.parametrize(
    "call, rules, expected",
    [
        ("link", [on("D/a")], "K"),
        ("link", [on("T/d")], "K"),
        ("link", [on("D")], None),
        ("link", ["-a never,exit -F dir={}/T/d", on("D/a")], None),
        ("link", [on("D/a"), on("T/d", action="never", key="")], None),
        ("rename", [on("D/a")], None),
        ("rename", [on("D")], "K"),
        ("rename", [on("T/d")], "K"),
        ("rename", ["-a never,exit -F dir={}/T/d", "-a always,exit -F dir={}/D -F key=D"], None),
        ("rename", [on("D"), on("T/d", action="never", key="")], None),
        ("rename", [on("T/d"), on("D", action="never", key="")], "K"),
    ],
)
def test_a_call_across_filesystems_fails_and_names_what_it_met(bench, call, rules, expected):
    event = Event(call, (bench.path("D/a"), bench.path("T/d/new")))
    tree = dict(TREE, **{"T": Node("tmpfs"), "T/d": DIR})
    (outcome,) = bench.trial(tree, [rule.replace("{}", bench.path("")[:-1]) for rule in rules], [event])
    assert outcome.ret == -18
    assert (None if outcome.recorded is None else ",".join(outcome.recorded.keys)) == expected


@pytest.mark.parametrize(
    "rule, expected",
    [("-a never,task -F arch=b64", "K"), ("-a never,task -F arch=b32", "K"), ("-a never,task -F auid=1000", None)],
)
def test_a_task_rule_that_asks_for_a_call_matches_no_fork(seen, rule, expected):
    """The probe forks for each event, and the child has its auid before that; there is no call to compare at a fork."""
    assert seen([rule, on("D/a")], "chmod", "D/a", auid=1000) == expected
