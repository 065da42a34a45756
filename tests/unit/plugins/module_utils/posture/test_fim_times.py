# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the times of crontabs and timers come at least weekly."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import fim_times


@pytest.mark.parametrize(
    "times, weekly",
    [
        ("5 4 * * *", True),
        ("5 4 * * 0", True),
        ("5 4 * * sun", True),
        ("5 4 * * 7", True),
        ("5 4 * * MON-FRI", True),
        ("*/10 0-6 * * *", True),
        ("0~59 3 * * 1", True),
        ("5 4 1 * *", False),
        ("5 4 1,8,15,22 * *", False),
        ("5 4 1,8,15,22,29 * *", True),
        ("5 4 */7 * *", True),
        ("5 4 */14 * *", False),
        ("5 4 1 * 0", True),
        ("5 4 */2 * 0", False),
        ("5 4 * 1-11 *", False),
        ("5 4 * jan *", False),
        ("5 4 31 2 *", False),
        ("5 4 L * *", None),
        ("5 4 1~7 * *", None),
        ("5 4 0 * *", None),
        ("5 4 1/0 * *", None),
        ("5 4 */00 * *", None),
        ("5 4 1-7/000 * *", None),
        ("5 4", None),
        ("", None),
        ("@daily", True),
        ("@Weekly", True),
        ("@monthly", False),
        ("@annually", False),
        ("@reboot", False),
        ("@every_second", None),
    ],
)
def test_times_of_a_crontab(times, weekly):
    assert fim_times.cron(times + " root x") is weekly


@pytest.mark.parametrize(("period", "weekly"), [("1", True), ("7", True), ("8", False), ("@weekly", True), ("x", None)])
def test_the_period_of_anacron_is_in_days(period, weekly):
    assert fim_times.cron(period + " 10 job aide", anacron=True) is weekly


@pytest.mark.parametrize(
    "text, weekly",
    [
        ("OnCalendar=daily", True),
        ("OnCalendar=weekly", True),
        ("OnCalendar=monthly", False),
        ("OnCalendar=yearly", False),
        ("OnCalendar=*-*-* 04:00:00", True),
        ("OnCalendar=04:00", True),
        ("OnCalendar=*:0/15", True),
        ("OnCalendar=Sun 03:00", True),
        ("OnCalendar=Mon..Fri *-*-* 02:00:00 UTC", True),
        ("OnCalendar=Saturday,Sunday", True),
        ("OnCalendar=Mon *-*-01..07 04:00", False),
        ("OnCalendar=*-*-01 04:00", False),
        ("OnCalendar=*-01-* 04:00", False),
        ("OnCalendar=*-*-1/7 04:00", True),
        ("OnCalendar=*-*~3 04:00", None),
        ("OnCalendar=2027-*-* 04:00", None),
        ("OnCalendar=someday", None),
        ("OnCalendar=monthly\nOnCalendar=weekly", True),
        ("OnCalendar=daily\nOnCalendar=\nOnCalendar=monthly", False),
        ("OnBootSec=5min\nOnUnitActiveSec=1d", True),
        ("OnUnitActiveSec=1w", True),
        ("OnUnitInactiveSec=6d 24h", True),
        ("OnUnitActiveSec=2 weeks", False),
        ("OnUnitActiveSec=1month", False),
        ("OnUnitActiveSec=1 fortnight", None),
        ("OnBootSec=5min", False),
        ("Persistent=true", None),
        ("#OnCalendar=daily", None),
        ("", None),
    ],
)
def test_times_of_a_timer(text, weekly):
    assert fim_times.timer(("[Unit]\nOnCalendar=daily\n[Timer]\n" + text).split("\n")) is weekly
