# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""More keys for a rule that has some: what there is room for, and how a line is written with them."""

from typing import Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules.filter_lists import KEY_SEPARATOR
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_fields import MOST_KEY


def more_keys(have: Sequence[str], wanted: Sequence[str]) -> Optional[Tuple[str, ...]]:
    """Those of the wanted keys that are lacking; None where the kernel's 256 bytes for all have no room for them."""
    more = tuple(key for key in wanted if key not in have)
    joined = KEY_SEPARATOR.join(tuple(have) + more).encode("utf-8", "surrogateescape")
    return more if len(joined) <= MOST_KEY or not more else None


def with_keys(text: str, keys: Sequence[str]) -> str:
    """A line with more keys, in the spelling that it has for keys already."""
    if not keys:
        return text
    option = " -k {0}" if " -k " in text else " -F key={0}"
    return text.rstrip(" ") + "".join(option.format(key.replace(" ", "\\ ")) for key in keys)
