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
