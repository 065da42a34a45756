# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules as the kernel takes them: struct audit_rule_data and the strings behind it.

The inverse of ``decode_rule`` (rules/kernel.py). What auditctl fills in is
lib/libaudit.c's: ``-S all`` leaves the classes of calls out, the task list's
mask is empty, the keys are one string at the end. The kernel compares all of
this before it says that a rule exists (``audit_compare_rule``,
kernel/auditfilter.c).
"""

from typing import List, NoReturn, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules import rule_data
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import UNSET, Compare, Condition, Rule

_LIST_NUMBERS = {name: number for number, name in rule_data.LISTS.items()}
_ACTION_NUMBERS = {name: number for number, name in rule_data.ACTIONS.items()}
_OPERATOR_BITS = {op: bits for bits, op in rule_data.OPERATORS.items()}
_FIELD_NUMBERS = dict(
    [(name, number) for number, name in rule_data.NUMBERS.items()]
    + [(name, number) for number, name in rule_data.STRINGS.items()]
    + [("loginuid", 9)]
)
_PAIRS = {pair: number for number, pair in enumerate(rule_data.COMPARISONS, 1)}
_MASK_LISTS = ("exit", "io_uring")

_PID, _NOT_EQUAL = 0, 0x30000000
_MARK = 0xA0D10000
"""Far above PID_MAX_LIMIT (2^22, include/linux/threads.h): no process has such a number."""
_MOST_MARKS = 0x10000


def encode_rule(rule: Rule) -> bytes:
    """The bytes that AUDIT_ADD_RULE, AUDIT_DEL_RULE and AUDIT_LIST_RULES have for a rule.

    Args:
        rule: A rule whose action is known and whose object is ``path`` or
            ``dir``. ``prepend`` becomes the flag AUDIT_FILTER_PREPEND; the
            kernel lists a rule without it.

    Raises:
        RuleError: the structure has no room or no number for it, with the rule's own place.
    """
    if rule.list not in _LIST_NUMBERS:
        _refuse(rule, "the kernel has no list {0!r}".format(rule.list))
    if rule.action not in _ACTION_NUMBERS:
        _refuse(rule, "nothing tells whether the rule is always or never")
    columns, text = _fields(rule)
    words = [_LIST_NUMBERS[rule.list] | (rule_data.PREPEND if rule.prepend else 0), _ACTION_NUMBERS[rule.action]]
    words.append(len(columns))
    words += _mask(rule)
    for column in range(3):
        words += [field[column] for field in columns] + [0] * (rule_data.MAX_FIELDS - len(columns))
    words.append(len(text))
    return rule_data.RULE.pack(*words) + text


def marked(payload: bytes, number: int) -> bytes:
    """Another rule that records the same events under the same keys: one condition more, that always holds.

    The condition is that the process is not one that cannot be. To the kernel
    the rule is another one, so it can stand beside the first; auditctl takes
    63 conditions, the kernel 64, so there is room for it.

    Args:
        payload: A rule, of any list but filesystem, which has no field pid.
        number: 0 to 65535; each gives a rule of its own.

    Raises:
        RuleError: the rule has 64 conditions already.
    """
    words = list(rule_data.RULE.unpack_from(payload))
    count = words[2]
    if count >= rule_data.MAX_FIELDS:
        raise RuleError(
            "a rule with {0} conditions has no room for another".format(count),
            remedy="delete this rule from the kernel, with -d, before the rules are changed.",
        )
    fields_at = 3 + rule_data.MASK_WORDS
    words[2] = count + 1
    words[fields_at + count] = _PID
    words[fields_at + rule_data.MAX_FIELDS + count] = _MARK + number % _MOST_MARKS
    words[fields_at + 2 * rule_data.MAX_FIELDS + count] = _NOT_EQUAL
    return rule_data.RULE.pack(*words) + payload[rule_data.RULE.size :]


def mark_of(payload: bytes) -> int:
    """The number that :func:`marked` gave a rule; -1 where it gave none."""
    words = rule_data.RULE.unpack_from(payload)
    last = 3 + rule_data.MASK_WORDS + words[2] - 1
    if not words[2]:
        return -1
    number, value = words[last], words[last + rule_data.MAX_FIELDS]
    operator = words[last + 2 * rule_data.MAX_FIELDS]
    marks = number == _PID and operator == _NOT_EQUAL and _MARK <= value < _MARK + _MOST_MARKS
    return value - _MARK if marks else -1


def _mask(rule: Rule) -> Tuple[int, ...]:
    if rule.list == "task":
        return rule_data.NO_CALL
    if rule.list not in _MASK_LISTS or rule.syscalls is None:
        return rule_data.EVERY_CALL
    words = [0] * rule_data.MASK_WORDS
    for call in rule.syscalls:
        if not 0 <= call < rule_data.CALLS:
            _refuse(rule, "no rule can name the call {0}".format(call))
        words[call // 32] |= 1 << call % 32
    return tuple(words)


def _fields(rule: Rule) -> Tuple[List[Tuple[int, int, int]], bytes]:
    """Number, value and operator of each condition, and the strings."""
    columns: List[Tuple[int, int, int]] = []
    text = b""
    for condition in rule.conditions:
        number, value, string = _condition(rule, condition)
        if condition.op not in _OPERATOR_BITS:
            _refuse(rule, "the kernel has no operator {0!r}".format(condition.op))
        columns.append((number, value, _OPERATOR_BITS[condition.op]))
        text += string
    if rule.keys:
        key = _bytes(rule_data.KEY_SEPARATOR.join(rule.keys))
        if len(key) > rule_data.MAX_KEY:
            _refuse(rule, "the keys have {0} bytes, and the kernel takes {1}".format(len(key), rule_data.MAX_KEY))
        columns.append((rule_data.FILTERKEY, len(key), _OPERATOR_BITS["="]))
        text += key
    if len(columns) > rule_data.MAX_FIELDS:
        _refuse(rule, "{0} conditions, and the kernel takes {1}".format(len(columns), rule_data.MAX_FIELDS))
    return columns, text


def _condition(rule: Rule, condition: Condition) -> Tuple[int, int, bytes]:
    if isinstance(condition, Compare):
        pair = (condition.left, condition.right)
        number = _PAIRS.get(pair) or _PAIRS.get(pair[::-1])
        if number is None:
            _refuse(rule, "the kernel does not compare {0} with {1}".format(*pair))
        return rule_data.FIELD_COMPARE, number, b""
    name, value = condition.name, condition.value
    field = _FIELD_NUMBERS.get(name)
    if field is None and name[:1] == "f" and name[1:].isdigit():
        field = int(name[1:])
    if field is None:
        _refuse(rule, "the kernel has no field {0!r}".format(name))
    if isinstance(value, str):
        if field not in rule_data.STRINGS:
            _refuse(rule, "the value of {0} is a number to the kernel".format(name))
        string = _bytes(value)
        return field, len(string), string
    if field in rule_data.STRINGS:
        _refuse(rule, "the value of {0} is a text to the kernel".format(name))
    return field, value & UNSET, b""


def _bytes(text: str) -> bytes:
    """What decode_rule read with surrogates for what is not UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def _refuse(rule: Rule, why: str) -> NoReturn:
    raise RuleError(
        "this rule cannot be sent to the kernel: {0}".format(why),
        rule.origin.file,
        rule.origin.line,
        "write the rule as auditctl(8) has it, and with what this host's auditctl knows.",
    )
