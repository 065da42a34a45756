# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arithmetic of event classes against its meaning, value by value."""

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box, meet_boxes, minus_box
from ansible_collections.auditops.trail.plugins.module_utils.coverage.sets import (
    TOP,
    Names,
    meet_ranges,
    minus_ranges,
    ranges_of,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.witness import is_possible, witness

POINTS = (0, 1, 2, 999, 1000, 1001, TOP - 1, TOP)
values = st.sampled_from(POINTS)
comparisons = st.builds(ranges_of, st.sampled_from(("=", "!=", "<", "<=", ">", ">=")), values)
names = st.builds(Names, st.frozensets(st.sampled_from("abc")), st.booleans())


def holds(ranges, value):
    return any(low <= value <= high for low, high in ranges)


@st.composite
def boxes(draw):
    dims = {}
    for dim in ("auid", "uid", "exit"):
        if draw(st.booleans()):
            ranges = draw(comparisons)
            if ranges:
                dims[dim] = ranges
    if draw(st.booleans()):
        name = draw(names)
        if name:
            dims["exe"] = name
    if draw(st.booleans()):
        dims[("same", "uid", "euid")] = draw(st.booleans())
    return Box(draw(st.integers(1, 15)), dims)


events = st.fixed_dictionaries(
    {
        "call": st.sampled_from((1, 2, 4, 8)),
        "auid": values,
        "uid": values,
        "exit": values,
        "exe": st.sampled_from("abcd"),
        ("same", "uid", "euid"): st.booleans(),
    }
)


def inside(box, event):
    if not box.calls & event["call"]:
        return False
    for dim, domain in box.dims.items():
        if isinstance(domain, bool):
            if event[dim] is not domain:
                return False
        elif isinstance(domain, Names):
            if event[dim] not in domain:
                return False
        elif not holds(domain, event[dim]):
            return False
    return True


@given(comparisons, comparisons, values)
def test_ranges(left, right, value):
    assert holds(meet_ranges(left, right), value) == (holds(left, value) and holds(right, value))
    assert holds(minus_ranges(left, right), value) == (holds(left, value) and not holds(right, value))


@given(names, names, st.sampled_from("abcd"))
def test_names(left, right, name):
    assert (name in left.meet(right)) == (name in left and name in right)
    assert (name in left.minus(right)) == (name in left and name not in right)


@given(boxes(), boxes(), events)
def test_boxes(left, right, event):
    common = meet_boxes(left, right)
    assert (common is not None and inside(common, event)) == (inside(left, event) and inside(right, event))
    rest = minus_box(left, right)
    holding = [part for part in rest if inside(part, event)]
    assert bool(holding) == (inside(left, event) and not inside(right, event))
    assert len(holding) <= 1  # the parts are disjoint


@given(boxes())
def test_a_witness_lies_in_its_box(box):
    found = witness(box, 1000)
    assert (found is not None) == is_possible(box, 1000)
    if found is None:
        return
    for dim, domain in box.dims.items():
        if isinstance(dim, tuple):
            assert (found["uid"] == found["euid"]) is domain
        elif isinstance(domain, Names):
            assert found[dim] in domain
        else:
            assert holds(domain, found[dim] & TOP)


@given(
    st.lists(st.tuples(st.sampled_from(("&", "&=")), st.integers(1, 255), st.booleans()), max_size=4),
    comparisons,
)
def test_bit_tests_of_an_argument(tests, ranges):
    dims = {("bits", "a1", op, mask): truth for op, mask, truth in tests}
    if ranges:
        dims["a1"] = ranges
    found = witness(Box(1, dims), 1000)

    def passes(number):
        if ranges and not holds(ranges, number):
            return False
        for (_bits, _field, op, mask), truth in ((dim, truth) for dim, truth in dims.items() if isinstance(dim, tuple)):
            if (bool(number & mask) if op == "&" else (number & mask) == mask) is not truth:
                return False
        return True

    if found is None:
        assert not any(passes(number) for number in range(1300))
    elif "a1" in found:
        assert passes(found["a1"])


def test_identities_that_contradict_each_other():
    same = Box(1, {"uid": ((0, 0),), "euid": ((1, 1),), ("same", "uid", "euid"): True})
    assert witness(same, 1000) is None
    differ = Box(1, {"uid": ((0, 0),), "euid": ((0, 0),), ("same", "uid", "euid"): False})
    assert witness(differ, 1000) is None
    free = witness(Box(1, {"euid": ((0, 0),), ("same", "uid", "euid"): False}), 1000)
    assert free["uid"] != free["euid"] == 0


def test_groups_hold_for_supplementary_groups_too():
    both = Box(1, {("member", "gid", 4): True, ("member", "gid", 5): True})
    assert witness(both, 1000) is not None  # one of them is a supplementary group
    split = Box(1, {("member", "gid", 4): True, ("member", "egid", 4): False})
    found = witness(split, 1000)
    assert found["gid"] == 4 and found["egid"] != 4
