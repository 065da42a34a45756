# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No way between two rule sets has a moment in which an event that both record goes unrecorded."""

import shutil
import tempfile

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.auditops.trail.plugins.module_utils.deploy import switch
from ansible_collections.auditops.trail.plugins.module_utils.deploy.kernel_side import Kernel, SwitchError
from ansible_collections.auditops.trail.plugins.module_utils.deploy.loader import held_entry, wanted_entry
from ansible_collections.auditops.trail.plugins.module_utils.rules.encode import encode_rule, marked
from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import identity
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Field, Rule
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import fake_wire
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy.fake_wire import FakeWire


def on_exit(path=None, auid=None, calls=None, action="always", key=None, directory=None):
    conditions = [Field("path", "=", path)] if path else []
    conditions += [Field("dir", "=", directory)] if directory else []
    conditions += [Field("auid", "=", auid)] if auid else []
    keys = (key,) if key else ()
    return Rule("exit", action, frozenset(calls) if calls else None, tuple(conditions), keys)


exits = st.builds(
    on_exit,
    st.sampled_from((None, None) + fake_wire.NAMES),
    st.sampled_from((None, None, 1, 2)),
    st.sampled_from((None, (1,), (2,))),
    st.sampled_from(("always", "always", "never")),
    st.sampled_from((None, "k", "l")),
)
others = st.builds(
    lambda name, action, auid: Rule(name, action, None, (Field("auid", "=", auid),)),
    st.sampled_from(("user", "task", "exclude")),
    st.sampled_from(("always", "never")),
    st.sampled_from((1, 2)),
)
rules = st.one_of(exits, exits, exits, exits, others)
rule_sets = st.lists(rules, max_size=7, unique_by=identity)


@pytest.fixture(scope="module")
def scratch():
    # hypothesis runs many examples in one call: a folder for all of them.
    folder = tempfile.mkdtemp()
    yield folder
    shutil.rmtree(folder)


class Watched:
    """A fake kernel that notes every event which both sets record and the kernel, at some moment, did not."""

    def __init__(self, before, after):
        self.wire = FakeWire(before)
        self.kernel = Kernel(fake_wire.DIALECT, self.wire)
        wanted = [encode_rule(rule) for rule in after]
        self.both = [
            event
            for event in fake_wire.EVENTS
            if fake_wire.recorded(self.wire.payloads(), event) and fake_wire.recorded(wanted, event)
        ]
        self.missed = []
        self.wire.watcher = self.look

    def look(self):
        held = self.wire.payloads()
        self.missed += [(event, held) for event in self.both if not fake_wire.recorded(held, event)]


@pytest.mark.exhaustive
@given(rule_sets, rule_sets)
def test_what_both_sets_record_is_recorded_at_every_moment(scratch, before, after):
    watched = Watched(before, after)
    load = Load(loaded=tuple(after))
    watched.kernel.switch(load, scratch)
    assert watched.missed == []
    assert watched.kernel.differences(load) == []
    assert len(watched.wire.payloads()) == len(after)


@pytest.mark.exhaustive
@given(rule_sets, st.permutations(range(7)), st.lists(rules, max_size=2))
def test_nor_where_the_same_rules_only_change_their_places(scratch, before, order, new):
    after = [before[place] for place in order if place < len(before)]
    after = new + [rule for rule in after if identity(rule) not in map(identity, new)]
    assume(len(set(map(identity, after))) == len(after))
    watched = Watched(before, after)
    watched.kernel.switch(Load(loaded=tuple(after)), scratch)
    assert watched.missed == []
    assert watched.kernel.differences(Load(loaded=tuple(after))) == []


@pytest.mark.exhaustive
@given(rule_sets, rule_sets, st.integers(1, 30))
def test_a_failure_at_any_request_leaves_what_was_there_and_no_window(scratch, before, after, number):
    watched = Watched(before, after)
    was = watched.kernel.snapshot()
    watched.wire.fail_at = number
    try:
        watched.kernel.switch(Load(loaded=tuple(after)), scratch)
    except SwitchError:
        assert watched.kernel.snapshot() == was
    else:
        assert watched.kernel.differences(Load(loaded=tuple(after))) == []
    assert watched.missed == []


@pytest.mark.exhaustive
@given(rule_sets, rule_sets, st.integers(1, 30))
def test_a_run_that_is_killed_at_any_request_can_be_undone_and_repeated(scratch, before, after, number):
    for undone in (True, False):
        watched = Watched(before, after)
        was = watched.kernel.snapshot()
        watched.wire.fail_at = number
        watched.wire.failure = Killed()
        try:
            _unguarded(watched, after, scratch)
        except Killed:
            pass
        watched.wire.fail_at = None
        if undone:
            watched.kernel.restore(was)
            assert watched.kernel.snapshot() == was
        watched.kernel.switch(Load(loaded=tuple(after)), scratch)
        assert watched.kernel.differences(Load(loaded=tuple(after))) == []
        assert watched.missed == []


class Killed(BaseException):
    """In place of SIGKILL: nothing is undone."""


def _unguarded(watched, after, scratch):
    """A switch whose undoing never comes to run."""

    class Dying(Kernel):
        def restore(self, snapshot, step=None):
            raise Killed

    Dying(fake_wire.DIALECT, watched.wire).switch(Load(loaded=tuple(after)), scratch)


# -- plans -----------------------------------------------------------------------------


def plan(before, after):
    return switch.plan([held_entry(encode_rule(rule)) for rule in before], [wanted_entry(rule) for rule in after])


A, B, C, D = (on_exit("/a", key=name) for name in "abcd")
NEVER = on_exit("/a", action="never")


def test_what_stands_in_order_already_stays():
    made = plan([A, NEVER, B], [A, B, C])
    assert [entry.rule.keys for entry in made.added] == [("c",)]
    assert [entry.never for entry in made.removed] == [True]
    assert (made.marked, made.counts) == ((), (1, 1, 0))


def test_nothing_is_planned_where_nothing_changes():
    assert plan([A, NEVER, B], [A, NEVER, B]).empty


def test_what_moves_is_marked_with_all_that_comes_behind_it():
    made = plan([A, B, C], [D, B, A])
    assert [entry.rule.keys for entry in made.added] == [("d",)]
    assert [entry.rule.keys for entry in made.marked] == [("b",), ("a",)]
    assert len(made.removed) == 3
    assert made.counts == (1, 1, 2)


def test_nevers_go_before_the_others_and_each_kind_from_the_last_to_the_first():
    never = on_exit("/b", action="never")
    made = plan([A, NEVER, B, never, C], [])
    assert [(entry.never, entry.rule.keys) for entry in made.removed] == [
        (True, ()), (True, ()), (False, ("c",)), (False, ("b",)), (False, ("a",)),
    ]  # fmt: skip
    assert made.removed[0].rule.value("path") == "/b"


def test_of_copies_of_one_rule_the_last_is_the_one_that_can_stay():
    """A deletion takes the first."""
    wire = FakeWire([A._replace(prepend=True), B, A._replace(prepend=True)])
    assert len(wire.payloads()) == 3
    made = switch.plan([held_entry(payload) for payload in wire.payloads()], [wanted_entry(B)])
    for entry in made.removed:
        wire.delete(entry.payload)
    assert wire.payloads() == [encode_rule(B)]


def test_on_the_exclude_list_no_place_matters():
    one, two, three = (Rule("exclude", "always", None, (Field("auid", "=", number),)) for number in (1, 2, 3))
    made = plan([one, two], [three, two, one])
    assert (len(made.added), made.removed, made.moved) == (1, (), ())


def test_what_is_put_back_exactly_stands_in_its_order_there_too_and_needs_no_mark():
    rules = [Rule("exclude", "always", None, (Field("auid", "=", number),)) for number in (1, 2, 3)]
    held = [switch.raw_entry(encode_rule(rule)) for rule in rules]
    made = switch.plan(held, held[::-1], exact=True)
    assert (made.added, made.marked, made.late) == ((), (), tuple(held[1::-1]))
    assert set(made.removed) == set(held[:2])


def test_marks_that_a_killed_run_left_are_not_used_again():
    held = [switch.raw_entry(marked(encode_rule(A), 41)), switch.raw_entry(encode_rule(B))]
    assert switch.free_mark(held) == 42
    assert switch.free_mark([]) == 0


def test_three_names_are_beyond_the_proof():
    """The limit that docs/decisions/0014 states: were this to be recorded throughout, the page should say so."""
    never_b, always_a, always_c = on_exit("/b", action="never"), on_exit("/a", key="a"), on_exit("/c", key="c")
    event = (1, 1, ("/a", "/b", "/c"))
    states = ([always_c], [always_c, never_b], [always_c, never_b, always_a], [never_b, always_a])
    assert [fake_wire.verdict(state, event) for state in states] == ["always", "never", "always", "always"]
