# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's audit status, under the names that ``auditctl -s`` prints."""

from typing import NamedTuple, Optional


class Status(NamedTuple):
    """The status of the audit subsystem; None where the kernel or the evidence does not have the value.

    ``backlog_wait_time`` is in jiffies, ``rate_limit`` in records a second,
    ``lost`` counts records. ``loginuid_immutable`` and ``loginuid_locked`` are
    0 or 1.
    """

    enabled: Optional[int] = None
    failure: Optional[int] = None
    pid: Optional[int] = None
    rate_limit: Optional[int] = None
    backlog_limit: Optional[int] = None
    lost: Optional[int] = None
    backlog: Optional[int] = None
    backlog_wait_time: Optional[int] = None
    backlog_wait_time_actual: Optional[int] = None
    loginuid_immutable: Optional[int] = None
    loginuid_locked: Optional[int] = None
