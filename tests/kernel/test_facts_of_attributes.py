# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which name a condition on an object's attributes looks at, and what an inode rule stays with.

Seen on Linux 6.18; audit_filter_rules and audit_filter_inodes in kernel/auditsc.c.
"""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import kernel_build
from ansible_collections.auditops.trail.tests.kernel import control
from ansible_collections.auditops.trail.tests.kernel.events import O_WRONLY, Event
from ansible_collections.auditops.trail.tests.kernel.scratch import DIR, FILE, Node

TREE = {"D": DIR, "D/a": FILE, "D/b": FILE}
RECORD = "-a always,exit -F arch=b64 -S unlink,rename,openat,link -F key=W"


@pytest.fixture(name="seen")
def _seen(bench):
    """Asks: the key under which an event on names of the scratch directory was recorded, or None."""

    def ask(rules, call, *names, tree=None, **how):
        made = dict(TREE if tree is None else tree)
        event = Event(call, tuple(bench.path(name) for name in names), **how)
        (outcome,) = bench.trial(made, rules, [event])
        return None if outcome.recorded is None else ",".join(outcome.recorded.keys)

    return ask


@pytest.mark.parametrize(
    "condition, owner_of_directory, unlinked, opened",
    [
        ("obj_uid=1000", 1000, None, "W"),  # the directory's owner suffices, if the call names the directory
        ("obj_uid=1000", 0, "W", "W"),
        ("obj_uid!=0", 1000, None, "W"),
        ("filetype=dir", 0, None, "W"),
        ("filetype=file", 0, None, None),
        ("filetype!=dir", 0, "W", None),  # no name may have the type
        ("filetype!=file", 0, "W", "W"),
    ],
)
def test_a_never_rule_meets_the_attributes_of_any_name(seen, condition, owner_of_directory, unlinked, opened):
    tree = {"D": Node("dir", uid=owner_of_directory), "D/a": FILE}
    rules = ["-a never,exit -F arch=b64 -S unlink,openat -F " + condition, RECORD]
    assert seen(rules, "unlink", "D/a", tree=tree) == unlinked
    assert seen(rules, "openat", "D/a", tree=tree, flags=O_WRONLY) == opened


def test_two_names_may_meet_one_condition_each(seen):
    tree = {"D": Node("dir", uid=5), "D/a": Node("file", uid=3000)}
    never = "-a never,exit -F arch=b64 -S unlink -F obj_uid>=1000 -F obj_uid<=2000"
    assert seen([never, RECORD], "unlink", "D/a", tree=tree) is None


@pytest.mark.parametrize("op", ["=", "!="])
def test_a_label_is_compared_by_nobody_where_no_security_module_has_labels(seen, op):
    if kernel_build.label_modules() != ():
        pytest.skip("this kernel has a security module with labels")
    never = "-a never,exit -F arch=b64 -S openat -F subj_type{0}crond_t".format(op)
    assert seen([never, RECORD], "openat", "D/a", flags=O_WRONLY) == "W"


class TestInodeRules:
    @pytest.fixture(autouse=True)
    def _prepare(self, bench, seen):
        self.bench, self.seen = bench, seen

    def story(self, rules, *steps):
        """The keys under which the events among the steps were recorded.

        ``rules`` is called when the files are there: an inode's number is known only then.
        """

        def load():
            control.load(rules(), self.bench.home)

        outcomes = self.bench.story(TREE, [], [load, *steps])
        return [None if out.recorded is None else ",".join(out.recorded.keys) for out in outcomes]

    def inode(self, name, key="I", action="always", more=""):
        number = os.stat(self.bench.path(name)).st_ino
        tail = " -F key={0}".format(key) if action == "always" else ""
        return "-a {0},exit -F arch=b64 -S all -F inode={1}{2}{3}".format(action, number, more, tail)

    def event(self, call, *names, **how):
        return Event(call, tuple(self.bench.path(name) for name in names), **how)

    def test_a_rule_stays_with_its_inode(self):
        chmod = [self.event("chmod", name) for name in ("D/a", "D/c")]
        names = [self.bench.path(name) for name in ("D/a", "D/c")]
        found = self.story(lambda: [self.inode("D/a")], chmod[0], lambda: os.rename(*names), chmod[1])
        assert found == ["I", "I"]

    def test_it_knows_the_result_of_a_removal(self):
        unlink = self.event("unlink", "D/a")
        assert self.story(lambda: [self.inode("D/a", more=" -F success=1")], unlink) == ["I"]

    def test_it_is_met_by_the_parent_too(self):
        assert self.story(lambda: [self.inode("D")], self.event("unlink", "D/a")) == ["I"]

    def test_the_first_name_that_a_rule_meets_decides(self):
        """link names the parent first, then the object; which rule was loaded first makes no difference."""
        on_parent = "-a always,exit -F path={0} -F key=P".format(self.bench.path("D"))
        link = self.event("link", "D/a", "D/new")
        assert self.story(lambda: [on_parent, self.inode("D/a", action="never")], link) == ["P"]
        assert self.story(lambda: [self.inode("D/a", action="never"), on_parent], link) == ["P"]
        assert self.story(lambda: [self.inode("D", action="never"), self.inode("D/a")], link) == [None]

    def test_a_plain_rule_before_it_wins(self):
        plain = "-a never,exit -F arch=b64 -S chmod"
        chmod = self.event("chmod", "D/a")
        assert self.story(lambda: [plain, self.inode("D/a")], chmod) == [None]
        assert self.story(lambda: [self.inode("D/a"), plain], chmod) == ["I"]
