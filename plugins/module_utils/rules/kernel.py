# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running kernel's own rules and status.

``auditctl -l`` prints a never rule on a path as a watch; AUDIT_LIST_RULES does
not hide the action. Layouts and numbers are those of include/uapi/linux/audit.h;
what the kernel puts into them is ``audit_krule_to_data`` (kernel/auditfilter.c)
and the AUDIT_GET branch of ``audit_receive_msg`` (kernel/audit.c).
"""

import struct
from typing import FrozenSet, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules import netlink, rule_data
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    UNSET,
    Compare,
    Condition,
    Dialect,
    Field,
    Origin,
    Rule,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.render import render
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status

# struct audit_status after its mask. It grew: version/features (3.15),
# backlog_wait_time (3.14), backlog_wait_time_actual (5.9); a shorter answer is
# an older kernel's, a longer one a newer's.
_STATUS = (
    "enabled", "failure", "pid", "rate_limit", "backlog_limit", "lost", "backlog", "feature_bitmap",
    "backlog_wait_time", "backlog_wait_time_actual",
)  # fmt: skip
_STATUS_LEAST = 8  # mask to backlog: every kernel since 2.6
_LOGINUID_IMMUTABLE = 1 << 1  # AUDIT_FEATURE_LOGINUID_IMMUTABLE
_EINVAL = 22


class _Raw(NamedTuple):
    """struct audit_rule_data, taken apart."""

    list: str
    action: str
    mask: Tuple[int, ...]
    fields: Tuple[Tuple[int, int, int], ...]
    """Number, operator bits and value of each field."""
    text: bytes


def list_rules(machine: Optional[str] = None) -> List[Rule]:
    """The rules this kernel holds, list by list in the order of their loading.

    Where files were replaced since, path rules on one name may meanwhile be
    tried in the reverse of that order (audit_update_watch, kernel/audit_watch.c);
    nothing that the kernel tells shows it.

    Args:
        machine: The host's machine (see :class:`Dialect`): each rule's origin
            then carries a line for the newest auditctl that means it. None
            leaves the text empty.

    Returns:
        Rules by list number (user, task, exit, exclude, filesystem, io_uring),
        as ``auditctl -l`` lists them; ``origin.line`` counts them from 1. A
        rule added with -A stands in front, as it is tried, ``prepend`` False.

    Raises:
        EvidenceError: audit cannot be asked, or the answer makes no sense.
    """
    return [decode_rule(payload, machine, position) for position, payload in enumerate(list_payloads(), 1)]


def list_payloads() -> List[bytes]:
    """The rules this kernel holds as it tells them, in the order of :func:`list_rules`.

    AUDIT_ADD_RULE and AUDIT_DEL_RULE take back these very bytes (rules/kernel_write.py).

    Raises:
        EvidenceError: audit cannot be asked.
    """
    return [message.payload for message in netlink.ask(netlink.AUDIT_LIST_RULES)]


def read_status() -> Status:
    """What ``auditctl -s`` shows, asked of the kernel (AUDIT_GET, AUDIT_GET_FEATURE).

    Returns:
        A status; a field this kernel is too old to have is None.

    Raises:
        EvidenceError: audit cannot be asked, or the answer makes no sense.
    """
    features: Optional[bytes] = None
    status = netlink.ask(netlink.AUDIT_GET)[0].payload
    try:
        features = netlink.ask(netlink.AUDIT_GET_FEATURE)[0].payload
    except netlink.Refused as exc:
        if exc.errno != _EINVAL:
            raise
        # Before 3.13 the request is unknown, and so is the feature.
    return decode_status(status, features)


def decode_status(status: bytes, features: Optional[bytes]) -> Status:
    """A status from struct audit_status and, where the kernel has it, struct audit_features.

    Raises:
        EvidenceError: fewer bytes than any kernel sends.
    """
    words = struct.unpack_from("={0}I".format(len(status) // 4), status)
    if len(words) < _STATUS_LEAST:
        raise _unreadable("a status of {0} bytes".format(len(status)))
    values = dict(zip(_STATUS, words[1:]))
    values.pop("feature_bitmap", None)
    immutable: Optional[int] = None
    locked: Optional[int] = None
    if features is not None:
        if len(features) < 16:
            raise _unreadable("a feature set of {0} bytes".format(len(features)))
        _version, _mask, on, lock = struct.unpack_from("=IIII", features)
        immutable = int(bool(on & _LOGINUID_IMMUTABLE))
        locked = int(bool(lock & _LOGINUID_IMMUTABLE))
    return Status(loginuid_immutable=immutable, loginuid_locked=locked, **values)


def decode_rule(payload: bytes, machine: Optional[str] = None, position: Optional[int] = None) -> Rule:
    """One struct audit_rule_data as a rule.

    A field this version does not know keeps its number as its name, ``f114``,
    as auditctl prints it, so that a judge can say that it cannot tell.

    Args:
        payload: The structure and the strings behind it.
        machine: As for :func:`list_rules`.
        position: The rule's 1-based place in the listing, for its origin.

    Raises:
        EvidenceError: the bytes are not a rule that a kernel would list.
    """
    raw = _take_apart(payload, position)
    conditions: List[Condition] = []
    keys: Tuple[str, ...] = ()
    offset = 0
    for number, operator_bits, value in raw.fields:
        op = rule_data.OPERATORS.get(operator_bits)
        if op is None:
            raise _unreadable("operator 0x{0:x} of field {1}".format(operator_bits, number), position)
        text = ""
        if number in rule_data.STRINGS or number == rule_data.FILTERKEY:
            if offset + value > len(raw.text):
                raise _unreadable("text of field {0} beyond the end".format(number), position)
            # Paths and keys are bytes to the kernel; surrogates keep what is not UTF-8.
            text = raw.text[offset : offset + value].decode("utf-8", "surrogateescape")
            offset += value
        if number == rule_data.FILTERKEY:
            keys = tuple(text.split(rule_data.KEY_SEPARATOR))
        elif number in rule_data.STRINGS:
            conditions.append(Field(rule_data.STRINGS[number], op, text))
        elif number == rule_data.LOGINUID_SET:
            has_auid = (value != 0) == (op == "=")
            conditions.append(Field("auid", "!=" if has_auid else "=", UNSET))
        elif number == rule_data.FIELD_COMPARE and 1 <= value <= len(rule_data.COMPARISONS):
            left, right = rule_data.COMPARISONS[value - 1]
            conditions.append(Compare(left, op, right))
        else:
            conditions.append(Field(rule_data.NUMBERS.get(number, "f{0}".format(number)), op, value))
    if offset != len(raw.text):
        # An unknown field that has text would shift every later string.
        raise _unreadable("{0} bytes of text that no known field owns".format(len(raw.text) - offset), position)
    rule = Rule(
        list=raw.list,
        action=raw.action,
        syscalls=_calls(raw.list, raw.mask),
        conditions=tuple(conditions),
        keys=keys,
    )
    return rule._replace(origin=Origin(netlink.SOURCE, position, _text(rule, machine)))


def _take_apart(payload: bytes, position: Optional[int]) -> _Raw:
    if len(payload) < rule_data.RULE.size:
        raise _unreadable("{0} bytes where a rule has at least {1}".format(len(payload), rule_data.RULE.size), position)
    words = rule_data.RULE.unpack_from(payload)
    flags, action, count = words[:3]
    fields_at = 3 + rule_data.MASK_WORDS
    columns = [
        words[fields_at + n * rule_data.MAX_FIELDS : fields_at + (n + 1) * rule_data.MAX_FIELDS] for n in range(3)
    ]
    buflen = words[-1]
    text = payload[rule_data.RULE.size : rule_data.RULE.size + buflen]
    if count > rule_data.MAX_FIELDS or len(text) < buflen:
        raise _unreadable("{0} fields and {1} of {2} bytes of text".format(count, len(text), buflen), position)
    if flags & rule_data.LIST_BITS not in rule_data.LISTS:
        raise _unreadable("list number {0}".format(flags & rule_data.LIST_BITS), position)
    if action not in rule_data.ACTIONS:
        raise _unreadable("action number {0}".format(action), position)
    fields = tuple(
        (number & ~rule_data.OPERATOR_BITS, operator & rule_data.OPERATOR_BITS, value)
        for number, value, operator in zip(*columns)
    )
    return _Raw(
        rule_data.LISTS[flags & rule_data.LIST_BITS],
        rule_data.ACTIONS[action],
        words[3:fields_at],
        fields[:count],
        text,
    )


def _calls(list_name: str, mask: Tuple[int, ...]) -> Optional[FrozenSet[int]]:
    """The numbers in a rule's mask; None for every call, and on lists that have no mask."""
    if list_name not in ("exit", "io_uring"):
        return None
    # auditctl's "all" leaves the last word clear: its upper half stands for
    # classes of calls, and no architecture numbers its calls so high.
    if all(word == rule_data.FULL for word in mask[:-1]):
        return None
    return frozenset(32 * n + bit for n, word in enumerate(mask) if word for bit in range(32) if word >> bit & 1)


def _text(rule: Rule, machine: Optional[str]) -> str:
    if machine is None:
        return ""
    try:
        return render(rule, Dialect(machine=machine))
    except RuleError:  # loaded by another program than auditctl, which has no words for it
        return ""


def _unreadable(what: str, position: Optional[int] = None) -> EvidenceError:
    return EvidenceError(
        "the audit subsystem's answer makes no sense here: {0}".format(what),
        netlink.SOURCE,
        position,
        remedy="judge the text of 'auditctl -l' and 'auditctl -s' instead, and report this kernel's version",
    )
