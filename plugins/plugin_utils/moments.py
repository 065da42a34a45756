# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times and days on the controller: UTC, as texts in the files and as values in between."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_INSTANT = re.compile(
    r"(?:19[7-9]\d|2\d{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ\Z"
)
YEARS = (1970, 2999)
"""The first and the last year of which anything is told; a day beyond them is a slip, or has no next one."""
SLACK = timedelta(hours=1)
"""By how much the clocks of controllers and hosts may differ before what they date is taken for the future."""
_FORM = "%Y-%m-%dT%H:%M:%SZ"


def instant(text: str) -> datetime:
    """A time as results and postures write it (2026-11-26T17:00:00Z).

    Raises:
        ValueError: it is no such text.
    """
    return datetime.strptime(text, _FORM).replace(tzinfo=timezone.utc)


def check(text: str) -> str:
    """The text, where it is a time as results write it; such texts are ordered like their times.

    Raises:
        ValueError: it is not.
    """
    if not _INSTANT.match(text):  # parsing it takes ten times as long, and a history holds many
        raise ValueError(f"{text!r} is no time in UTC")
    if text[8:10] > "28":
        date.fromisoformat(text[:10])  # not every month has it
    return text


def told(value: datetime) -> str:
    """The time as results write it."""
    return value.astimezone(timezone.utc).strftime(_FORM)


def day(text: str) -> date:
    """A day, written YYYY-MM-DD.

    Raises:
        ValueError: it is no such text, there is no such day, or its year is none of YEARS.
    """
    if not _DAY.match(text):  # fromisoformat takes 20261126 and 2026-W48-4 as well
        raise ValueError(f"{text!r} is not written YYYY-MM-DD")
    found = date.fromisoformat(text)
    if not YEARS[0] <= found.year <= YEARS[1]:
        raise ValueError(f"the year of {text!r} is not between {YEARS[0]} and {YEARS[1]}")
    return found


def end_of(value: date) -> datetime:
    """The first moment after that day, in UTC."""
    return datetime(value.year, value.month, value.day, tzinfo=timezone.utc) + timedelta(days=1)


def now() -> datetime:
    """The present, UTC."""
    return datetime.now(timezone.utc)
