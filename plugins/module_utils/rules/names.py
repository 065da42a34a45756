# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and numbers: system calls, arches, errno, message types, file types, fields, lists.

The tables are generated (``rules/tables``). A *version* is auditctl's, such as
``(3, 0, 9)``: a release knows a name from its first release with it on, and
names are compared without regard to case, as libaudit does. None for a version
means "any auditctl"; a name that only the kernel uses (``pread64`` on x86_64,
which auditctl calls ``pread``) is known to the kernel and to no auditctl.

Message types of AppArmor, and the arches arm, aarch64 and riscv, are options
of audit's build (--with-apparmor, --with-arm, ...); the tables have them, as
the distributions build them in.
"""

from typing import Dict, FrozenSet, Optional

from ansible_collections.auditops.trail.plugins.module_utils.rules.lookup import CALLS, Table, Version, calls
from ansible_collections.auditops.trail.plugins.module_utils.rules.permissions import (
    exec_calls,
    open_calls,
    perm_class,
    perm_class_doubtful,
    perm_expansion,
    perm_refused,
    socketcall,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.tables import symbols as _symbols

__all__ = (
    "ARCH_64BIT",
    "MACHINES",
    "Version",
    "arch_bits",
    "arch_of",
    "arch_value",
    "compat_machine",
    "errno_name",
    "errno_number",
    "exec_calls",
    "field_known",
    "field_name",
    "field_names",
    "field_number",
    "fstype_name",
    "fstype_number",
    "ftype_name",
    "ftype_number",
    "known_numbers",
    "list_known",
    "list_number",
    "machine_of_arch",
    "msgtype_name",
    "msgtype_names",
    "msgtype_number",
    "open_calls",
    "perm_class",
    "perm_class_doubtful",
    "perm_expansion",
    "perm_refused",
    "socketcall",
    "syscall_known",
    "syscall_name",
    "syscall_names",
    "syscall_number",
)

MACHINES = ("x86_64", "i386", "aarch64", "arm", "ppc64le", "s390x", "s390")
"""The machines with a table of system calls."""

ARCH_64BIT = 0x80000000
"""__AUDIT_ARCH_64BIT of include/uapi/linux/audit.h."""

_ARCH_OF = {
    "x86_64": 0xC000003E,
    "i386": 0x40000003,
    "aarch64": 0xC00000B7,
    "arm": 0x40000028,
    "ppc64le": 0xC0000015,
    "ppc64": 0x80000015,
    "ppc": 0x14,
    "s390x": 0x80000016,
    "s390": 0x16,
    "riscv64": 0xC00000F3,
    "riscv32": 0x400000F3,
    "ia64": 0xC0000032,
    "alpha": 0xC0009026,
}
_MACHINE_OF = {value: machine for machine, value in _ARCH_OF.items()}

# audit_determine_machine(), lib/libaudit.c: what b32 means; a machine that is not here refuses b32.
_B32_OF = {
    "x86_64": "i386",
    "i386": "i386",
    "aarch64": "arm",
    "arm": "arm",
    "ppc64": "ppc",
    "ppc": "ppc",
    "s390x": "s390",
    "s390": "s390",
    "riscv64": "riscv32",
    "riscv32": "riscv32",
}

_MSGTYPES = Table(_symbols.MSGTYPES)
_ERRNOS = Table(_symbols.ERRNOS)
_FTYPES = Table(_symbols.FTYPES)
_FSTYPES = Table(_symbols.FSTYPES)
_FIELDS = Table(_symbols.FIELDS)
_ARCHES = Table(_symbols.ARCHES)
_LISTS = Table(_symbols.LISTS)


def syscall_number(name: str, machine: str) -> Optional[int]:
    """The number of a system call by any spelling, auditctl's or the kernel's; None if neither has it."""
    return calls(machine).number(name, anyone=True)


def syscall_name(number: int, machine: str, version: Optional[Version] = None) -> Optional[str]:
    """The name that auditctl prints for a number; without a version, else the kernel's name.

    With a version, None is what that auditctl has no name for: ``auditctl -l`` prints the number then.
    """
    table = calls(machine)
    found = table.name(number, version)
    if found is None and version is None and table.numbered(number):
        return table.numbered(number)[0].name
    return found


def syscall_known(name: str, machine: str, version: Optional[Version] = None) -> bool:
    """Whether ``-S name`` is accepted by auditctl of that version."""
    return any(entry.known(version) for entry in calls(machine).named(name))


def syscall_names(machine: str) -> Dict[str, int]:
    """Every spelling and its number; empty for a machine without a table."""
    return calls(machine).numbers()


def arch_value(token: str, machine: str, version: Optional[Version] = None) -> Optional[int]:
    """AUDIT_ARCH_* for the value of ``-F arch``, as auditctl on ``machine`` takes it; None where it refuses.

    Follows audit_rule_fieldpair_data() and audit_determine_machine() of lib/libaudit.c: a value that
    starts with a digit is a C number (0x for hex) and must be a known arch; else b64 and b32 by the
    machine, a machine's name, or hexadecimal without a prefix.
    """
    if token[:1].isdigit():
        value = _c_number(token, 0)
        return value if _arch_known(value, version) else None
    lowered = token.lower()
    if lowered == "b64":
        value = _ARCH_OF.get(machine, 0)
        return value if value & ARCH_64BIT else None
    if lowered == "b32":
        found = _B32_OF.get(machine)
        return _ARCH_OF[found] if found else None
    named = _ARCHES.number(token, version)
    if named is not None:
        return named or None
    value = _c_number(token, 16)
    return value if _arch_known(value, version) else None


def _arch_known(value: int, version: Optional[Version]) -> bool:
    return value != 0 and any(entry.known(version) for entry in _ARCHES.numbered(value))


def _c_number(text: str, base: int) -> int:
    """strtoul(): the longest prefix that is a number, kept to 32 bits as auditctl keeps it."""
    digits = "0123456789abcdef"
    text = text.lower()
    if base in (0, 16) and text.startswith("0x"):
        base, text = 16, text[2:]
    elif base == 0:
        base = 8 if text.startswith("0") else 10
    value = 0
    for letter in text:
        digit = digits.find(letter)
        if digit < 0 or digit >= base:
            break
        value = value * base + digit
    return value & 0xFFFFFFFF


def machine_of_arch(value: int) -> Optional[str]:
    """The machine of an AUDIT_ARCH_* value (0xC000003E: x86_64), or None. It need not have a table."""
    return _MACHINE_OF.get(value)


def arch_bits(value: int) -> int:
    """64 or 32, by __AUDIT_ARCH_64BIT: what ``auditctl -l`` prints as b64 or b32."""
    return 64 if value & ARCH_64BIT else 32


def arch_of(machine: str) -> int:
    """AUDIT_ARCH_* of a machine; KeyError for a machine that audit does not know."""
    return _ARCH_OF[machine]


def compat_machine(machine: str) -> Optional[str]:
    """The machine whose 32-bit calls processes on ``machine`` can make, where there is a table for it."""
    found = _B32_OF.get(machine)
    return found if found != machine and found in CALLS else None


def errno_number(name: str, machine: Optional[str] = None) -> Optional[int]:
    """The number of an errno name; ``-EACCES`` gives -13. None if unknown.

    One name differs by machine: EDEADLOCK is 58 on powerpc (arch/powerpc/include/uapi/asm/errno.h).
    """
    sign, bare = (-1, name[1:]) if name.startswith("-") else (1, name)
    number = _ERRNOS.number(bare)
    if number is None:
        return None
    if machine is not None and machine.startswith("ppc") and bare.upper() == "EDEADLOCK":
        number = 58
    return sign * number


def errno_name(number: int, machine: Optional[str] = None) -> Optional[str]:
    """The name of an errno, without a sign; negative numbers are turned first."""
    if machine is not None and machine.startswith("ppc") and abs(number) == 58:
        return "EDEADLOCK"
    return _ERRNOS.name(abs(number))


def msgtype_number(name: str, version: Optional[Version] = None) -> Optional[int]:
    """The number of a message type by name; ``UNKNOWN[1999]`` gives 1999 (audit_name_to_msg_type())."""
    if name.startswith("UNKNOWN[") and name.find("]") > 8 and name[8 : name.index("]")].isdigit():
        return int(name[8 : name.index("]")])
    return _MSGTYPES.number(name, version)


def msgtype_name(number: int, version: Optional[Version] = None) -> Optional[str]:
    """The name of a message type, or None (``auditctl -l`` prints the number then)."""
    return _MSGTYPES.name(number, version)


def msgtype_names() -> Dict[str, int]:
    """Every message type and its number."""
    return _MSGTYPES.numbers()


def ftype_number(name: str) -> Optional[int]:
    """S_IF* for a value of ``-F filetype``: names alone are taken."""
    return _FTYPES.number(name)


def ftype_name(number: int) -> Optional[str]:
    """The name of an S_IF* value."""
    return _FTYPES.name(number)


def fstype_number(name: str, version: Optional[Version] = None) -> Optional[int]:
    """The magic of include/uapi/linux/magic.h for a name of ``-F fstype``."""
    return _FSTYPES.number(name, version)


def fstype_name(number: int, version: Optional[Version] = None) -> Optional[str]:
    """The name of a file system magic, where auditctl has one."""
    return _FSTYPES.name(number, version)


def field_number(name: str, version: Optional[Version] = None) -> Optional[int]:
    """AUDIT_* of include/uapi/linux/audit.h for a field of -F."""
    return _FIELDS.number(name, version)


def field_name(number: int) -> Optional[str]:
    """The field as auditctl prints it (auid, never loginuid)."""
    return _FIELDS.name(number)


def field_names() -> Dict[str, int]:
    """Every field and its number."""
    return _FIELDS.numbers()


def field_known(name: str, version: Optional[Version] = None) -> bool:
    """Whether auditctl of that version has the field."""
    return _FIELDS.number(name, version) is not None


def list_known(name: str, version: Optional[Version] = None) -> bool:
    """Whether auditctl of that version has the list (filesystem: 2.8, io_uring: 3.1)."""
    return _LISTS.number(name, version) is not None


def list_number(name: str, version: Optional[Version] = None) -> Optional[int]:
    """AUDIT_FILTER_* of a list."""
    return _LISTS.number(name, version)


def known_numbers(machine: str) -> FrozenSet[int]:
    """The numbers of the machine's system calls that the mask of a rule can hold (below 2048)."""
    return frozenset(number for number in syscall_names(machine).values() if number < 2048)
