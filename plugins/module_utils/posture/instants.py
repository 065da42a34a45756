# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as the posture tells them: UTC, to the second."""

import time
from typing import Optional

DAY = 86400.0  # seconds
_EARLIEST = 631152000  # 1990-01-01: what is before it was written by a clock that nobody had set


def can_be(seconds: float, now: float) -> bool:
    """Whether a record can be of this time: not before 1990, and not yet to come by more than a day."""
    return _EARLIEST <= seconds <= now + DAY


def utc(seconds: Optional[float]) -> Optional[str]:
    """Seconds since 1970 as ``2026-11-26T17:00:00Z``; None stays None."""
    return None if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def days(seconds: Optional[float]) -> Optional[float]:
    """Seconds as days, to two places; None stays None."""
    return None if seconds is None else round(seconds / DAY, 2)
