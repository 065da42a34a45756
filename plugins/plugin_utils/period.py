# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A period of the history: what an auditor of operating effectiveness (SOC 2, Type II) looks at.

Runs are samples. A control that failed in one run and passed in the next one
was mended somewhere between the two; so what is told is for how long it was seen
failing, the longest that it can have failed, and how far apart the runs were.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import changes, history, moments
from ansible_collections.auditops.trail.plugins.plugin_utils.changes import GAPS
from ansible_collections.auditops.trail.plugins.plugin_utils.history import History, Observation, Run, Stretch

VARIABLE = "audit_compliance_period"
_DAY_SECONDS = 86400
_DEFAULT_DAYS = 365
_SUMS = {"failed_days": "days", "seen_days": "seen_days"}


def bounds(text: str, now: datetime) -> tuple[date, date]:
    """The first and the last day of a period.

    Args:
        text: ``2026-01-01/2026-12-31``, both days included, or nothing: the twelve months up to today.
        now: The present, UTC.

    Raises:
        TrailError: it is no such text, or ends before it begins.
    """
    if not text:
        return now.date() - timedelta(days=_DEFAULT_DAYS), now.date()
    try:
        first, last = (moments.day(part.strip()) for part in text.split("/"))
    except ValueError as exc:
        raise TrailError(
            f"{VARIABLE} is no period: {text!r} ({exc}).", remedy=f'write {VARIABLE}: "2026-01-01/2026-12-31".'
        ) from exc
    if last < first:
        raise TrailError(f"{VARIABLE} ends before it begins: {text}.", remedy="write the earlier day first.")
    return first, last


def over(told: History, first: date, last: date, now: datetime) -> dict[str, Any]:
    """What the runs of a period have found.

    Args:
        told: The whole history; a gap that began before the period is known by it.
        first: The first day, UTC.
        last: The last day, UTC.
        now: The present, UTC; what is still to come of the period is no pause.

    Returns:
        ``from`` and ``to`` (days); ``runs`` (``finished``, ``tool``, ``catalogue``, and as numbers ``hosts``,
        ``not_assessed`` and ``failing`` controls of all hosts, ``lost``: records that its hosts have lost since each
        was last seen, None where none was seen before); ``longest_pause_days`` (the longest time in which no host was
        judged, the ends of the period included; None where none was); ``hosts`` (``host``, ``first``, ``last``,
        ``judgements``, ``missed``: runs that tried and did not judge it, ``left_out``: runs since it was first known
        that did not have it at all, ``longest_pause_days``: as above, of its own judgements); and ``controls``: for
        each that had a gap or an error in the period ``id``, ``hosts``, ``failed_days`` and ``seen_days`` (the sums
        over the hosts), ``errors`` (judgements that ended in one) and ``gaps``: ``host``, ``after`` (the last pass
        before it, or None), ``from``, ``last_seen``, ``until`` (the pass that ended it, or None), ``days`` (at most:
        from the pass before it to the pass after it, as far as the period and the present go), ``seen_days`` (from the
        first to the last judgement that found it), ``waived`` (whether its risk was accepted whenever it was seen) and
        ``judged``: whether the last judgement of its host was a verdict on it, and no error, question or "not
        applicable", or had no such control any more. A pass by another rule or value than that by which it failed ends
        no gap; ``otherwise`` is there then, the time of the first such pass.
    """
    start = moments.end_of(first) - timedelta(days=1)
    end = moments.end_of(last)
    begin, over_at = moments.told(start), moments.told(end)
    runs = [run for run in told.runs if begin <= run.finished < over_at]
    seen = history.observations(run for run in told.runs if run.finished < over_at)
    losses = _losses(seen)
    controls: dict[str, dict[str, Any]] = {}
    hosts = []
    missing = Counter(host for run in runs for host in run.not_assessed)
    first_missed = {host: run.finished for run in reversed(runs) for host in run.not_assessed}
    judged = Counter(host for run in runs for host in run.hosts)
    ended = [run.finished for run in runs]
    present = min(end, now)
    for name in sorted({*seen, *missing}):
        own = seen.get(name, [])
        inside = [one for one in own if begin <= one.at < over_at]
        missed = missing[name]
        if not inside and not missed:
            continue
        known = [*(one.at for one in own[:1]), *([first_missed[name]] if name in first_missed else [])]
        since = len(ended) - bisect.bisect_left(ended, min(known))
        hosts.append(
            {
                "host": name,
                "first": inside[0].at if inside else None,
                "last": inside[-1].at if inside else None,
                "judgements": len(inside),
                "missed": missed,
                "left_out": max(since - judged[name] - missed, 0),
                "longest_pause_days": _pause([moments.instant(one.at) for one in inside], start, present),
            }
        )
        _add_controls(controls, name, history.stretches(own), history.stretches(inside), (start, present))
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "runs": [
            {
                "finished": run.finished,
                "tool": run.tool,
                "catalogue": run.catalogue,
                "hosts": len(run.hosts),
                "not_assessed": len(run.not_assessed),
                "failing": _failing(run),
                "lost": _lost(run, losses),
            }
            for run in runs
        ],
        "longest_pause_days": _pause([moments.instant(run.finished) for run in runs if run.hosts], start, present),
        "hosts": hosts,
        "controls": [_counted(controls[name]) for name in sorted(controls)],
    }


def _add_controls(
    controls: dict[str, dict[str, Any]],
    host: str,
    own: list[Stretch],
    inside: list[Stretch],
    bounds_of: tuple[datetime, datetime],
) -> None:
    start, end = bounds_of
    for name in sorted({name for one in own for name in one.verdicts}):
        errors = sum(one.number for one in inside if one.verdicts.get(name) == "error")
        gaps = [gap for gap in _gaps(name, own) if gap["until"] is None or moments.instant(gap["until"]) > start]
        if not gaps and not errors:
            continue
        entry = controls.setdefault(name, {"id": name, "errors": 0, "gaps": []})
        entry["errors"] += errors
        for gap in gaps:
            most = _days(gap["after"], gap["until"], bounds_of)
            seen = _days(gap["from"], gap["last_seen"], bounds_of)
            entry["gaps"].append(dict(gap, host=host, days=most, seen_days=seen))


def _days(begun: str | None, ended: str | None, bounds_of: tuple[datetime, datetime]) -> float:
    """The days between two times, as far as the period goes; what is not known is its end."""
    start, end = bounds_of
    first = max(moments.instant(begun), start) if begun else start
    last = min(moments.instant(ended), end) if ended else end
    return round(max((last - first).total_seconds(), 0) / _DAY_SECONDS, 2)


def _gaps(name: str, own: Iterable[Stretch]) -> list[dict[str, Any]]:
    """The stretches in which a control of a host failed; only a pass ends one."""
    found: list[dict[str, Any]] = []
    current: dict[str, Any] | None = None
    passed: str | None = None
    failed_by: str | None = None
    for one in own:
        verdict = one.verdicts.get(name)
        if verdict in GAPS:
            if current is None:
                current = {
                    "after": passed, "from": one.first, "last_seen": one.last, "until": None, "waived": True,
                    "judged": True,
                }  # fmt: skip
                found.append(current)
            current.update(last_seen=one.last, judged=True)
            current.pop("otherwise", None)
            failed_by = one.by.get(name)
            current["waived"] = current["waived"] and verdict == "waived"
        elif verdict == "pass" and current is not None and changes.differs(failed_by, one.by.get(name)):
            # Passed by another value or rule: nobody has seen that it was mended.
            current["judged"] = False
            current.setdefault("otherwise", one.first)
        elif verdict == "pass":
            if current is not None:
                current.update(until=one.first, judged=True)
            current, passed = None, one.last
        elif current is not None:  # not decided, or not even asked any more
            current["judged"] = False
    return found


def _losses(seen: dict[str, list[Observation]]) -> dict[tuple[str, str], int]:
    """How many records a host had lost when it was seen, since it was seen before: by host and time."""
    found = {}
    for host, own in seen.items():
        for before, one in pairwise(own):
            rise = changes.lost(one.lost, one.boot_id, before)["rise"]
            if rise is not None:
                found[host, one.at] = rise
    return found


def _lost(run: Run, losses: dict[tuple[str, str], int]) -> int | None:
    known = [losses[host, seen.at] for host, seen in run.hosts.items() if (host, seen.at) in losses]
    return sum(known) if known else None


def _failing(run: Run) -> int:
    kinds: dict[int, int] = {}
    for seen in run.hosts.values():
        # Hosts with equal verdicts share them (history.py).
        if id(seen.verdicts) not in kinds:
            kinds[id(seen.verdicts)] = sum(verdict in GAPS for verdict in seen.verdicts.values())
    return sum(kinds[id(seen.verdicts)] for seen in run.hosts.values())


def _counted(entry: dict[str, Any]) -> dict[str, Any]:
    hosts = {gap["host"] for gap in entry["gaps"]}
    sums = {name: round(sum(gap[of] for gap in entry["gaps"]), 2) for name, of in _SUMS.items()}
    return dict(entry, hosts=len(hosts), **sums)


def _pause(times: list[datetime], start: datetime, end: datetime) -> float | None:
    if not times:
        return None
    marks = [start, *sorted(times), max(end, *times)]
    longest = max((later - earlier).total_seconds() for earlier, later in zip(marks, marks[1:], strict=False))
    return round(longest / _DAY_SECONDS, 2)
