# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Things that are taken for alike, or left out: the answer is the one that trying each of them gives."""

import random

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.coverage import partners, solver
from ansible_collections.auditops.trail.plugins.module_utils.coverage.case import Case
from ansible_collections.auditops.trail.plugins.module_utils.coverage.scenes import things_of
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import Entry, Mount, PathState
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.coverage.asking import (
    ask,
    host,
    load,
    rule,
)

DIRS = ("/a", "/a/b", "/c", "/e")
FILES = tuple("{0}/f{1}".format(directory, number) for directory in DIRS for number in range(4))
BY_CALL = ("-F arch=b64 -S rename,link", "-F arch=b64 -S rename,unlink,chmod")


def paths():
    """Sixteen files in four directories, one with a second name, and a symbolic link to a directory."""
    objects = {"/": Entry("dir", "8:1", 2, 20), "/l": Entry("symlink", "8:1", 999, 1, "a")}
    for number, path in enumerate(DIRS, 11):
        objects[path] = Entry("dir", "8:1", number, 3)
    for number, path in enumerate(FILES, 20):
        objects[path] = Entry("file", "8:1", number, 1)
    objects["/a/f0"] = objects["/c/h"] = Entry("file", "8:1", 20, 2)
    return PathState(objects, [Mount("/", "8:1", "/", "ext4")])


def body(dice):
    kind = dice.randrange(8)
    if kind == 0:
        return "-F arch=b64 -S " + dice.choice(("rename", "rename,link", "unlink", "chmod,rename", "renameat2"))
    if kind == 1:
        of = "-F dir=" + dice.choice(DIRS)
    elif kind == 2:
        of = "-F inode={0}".format(dice.randrange(20, 36))
    else:
        of = "-F path=" + dice.choice(DIRS[::2] if kind == 3 else FILES + ("/l/f1", "/c/h"))
    calls = dice.choice(("-F perm=wa", "-F perm=wa", "-F perm=w", "-F perm=a", *BY_CALL))
    more = dice.choice(("", "", "", " -F auid=1000", " -F success=1", " -F auid>=1000"))
    return "{0} {1}{2}".format(of, calls, more)


def told(rules, requirement):
    answer = ask(rules, requirement, paths=paths())
    return (
        answer.outcome,
        {blame.origin.line for blame in answer.defeated_by},
        {blame.origin.line for blame in answer.covered_by},
    )


def each_is_tried(monkeypatch):
    """Everything that a rule singles out is the other name of each call."""
    monkeypatch.setattr(partners._Likeness, "of", lambda _self, thing, _rule: thing)
    monkeypatch.setattr(partners._Likeness, "one_of_each", lambda _self, things, _alike: list(things))
    monkeypatch.setattr(partners, "_decided_before", lambda _calling, _near, world: list(things_of(world.exit, world)))


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(300))
def test_the_answer_is_that_of_trying_each(seed, monkeypatch):
    monkeypatch.setattr(solver, "_EXAMPLES", 10**6)
    dice = random.Random(seed)
    actions = dice.choice((("never", "never", "always"), ("never", "always", "always")))
    rules = [
        "{0} {1},exit {2}".format(dice.choice(("-a", "-a", "-A")), dice.choice(actions), body(dice))
        for _number in range(dice.randint(2, 9))
    ]
    requirement = "-a always,exit " + body(dice)
    rules.insert(dice.randint(0, len(rules)), requirement)
    merged = told(rules, requirement)
    each_is_tried(monkeypatch)
    each = told(rules, requirement)
    assert each[0] == merged[0]
    assert merged[1] <= each[1]


def test_rules_are_taken_for_alike():
    """Otherwise the test above would compare nothing with nothing."""
    rules = ["-a never,exit -F path={0} -F perm=wa".format(path) for path in FILES[4:]]
    rules.append("-w /a/f1 -p wa")
    about = solver.Solver(load(rules), host(paths=paths()))
    case = Case(about.world.normal(rule("-w /a/f1 -p wa")), about.world, about.overlay)
    assert case.twins == {rank: list(range(12)) for rank in range(12)}
    assert told(rules, "-w /a/f1 -p wa") == ("partial", set(range(1, 13)), {13})


@pytest.mark.parametrize(
    "rules, requirement, expected",
    [
        # a link is made in another directory: a path rule on this one does not see it
        (["-a always,exit -S link -F path=/c"], "-a always,exit -F arch=b64 -S link -F path=/c/f2", "partial"),
        (["-a always,exit -S link -F dir=/c"], "-a always,exit -F arch=b64 -S link -F path=/c/f2", "covered"),
        # a file is moved into a directory that a never rule is on
        (["-a never,exit -F path=/e", "-w /c/f2 -p wa"], "-w /c/f2 -p wa", "partial"),
        # the new directory's rule is met first, and a never rule of the exit list outdoes it
        (
            ["-w /c/f2 -p wa", "-a never,exit -F arch=b64 -S rename", "-a always,exit -F path=/e -F perm=wa"],
            "-w /c/f2 -p wa",
            "partial",
        ),
        (
            ["-w /c/f2 -p wa", "-a always,exit -F path=/e -F perm=wa", "-a never,exit -F arch=b64 -S rename"],
            "-w /c/f2 -p wa",
            "covered",
        ),
        # a watch on the moved file lets the names be walked a second time
        (
            [
                "-a never,exit -F path=/c/f3 -F perm=w -F success=1",
                "-a always,exit -F path=/c -S rename",
                "-w /e/f0 -p x",
            ],
            "-a always,exit -F arch=b64 -S rename -F path=/c",
            "partial",
        ),
        (
            ["-a never,exit -F path=/c/f3 -F perm=w -F success=1", "-a always,exit -F path=/c -S rename"],
            "-a always,exit -F arch=b64 -S rename -F path=/c",
            "covered",
        ),
        # the names in a directory that is asked about
        (["-a always,exit -S rmdir,unlink -F path=/a"], "-a always,exit -F arch=b64 -S unlink -F path=/a/b", "partial"),
        (["-a never,exit -S unlink -F path=/c/f3", "-w /c -p wa"], "-w /c -p wa", "partial"),
        (
            ["-a never,exit -S unlink -F path=/c/f3", "-a always,exit -F path=/c"],
            "-a always,exit -F path=/c",
            "covered",
        ),
    ],
)
def test_rules_on_directories(rules, requirement, expected):
    assert ask(rules, requirement, paths=paths()).outcome == expected
