# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which augenrules reads its files: that of ``ls -v`` and ``sort -V``.

Both are the "version sort" of the GNU coreutils manual: runs of digits compare
as numbers, ``~`` sorts before the end of a name, letters before everything
else, and the file extensions count only where the rest is equal.
"""

import re
from functools import cmp_to_key
from itertools import zip_longest
from typing import Iterable, List

_EXTENSIONS = re.compile(rb"(?:\.[A-Za-z~][A-Za-z0-9~]*)*\Z")
_DIGITS = re.compile(rb"([0-9]+)")


def version_sorted(names: Iterable[bytes]) -> List[bytes]:
    """File names in version-sort order; names equal in it follow in byte order."""
    return sorted(names, key=cmp_to_key(_compare))


def _compare(left: bytes, right: bytes) -> int:
    stems = [name[: _EXTENSIONS.search(name).start()] for name in (left, right)]  # type: ignore[union-attr]
    return _compare_versions(stems[0], stems[1]) or _compare_versions(left, right) or (left > right) - (left < right)


def _compare_versions(left: bytes, right: bytes) -> int:
    # split() alternates text and digits, starting with text.
    for place, (ours, theirs) in enumerate(zip_longest(_DIGITS.split(left), _DIGITS.split(right), fillvalue=b"")):
        if place % 2:
            first = [int(ours or b"0")]
            second = [int(theirs or b"0")]
        else:
            first, second = _weights(ours), _weights(theirs)
        if first != second:
            return 1 if first > second else -1
    return 0


def _weights(text: bytes) -> List[int]:
    weights = []
    for byte in text:
        if byte == 0x7E:
            weights.append(-1)
        else:
            weights.append(byte if chr(byte).isalpha() and byte < 0x80 else byte + 0x100)
    return weights + [0]
