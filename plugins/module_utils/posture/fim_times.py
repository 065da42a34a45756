# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a schedule starts something at least weekly: crontab(5), anacrontab(5), systemd.timer(5), systemd.time(7).

Each answer is true, false, or None for what is not understood here.
"""

import datetime
import re
from typing import Dict, FrozenSet, List, Optional, Sequence, Set

from ansible_collections.auditops.trail.plugins.module_utils.posture.flags import any_of

_WEEK = 7
_FIRST, _DAYS = datetime.date(2024, 1, 1), 366 + 365
"""The days that are tried: two years with a leap day in them."""
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_WEEKDAYS = "sun mon tue wed thu fri sat".split()
_CRON_WORDS = {
    "hourly": True,
    "daily": True,
    "midnight": True,
    "weekly": True,
    "monthly": False,
    "yearly": False,
    "annually": False,
    "reboot": False,
}
_CALENDAR_WORDS = {
    "minutely": True,
    "hourly": True,
    "daily": True,
    "weekly": True,
    "monthly": False,
    "quarterly": False,
    "semiannually": False,
    "yearly": False,
    "annually": False,
}
_TIME = re.compile(r"[0-9*,/.~-]+(?::[0-9*,/.~-]+){1,2}\Z")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2629800, "y": 31557600}
_UNIT_NAMES = {
    "": "s",
    "sec": "s",
    "second": "s",
    "seconds": "s",
    "min": "m",
    "minute": "m",
    "minutes": "m",
    "hr": "h",
    "hour": "h",
    "hours": "h",
    "day": "d",
    "days": "d",
    "week": "w",
    "weeks": "w",
    "month": "M",
    "months": "M",
    "year": "y",
    "years": "y",
}


def cron(line: str, anacron: bool = False) -> Optional[bool]:
    """Whether the times in front of a crontab's command come at least weekly; of anacron the period in days."""
    words = line.split()
    first = words[0].lower() if words else ""
    if first.startswith("@"):
        return _CRON_WORDS.get(first[1:])
    if anacron:
        return int(first) <= _WEEK if re.match(r"[0-9]{1,6}\Z", first) else None
    if len(words) < 5 or not all(re.match(r"[0-9*,/~-]+\Z", word) for word in words[:2]):
        return None
    days = _set(words[2], 1, 31, ())
    months = _set(words[3].lower(), 1, 12, _MONTHS)
    weekdays = _set(words[4].lower(), 0, 7, _WEEKDAYS)
    if days is None or months is None or weekdays is None:
        return None
    weekdays = frozenset(day % _WEEK for day in weekdays)
    # Where both are restricted, either is enough; a field that begins with * is not.
    either = not words[2].startswith("*") and not words[4].startswith("*")
    return _weekly(days, months, weekdays, either)


def timer(lines: Sequence[str]) -> Optional[bool]:
    """The same of a timer unit's lines, its drop-ins after it. None where it holds no time that is understood."""
    calendar: List[str] = []
    spans: List[str] = []
    section, once = "", False
    for line in lines:
        section = line if line.startswith("[") else section
        name, sign, value = line.partition("=")
        name, value = name.strip(), value.strip()
        if section != "[Timer]" or not sign or line.startswith(("#", ";")):
            continue
        kept: Dict[str, List[str]] = {"OnCalendar": calendar, "OnUnitActiveSec": spans, "OnUnitInactiveSec": spans}
        if name.startswith("On") and name[2:3].isupper() and not value:
            # An empty value takes all of the times before it away.
            calendar.clear()
            spans.clear()
            once = False
        elif name in kept:
            kept[name].append(value)
        elif name in ("OnActiveSec", "OnBootSec", "OnStartupSec"):
            once = True
    found = [_calendar(value) for value in calendar] + [_span(value) for value in spans]
    if not found:
        return False if once else None
    return any_of(found)


def _calendar(text: str) -> Optional[bool]:
    """OnCalendar=: a word, or ``weekdays year-month-day time zone`` of which each may be left out."""
    words = text.lower().split()
    if words and words[0] in _CALENDAR_WORDS:
        return _CALENDAR_WORDS[words[0]]
    weekdays: Optional[FrozenSet[int]] = frozenset(range(_WEEK))
    days, months = _set("*", 1, 31, ()), _set("*", 1, 12, ())
    known = False
    for at, word in enumerate(words):
        if at == 0 and word[0].isalpha():
            weekdays = _calendar_weekdays(word.rstrip(","))
        elif _TIME.match(word):
            pass
        elif re.match(r"[0-9*,/.~]+-[0-9*,/.~-]+\Z", word):
            parts = word.split("-")
            year = parts.pop(0) if len(parts) == 3 else "*"
            if year != "*" or len(parts) != 2:
                return None
            months = _set(parts[0].replace("..", "-"), 1, 12, ())
            days = _set(parts[1].replace("..", "-"), 1, 31, ())
        elif at != len(words) - 1 or not known:
            return None
        known = True
    if not known or days is None or months is None or weekdays is None:
        return None
    return _weekly(days, months, weekdays, False)


def _calendar_weekdays(word: str) -> Optional[FrozenSet[int]]:
    short = re.sub(r"([a-z]{3})[a-z]*", r"\1", word).replace("..", "-")
    found: Set[int] = set()
    for part in short.split(","):
        first, dash, last = part.partition("-")
        if first not in _WEEKDAYS or (dash and last not in _WEEKDAYS):
            return None
        start = _WEEKDAYS.index(first)
        length = (_WEEKDAYS.index(last) - start) % _WEEK if dash else 0
        found.update((start + more) % _WEEK for more in range(length + 1))
    return frozenset(found)


def _span(text: str) -> Optional[bool]:
    """A time span of systemd.time(7): whether it is a week or less."""
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*", text)
    if not parts or "".join(re.split(r"[0-9]+(?:\.[0-9]+)?\s*[A-Za-z]*\s*", text)):
        return None
    seconds = 0.0
    for number, name in parts:
        unit = name if name in _UNITS else _UNIT_NAMES.get(name)
        if unit is None:
            return None
        seconds += float(number) * _UNITS[unit]
    return 0 < seconds <= _WEEK * 86400


def _set(text: str, least: int, most: int, names: Sequence[str]) -> Optional[FrozenSet[int]]:
    """The numbers that a field means: ``*``, numbers, names, ranges, steps, lists of these."""
    found: Set[int] = set()
    for part in text.split(","):
        match = re.match(r"(\*|[0-9a-z]{1,3})(?:-([0-9a-z]{1,3}))?(?:/([0-9]{1,3}))?\Z", part)
        if not match:
            return None
        first, last, step = match.groups()
        start = least if first == "*" else _number(first, least, names)
        end = most if first == "*" or (step and last is None) else start
        if last is not None:
            end = _number(last, least, names)
        if start is None or end is None or not least <= start <= end <= most or int(step or 1) == 0:
            return None
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(word: str, least: int, names: Sequence[str]) -> Optional[int]:
    if word in names:
        return names.index(word) + least
    return int(word) if word.isdigit() else None


def _weekly(days: FrozenSet[int], months: FrozenSet[int], weekdays: FrozenSet[int], either: bool) -> bool:
    """Whether no gap between the days is longer than a week; Sunday is 0."""
    last: Optional[int] = None
    for at in range(_DAYS):
        date = _FIRST + datetime.timedelta(days=at)
        in_days, in_week = date.day in days, date.isoweekday() % _WEEK in weekdays
        if date.month in months and ((in_days or in_week) if either else (in_days and in_week)):
            last = at
        if at - (-1 if last is None else last) > _WEEK:
            return False
    return last is not None
