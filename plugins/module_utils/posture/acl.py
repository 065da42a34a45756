# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file's access control list (acl(5)): whom it lets in beside the owner, the group and everybody.

The attribute's form is of include/uapi/linux/posix_acl_xattr.h: a version, then
of each entry a tag, the permissions and a number, little-endian.
"""

import errno
import os
import struct
from typing import List, NamedTuple, Optional, Tuple

_ATTRIBUTE = "system.posix_acl_access"
_VERSION = struct.Struct("<I")
_ENTRY = struct.Struct("<HHI")
_USER, _GROUP_OBJ, _GROUP, _MASK = 0x02, 0x04, 0x08, 0x10
_NO_LIST = (errno.ENODATA, errno.ENOTSUP)


class Acl(NamedTuple):
    """``named`` are (user or group, number, permissions as bits), of those that give something; ``group`` is what the
    file's group may do, None where there is no list and the mode tells it."""

    named: Tuple[Tuple[str, int, int], ...] = ()
    group: Optional[int] = None


def read(place: str) -> Optional[Acl]:
    """The list of what a path leads to; an empty one where there is none, None where it cannot be read."""
    try:
        value = os.getxattr(place, _ATTRIBUTE)
    except OSError as exc:
        return Acl() if exc.errno in _NO_LIST else None
    return decoded(value)


def decoded(value: bytes) -> Optional[Acl]:
    """The attribute's value understood, or None where it has another form."""
    if len(value) < _VERSION.size or _VERSION.unpack_from(value)[0] != 2:
        return None
    if (len(value) - _VERSION.size) % _ENTRY.size:
        return None
    entries = [_ENTRY.unpack_from(value, at) for at in range(_VERSION.size, len(value), _ENTRY.size)]
    # Without a mask the list says no more than the mode; with one it bounds all but the owner and everybody.
    mask = next((bits for tag, bits, _number in entries if tag == _MASK), 7)
    named: List[Tuple[str, int, int]] = []
    group = None
    for tag, bits, number in entries:
        if tag == _GROUP_OBJ:
            group = bits & mask
        elif tag in (_USER, _GROUP) and bits & mask:
            named.append(("user" if tag == _USER else "group", number, bits & mask))
    return Acl(tuple(named), group)


def letters(bits: int) -> str:
    """Permissions as ``r-x``."""
    return "".join(letter if bits & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))
