# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules as bytes for the kernel: the inverse of reading them, and the very bytes that Linux 6.18 listed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules import rule_data
from ansible_collections.auditops.trail.plugins.module_utils.rules.encode import encode_rule, mark_of, marked
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel import decode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    LISTS,
    OPERATORS,
    UNSET,
    Compare,
    Dialect,
    Field,
    Origin,
    Rule,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.rules import test_kernel

CAPTURED = [(test_kernel.inflated(packed), line) for packed, line, _rule in test_kernel.CAPTURED]
HERE = Origin("a.rules", 7, "-w /x")

words = st.text(alphabet="/ab \x02\xe4\udcff", min_size=1, max_size=12)
numbers = st.integers(0, UNSET)
fields = st.one_of(
    st.builds(Field, st.sampled_from(sorted(rule_data.NUMBERS.values())), st.sampled_from(OPERATORS), numbers),
    st.builds(Field, st.sampled_from(sorted(rule_data.STRINGS.values())), st.sampled_from(("=", "!=")), words),
    st.builds(Field, st.sampled_from(["f114", "f99"]), st.sampled_from(OPERATORS), numbers),
    st.builds(lambda pair, op: Compare(pair[0], op, pair[1]), st.sampled_from(rule_data.COMPARISONS),
              st.sampled_from(("=", "!="))),
)  # fmt: skip


@st.composite
def rules(draw):
    name = draw(st.sampled_from(LISTS))
    calls = None
    if name in ("exit", "io_uring"):
        calls = draw(st.one_of(st.none(), st.frozensets(st.integers(0, 600), max_size=8)))
    conditions = tuple(draw(st.lists(fields, max_size=20)))
    keys = tuple(draw(st.lists(st.text(alphabet="abc-\xe9", min_size=1, max_size=20), max_size=3)))
    return Rule(name, draw(st.sampled_from(("always", "never"))), calls, conditions, keys)


def bare(rule):
    return rule._replace(origin=Origin())


@given(rules())
def test_what_is_written_is_what_is_read(rule):
    payload = encode_rule(rule)
    assert bare(decode_rule(payload)) == rule
    assert encode_rule(decode_rule(payload)) == payload


@pytest.mark.parametrize("payload, line", CAPTURED, ids=[line for _payload, line in CAPTURED])
def test_the_bytes_are_those_of_the_kernel_itself(payload, line):
    assert encode_rule(decode_rule(payload)) == payload


@pytest.mark.parametrize("payload, line", CAPTURED, ids=[line for _payload, line in CAPTURED])
def test_the_bytes_of_a_line_are_those_that_auditctl_sent(payload, line):
    rule = parse_line(line, Dialect((3, 0, 9), "x86_64")).rule
    conditions = tuple(Field("path", c.op, c.value) if c[0] == "watch" else c for c in rule.conditions)
    assert encode_rule(rule._replace(conditions=conditions)) == payload


def test_a_prepended_rule_has_the_flag_that_the_kernel_does_not_keep():
    rule = Rule("user", "never", None, (Field("uid", "=", 5),), prepend=True)
    assert encode_rule(rule)[:4] == b"\x10\0\0\0"
    assert encode_rule(rule)[4:] == encode_rule(rule._replace(prepend=False))[4:]
    assert bare(decode_rule(encode_rule(rule))) == rule._replace(prepend=False)


@given(rules(), st.integers(0, 65535))
def test_a_marked_rule_has_one_condition_more_and_the_same_keys(rule, number):
    payload = encode_rule(rule)
    other = decode_rule(marked(payload, number))
    assert other.keys == rule.keys
    assert other.conditions[: len(rule.conditions)] == rule.conditions
    (extra,) = other.conditions[len(rule.conditions) :]
    assert (extra.name, extra.op) == ("pid", "!=")
    assert extra.value > 1 << 22  # PID_MAX_LIMIT: it holds for every process
    assert mark_of(marked(payload, number)) == number
    assert len({payload, marked(payload, number), marked(payload, (number + 1) % 65536)}) == 3


def test_what_has_no_mark_is_not_taken_for_marked():
    assert mark_of(encode_rule(Rule("exit", "always"))) == -1
    assert mark_of(encode_rule(Rule("exit", "always", None, (Field("pid", "!=", 1),)))) == -1
    assert mark_of(encode_rule(Rule("exit", "always", None, (Field("pid", "=", 0xA0D10000),)))) == -1


def test_a_rule_of_sixty_three_conditions_can_be_marked_and_one_of_sixty_four_not():
    conditions = tuple(Field("uid", "!=", number) for number in range(63))
    most = marked(encode_rule(Rule("exit", "always", None, conditions)), 1)
    assert len(decode_rule(most).conditions) == 64
    with pytest.raises(RuleError) as caught:
        marked(most, 2)
    assert "64 conditions" in caught.value.message and caught.value.remedy


@pytest.mark.parametrize(
    "rule, said",
    [
        (Rule("entry", "always"), "no list"),
        (Rule("exit", None), "always or never"),
        (Rule("exit", "always", None, (Field("watch", "=", "/x"),)), "no field 'watch'"),
        (Rule("exit", "always", None, (Field("path", "=", 5),)), "a text"),
        (Rule("exit", "always", None, (Field("uid", "=", "root"),)), "a number"),
        (Rule("exit", "always", None, (Field("uid", "~", 5),)), "no operator"),
        (Rule("exit", "always", None, (Compare("uid", "=", "pid"),)), "does not compare"),
        (Rule("exit", "always", frozenset([2032])), "call 2032"),
        (Rule("exit", "always", None, (Field("uid", "=", 5),) * 65), "65 conditions"),
        (Rule("exit", "always", None, (), ("a" * 200, "b" * 56)), "257 bytes"),
    ],
)
def test_what_the_kernel_has_no_room_for_is_refused_with_its_place(rule, said):
    with pytest.raises(RuleError) as caught:
        encode_rule(rule._replace(origin=HERE))
    assert said in caught.value.message
    assert (caught.value.file, caught.value.line) == ("a.rules", 7)
    assert caught.value.remedy


def test_keys_of_256_bytes_fit():
    rule = Rule("exit", "always", None, (), ("a" * 200, "b" * 55))
    assert bare(decode_rule(encode_rule(rule))) == rule


def test_a_comparison_the_other_way_round_is_the_same():
    one = Rule("exit", "always", None, (Compare("uid", "!=", "euid"),))
    assert encode_rule(one._replace(conditions=(Compare("euid", "!=", "uid"),))) == encode_rule(one)
