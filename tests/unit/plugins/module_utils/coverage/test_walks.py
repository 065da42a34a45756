# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls with two names: what was seen on kernel 6.18 (tests/kernel/test_facts.py asks it again)."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.coverage import shapes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box
from ansible_collections.auditops.trail.plugins.module_utils.coverage.decide import Verdicts, decide
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import (
    PathRule,
    Scene,
    Thing,
    TreeRule,
    Trees,
    in_order,
    replay,
)

A = Thing(("d", "/d/a"), "/d/a", ("d", "/d/a"))
B = Thing(("d", "/d/b"), "/d/b", ("d", "/d/b"))
D = Thing(("d", "/d"), "/d", ("d", "/d"))
RENAME = Scene(shapes.RENAME, A, B, ok=True)
EXCHANGE = Scene(shapes.EXCHANGE, A, B, ok=True)
NEW = Thing(("d", "/d/new"), "/d/new", ("d", "/d/new"))
LINK = Scene(shapes.LINK, A, NEW, ok=True)


def recorded_by(scene, loaded):
    """The rule whose key is recorded (``Wa``), or None; rules are W or N and a, b, p (path=/d) or t (dir=/d)."""
    paths, trees = [], []
    for rank, name in enumerate(loaded):
        if name[1] == "t":
            trees.append(TreeRule(rank, (D.location,)))
        else:
            thing = {"a": A, "b": B, "p": D}[name[1]]
            paths.append(PathRule(rank, thing.shown, thing, rank))
    walks = replay(scene, paths, Trees(trees), ())
    every = [Box(1, {})] * len(loaded)
    (part,) = decide(Box(1, {}), walks, Verdicts(every, [name[0] == "W" for name in loaded]))
    return loaded[part.by] if part.recorded else None


@pytest.mark.parametrize(
    "loaded, rename, exchange, link, unlink",
    [
        (("Wb",), "Wb", "Wb", None, "Wb"),
        (("Wa",), "Wa", "Wa", "Wa", None),
        (("Na", "Wb"), None, None, None, "Wb"),
        (("Wb", "Na"), "Wb", "Wb", None, "Wb"),
        (("Nb", "Wa"), None, None, "Wa", None),
        (("Wa", "Nb"), "Wa", "Wa", "Wa", None),
        (("Wa", "Wb"), "Wa", "Wa", "Wa", "Wb"),
        (("Wb", "Wa"), "Wb", "Wb", "Wa", "Wb"),
        (("Wp", "Na"), "Wp", "Wp", "Wp", "Wp"),
        (("Na", "Wp"), "Wp", None, "Wp", "Wp"),
        (("Np", "Wa"), None, None, None, None),
        (("Wa", "Np"), None, "Wa", None, None),
        (("Wb", "Np"), None, None, None, None),
        (("Wt", "Na"), "Wt", "Wt", "Wt", "Wt"),
        (("Na", "Wt"), None, None, None, "Wt"),
    ],
)
def test_two_names(loaded, rename, exchange, link, unlink):
    scenes = (RENAME, EXCHANGE, LINK, Scene(shapes.DELETE, B, ok=True))
    assert [recorded_by(scene, loaded) for scene in scenes] == [rename, exchange, link, unlink]


def test_a_result_is_unknown_to_the_removal_pass():
    watch = [PathRule(0, A.shown, A)]
    gone = Scene(shapes.DELETE, A, ok=True)
    assert replay(gone, watch, Trees([]), ()) == ((0,),)
    assert replay(gone, watch, Trees([]), (), frozenset((0,))) == ()
    assert replay(gone._replace(ok=False), watch, Trees([]), (), frozenset((0,))) == ((0,),)


def test_one_update_moves_one_spelling():
    first, second = PathRule(0, "/d/a", A, 0), PathRule(1, "/l/a", A, 1)
    made = Scene(shapes.CREATE, A, ok=True)
    assert replay(made, [first, second], Trees([]), ()) == ((1,),)


def test_an_update_reverses_the_rules_of_a_watch():
    made = Scene(shapes.CREATE, A, ok=True)
    rules = [PathRule(0, A.shown, A, 0), PathRule(1, A.shown, A, 1)]
    assert replay(Scene(shapes.DIRECT, A), rules, Trees([]), ()) == ((0, 1),)
    assert replay(made, rules, Trees([]), ()) == ((0, 1),)  # reversed once on loading, once on creation
    prepended = [PathRule(1, A.shown, A, 0), PathRule(0, A.shown, A, 1, True)]
    assert replay(Scene(shapes.DIRECT, A), prepended, Trees([]), ()) == ((0, 1),)
    assert replay(made, prepended, Trees([]), ()) == ((1, 0),)


def test_walks_in_order():
    assert in_order(((0, 2), (1,))) == (0, 1, 2)
    assert in_order(((2, 0), (1,))) is None


def test_trees_by_component():
    trees = Trees([TreeRule(0, (("d", "/etc"),)), TreeRule(1, (("d", "/"),)), TreeRule(2, (("e", "/etc"),))])
    assert sorted(trees.at(("d", "/etc/ssh/x"))) == [0, 1]
    assert trees.at(("d", "/etcetera")) == [1]
    assert trees.at(("e", "/etc")) == [2]
