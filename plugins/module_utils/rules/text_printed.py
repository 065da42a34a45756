# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule as ``auditctl -l`` prints it.

Follows ``print_rule`` and what it calls in src/auditctl-listing.c, 2.8.5 to
4.2.1, with its flaws: a rule that has perm, a path and nothing else is printed
as a watch whatever its action, ``exe!=`` lost its operator before 3.1.5 and
4.0.2, and of io_uring operations the first 37 are shown.
"""

from typing import List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules import names
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    PERM_LETTERS,
    Compare,
    Dialect,
    Field,
    Rule,
    with_watch_as,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_fields import ARGUMENTS, STRINGS
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_rule import MASK_LISTS
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_tables import OPERATIONS, table_of

_WATCHED = frozenset(("perm", "path", "dir", "watch"))


def perm_letters(mask: int) -> str:
    """The letters of AUDIT_PERM_* bits in the order ``rwxa``."""
    return "".join(letter for letter, bit in PERM_LETTERS if mask & bit)


def printed_as_watch(rule: Rule) -> bool:
    """Whether ``auditctl -l`` prints the rule as ``-w … -p …``, which hides its action and list."""
    found = [condition[0] for condition in rule.conditions if isinstance(condition, Field)]
    if len(found) < len(rule.conditions) or "perm" not in found or not _WATCHED.issuperset(found):
        return False
    return rule.list not in MASK_LISTS or rule.syscalls is None


def prints_operator_of_exe(version: Tuple[int, ...]) -> bool:
    """Whether ``auditctl -l`` of that version shows ``exe!=`` as it is: others print ``exe=`` for it too.

    The printer's operator for AUDIT_EXE, src/auditctl-listing.c: mended in 3.1.5 and, on the other branch, in 4.0.2.
    """
    return (3, 1, 5) <= version < (4, 0) or version >= (4, 0, 2)


def printed(rule: Rule, dialect: Dialect, kind: Optional[str] = None) -> str:
    """The line that ``auditctl -l`` of that version prints for the rule alone.

    Among others, a rule without an arch can come out otherwise: auditctl keeps
    the arch of the rule above for it (see :mod:`.listing`). Nothing is escaped
    in it, so it cannot in general be fed back.

    Args:
        rule: The rule.
        dialect: auditctl's version, and the machine it runs on.
        kind: What a watch's object is, ``path`` or ``dir``: needed where the
            rule has more conditions than auditctl prints as a watch.

    Raises:
        RuleError: The kind is needed and missing.
    """
    version = tuple(dialect.version)
    if printed_as_watch(rule):
        parts = []
        for name, _op, value in rule.conditions:
            parts.append(" -p " + perm_letters(int(value)) if name == "perm" else "-w " + str(value))
        return "".join(parts + [" -k " + key for key in rule.keys])
    if rule.fields("watch"):
        if kind is None:
            raise RuleError(
                "what {0} is decides how auditctl prints the rule".format(rule.value("watch")),
                remedy="say whether it is a path or a dir.",
            )
        rule = with_watch_as(rule, kind)
    parts = ["-a {0},{1}".format(rule.action or "always", rule.list)]
    machine = dialect.machine
    for arch in rule.fields("arch"):
        found = names.machine_of_arch(int(arch.value))
        shown = "b{0}".format(names.arch_bits(int(arch.value))) if found else "0x{0:X}".format(int(arch.value))
        parts.append(" -F arch{0}{1}".format(arch.op, shown))
        machine = found or ""
    parts.append(_calls(rule, machine, version))
    for condition in rule.conditions:
        if isinstance(condition, Compare):
            parts.append(" -C {0}{1}{2}".format(*condition))
        elif condition.name != "arch":
            parts.append(_field(condition, dialect, version))
    parts.extend(" -F key=" + key for key in rule.keys)
    return "".join(parts)


def _calls(rule: Rule, machine: str, version: Tuple[int, ...]) -> str:
    if rule.list not in MASK_LISTS:
        return ""
    if rule.syscalls is None:
        return " -S all"
    table = "uring" if rule.list == "io_uring" else table_of(machine)
    shown: List[str] = []
    for number in sorted(rule.syscalls):
        if rule.list == "io_uring" and number >= OPERATIONS:
            continue
        shown.append(names.syscall_name(number, table, version) or str(number))
    return " -S " + ",".join(shown) if shown else ""


def _signed(value: int) -> int:
    return value - (1 << 32) if value >> 31 else value


def _field(field: Field, dialect: Dialect, version: Tuple[int, ...]) -> str:
    name, op, value = field
    if isinstance(value, str):
        if name not in STRINGS:
            raise RuleError("{0} takes a number, not {1!r}".format(name, value), remedy="resolve the name.")
        if name in ("exe", "path", "dir") and not prints_operator_of_exe(version):
            op = "="
        return " -F {0}{1}{2}".format(name, op, value)
    shown: Optional[str] = None
    if name == "field_compare":
        return ""  # a comparison without a name
    if name == "perm":
        # Its operator is always "=".
        return " -F perm=" + perm_letters(value)
    if name == "msgtype":
        shown = names.msgtype_name(value, version)
    elif name == "fstype":
        shown = names.fstype_name(value, version)
    elif name == "inode":
        shown = str(value)
    elif name in ARGUMENTS:
        shown = "0x{0:X}".format(value)
    elif name == "exit" and value >> 31:
        errno = names.errno_name(_signed(value), dialect.machine)
        shown = "-" + errno if errno else None
    if name[:1] == "f" and name[1:].isdigit():
        # A field that this auditctl has no name for.
        return " {0}{1}{2}".format(name, op, _signed(value))
    return " -F {0}{1}{2}".format(name, op, _signed(value) if shown is None else shown)
