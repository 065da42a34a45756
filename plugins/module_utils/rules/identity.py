# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When two rules are the same: to the kernel's meaning, and to the kernel's own comparison.

What :func:`identity` counts as the same:

* ``-w`` and ``-a always,exit -F path=`` or ``-F dir=`` with ``-F perm=``, once it
  is known what the path stands for (auditctl asks stat(), so a link to a
  directory is a directory);
* conditions in any order, and said twice;
* numbers and names, ``unset``, ``-1`` and 4294967295, ``loginuid`` and ``auid``;
* ``-C`` either way round;
* keys in any order and spelling;
* ``-A`` and ``-a``: the place in the list is not the rule;
* ``dir=/etc/ssh/`` and ``dir=/etc/ssh``;
* on the exclude list, ``always`` and ``never`` (kernel/audit.c looks at the
  fields alone);
* on lists without a system call mask, any mask.

What it does not count as the same though it comes to the same: other spellings
of a path (links, bind mounts: that needs the disk), ``success=1`` and
``success!=0``, two conditions that make a third superfluous, and the rule that
auditctl 3.1.3 and later expand ``perm`` into (another mask is another rule;
read text with the dialect whose auditctl loads it, and both are expanded).
"""

from collections.abc import Hashable
from typing import Callable, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    UNSET,
    Compare,
    Condition,
    Field,
    Rule,
    with_watch_as,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_fields import ordered_pair
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_rule import MASK_LISTS

IsDir = Callable[[str], Optional[bool]]
"""What a path stands for: True for a directory or a link to one, False for anything else or nothing, None unknown."""


def identity(rule: Rule, is_dir: Optional[IsDir] = None, with_keys: bool = True) -> Hashable:
    """A value that is equal for two rules exactly when they are the same (see above).

    Args:
        rule: Any rule; an action of None is a value of its own.
        is_dir: Decides what the object of a ``-w`` is; without it, or where
            it says None, a watch is the same as another watch alone.
        with_keys: False to leave the keys out of it.
    """
    rule = resolved(rule, is_dir)
    calls = rule.syscalls if rule.list in MASK_LISTS else None
    action = "always" if rule.list == "exclude" and rule.action is not None else rule.action
    conditions = frozenset(_plain(condition) for condition in rule.conditions)
    return rule.list, action, calls, conditions, frozenset(rule.keys) if with_keys else None


def kernel_identity(rule: Rule, is_dir: Optional[IsDir] = None) -> Hashable:
    """What the kernel compares before it answers "Rule exists", or deletes a rule.

    audit_compare_rule() of kernel/auditfilter.c: the order of the conditions
    counts, the keys are one string, and ``-A`` is a flag that a loaded rule no
    longer has, so a prepended rule is never found among the loaded ones.
    """
    rule = resolved(rule, is_dir)
    calls = rule.syscalls if rule.list in MASK_LISTS else None
    return rule.list, rule.action, rule.prepend, calls, rule.conditions, rule.keys


def same(one: Rule, other: Rule, is_dir: Optional[IsDir] = None) -> Optional[bool]:
    """Whether two rules are the same; None where the evidence cannot tell.

    It cannot where an action is None and the rest agrees, and where an
    unresolved watch is the same as a ``path`` or a ``dir``. A rule without an
    action that has ``exe=`` may have been ``exe!=`` (see :mod:`.listing`).
    """
    one, other = resolved(one, is_dir), resolved(other, is_dir)
    if identity(one) == identity(other):
        return None if one.action is None else True
    for left in _readings(one):
        for right in _readings(other):
            if one.action is None or other.action is None:
                left, right = left._replace(action="always"), right._replace(action="always")  # noqa: PLW2901
            if identity(left) == identity(right):
                return None
    return False


def _readings(rule: Rule) -> List[Rule]:
    if rule.action is None and rule.fields("exe"):
        other = tuple(
            condition._replace(op="!=") if condition[0] == "exe" and condition[1] == "=" else condition
            for condition in rule.conditions
        )
        return [rule, rule._replace(conditions=other)]
    if not rule.fields("watch"):
        return [rule]
    return [rule, with_watch_as(rule, "path"), with_watch_as(rule, "dir")]


def resolved(rule: Rule, is_dir: Optional[IsDir] = None) -> Rule:
    """The rule with its watch, if it has one and it is known, as ``path`` or ``dir``."""
    for condition in rule.conditions:
        if condition[0] == "watch" and isinstance(condition, Field):
            path = str(condition.value)
            # Only a dir may end in a slash (kernel/audit_watch.c, audit_to_watch()).
            known = True if path.endswith("/") else is_dir(path) if is_dir is not None else None
            if known is not None:
                return with_watch_as(rule, "dir" if known else "path")
    return rule


def _plain(condition: Condition) -> Tuple[object, ...]:
    if isinstance(condition, Compare):
        left, right = ordered_pair(condition.left, condition.right)
        return "C", left, condition.op, right
    name, op, value = condition
    if name == "loginuid":
        name = "auid"
    if isinstance(value, int):
        return "F", name, op, value & UNSET
    if name == "dir":
        value = value.rstrip("/") or "/"
    return "F", name, op, value
