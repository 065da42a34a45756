# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flags that may be unknown, put together: None never becomes true or false by being left out."""

from typing import Optional, Sequence


def all_of(flags: Sequence[Optional[bool]]) -> Optional[bool]:
    """Whether all are true; None where there are none, or where that is not known."""
    if False in flags:
        return False
    return True if flags and None not in flags else None


def any_of(flags: Sequence[Optional[bool]], known: bool = True) -> Optional[bool]:
    """Whether one is true; None where none is and not all are ``known``."""
    if any(flags):
        return True
    return False if known and None not in flags else None
