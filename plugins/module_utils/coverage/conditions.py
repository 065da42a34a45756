# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a rule's conditions to the box of events that they let through.

Objects (path, dir, inode=) are not part of a box: which rules an object can
reach is decided by walks.py of this package, per event.
"""

from typing import Dict, Iterable, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box, Dim
from ansible_collections.auditops.trail.plugins.module_utils.coverage.calls import CallSpace
from ansible_collections.auditops.trail.plugins.module_utils.coverage.sets import (
    TOP,
    Domain,
    Names,
    Ranges,
    meet,
    ranges_of,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Compare, Condition, Field, Rule

NEVER_RETURNS = TOP + 1
"""The value of ``exit`` for a call that ends the task; no u32 range holds it."""
FAILED: Ranges = ((TOP - 4094, TOP),)
"""Return values that mean failure: -4095 to -1 (include/linux/err.h)."""
SUCCEEDED: Ranges = ((0, TOP - 4095),)

WITH_ADDRESS = frozenset(("bind", "connect", "sendto", "sendmsg", "sendmmsg", "socketcall"))
"""Calls that may be given a socket address (audit_sockaddr in net/socket.c)."""
OBJECTS = ("path", "dir", "watch")
_CALL_FIELDS = ("arch", "perm")
_GROUPS = ("gid", "egid")
_DEVICES = ("devmajor", "devminor")
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
# kernel/auditsc.c, AUDIT_SUCCESS: a value other than 0 asks for success, 0 for failure.
_RETURN_VALID = ((1, SUCCEEDED), (2, FAILED))


def condition_domain(condition: Condition, groups: bool = True) -> Optional[Tuple[Dim, Domain]]:
    """The dimension and domain of one condition, or None for arch, perm and objects (path, dir, inode=).

    An empty domain comes back as empty ranges or names. ``groups``: gid and egid
    are compared with the supplementary groups too (not so in the user and
    exclude lists: audit_filter, kernel/auditfilter.c).
    """
    if isinstance(condition, Compare):
        return ("same", condition.left, condition.right), condition.op == "="
    name, op, value = condition
    if name in OBJECTS or name in _CALL_FIELDS or _is_inode(condition):
        return None
    if name == "success":
        return "exit", _success(op, int(value))
    if isinstance(value, str):
        if op in ("=", "!="):
            return name, Names(frozenset((value,)), op == "!=")
        return ("test", name, op, value), True
    if groups and name in _GROUPS and op in ("=", "!="):
        return ("member", name, value), op == "="
    if op in _COMPARISONS:
        found = ranges_of(op, value)
        if name in _DEVICES and found and found[0][0] == 0:
            return None  # compared with rdev too, which is 0 for all but device nodes
        return name, found
    return ("bits", name, op, value & TOP), True


def _success(op: str, value: int) -> Ranges:
    asked = 1 if value else 2
    found: Ranges = ()
    for code, returns in _RETURN_VALID:
        if any(low <= code <= high for low, high in ranges_of(op, asked)):
            found = tuple(sorted(found + returns))
    return found


def dims_of(conditions: Iterable[Condition], groups: bool = True) -> Optional[Dict[Dim, Domain]]:
    """The domains of several conditions together, or None where no event meets them all (see condition_domain)."""
    dims: Dict[Dim, Domain] = {}
    for condition in conditions:
        found = condition_domain(condition, groups)
        if found is None:
            continue
        dim, domain = found
        if dim in dims:
            common = meet(dims[dim], domain)
        else:
            common = domain if isinstance(domain, bool) or domain else None
        if common is None:
            return None
        dims[dim] = common
        evidence = _needs(condition)
        if evidence:
            dims[("has", evidence)] = True
    return dims


def _needs(condition: Condition) -> str:
    """What an event must have for a condition to hold at all: without it neither ``=`` nor ``!=`` matches.

    Labels need a security module that has loaded the rule; saddr_fam a call
    that was given an address (kernel/auditsc.c, audit_filter_rules).
    """
    if isinstance(condition, Field):
        if condition.name == "saddr_fam":
            return "address"
        if condition.name.startswith(("subj_", "obj_")) and condition.name not in ("obj_uid", "obj_gid"):
            return "label"
    return ""


def box_of(rule: Rule, space: CallSpace) -> Optional[Box]:
    """The events whose call and attributes a rule lets through, or None where there are none."""
    dims = dims_of(rule.conditions)
    if dims is None:
        return None
    calls = space.of_rule(rule)
    if any(isinstance(c, Field) and asks_for_a_name(c) for c in rule.conditions):
        calls &= space.naming()
    if rule.fields("saddr_fam"):
        calls &= space.of_names(WITH_ADDRESS)
    return Box(calls, dims) if calls else None


def asks_for_a_name(field: Field) -> bool:
    """Does the condition fail for every call that collects no names? (filetype!= holds for them.)"""
    if field.name == "filetype":
        return field.op == "="
    return field.name.startswith("obj_") or field.name in ("inode", "devmajor", "devminor")


def objects_of(rule: Rule) -> Tuple[Field, ...]:
    """The path, dir and ``inode=`` conditions of a rule (a ``watch`` counts as ``path``, auditctl's default).

    The kernel takes one of them in a rule.
    """
    return tuple(
        Field("path", c.op, c.value) if c.name == "watch" else c
        for c in rule.conditions
        if isinstance(c, Field) and (c.name in OBJECTS or _is_inode(c))
    )


def object_text(rule: Rule) -> str:
    """What a rule with an object is about, as a reader would say it; empty for a rule without one."""
    for field in objects_of(rule)[-1:]:
        return "inode {0}".format(field.value) if field.name == "inode" else str(field.value)
    return ""


def _is_inode(field: Field) -> bool:
    """Only ``inode=`` hangs in the kernel's inode buckets; ``inode!=`` is a condition (kernel/auditfilter.c)."""
    return field.name == "inode" and field.op == "="
