# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a file system the audit log takes, and in how many files: by its size, so that it stays the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

MIB = 1024 * 1024
KEYS = ("max_log_file", "num_logs", "space_left", "admin_space_left")
_OWN, _SHARED = 70, 30
"""Per cent for the log: of a file system of its own, and of one that others fill too."""
_WARN = {True: (20, 10), False: (10, 5)}
"""At how many per cent left auditd acts, first and last, on a file system of the log's own and on a shared one. Where
the log may take so much that less is left, two and one third of what is: or a full log would warn for ever."""
_FILES = 50
_LEAST = 8  # MiB; the size that is shipped
_MOST = 1024
_MOST_FILES = 999  # auditd.conf(5), num_logs
_LEFT, _ADMIN = "space_left", "admin_space_left"


def of(filesystem: Mapping[str, Any] | None, share: int = 0, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The keys of auditd.conf that say how much is kept, and from when on the disk is too full.

    They are made of the size of the file system and not of what is free there, so that a second run finds the same,
    and so that they go with those that are given: the files of a given size or number take the share, and the first
    warning comes before the last.

    Args:
        filesystem: ``bytes`` and ``separate``, as audit_health_info tells them.
        share: Per cent of the file system that the log may take; 0 is 70 where it has one of its own, else 30.
        given: Keys that the user sets; they stay as they are.

    Returns:
        :data:`KEYS`, in MiB and files.

    Raises:
        TrailError: the share is none, the size is not known and not all keys are given, or a given warning leaves no
            room for the other one.
    """
    own = {name: value for name, value in (given or {}).items() if name in KEYS}
    check_share(share, own)
    if len(own) == len(KEYS):
        return own
    size = (filesystem or {}).get("bytes")
    if not size:
        raise TrailError(
            "the size of the file system that the audit log lies on is not known",
            remedy=f"set {', '.join(name for name in KEYS if name not in own)} in auditd_settings.",
        )
    separate = bool((filesystem or {}).get("separate"))
    percent = share or (_OWN if separate else _SHARED)
    return {**_files(size * percent // 100 // MIB, own), **_warnings(size, percent, _WARN[separate], own), **own}


def check_share(share: Any, given: Iterable[str]) -> None:
    """Refuse what is no share of a file system.

    Args:
        share: The value.
        given: Keys that the user sets; where these are all :data:`KEYS`, the share is not asked for.

    Raises:
        TrailError: it is no whole number of per cent that leaves room for others.
    """
    if set(KEYS) <= set(given):
        return
    if isinstance(share, bool) or not isinstance(share, int) or not 0 <= share <= 95:
        raise TrailError(
            f"auditd_log_share is {share!r}, and has to be a whole number from 0 to 95",
            remedy="give the per cent of the file system that the log may take, or 0.",
        )


def _files(room: int, own: Mapping[str, Any]) -> dict[str, Any]:
    """Size (MiB) and number of the log's files, which take ``room`` MiB; one of both may be given."""
    one = max(1, min(_LEAST, room // 2), min(_MOST, room // _FILES // 8 * 8))
    size, number = _number(own.get("max_log_file")), _number(own.get("num_logs"))
    if number is not None and number > 1:
        one = max(1, min(_MOST, room // number))
    return {"max_log_file": one, "num_logs": max(2, min(_MOST_FILES, room // (size or one)))}


def _warnings(size: int, percent: int, warn: tuple[int, int], own: Mapping[str, Any]) -> dict[str, Any]:
    """When auditd acts first and last; one of both may be given, in MiB or, as in 25%, as a share."""
    left = 100 - percent
    first, last = min(warn[0], left * 2 // 3), min(warn[1], max(1, left // 3))
    admin = max(1, size * last // 100 // MIB)
    found = {_LEFT: max(admin + 1, size * first // 100 // MIB), _ADMIN: admin}
    given = [name for name in (_LEFT, _ADMIN) if name in own]
    if len(given) != 1:
        return found
    value = own[given[0]]
    number, share = _number(value), _number(str(value)[:-1]) if str(value).endswith("%") else None
    if share is not None:
        return _beside(given[0], share, {_LEFT: first, _ADMIN: last}, 99, "%")
    if number is not None:
        return _beside(given[0], number, found, size // MIB, "")
    return found  # auditd_config says what is wrong with it


def _beside(given: str, value: int, found: Mapping[str, int], most: int, unit: str) -> dict[str, Any]:
    """The warning that goes with a given one: that of the file system where it can be, else half or twice as much."""
    name = _ADMIN if given == _LEFT else _LEFT
    other = min(found[_ADMIN], value // 2) if given == _LEFT else max(found[_LEFT], min(most, value * 2))
    if other < 1 or (other <= value if given == _ADMIN else other >= value):
        raise TrailError(
            f"auditd_settings: {given} = {value}{unit} leaves no room for {name}",
            remedy=f"give both, {_LEFT} above {_ADMIN}.",
        )
    return {name: f"{other}{unit}" if unit else other}


def _number(value: Any) -> int | None:
    """A whole number above 0, as number or text; None for anything else."""
    text = str(value)
    return int(text) if not isinstance(value, bool) and text.isdecimal() and text.isascii() and int(text) else None
