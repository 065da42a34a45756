# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the log keeps each record, from how fast it grows and how much it may take."""

from typing import Any, Dict, List, Optional, Tuple

Plain = Dict[str, Any]
MIB = 1024 * 1024
_ENDS = ("suspend", "single", "halt")
"""What auditd.conf(5) can have auditd do when the log has its size, and by which nothing more is written."""
_NO_MORE = _ENDS + ("exec", "rotate")
"""The same when space runs low: exec closes the log until a signal, rotate takes the oldest file away
(do_space_left_action in src/auditd-event.c)."""


def at_size(values: Plain) -> Optional[str]:
    """What auditd does with a file that has its size, by the values of auditd.conf; None where it looks at none."""
    return values["max_log_file_action"] if values["max_log_file"] > 0 else None


def rotates(values: Plain) -> bool:
    """Whether auditd takes the oldest file away when there is one too many: with num_logs below 2 it never does."""
    return bool(at_size(values) == "rotate" and values["num_logs"] >= 2)


def most_files(values: Plain) -> Optional[int]:
    """How many files of max_log_file there can be; None where nothing but the disk ends them."""
    return values["num_logs"] if rotates(values) else 1 if at_size(values) in _ENDS else None


def sure(values: Plain) -> Optional[int]:
    """The bytes that are sure to be kept; None where nothing but the disk ends them.

    Right after a rotation the newest file is empty: the others are all that is sure to be there.
    """
    most = most_files(values)
    return None if most is None else values["max_log_file"] * MIB * (most - 1 if rotates(values) else most)


def room(values: Plain, disk: Optional[Plain]) -> Optional[int]:
    """How many bytes more the log can take, until the disk is full or an action ends or shortens the log before."""
    if disk is None or disk["free"] is None:
        return None
    kept = [0]
    for name in ("space_left", "admin_space_left"):
        if values[name + "_action"] in _NO_MORE:
            kept.append(_threshold(values[name], disk["bytes"]))
    return max(0, int(disk["free"]) - max(kept))


def _threshold(value: Any, size: int) -> int:
    """A space_left in bytes: megabytes, or a share of the filesystem such as 25% (auditd.conf(5))."""
    text = str(value or 0)
    return size * int(text[:-1]) // 100 if text.endswith("%") else int(text) * MIB


def forecast(found: Plain, certain: Optional[int], free: Optional[int], full: bool) -> Plain:
    """How long each record stays, in ``certain`` bytes or until nothing is ``free``.

    Where rotation takes the oldest away already, no longer than the oldest is old.
    """
    rate = found["bytes_per_day"]
    bounds: List[Tuple[float, str]] = []
    if rate and found["writes"]:
        if certain is not None:
            bounds.append((certain / rate, "rotation" if found["rotates"] else "size"))
        if free is not None:
            bounds.append(((found["bytes"] + free) / rate, "space"))
    if full and found["writes"] and found["age_days"] is not None:
        bounds.append((found["age_days"], "observed"))
    if not bounds:
        return {}
    least, bound = min(bounds)
    return {"retention_days": round(least, 2), "retention_bound": bound}
