# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The output of ``auditctl -l`` as rules, for saved evidence and where the kernel cannot be asked.

The text says less than the kernel: a rule that is printed as a watch has lost
its action (None here), its list (exit here: perm alone says it) and whether
its object is a path or a dir (``watch`` here); ``exe!=`` is printed as
``exe=`` up to 3.1.4 and by 4.0 and 4.0.1, so what a rule with ``exe=`` does is
unknown there (its action is None); of io_uring operations those past 36 are
missing. The printer is ``print_rule`` of src/auditctl-listing.c, 2.8.5 to
4.2.1. It never resets the arch it printed last, so a rule without an arch has
its calls named by the table of the rule above that had one.
"""

import re
from typing import List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules import names
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    ACTIONS,
    LISTS,
    UNSET,
    Compare,
    Condition,
    Dialect,
    Field,
    Origin,
    Rule,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import compact, shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_fields import (
    STRINGS,
    ordered_pair,
    read_perm,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_printed import prints_operator_of_exe
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_rule import MASK_LISTS
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_tables import CALLS, table_of

_HEAD = re.compile(r"-a ([a-z]+),([a-z_]+)(?= -|\Z)")
_PIECES = re.compile(r" (?=-[FSC] )")
_FIELD = re.compile(r"([a-z0-9_]+)(!=|>=|<=|&=|=|>|<|&)(.*)\Z", re.DOTALL)
_WATCH = re.compile(r"-w (.*?)(?= -p [rwxa]*(?: -[pk] |\Z)| -k |\Z)", re.DOTALL)
_PERM = re.compile(r" ?-p ([rwxa]*)(?= -[pk] |-w /|\Z)")
_NUMBER = re.compile(r"-?[0-9]+\Z|0[xX][0-9a-fA-F]+\Z")
_EMPTY = "No rules"
_REMEDY = "save the output of 'auditctl -l', without -i, as it is, or read the kernel itself."


def parse_listing(text: str, dialect: Dialect, file: str = "auditctl -l") -> List[Rule]:
    """The rules in the output of ``auditctl -l``.

    Args:
        text: The whole output, also of ``-l -k …``. Output of ``-l -i`` is
            taken as long as no system call argument was put into words.
        dialect: The auditctl that printed it, and its machine: "b64" means
            that machine's.
        file: What to call the text in origins and errors.

    Returns:
        The rules in the order printed, which is by list and not the order in
        which they were loaded; ``origin.line`` is the line of the text. A rule
        that was loaded with -A is not told from one that was not.

    Raises:
        RuleError: A line that auditctl does not print, with its number.
    """
    rules = []
    reader = _Reader(dialect)
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.strip() == _EMPTY:
            continue
        origin = Origin(file, number, line)
        try:
            rules.append(reader.rule(line)._replace(origin=origin))
        except RuleError as refused:
            raise RuleError(
                "{0}: {1}".format(compact(refused.message), shown(line.strip())),
                file,
                number,
                refused.remedy or _REMEDY,
            ) from None
    return rules


class _Reader:
    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._version = tuple(dialect.version)
        self._machine: Optional[str] = dialect.machine  # of the arch printed last

    def rule(self, line: str) -> Rule:
        if line.lstrip(" ").startswith(("-w ", "-p ")):
            return self._watch(line)
        match = _HEAD.match(line)
        if not match or match.group(1) not in ACTIONS or match.group(2) not in LISTS:
            raise RuleError("this is not a line that auditctl -l prints")
        action, list_name = match.groups()
        conditions: List[Condition] = []
        keys: List[str] = []
        calls: Optional[str] = None
        rest = line[match.end() :]
        for piece in _PIECES.split(rest)[1:]:
            option, value = piece[:2], piece[3:]
            if option == "-S":
                if calls is not None:
                    raise RuleError("two lists of system calls")
                calls = value
            elif option == "-C":
                conditions.append(self._compare(value))
            elif value.startswith("key="):
                keys.append(value[4:])
            else:
                conditions.append(self._field(value))
        numbers = None
        if list_name in MASK_LISTS:
            numbers = self._calls(calls or "", "uring" if list_name == "io_uring" else self._machine)
        elif calls is not None:
            raise RuleError("the {0} list has no system calls".format(list_name))
        # exe= may stand for exe!= there, which turns the rule into its opposite: no action can be told.
        told = "exe" not in [condition[0] for condition in conditions] or prints_operator_of_exe(self._version)
        return Rule(list_name, action if told else None, numbers, tuple(conditions), tuple(keys))

    def _watch(self, line: str) -> Rule:
        """``-w path -p perms -k key``, in any order in which the fields were given, glued as they come."""
        conditions: List[Condition] = []
        rest = line.lstrip(" ")
        keys: Tuple[str, ...] = ()
        while rest:
            if rest.startswith(" -k "):
                keys = tuple(rest[4:].split(" -k "))
                break
            match = _WATCH.match(rest)
            if match:
                if not match.group(1).startswith("/"):
                    raise RuleError("a watch without a path")
                conditions.append(Field("watch", "=", match.group(1)))
            else:
                match = _PERM.match(rest)
                if not match:
                    raise RuleError("this is not a line that auditctl -l prints")
                conditions.append(Field("perm", "=", read_perm(match.group(1))))
            rest = rest[match.end() :]
        if not any(condition[0] == "perm" for condition in conditions):
            raise RuleError("a watch without -p is not what auditctl -l prints")
        return Rule("exit", None, None, tuple(conditions), keys)

    def _calls(self, text: str, machine: Optional[str]) -> Optional[frozenset]:  # type: ignore[type-arg]
        if text == "all":
            return None
        numbers = set()
        for word in text.split(",") if text else []:
            number = names.syscall_number(word, table_of(machine or ""))
            if number is None and word.isdigit():
                number = int(word)
            if number is None or number >= CALLS:
                raise RuleError("no system call {0!r} on {1}".format(word, machine))
            numbers.add(number)
        return frozenset(numbers)

    @staticmethod
    def _compare(text: str) -> Compare:
        match = _FIELD.match(text)
        if not match or match.group(2) not in ("=", "!="):
            raise RuleError("-C takes two fields with = or != between them")
        left, right = ordered_pair(match.group(1), match.group(3))
        return Compare(left, match.group(2), right)

    def _field(self, text: str) -> Field:
        match = _FIELD.match(text)
        if not match:
            raise RuleError("-F takes a field, an operator and a value")
        name, op, value = match.groups()
        if not names.field_known(name):
            raise RuleError("no field {0!r}".format(name))
        if name in STRINGS:
            return Field(name, op, value)
        if name == "perm":
            return Field(name, op, read_perm(value))
        if name == "arch":
            return self._arch(op, value)
        return Field(name, op, self._value(name, value))

    def _arch(self, op: str, value: str) -> Field:
        if value[:2] == "0x" and _NUMBER.match(value):
            # An arch that this auditctl has no name for: it prints numbers of calls then.
            found: Optional[int] = int(value, 16) & UNSET
        else:
            found = names.arch_value(value, self._dialect.machine, self._version)
        if found is None:
            raise RuleError("arch {0!r} is none of {1}".format(value, self._dialect.machine))
        self._machine = names.machine_of_arch(found)
        return Field("arch", op, found)

    def _value(self, name: str, text: str) -> int:
        found: Optional[int] = None
        if _NUMBER.match(text):
            found = int(text, 16) if text[:2] in ("0x", "0X") else int(text)
        elif name in ("auid", "sessionid") and text == "unset":
            found = UNSET
        elif name == "exit":
            found = names.errno_number(text, self._dialect.machine)
        elif name == "msgtype":
            found = names.msgtype_number(text)
        elif name == "fstype":
            found = names.fstype_number(text)
        if found is None:
            raise RuleError("{0}={1} is not a number".format(name, text))
        if not -(1 << 31) <= found <= UNSET:
            raise RuleError("{0}={1} is beyond 32 bits".format(name, text))
        return found & UNSET
