# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``-F`` and ``-C``: one condition of a rule, from text.

What auditctl takes is ``audit_rule_fieldpair_data`` and
``audit_rule_interfield_comp_data`` of lib/libaudit.c (2.8.5 to 4.2.1); what the
kernel takes after it is told by :mod:`.text_kernel`.
"""

import grp
import pwd
from typing import Dict, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules import names
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    PERM_LETTERS,
    UNSET,
    Compare,
    Dialect,
    Field,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import nearest
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_kernel import (
    BIT_FIELDS,
    GIDS,
    MOST_PATH,
    PATHS,
    UIDS,
    Refusal,
    kernel_refusal,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_numbers import (
    DIGITS,
    long_bits,
    signed,
    unsigned,
)

__all__ = (
    "ARGUMENTS",
    "BIT_FIELDS",
    "COMPARISONS",
    "MOST_KEY",
    "PATHS",
    "STRINGS",
    "FieldReader",
    "Reading",
    "ordered_pair",
    "read_comparison",
    "read_perm",
    "split_pair",
)

_SUBJECTS = ("subj_user", "subj_role", "subj_type", "subj_sen", "subj_clr")
_OBJECTS = ("obj_user", "obj_role", "obj_type", "obj_lev_low", "obj_lev_high")
STRINGS = frozenset(_SUBJECTS + _OBJECTS + ("path", "dir", "key", "exe"))
ARGUMENTS = frozenset(("a0", "a1", "a2", "a3"))
MOST_KEY = 256  # AUDIT_MAX_KEY_LEN
_ADDRESS_FAMILIES = 46  # AF_MAX of include/linux/socket.h

# AUDIT_COMPARE_* of include/uapi/linux/audit.h, from 1, as auditctl -l prints the pairs.
COMPARISONS = (
    ("uid", "obj_uid"), ("gid", "obj_gid"), ("euid", "obj_uid"), ("egid", "obj_gid"), ("auid", "obj_uid"),
    ("suid", "obj_uid"), ("sgid", "obj_gid"), ("fsuid", "obj_uid"), ("fsgid", "obj_gid"), ("uid", "auid"),
    ("uid", "euid"), ("uid", "fsuid"), ("uid", "suid"), ("auid", "fsuid"), ("auid", "suid"), ("auid", "euid"),
    ("euid", "suid"), ("euid", "fsuid"), ("suid", "fsuid"), ("gid", "egid"), ("gid", "fsgid"), ("gid", "sgid"),
    ("egid", "fsgid"), ("egid", "sgid"), ("sgid", "fsgid"),
)  # fmt: skip
_PAIRS = {frozenset(pair): pair for pair in COMPARISONS}

_SEARCHED = ("!=", ">=", "<=", "&=", "=", ">", "<", "&")  # in the order in which libaudit looks for them
_EQUALITY = ("=", "!=")
_EXIT_ONLY = frozenset(
    _OBJECTS + ("exit", "success", "devmajor", "devminor", "inode", "ppid", "filetype", "path", "dir")
)
# Up to 3.0.9, what the exclude list takes: EAU_MSGTYPECREDEXCLUDE of lib/errormsg.h.
_EXCLUDE = frozenset(_SUBJECTS + ("pid", "uid", "gid", "auid", "msgtype"))
_LISTS_OF = {
    "msgtype": ("exclude", "user"),
    "fstype": ("filesystem",),
    "sessionid": ("exclude", "user", "exit"),
}
_EQUALITY_FOR_AUDITCTL = frozenset(("arch", "fstype", "inode", "exe"))

_PERMS = dict(PERM_LETTERS)
_EXIT = "write the rule for the list exit: `-a always,exit`."
_MEANT = {"ses": "sessionid", "loginuid_set": "auid!=unset", "syscall": "-S", "type": "msgtype"}


def ordered_pair(left: str, right: str) -> Tuple[str, str]:
    """Two fields of ``-C`` in the order in which ``auditctl -l`` prints them.

    Raises:
        RuleError: There is no such comparison.
    """
    found = _PAIRS.get(frozenset((left, right)))
    if found is None:
        raise RuleError(
            "-C incompatible comparison {0} {1}".format(left, right),
            remedy="compare two uid fields or two gid fields.",
        )
    return found


class Reading(NamedTuple):
    """A condition as auditctl takes it, and why the kernel will not (or None)."""

    condition: Field
    refused: Optional[Refusal] = None
    warning: Optional[str] = None


def split_pair(pair: str) -> Tuple[str, str, str]:
    """Name, operator and value of a ``-F``: the first operator in libaudit's order, wherever it stands.

    Raises:
        RuleError: One of the three is missing.
    """
    for op in _SEARCHED:
        name, found, value = pair.partition(op)
        if not found:
            continue
        if not name:
            raise RuleError(
                "-F missing field name before operator for {0}".format(pair), remedy="write name=value: `-F uid=0`."
            )
        if not value:
            raise RuleError(
                "-F missing value after operation for {0}".format(name), remedy="write {0}=VALUE.".format(name)
            )
        return name, op, value
    raise RuleError(
        "-F missing operation for {0}".format(pair),
        remedy="write name, operator and value in one word, as in `-F auid>=1000`.",
    )


def read_perm(letters: str) -> int:
    """AUDIT_PERM_* bits for the value of ``-p`` or ``-F perm``, letters of either case.

    Raises:
        RuleError: A letter is none of r, w, x, a, or there are more than four.
    """
    if len(letters) > 4:
        raise RuleError("String value too long", remedy="give each of r, w, x, a once, as in perm=wa.")
    mask = 0
    for letter in letters:
        bit = _PERMS.get(letter.lower())
        if bit is None:
            raise RuleError("Permission can only contain 'rwxa'", remedy="use the letters r, w, x and a.")
        mask |= bit
    return mask


def read_comparison(pair: str, list_name: Optional[str], version: Tuple[int, ...]) -> Compare:
    """``-C left=right`` or ``left!=right``.

    Raises:
        RuleError: auditctl refuses it.
    """
    for op in ("!=", "="):
        left, found, right = pair.partition(op)
        if found:
            break
    else:
        raise RuleError("{0} only takes = or != operators".format(pair), remedy="write -C uid!=euid.")
    if not left:
        raise RuleError("-C missing field name before operator for {0}".format(pair), remedy="write -C uid!=euid.")
    if not right:
        raise RuleError("-C missing value after operation for {0}".format(left), remedy="write -C uid!=euid.")
    numbers = [names.field_number(name, version) for name in (left, right)]
    for name, number in zip((left, right), numbers):
        if number is None:
            raise RuleError("-C unknown field: {0}".format(name), remedy="compare two uid or two gid fields.")
    if list_name != "exit":
        raise RuleError("{0} can only be used with exit filter list".format(left), remedy=_EXIT)
    shown = [names.field_name(number) or "" for number in numbers if number is not None]
    left, right = ordered_pair(*shown)
    return Compare(left, op, right)


class FieldReader:
    """Reads the conditions of one dialect, remembering what it has read."""

    _MOST = 20000

    def __init__(self, dialect: Dialect) -> None:
        """A reader for ``dialect``."""
        self._dialect = dialect
        self._version = dialect.version
        self._bits = long_bits(dialect.machine)
        self._users = None if dialect.users is None else dict(dialect.users)
        self._groups = None if dialect.groups is None else dict(dialect.groups)
        self._known: Dict[Tuple[Optional[str], str], Reading] = {}

    def read(self, pair: str, list_name: Optional[str]) -> Reading:
        """The condition that ``-F pair`` is on a list (None: before any list was named).

        Raises:
            RuleError: auditctl refuses it.
        """
        found = self._known.get((list_name, pair))
        if found is None:
            found = self._read(pair, list_name)
            if len(self._known) >= self._MOST:
                self._known.clear()
            self._known[(list_name, pair)] = found
        return found

    def _read(self, pair: str, list_name: Optional[str]) -> Reading:
        written, op, text = split_pair(pair)
        number = names.field_number(written, self._version)
        name = names.field_name(number) if number is not None else None
        if name is None:
            raise RuleError("-F unknown field: {0}".format(written), remedy=self._instead_of(written))
        self._check_list(name, written, list_name)
        if name in _EQUALITY_FOR_AUDITCTL and op not in _EQUALITY:
            raise RuleError("{0} only takes = or != operators".format(written), remedy="use = or !=.")
        if op != "=" and (name == "perm" or (name == "exe" and self._version < (3, 0))):
            raise RuleError("{0} only takes = operator".format(written), remedy="use =.")
        warning = None
        if name in STRINGS:
            if len(text.encode("utf-8", "surrogateescape")) > (MOST_KEY if name == "key" else MOST_PATH):
                raise RuleError("String value too long", remedy="shorten the value of {0}.".format(name))
            condition = Field(name, op, text)
        else:
            value, warning = self._number(name, text)
            condition = Field(name, op, value)
        return Reading(condition, kernel_refusal(condition, list_name), warning)

    def _instead_of(self, written: str) -> str:
        """What to write for a field that this auditctl does not have."""
        release = ".".join(str(part) for part in self._version)
        if names.field_known(written):
            return "leave {0} out on this host: auditctl {1} is too old to know it.".format(written, release)
        near = _MEANT.get(written) or nearest(written, names.field_names())
        if near:
            return "did you mean {0}? auditctl {1} has no {2}.".format(near, release, written)
        return "use a field of auditctl {0}: auditctl(8) has them under -F.".format(release)

    def _check_list(self, name: str, written: str, list_name: Optional[str]) -> None:
        if list_name == "exclude" and self._version < (3, 1):
            taken = name in _EXCLUDE or (name == "exe" and self._version >= (3, 0))
            if not taken:
                raise RuleError(
                    "Only msgtype, *uid, *gid, pid, and subj* fields can be used with exclude filter",
                    remedy="leave {0} out, or upgrade auditctl: from 3.1 on it takes it there.".format(written),
                )
        if name in _EXIT_ONLY and list_name != "exit":
            raise RuleError("{0} can only be used with exit filter list".format(written), remedy=_EXIT)
        if name == "perm" and list_name != "exit" and not (list_name == "exclude" and self._version >= (3, 1)):
            raise RuleError("{0} can only be used with exit filter list".format(written), remedy=_EXIT)
        if name in _LISTS_OF and list_name not in _LISTS_OF[name]:
            raise RuleError(
                "{0} can only be used with the list {1}".format(written, " or ".join(_LISTS_OF[name])),
                remedy="use -a always,{0}.".format(_LISTS_OF[name][0]),
            )

    def _number(self, name: str, text: str) -> Tuple[int, Optional[str]]:
        """The value of a numeric field, and what is odd about it (or None)."""
        digit = text[0] in DIGITS
        negative = text[0] == "-" and text[1:2] in DIGITS and len(text) > 1
        bits = self._bits
        if name in UIDS:
            return self._uid(text, digit, negative), None
        if name in GIDS:
            return signed(text, bits) if digit else self._gid(text), None
        if name == "exit":
            if digit or negative:
                return signed(text, bits), None
            errno = names.errno_number(text, self._dialect.machine)
            if not errno:
                raise RuleError(
                    "-F unknown errno -{0}".format(text), remedy="use a name of errno(3), as in `-F exit=-EACCES`."
                )
            return errno & 0xFFFFFFFF, None
        if name == "msgtype":
            found = signed(text, bits) if digit else names.msgtype_number(text, self._version)
            if not found and not digit:
                raise RuleError(
                    "-F unknown message type -{0}".format(text), remedy="give the type's number: msgtype=1307 is CWD."
                )
            return found or 0, None
        if name == "arch":
            value = names.arch_value(text, self._dialect.machine, self._version)
            if value is None:
                known = [
                    bits for bits in ("b64", "b32") if names.arch_value(bits, self._dialect.machine, self._version)
                ]
                raise RuleError(
                    "{0} elf mapping not found".format(text),
                    remedy="write {0}, or leave the rule out: {1} has no other arch.".format(
                        " or ".join("`-F arch={0}`".format(bits) for bits in known), self._dialect.machine
                    ),
                )
            return value, None
        if name == "perm":
            return read_perm(text), None
        if name == "filetype":
            kind = names.ftype_number(text)
            if kind is None:
                raise RuleError(
                    "-F unknown file type - {0}".format(text),
                    remedy="use file, dir, socket, link, character, block or fifo.",
                )
            return kind, None
        if name == "fstype":
            magic = unsigned(text, bits) if digit else names.fstype_number(text, self._version)
            if magic is None or magic == UNSET:
                raise RuleError(
                    "file system type is unknown for field: {0}".format(name),
                    remedy="give the file system's number: `stat -f -c 0x%t DIRECTORY` prints it.",
                )
            return magic, None
        if name in ARGUMENTS:
            if not digit and not negative:
                raise RuleError(
                    "-F value should be number for {0}".format(name),
                    remedy="give a number, as in {0}=0x2.".format(name),
                )
            return (unsigned if digit else signed)(text, bits), None
        if name == "sessionid":
            if digit:
                return unsigned(text, bits), None
            if negative:
                return signed(text, bits), None
            if text == "unset":
                return UNSET, None
            return 0, "sessionid={0} is no number: auditctl takes it for 0".format(text)
        if name == "saddr_fam":
            family = unsigned(text, bits)
            if family >= _ADDRESS_FAMILIES:
                raise RuleError(
                    "value is too large for field: {0}".format(name),
                    remedy="give an address family: 2 is inet, 10 is inet6.",
                )
            return family, None if digit else "saddr_fam={0} is no number: auditctl takes it for 0".format(text)
        if not digit:
            raise RuleError(
                "-F value should be number for {0}".format(name),
                remedy="write success=1 or success=0."
                if name == "success"
                else "give a number, as in {0}=1.".format(name),
            )
        return (unsigned if name == "inode" else signed)(text, bits), None

    def _uid(self, text: str, digit: bool, negative: bool) -> int:
        if digit:
            return unsigned(text, self._bits)
        if negative:
            return signed(text, self._bits)
        if text == "unset":
            return UNSET
        if self._users is not None:
            uid = self._users.get(text)
        else:
            try:
                uid = pwd.getpwnam(text).pw_uid
            except (KeyError, ValueError):
                uid = None
        if uid is None:
            raise RuleError(
                "Unknown user: {0}".format(text),
                remedy="the operator is =, written once."
                if text.startswith("=")
                else "create the user before the rules are loaded, give a number, or leave this line out here.",
            )
        return uid

    def _gid(self, text: str) -> int:
        if self._groups is not None:
            gid = self._groups.get(text)
        else:
            try:
                gid = grp.getgrnam(text).gr_gid
            except (KeyError, ValueError):
                gid = None
        if gid is None:
            raise RuleError(
                "Unknown group: {0}".format(text),
                remedy="create the group before the rules are loaded, give a number, or leave this line out here.",
            )
        return gid
