# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a file system the audit log takes, and in how many files: by its size, so that it stays the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

MIB = 1024 * 1024
KEYS = ("max_log_file", "num_logs", "space_left", "admin_space_left")
_OWN, _SHARED = 70, 30
"""Per cent for the log: of a file system of its own, and of one that others fill too."""
_WARN = {True: (20, 10), False: (10, 5)}
"""At how many per cent left auditd acts, first and last, on a file system of the log's own and on a shared one: what
rotation leaves free on one of its own is more than that, or the daemon would warn for ever."""
_FILES = 50
_LEAST = 8  # MiB; the size that is shipped
_MOST = 1024
_MOST_FILES = 999  # auditd.conf(5), num_logs


def of(filesystem: Mapping[str, Any] | None, share: int = 0, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The keys of auditd.conf that say how much is kept, and from when on the disk is too full.

    They are made of the size of the file system and not of what is free there, so that a second run finds the same.

    Args:
        filesystem: ``bytes`` and ``separate``, as audit_health_info tells them.
        share: Per cent of the file system that the log may take; 0 is 70 where it has one of its own, else 30.
        given: Keys that the user sets; they stay as they are.

    Returns:
        :data:`KEYS`, in MiB and files.

    Raises:
        TrailError: the share is none, or the size is not known and not all keys are given.
    """
    own = {name: value for name, value in (given or {}).items() if name in KEYS}
    if len(own) == len(KEYS):
        return own
    if isinstance(share, bool) or not isinstance(share, int) or not 0 <= share <= 95:
        raise TrailError(
            f"auditd_log_share is {share!r}, and has to be a whole number from 0 to 95",
            remedy="give the per cent of the file system that the log may take, or 0.",
        )
    size = (filesystem or {}).get("bytes")
    if not size:
        raise TrailError(
            "the size of the file system that the audit log lies on is not known",
            remedy=f"set {', '.join(name for name in KEYS if name not in own)} in auditd_settings.",
        )
    separate = bool((filesystem or {}).get("separate"))
    room = size * (share or (_OWN if separate else _SHARED)) // 100 // MIB
    one = max(1, min(_LEAST, room // 2), min(_MOST, room // _FILES // 8 * 8))
    first, last = _WARN[separate]
    admin = max(1, size * last // 100 // MIB)
    found = {
        "max_log_file": one,
        "num_logs": max(2, min(_MOST_FILES, room // one)),
        "space_left": max(admin + 1, size * first // 100 // MIB),
        "admin_space_left": admin,
    }
    return {**found, **own}
