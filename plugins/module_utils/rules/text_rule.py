# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that build one rule: ``-a -A -d -w -W -S -F -C -p -k``, in the order given.

The order matters, and each release has its own oddities; the source is
``setopt`` and what it calls in src/auditctl.c, and lib/libaudit.c, at v2.8.5 to
v4.2.1. Clashes that only the kernel sees are kernel/auditfilter.c's.
"""

from typing import FrozenSet, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules import names
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    PERM_ALL,
    Compare,
    Condition,
    Field,
    Rule,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_fields import (
    COMPARISONS,
    MOST_KEY,
    read_comparison,
    read_perm,
    split_pair,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_kernel import Refusal
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_place import read_place
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_tables import Tables
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_watch import check_path

MOST_FIELDS = 63  # AUDIT_MAX_FIELDS - 1 is where libaudit stops
KEY_SEPARATOR = "\x01"
MASK_LISTS = ("exit", "io_uring")
"""The lists whose rules have a system call mask that the kernel looks at."""

_CLASS_BITS = 2032  # AUDIT_SYSCALL_CLASSES of them, from here to the end of the mask
_NO_CALLS = {"task": "task", "user": "user", "filesystem": "filesystem"}
# The 32-bit sibling whose numbers auditctl compares with, check_rule_mismatch().
_SIBLING = {"x86_64": "i386", "s390x": "s390"}
_IDS_KINDS = ("sys", "file", "exec", "mkexe")
_IDS_SEVERITIES = ("inf", "low", "med", "hi")

_NO_S = "leave -S out, or write the rule for the list exit: `-a always,exit`."
_EACH = "write a rule for each of them, on lines of their own."

SLOW_WATCH = "Old style watch rules are slower"
SLOW_PERM = "perm used without an arch is slower"
MISMATCH = "WARNING - 32/64 bit syscall mismatch, you should specify an arch"


class Draft:
    """A rule while its options are read: what auditctl keeps in global variables."""

    __slots__ = (
        "_calls", "_conditions", "_direct_keys", "_every", "_exe", "_filesystem", "_key", "_machine", "_named",
        "_path", "_perm", "_tables", "action", "add", "called", "delete", "prepend", "refused", "warnings",
    )  # fmt: skip

    def __init__(self, tables: Tables) -> None:
        """An empty rule."""
        self._tables = tables
        self.add: Optional[str] = None
        self.delete: Optional[str] = None
        self.action: Optional[str] = None
        self.prepend = False
        self.called = False  # _audit_syscalladded
        self.warnings: List[str] = []
        self.refused: Optional[Refusal] = None
        self._named = False  # a list was given by -a, -A or -d
        self._machine: Optional[str] = None
        self._perm = self._exe = self._filesystem = False
        self._every = False
        self._calls: FrozenSet[int] = frozenset()
        self._conditions: List[Condition] = []
        self._direct_keys: List[str] = []
        self._key = ""
        self._path = 0  # conditions of which the kernel takes one in a rule

    # -a, -A, -d

    def place(self, option: str, text: str) -> bool:
        """``-a``, ``-A`` or ``-d`` with list and action; False for the one word that auditctl passes over.

        Raises:
            RuleError: auditctl or the kernel refuses it.
        """
        version = self._tables.version
        broken = (4, 0, 4) <= version < (4, 1, 1)
        if option == "d" and (4, 0, 4) <= version < (4, 0, 5):
            raise RuleError("Option -d is invalid", remedy="upgrade auditctl: 4.0.4 alone has no -d.")
        # 4.0.4 to 4.1.0: opt_prepend() is what should have been the delete handler.
        deletes = option == "d" or (option == "A" and broken)
        if self.called and "task" in text and not deletes:
            raise RuleError("Syscall auditing requested for task list", remedy=_NO_S)
        if self._named:
            raise RuleError("Multiple rule insert/delete operations are not allowed", remedy="write one rule a line.")
        self._named = True
        known = self.delete if deletes else self.add
        place = read_place(option, text, version, known, self.action)
        if place is None:
            return False
        list_name, self.action = place
        if deletes:
            self.delete = list_name
        else:
            self.add = list_name
            self.prepend = option == "A"
        return True

    # -w, -W, -p

    def watch(self, option: str, path: str) -> None:
        """``-w`` or ``-W``.

        Raises:
            RuleError: auditctl refuses it.
        """
        if option == "w" and (self.add is not None or self.delete is not None):
            raise RuleError(
                "watch option can't be given with a syscall",
                remedy="write a line for each path: `-w {0}`.".format(path)
                if self._watched()
                else "write `-F path={0}` for `-w {0}` (dir= for a directory), and -F perm= for -p.".format(path),
            )
        if option == "w":
            self.add = "exit"
        else:
            self.delete = "exit"
        self.action = "always"
        self.called = True
        self.warnings += check_path(path)
        if len(path) > 2 and path[-1] == "/":
            path = path.rstrip("/") or "/"
        strict = self._tables.version >= (4, 1, 2)
        if self._conditions or (strict and (self._calls or self._every)):
            raise RuleError("Watches may not include fields or actions", remedy="put -w first.")
        self._calls, self._every = frozenset(), True
        self._conditions = [Field("watch", "=", path), Field("perm", "=", PERM_ALL)]
        self._path = 1
        self._perm = True
        if self.add is not None and self._tables.version >= (3, 1, 3):
            self.warnings.append(SLOW_WATCH)

    def _watched(self) -> str:
        """The path of -w, if there was one."""
        return next((str(field[2]) for field in self._conditions if field[0] == "watch"), "")

    def perms(self, letters: str) -> None:
        """``-p``: sets every ``perm`` there is, or adds one.

        Raises:
            RuleError: auditctl refuses it.
        """
        if self.add is None and self.delete is None:
            raise RuleError("permission option needs a watch given prior to it", remedy="put -p behind -w or -F path=.")
        if len(letters) > 4:
            raise RuleError("permission {0} is too long".format(letters), remedy="give each of r, w, x, a once.")
        try:
            field = Field("perm", "=", read_perm(letters))
        except RuleError as refused:
            raise RuleError("Permission {0} isn't supported".format(letters), remedy=refused.remedy) from None
        if not self._conditions and not self._direct_keys:
            raise RuleError("Permissions should be preceded by other fields", remedy="put -p behind -w or -F path=.")
        found = False
        for at, condition in enumerate(self._conditions):
            if condition[0] == "perm" and isinstance(condition, Field):
                self._conditions[at] = field
                found = True
        if not found:
            self._room("-p " + letters)
            self._conditions.append(field)
        self._perm = True

    # -S, -F, -C, -k

    def syscall(self, text: str) -> None:
        """``-S``.

        Raises:
            RuleError: auditctl refuses it.
        """
        tables = self._tables
        places = (self.add, self.delete)
        if "io_uring" in places:
            every, numbers = tables.calls(text, "uring")
        else:
            for place in places:
                if place in _NO_CALLS:
                    raise RuleError("Error: syscall auditing being added to {0} list".format(place), remedy=_NO_S)
            if "exclude" in places:
                raise RuleError("Error: syscall auditing cannot be put on exclude list", remedy=_NO_S)
            unknown = self._machine is None
            if self._machine is None:
                self._machine = tables.machine
            every, numbers = tables.calls(text, self._machine)
            if unknown and self.add is not None and not every:
                self._check_mismatch(text, numbers)
        self.called = True
        self._every = self._every or every
        self._calls = self._calls | numbers if self._calls else numbers
        for number in numbers:
            if number >= _CLASS_BITS:
                self.warnings.append("{0} stands for a class of calls, which the kernel puts in".format(number))

    def _check_mismatch(self, text: str, numbers: FrozenSet[int]) -> None:
        machine = self._machine or ""
        sibling = _SIBLING.get(machine, machine)
        other = set()
        words = [text] if self._tables.version < (3, 0) else text.split(",")
        for word in words:
            number = self._tables.call(word, sibling)
            if number is not None:
                other.add(number)
        mask = numbers | self._calls
        if self._tables.version < (3, 1):
            # memcmp() was given the number of words for the number of bytes.
            other = {number for number in other if number < 512}
            mask = frozenset(number for number in mask if number < 512)
        if other != mask:
            self.warnings.append(MISMATCH)

    def field(self, pair: str, trims: bool) -> None:
        """``-F``; ``trims`` tells that the next argument is ``-t``.

        Raises:
            RuleError: auditctl refuses it.
        """
        place = self.add if self.add is not None else self.delete
        if place is None and not (trims and "arch=" in pair):
            raise RuleError("List must be given before field", remedy="put -a always,exit first.")
        if pair[:4] == "key=":
            self._add_key(pair[4:])
            return
        self._room(pair)
        if self.called and names.field_number(split_pair(pair)[0], self._tables.version) == 11:
            # The order is judged before the value: EAU_ARCHMISPLACED.
            raise RuleError(
                "arch must be before -S",
                remedy="write `-a always,exit -F {0} -F path={1} -F perm=wa` for -w and -p.".format(
                    pair, self._watched()
                )
                if self._watched()
                else "put `-F {0}` in front of -S.".format(pair),
            )
        condition, refused, warning = self._tables.fields.read(pair, place)
        name, op, value = condition
        if name == "arch":
            self._machine = names.machine_of_arch(int(value))
        elif name == "perm":
            self._expand(int(value), len(pair.partition("=")[2]))
            self._perm = True
        elif name in ("path", "dir"):
            self._perm = True
            self._path += 1
        elif name == "inode":
            self._path += 1
        elif name == "exe":
            if self._exe:
                self.refused = self.refused or Refusal("the kernel takes one exe in a rule", _EACH)
            self._exe = True
        elif name == "fstype":
            self._filesystem = True
        elif name == "key":
            self._check_key_place()
            self._direct_keys.append(str(value))
            self.refused = self.refused or refused
            return
        elif name == "field_compare":
            self.refused = self.refused or refused
            self._conditions.append(self._numbered_comparison(op, int(value)))
            return
        if refused is not None and self.refused is None:
            self.refused = refused
        if warning is not None:
            self.warnings.append(warning)
        self._conditions.append(condition)

    def _expand(self, perm: int, letters: int) -> None:
        if self._tables.version < (3, 1, 3):
            return
        if self._machine is None:
            self.warnings.extend([SLOW_PERM] * letters)
            return
        self._calls |= self._tables.expansion(perm, self._machine)
        self.called = True

    def _numbered_comparison(self, op: str, number: int) -> Condition:
        if not 1 <= number <= len(COMPARISONS):
            # Newer kernels than 6.1 take the number, and the rule then matches nothing.
            self.warnings.append("there is no comparison {0}: the rule matches nothing".format(number))
            return Field("field_compare", op, number)
        left, right = COMPARISONS[number - 1]
        return Compare(left, op, right)

    def compare(self, pair: str) -> None:
        """``-C``.

        Raises:
            RuleError: auditctl refuses it.
        """
        self._room(pair)
        place = self.add if self.add is not None else self.delete
        self._conditions.append(read_comparison(pair, place, self._tables.version))

    def key(self, text: str) -> None:
        """``-k``.

        Raises:
            RuleError: auditctl refuses it.
        """
        if not (self.called or self._perm or self._exe or self._filesystem) or (
            self.add is None and self.delete is None
        ):
            raise RuleError(
                "key option needs a watch or syscall given prior to it",
                remedy="put -k last, behind a path or -S, as in `-S execve -k {0}`.".format(text),
            )
        self._add_key(text)

    def _add_key(self, text: str) -> None:
        key = self._key
        size = len(text.encode("utf-8", "surrogateescape"))
        if key:
            size += len(key.encode("utf-8", "surrogateescape")) + 1
        if size > MOST_KEY:
            raise RuleError(
                "key option exceeds size limit",
                remedy="shorten the keys: all of a rule, and a byte between them, have {0} at most.".format(MOST_KEY),
            )
        if text.startswith("ids-") and self._tables.version < (3, 0):
            kind, _dash, severity = text[4:].partition("-")
            if kind not in _IDS_KINDS or not severity.startswith(_IDS_SEVERITIES):
                raise RuleError("ids key is bad", remedy="let the key begin otherwise than with ids-.")
        if KEY_SEPARATOR in text:
            if self._tables.version >= (4, 1, 2):
                raise RuleError(
                    "key {0!r} has illegal character".format(text),
                    remedy="take the byte 0x01 out, and give each key its own -k.",
                )
            self.warnings.append("key {0!r} has illegal character".format(text))
        self._key = key + KEY_SEPARATOR + text if key else text

    def _check_key_place(self) -> None:
        if not (self.called or self._perm or self._exe or self._filesystem):
            raise RuleError(
                "Key field needs a watch, syscall or exe path given prior to it", remedy="name a call or a path."
            )

    def _room(self, what: str) -> None:
        if len(self._conditions) + len(self._direct_keys) >= MOST_FIELDS:
            raise RuleError("Too many fields in rule: {0}".format(what), remedy="keep to 63 conditions.")

    # The end of the line

    def rule(self) -> Rule:
        """The finished rule, for the list of ``add``, else of ``delete``.

        Raises:
            RuleError: auditctl or the kernel refuses it.
        """
        if self._key:
            self._finish_key()
        list_name = self.add if self.add is not None else self.delete
        if self._path > 1:
            self.refused = self.refused or Refusal("the kernel takes one of path, dir and inode in a rule", _EACH)
        if len(self._direct_keys) > 1:
            self.refused = self.refused or Refusal(
                "the kernel takes one key field in a rule", "give keys with -k alone."
            )
        if self.refused is not None:
            raise RuleError(
                "Error sending {0} rule data request (Invalid argument): {1}".format(
                    "add" if self.add is not None else "delete", self.refused.reason
                ),
                remedy=self.refused.remedy,
            )
        calls: Optional[FrozenSet[int]] = None
        if list_name in MASK_LISTS and self.called and not self._every:
            calls = self._calls
        keys: Tuple[str, ...] = ()
        for text in self._direct_keys:
            keys = tuple(key for key in text.split(KEY_SEPARATOR) if key)
        if list_name is None or self.action is None:
            raise ValueError("a rule is finished before its list and action are known")
        return Rule(list_name, self.action, calls, tuple(self._conditions), keys, self.prepend and self.add is not None)

    def _finish_key(self) -> None:
        pair = "key=" + self._key
        name, _op, _value = split_pair(pair)
        if name != "key":
            raise RuleError("-F unknown field: {0}".format(name), remedy="take = < > ! and & out of the key.")
        self._room(pair)
        self._check_key_place()
        reading = self._tables.fields.read("key=x", self.add if self.add is not None else self.delete)
        self.refused = self.refused or reading.refused
        self._direct_keys.append(self._key)
