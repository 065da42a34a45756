# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of auditctl(8) and audit.rules(7) as values.

A :class:`Rule` is what the kernel would hold: numbers, not names, and a
system call set as the kernel's mask has it. Where it came from is kept beside
it and never takes part in comparisons of meaning.
"""

from typing import FrozenSet, NamedTuple, Optional, Tuple, Union

from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown

LISTS = ("user", "task", "exit", "exclude", "filesystem", "io_uring")
ACTIONS = ("always", "never")
OPERATORS = ("=", "!=", ">", ">=", "<", "<=", "&", "&=")

# AUDIT_PERM_* of include/uapi/linux/audit.h, in the order auditctl prints them.
PERM_EXEC, PERM_WRITE, PERM_READ, PERM_ATTR = 1, 2, 4, 8
PERM_LETTERS = (("r", PERM_READ), ("w", PERM_WRITE), ("x", PERM_EXEC), ("a", PERM_ATTR))
PERM_ALL = PERM_EXEC | PERM_WRITE | PERM_READ | PERM_ATTR

UNSET = 0xFFFFFFFF
"""The unset auid, uid or session: (u32)-1."""


class Origin(NamedTuple):
    """Where a line was read: ``file`` may be a name such as "the kernel"; ``line`` counts from 1."""

    file: Optional[str] = None
    line: Optional[int] = None
    text: str = ""

    def __str__(self) -> str:
        if self.file is None:
            return shown(self.text)
        return self.file if self.line is None else "{0}:{1}".format(self.file, self.line)


class Field(NamedTuple):
    """``-F name op value``.

    ``value`` is an int for every numeric field (uid names, errno, file types,
    message types and arches are resolved; ``exit`` is kept as u32, as the
    kernel compares it) and a str for path, dir, exe, subj_* and obj_*.
    ``watch`` is the object of a ``-w`` line: auditctl makes it ``path`` or
    ``dir`` by looking at the disk, see :func:`with_watch_as`.
    """

    name: str
    op: str
    value: Union[int, str]


class Compare(NamedTuple):
    """``-C left op right``, in the order in which ``auditctl -l`` prints the pair."""

    left: str
    op: str
    right: str


Condition = Union[Field, Compare]


class Rule(NamedTuple):
    """One rule as the kernel would hold it.

    ``action`` is None where the evidence cannot tell it: ``auditctl -l``
    prints a never rule on a path as a watch, and before 3.1.5 or 4.0.2
    ``exe!=`` as ``exe=``. ``syscalls`` is None for every
    call (the mask with all bits set), else the numbers in the mask.
    ``conditions`` keeps the written order and holds no keys.
    """

    list: str
    action: Optional[str]
    syscalls: Optional[FrozenSet[int]] = None
    conditions: Tuple[Condition, ...] = ()
    keys: Tuple[str, ...] = ()
    prepend: bool = False
    origin: Origin = Origin()

    def fields(self, name: str) -> Tuple[Field, ...]:
        """The ``-F name`` conditions, in order."""
        return tuple(c for c in self.conditions if isinstance(c, Field) and c.name == name)

    def value(self, name: str) -> Union[int, str, None]:
        """The value of the last ``-F name`` condition, or None."""
        found = self.fields(name)
        return found[-1].value if found else None


class Statement(NamedTuple):
    """One line of a rules file, understood.

    ``verb`` is one of

    * ``add`` (-a, -A, -w) and ``delete`` (-d, -W), with ``rule``;
    * ``delete_all`` (-D), with ``value`` the key of ``-D -k`` or None;
    * ``set`` with ``name`` one of backlog_limit, failure, enabled, rate_limit,
      backlog_wait_time, loginuid_immutable, reset_lost,
      reset_backlog_wait_time_actual, and ``value`` an int;
    * ``option`` with ``name`` ignore_errors (-i) or continue_on_errors (-c);
    * ``trim`` (-t) and ``make_equivalent`` (-q) with ``value`` (mount, subtree);
    * ``other`` with ``name`` status, list, version, help, message, signal,
      nothing or deprecated: auditctl takes the line, and no rule or setting
      comes of it.

    ``warnings`` are what auditctl would print and load nevertheless.
    ``before`` is what the same line does first, in order: ``-b 8192 -e 1`` is
    two settings, the second with the first in its ``before``.
    """

    verb: str
    rule: Optional[Rule] = None
    name: Optional[str] = None
    value: Union[int, str, Tuple[str, str], None] = None
    warnings: Tuple[str, ...] = ()
    origin: Origin = Origin()
    before: Tuple["Statement", ...] = ()


class Dialect(NamedTuple):
    """Whose auditctl reads a line: the answer to several questions depends on it.

    ``version`` is auditctl's, e.g. ``(3, 0, 9)``. ``machine`` is one of
    x86_64, i386, aarch64, arm, ppc64le, s390x. ``users`` and ``groups`` map
    names to numbers; None means the machine's own databases.
    """

    version: Tuple[int, ...] = (4, 2, 1)
    machine: str = "x86_64"
    users: Optional[Tuple[Tuple[str, int], ...]] = None
    groups: Optional[Tuple[Tuple[str, int], ...]] = None


def with_watch_as(rule: Rule, kind: str) -> Rule:
    """The rule with its ``watch`` object read as ``path`` or ``dir``."""
    conditions = tuple(
        Field(kind, c.op, c.value) if isinstance(c, Field) and c.name == "watch" else c for c in rule.conditions
    )
    return rule._replace(conditions=conditions)
