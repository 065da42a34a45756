# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers as strtol() and strtoul() read them, kept to the 32 bits of a rule's value."""

import re

DIGITS = frozenset("0123456789")
"""What isdigit() takes: str.isdigit() would take more."""

_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)?")
_SHORT_LONGS = ("i386", "arm")  # where a C long has 32 bits


def long_bits(machine: str) -> int:
    """The bits of auditctl's long on a machine: numbers beyond it are cut there."""
    return 32 if machine in _SHORT_LONGS else 64


def _value(text: str) -> int:
    match = _NUMBER.match(text)
    sign, digits = match.groups() if match else ("", None)
    if not digits:
        return 0
    if digits[:2] in ("0x", "0X"):
        value = int(digits, 16)
    elif digits[0] == "0":
        value = int(digits, 8)
    else:
        value = int(digits)
    return -value if sign == "-" else value


def signed(text: str, bits: int) -> int:
    """``(u32) strtol(text, NULL, 0)``: the longest prefix that is a number, 0 where there is none."""
    most = 1 << (bits - 1)
    return min(max(_value(text), -most), most - 1) & 0xFFFFFFFF


def unsigned(text: str, bits: int) -> int:
    """``(u32) strtoul(text, NULL, 0)``."""
    value = _value(text)
    if abs(value) >= 1 << bits:
        value = (1 << bits) - 1
    return value & 0xFFFFFFFF


def overflows(text: str, bits: int) -> bool:
    """Whether strtoul() would set errno to ERANGE."""
    return abs(_value(text)) >= 1 << bits
