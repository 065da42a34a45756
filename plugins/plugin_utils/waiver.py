# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers: risks that somebody has accepted for some time, as they are written in a site's files.

A waiver is a risk acceptance. It is no compensating control, and what it
covers is never a pass: the control is still judged, and shown as waived.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError, TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import moments, yaml_lines
from ansible_collections.auditops.trail.plugins.plugin_utils.entry_fields import Entry

KEYS = ("id", "controls", "hosts", "groups", "justification", "approved_by", "ticket", "granted", "expires")
MOST_DAYS = 365
"""For how long a risk is accepted at most, where the site does not say."""
VARIABLE = "audit_compliance_waiver_days"
LONGEST_DAYS = 36500
LEAST_JUSTIFICATION = 10  # characters
POPULATION = "scope.population"
_FAMILY = re.compile(r"\w+\.[\w.*?-]+\Z")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
# What the inventory's patterns can do and these cannot: exclusions, intersections, regular expressions, lists, ranges.
_NO_PATTERN = re.compile(r"[!&~]|.*,|.*\[\w*:\w*\]")


@dataclass(frozen=True)
class Waiver:
    """One accepted risk. ``expires`` is the last day on which it holds, in UTC."""

    id: str
    controls: tuple[str, ...]
    hosts: tuple[str, ...]
    groups: tuple[str, ...]
    justification: str
    approved_by: str
    ticket: str | None
    granted: date | None
    expires: date
    file: str
    line: int

    def covers_host(self, host: str, groups: Iterable[str]) -> bool:
        """Whether a host is meant, by its name or by one of its groups."""
        return any(_matches(host, pattern) for pattern in self.hosts) or any(
            _matches(group, pattern) for group in ("all", *groups) for pattern in self.groups
        )

    def covers_control(self, control: str) -> bool:
        """Whether a control is meant."""
        return any(fnmatch.fnmatchcase(control, pattern) for pattern in self.controls)

    def holds(self, now: datetime) -> bool:
        """Whether the day on which it ends is not over."""
        return now < moments.end_of(self.expires)

    def due_days(self, now: datetime) -> int:
        """How many days are left, today not counted: 0 on the last day, negative when it is over."""
        return (self.expires - now.date()).days


def parse(data: dict[str, object], file: str, most_days: int, now: datetime) -> Waiver:
    """A waiver of a YAML file.

    Args:
        data: The mapping, with its line (yaml_lines.py).
        file: Where it stands.
        most_days: How many days after it was granted, or where that is not said after today, it may end.
        now: The present, UTC.

    Raises:
        CatalogueError: it does not hold together; with file and line.
    """
    entry = Entry.of(data, "waiver", file, KEYS)
    name = entry.text("id")
    if not _ID.match(name):
        raise entry.error(f"{entry.what}: an id is made of letters, digits, '.', '_' and '-'.")
    waiver = Waiver(
        id=name,
        controls=_controls(entry),
        hosts=_patterns(entry, "hosts"),
        groups=_patterns(entry, "groups"),
        justification=_justification(entry),
        approved_by=entry.text("approved_by").strip(),
        ticket=entry.maybe("ticket"),
        granted=_day(entry, "granted") if entry.data.get("granted") is not None else None,
        expires=_day(entry, "expires"),
        file=file,
        line=entry.line,
    )
    if not waiver.hosts and not waiver.groups:
        raise entry.error(
            f"{entry.what} does not say for which hosts.", "name them under hosts or groups; hosts: [all] means each."
        )
    _check_days(waiver, entry, most_days, now)
    return waiver


def check_most_days(most_days: int) -> None:
    """Refuse a number of days that nobody can mean.

    Args:
        most_days: For how many days a risk may be accepted; 0: until the end of the day.

    Raises:
        TrailError: it is negative, or beyond a century.
    """
    if not 0 <= most_days <= LONGEST_DAYS:
        raise TrailError(
            f"{VARIABLE} is {most_days}: a risk is accepted for 0 to {LONGEST_DAYS} days.",
            remedy=f"set {VARIABLE} to a number of days, as {MOST_DAYS}.",
        )


def check(waivers: Iterable[Waiver], controls: Iterable[str]) -> None:
    """Refuse a waiver of a control that there is not.

    Args:
        waivers: The site's.
        controls: The id of every control of the catalogue, also of those that this run does not judge.

    Raises:
        CatalogueError: one names, or its pattern matches, no control; with file and line.
    """
    known = sorted(set(controls) - {POPULATION})
    for waiver in waivers:
        for pattern in waiver.controls:
            if not fnmatch.filter(known, pattern):
                raise CatalogueError(
                    f"The waiver {waiver.id} names the control {pattern!r}, which does not exist.",
                    file=waiver.file,
                    line=waiver.line,
                    remedy="correct the name; docs/reference/controls.md lists those of the collection.",
                )


def _controls(entry: Entry) -> tuple[str, ...]:
    found = entry.texts("controls")
    if not found:
        raise entry.error(f"{entry.what} names no control.", "name them under controls, as [identity.shadow].")
    for pattern in found:
        # A family begins with letters of its own: every control has a dot, and [a-z]* would name them all.
        if not _FAMILY.match(pattern):
            raise entry.error(
                f"{entry.what}: {pattern!r} names every control; a risk is accepted control by control.",
                "name the controls, or a family of them, as identity.*",
            )
        if pattern == POPULATION:
            raise entry.error(
                f"{entry.what}: {POPULATION} is of the fleet and cannot be waived.",
                "take the host out of the population, or let the run reach it.",
            )
    return found


def _patterns(entry: Entry, name: str) -> tuple[str, ...]:
    found = entry.texts(name)
    for pattern in found:
        if _NO_PATTERN.match(pattern):
            raise entry.error(
                f"{entry.what}: {pattern!r} under {name} is a pattern that is not known here.",
                "write one name or pattern an item; * and ? stand for any characters and one, all for every host.",
            )
    return found


def _justification(entry: Entry) -> str:
    text = " ".join(entry.text("justification").split())
    if len(text) < LEAST_JUSTIFICATION:
        raise entry.error(
            f"{entry.what}: the justification {text!r} is too short to justify anything.",
            f"say in {LEAST_JUSTIFICATION} characters or more why the risk is acceptable.",
        )
    return text


def _day(entry: Entry, name: str) -> date:
    value = entry.data.get(name)
    if value is None:
        raise entry.error(
            f"{entry.what} has no date: it needs {name}.", f'say until when the risk is accepted: {name}: "2026-12-31".'
        )
    if not isinstance(value, str):
        raise entry.error(f"{entry.what}: {name} must be a quoted date, not {value}.", f'write {name}: "2026-12-31".')
    try:
        return moments.day(value)
    except ValueError as exc:
        raise entry.error(f"{entry.what}: {name} is no date: {exc}.", f'write {name}: "2026-12-31".') from exc


def _check_days(waiver: Waiver, entry: Entry, most_days: int, now: datetime) -> None:
    if waiver.granted is not None and waiver.granted > now.date():
        raise entry.error(f"{entry.what}: it was granted on {waiver.granted}, a day that is still to come.")
    if waiver.granted is not None and waiver.expires < waiver.granted:
        raise entry.error(f"{entry.what} ends on {waiver.expires}, before it was granted on {waiver.granted}.")
    since = waiver.granted or now.date()
    last = since + timedelta(days=most_days)
    if waiver.expires > last:
        counted = "the day it was granted" if waiver.granted else "today"
        raise entry.error(
            f"{entry.what} ends on {waiver.expires}; a risk is accepted for {most_days} days at most, counted from "
            f"{counted}: until {last}.",
            f"let it end by then and renew it, or set {VARIABLE}.",
        )


def _matches(name: str, pattern: str) -> bool:
    return pattern == "all" or fnmatch.fnmatchcase(name, pattern)


def entries(content: dict[str, object], file: str) -> list[dict[str, object]]:
    """The waivers of a file, as mappings.

    Raises:
        CatalogueError: they are no list of mappings.
    """
    found = content.get("waivers") or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        line = content.get(yaml_lines.LINE)
        raise CatalogueError(
            "waivers must be a list of mappings.", file=file, line=line if isinstance(line, int) else None
        )
    return found
