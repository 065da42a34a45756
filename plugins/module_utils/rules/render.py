# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules as text: a line for a rules file, and the line that ``auditctl -l`` would print."""

from typing import Iterator, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules import names
from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import identity, resolved
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    UNSET,
    Compare,
    Condition,
    Dialect,
    Field,
    Rule,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_fields import ARGUMENTS
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_printed import (
    perm_letters,
    printed,
    printed_as_watch,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_rule import MASK_LISTS
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_split import escape
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_tables import Tables, table_of, tables_for

__all__ = ["perm_letters", "printed", "printed_as_watch", "render"]

_COUNTS_WORDS = (4, 2)  # before it, auditctl made room for a third of the line's length


def render(rule: Rule, dialect: Dialect) -> str:
    """A line of a rules file that auditctl of that dialect takes, and that means the rule.

    Names stand for numbers where this auditctl has them, keys are ``-k`` behind
    ``-w`` and ``-F key=`` elsewhere. The line is read back before it is
    returned, so it is never one that means something else.

    Args:
        rule: The rule. A ``watch`` becomes ``-w``; what kind of object it is
            must be settled first (``model.with_watch_as``) where a rule says
            more about it than -w can.
        dialect: Whose auditctl is to read it.

    Raises:
        RuleError: No line of that auditctl means it.
    """
    wanted = rule if rule.action is not None else rule._replace(action="always")
    expected = identity(wanted)
    why = ""
    for tokens in _candidates(wanted, dialect):
        line = _joined(tokens, dialect)
        try:
            statement = parse_line(line, dialect)
        except RuleError as refused:
            why = why or refused.message
            continue
        found = statement.rule if statement is not None and statement.verb == "add" else None
        if found is not None and identity(found) == expected and found.prepend == rule.prepend:
            return line
    raise RuleError(
        "auditctl {0} on {1} has no line for this rule{2}".format(
            ".".join(str(part) for part in dialect.version), dialect.machine, ": " + why if why else ""
        ),
        rule.origin.file,
        rule.origin.line,
        "write the rule otherwise, or use another version of auditctl.",
    )


def _joined(tokens: List[str], dialect: Dialect) -> str:
    words = [escape(token) for token in tokens]
    gap = " "
    line = gap.join(words)
    while tuple(dialect.version) < _COUNTS_WORDS and len(words) > len(line) // 3 + 1:
        # auditctl would not read the last words of a line with words this short.
        gap += " "
        line = gap.join(words)
    return line


def _candidates(rule: Rule, dialect: Dialect) -> Iterator[List[str]]:
    """Ways to say it, the usual one first: they differ in what auditctl adds for perm."""
    if rule.fields("watch"):
        yield _watch(rule, dialect)
        rule = resolved(rule)
        if rule.fields("watch"):
            return
    tables = tables_for(dialect)
    head = ["-A" if rule.prepend else "-a", "{0},{1}".format(rule.action, rule.list)]
    arches: List[str] = []
    perms: List[str] = []
    others: List[str] = []
    machine = dialect.machine
    for condition in rule.conditions:
        if isinstance(condition, Compare):
            others += ["-C", "{0}{1}{2}".format(*condition)]
            continue
        text = ["-F", _field(condition, dialect)]
        if condition.name == "arch":
            arches += text
            machine = names.machine_of_arch(int(condition.value)) or ""
        elif condition.name == "perm":
            perms += text
        else:
            others += text
    everything = [_condition(condition, dialect) for condition in rule.conditions if condition[0] != "arch"]
    fields = [word for pair in everything for word in pair]
    calls = _calls(rule, tables, "uring" if rule.list == "io_uring" else machine)
    keys = [word for key in rule.keys for word in ("-F", "key=" + key)]
    if perms and arches and rule.syscalls is not None:
        yield head + arches + fields + keys
    yield head + arches + calls + fields + keys
    if rule.list in MASK_LISTS and rule.syscalls is None and not calls:
        yield head + arches + ["-S", "all"] + fields + keys
    if perms:
        # Before arch and -S, perm adds no calls.
        yield head + perms + arches + calls + others + keys


def _watch(rule: Rule, dialect: Dialect) -> List[str]:
    perms = rule.fields("perm")
    first = perms[0] if perms else None
    tokens = ["-w", str(rule.value("watch"))]
    if first is not None:
        tokens += ["-p", perm_letters(int(first.value))]
    for condition in rule.conditions:
        if condition is not first and condition[0] != "watch":
            tokens += _condition(condition, dialect)
    if rule.action != "always":
        # -w itself means always; a later -a may overrule it if the list comes first.
        tokens += ["-A" if rule.prepend else "-a", "exit,{0}".format(rule.action)]
    elif rule.prepend:
        tokens += ["-A", "exit,always"]
    for key in rule.keys:
        tokens += ["-k", key]
    return tokens


def _condition(condition: Condition, dialect: Dialect) -> List[str]:
    if isinstance(condition, Compare):
        return ["-C", "{0}{1}{2}".format(*condition)]
    return ["-F", _field(condition, dialect)]


def _calls(rule: Rule, tables: Tables, machine: str) -> List[str]:
    if rule.list not in MASK_LISTS or rule.syscalls is None:
        return []
    shown = []
    for number in sorted(rule.syscalls):
        name = names.syscall_name(number, table_of(machine), tables.version)
        shown.append(name if name is not None and tables.call(name, machine) == number else str(number))
    return ["-S", ",".join(shown) or ","]


def _field(field: Field, dialect: Dialect) -> str:
    name, op, value = field
    if isinstance(value, str):
        return name + op + value
    return name + op + (_named(name, value, dialect) or _number(name, value))


def _number(name: str, value: int) -> str:
    if name in ARGUMENTS or name == "fstype":
        return "0x{0:x}".format(value)
    if name == "exit" and value >> 31:
        return str(value - (1 << 32))
    return str(value)


def _named(name: str, value: int, dialect: Dialect) -> Optional[str]:
    version = tuple(dialect.version)
    if name == "perm":
        return perm_letters(value)
    if name in ("auid", "sessionid") and value == UNSET:
        return "unset"
    if name == "exit" and value >> 31:
        errno = names.errno_name(value - (1 << 32), dialect.machine)
        known = errno is not None and names.errno_number(errno, dialect.machine) == (1 << 32) - value
        return "-{0}".format(errno) if known else None
    if name == "arch":
        for bits in ("b64", "b32"):
            if names.arch_value(bits, dialect.machine, version) == value:
                return bits
        return "0x{0:x}".format(value)
    if name == "msgtype":
        shown = names.msgtype_name(value, version)
        return shown if shown is not None and names.msgtype_number(shown, version) == value else None
    if name == "filetype":
        return names.ftype_name(value)
    if name == "fstype":
        return names.fstype_name(value, version)
    return None
