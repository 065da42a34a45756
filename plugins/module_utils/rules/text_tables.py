# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lines of one dialect have in common: system calls, conditions and perm's calls, looked up once."""

from typing import Dict, FrozenSet, List, Optional, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules import names
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.permissions import perm_expansion, perm_refused
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import nearest
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_fields import FieldReader
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_numbers import DIGITS, long_bits, signed

CALLS = 2048
"""The bits of a rule's mask: a system call has a number below it."""

OPERATIONS = 37
"""auditctl takes this for the number of io_uring operations (IORING_OP_LAST), whatever the kernel has."""

_MOST_NEAR = 1000  # misspelt names whose neighbours are kept

# One table serves every powerpc, audit_name_to_syscall() of lib/lookup_table.c.
_TABLE = {"ppc64": "ppc64le", "ppc": "ppc64le"}


def table_of(machine: str) -> str:
    """The machine whose table auditctl uses for another's system calls."""
    return _TABLE.get(machine, machine)


class Tables:
    """What a dialect's lines have in common, looked up once."""

    def __init__(self, dialect: Dialect) -> None:
        """Tables for ``dialect``."""
        self.dialect = dialect
        self.version = tuple(dialect.version) + (0,) * (3 - len(dialect.version))
        self.machine = dialect.machine
        self.fields = FieldReader(dialect._replace(version=self.version))
        self._calls: Dict[Tuple[str, str], Tuple[bool, FrozenSet[int]]] = {}
        self._near: Dict[Tuple[str, str], str] = {}
        self._perms: Dict[Tuple[int, str], FrozenSet[int]] = {}

    def calls(self, text: str, machine: str) -> Tuple[bool, FrozenSet[int]]:
        """Whether ``-S text`` says ``all``, and the numbers it names.

        Raises:
            RuleError: A name that this auditctl does not know on that machine.
        """
        found = self._calls.get((text, machine))
        if found is None:
            found = self._look_up(text, machine)
            self._calls[(text, machine)] = found
        return found

    def _look_up(self, text: str, machine: str) -> Tuple[bool, FrozenSet[int]]:
        numbers = set()
        every = False
        for word in text.split(",") if "," in text else [text]:
            if word == "all":
                every = True
                if machine == "uring":
                    # The operations that have a name, not the whole mask.
                    every = False
                    numbers.update(self._operations())
                continue
            if not word and "," in text:
                continue
            number = self.call(word, machine)
            if number is None:
                what = "io_uring op unknown: {0}" if machine == "uring" else "Syscall name unknown: {0}"
                raise RuleError(what.format(word), remedy=self._without(word, machine))
            numbers.add(number)
        return every, frozenset(numbers)

    def _without(self, word: str, machine: str) -> str:
        """What to do about a name that this auditctl does not know."""
        table = table_of(machine)
        release = ".".join(str(part) for part in self.version)
        if names.syscall_known(word, table):
            return "leave {0} out on this host: auditctl {1} is too old to know it.".format(word, release)
        said = "leave {0} out: auditctl {1} does not know it on {2}".format(
            word, release, "the io_uring list" if machine == "uring" else machine
        )
        near = self._near.get((word, table))
        if near is None:
            near = nearest(word, (name for name in names.syscall_names(table) if names.syscall_known(name, table)))
            if len(self._near) < _MOST_NEAR:
                self._near[(word, table)] = near
        return "{0}; or did you mean {1}?".format(said, near) if near else said + "."

    def call(self, word: str, machine: str) -> Optional[int]:
        """The number of one system call, by name or number; None if auditctl refuses it."""
        if names.syscall_known(word, table_of(machine), self.version):
            return names.syscall_number(word, table_of(machine))
        if word[:1] in DIGITS:
            number = signed(word, long_bits(self.machine))
            return number if number < CALLS else None
        return None

    def _operations(self) -> Set[int]:
        found = set()
        for name, number in names.syscall_names("uring").items():
            if number < OPERATIONS and names.syscall_known(name, "uring", self.version):
                found.add(number)
        return found

    def expansion(self, perm: int, machine: str) -> FrozenSet[int]:
        """The calls that auditctl adds for ``-F perm`` behind ``-F arch``; empty where it adds none.

        Raises:
            RuleError: It would add a call that the arch does not have.
        """
        found = self._perms.get((perm, machine))
        if found is None:
            table = table_of(machine)
            unknown = perm_refused(perm, table, self.version)
            if unknown is not None:
                raise RuleError(
                    "Error adding syscalls for perm filtering: {0} has no {1}".format(machine, unknown),
                    remedy="put -F perm before -F arch, or use auditctl 4.0.4 or later.",
                )
            found = perm_expansion(perm, table, self.version) or frozenset()
            self._perms[(perm, machine)] = found
        return found


_LAST: List[Tables] = []  # of the dialect asked for last


def tables_for(dialect: Dialect) -> Tables:
    """The tables of a dialect, kept until another is asked for."""
    # A dialect may carry thousands of users: comparing it by value is what costs.
    if not _LAST or (_LAST[0].dialect is not dialect and _LAST[0].dialect != dialect):
        _LAST[:] = [Tables(dialect)]
    return _LAST[0]
