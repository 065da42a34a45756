# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log on disk: how far back it goes, how fast it grows, and how long it will be kept."""

import os
import re
import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    configuration,
    exposure,
    filesystems,
    folders,
    log_forecast,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import DAY, days, utc
from ansible_collections.auditops.trail.plugins.module_utils.posture.log_records import (
    Budget,
    Longest,
    Span,
    compression,
    newest_run,
    span,
)

Plain = Dict[str, Any]
_LEAST_SPAN = 3600  # seconds; a rate out of less says nothing about a day
_MOST_SPAN = 30 * DAY
"""The rate is that of so long at most: how much was written a year ago says nothing about next month."""
_SURE = 7 * DAY
"""A log that is not unpacked to its end may hold a gap up to the next one's beginning: up to so long it counts as one,
above that nothing is told."""
_NOTHING: Plain = {
    "file": None,
    "directory": None,
    "files": None,
    "oldest": None,
    "newest": None,
    "age_days": None,
    "longest_gap_days": None,
    "longest_gap": None,
    "bytes": None,
    "bytes_per_day": None,
    "capacity_bytes": None,
    "retention_days": None,
    "retention_bound": None,
    "filesystem": None,
    "rotates": None,
    "keeps": None,
    "writes": None,
    "exposed": None,
    "exposed_above": None,
    "newest_age_days": None,
}


class _Log(NamedTuple):
    """One file of the log, and the first and last second that it tells of."""

    entry: Plain
    span: Span


def collect(context: Context, posture: Plain) -> Plain:
    """The part ``logs`` as docs/reference/posture.md describes it.

    Raises:
        EvidenceError: the configuration could not be collected.
    """
    values = configuration.auditd_values(posture)
    looker = Complete(context)
    if values is None:
        return dict(_NOTHING, not_seen=[configuration.no_values(posture) + ", so that the log's place is not known"])
    path = values["log_file"]
    folder = os.path.dirname(path) or "/"
    now = _now()
    logs = _logs(looker, folder, os.path.basename(path), now)
    action = log_forecast.at_size(values)
    rotates = log_forecast.rotates(values)
    most = log_forecast.most_files(values)
    if logs == [] and context.program("auditd") is None:
        looker.not_seen.append("there is no log, and no auditd that would write one")
        logs = None
    disk = filesystems.of(looker, folder)
    found = dict(
        _NOTHING,
        file=path,
        directory=looker.entry(folder),
        filesystem=disk,
        rotates=rotates,
        keeps=action == "keep_logs",
        writes=values["write_logs"],
        capacity_bytes=None if most is None else values["max_log_file"] * log_forecast.MIB * most,
    )
    if logs is not None:
        found.update(_ages(logs, now))
        found["bytes_per_day"] = _rate(looker, logs, now)
        full = rotates and len([log for log in logs if _is_auditds(path, log.entry["path"])]) >= values["num_logs"]
        sure = log_forecast.sure(values)
        found.update(log_forecast.forecast(found, sure, log_forecast.room(values, disk), full))
    found["exposed"] = _exposed(looker, values, found["directory"], logs)
    found["exposed_above"] = _exposed_above(looker, folder)
    found["not_seen"] = looker.not_seen
    return found


def _exposed(looker: Complete, values: Plain, folder: Optional[Plain], logs: Optional[List[_Log]]) -> Any:
    """What is wrong with the log's directory and its files; None where there are none."""
    ours = ([folder] if folder else []) + [log.entry for log in logs or ()]
    groups = (0, exposure.log_group(values))
    faults = [text for entry in ours for text in exposure.faults(entry, groups)]
    if folder is None:
        looker.miss(os.path.dirname(values["log_file"]), "not looked at, or not there")
    return exposure.complete(looker, faults, ours, logs is not None and folder is not None)


def _exposed_above(looker: Complete, folder: str) -> Optional[List[str]]:
    """What is wrong with the folders above the log's directory, and above what a link leads to: who can write in one
    can put another log in the place of this one."""
    entries = looker.all_entries(folders.above(looker, [folder]))
    faults = [text for entry in entries or () for text in exposure.folder_faults(entry)]
    return exposure.complete(looker, faults, entries or (), entries is not None)


def _now() -> float:
    return time.time()


def _is_auditds(log: str, path: str) -> bool:
    """Whether it is one of the files among which auditd rotates."""
    return re.match(r"(\.\d+)?\Z", path[len(log) :]) is not None


def _logs(looker: Complete, folder: str, name: str, now: float) -> Optional[List[_Log]]:
    names = looker.whole(looker.names, folder)
    if names is None:
        return None
    # auditd appends a number, logrotate a number or a date and what it compresses with.
    ours = re.compile(re.escape(name) + r"([.-]\d[\d.-]*)?(\.[A-Za-z]+\d?)?\Z")
    paths = [os.path.join(folder, one) for one in names if ours.match(one) and _suffix_known(name, one)]
    entries = looker.all_entries(paths)
    if entries is None:
        return None
    budget = Budget()
    found = []
    for entry in entries:
        if entry["type"] != "file":
            continue
        told = span(looker.context.path(entry["path"]), budget, now)
        if told.why is not None:
            looker.miss(entry["path"], told.why)
        if told.odd is not None:
            looker.miss(entry["path"], "a record of {0} is left out: no clock was right then".format(_said(told.odd)))
        found.append(_Log(entry, told))
    return found


def _said(seconds: int) -> str:
    try:
        return str(utc(seconds))
    except (ValueError, OverflowError, OSError):
        return "{0} seconds".format(seconds)


def _suffix_known(name: str, one: str) -> bool:
    rest = one[len(name) :]
    return compression(one) is not None or not re.search(r"\.[A-Za-z]", rest)


def _ages(logs: List[_Log], now: float) -> Plain:
    spans = [log.span for log in logs]
    firsts = [one.first for one in spans if one.first is not None]
    lasts = [one.last for one in spans if one.last is not None]
    # A log whose times are not known may go back further.
    known = not any(one.why is not None and one.first is None for one in spans)
    oldest, newest = (min(firsts) if firsts and known else None), (max(lasts) if lasts else None)
    seen, gap = _longest_gap(spans, now) if oldest is not None else (False, None)
    return {
        "files": [
            dict(
                log.entry,
                first=utc(log.span.first),
                last=utc(log.span.last),
                compressed=compression(log.entry["path"]) is not None,
            )
            for log in logs
        ],
        "oldest": utc(oldest),
        "newest": utc(newest),
        "age_days": None if oldest is None else days(max(0.0, now - oldest)),
        "longest_gap_days": None if not seen else 0.0 if gap is None else days(gap[1] - gap[0]),
        "longest_gap": None if gap is None else {"from": utc(gap[0]), "to": utc(gap[1])},
        "bytes": sum(log.entry["size"] for log in logs),
        "newest_age_days": None if newest is None else days(now - newest),
    }


def _longest_gap(spans: List[Span], now: float) -> Tuple[bool, Optional[Tuple[int, int]]]:
    """Whether it is known, and the longest time between two records, from and to, where one exceeds a day."""
    longest, seen = Longest(), True
    reached: Optional[int] = None
    ordered = sorted((one for one in spans if one.first is not None), key=lambda one: one.first or 0)
    nexts = [one.first or 0 for one in ordered[1:]] + [int(now)]
    for one, next_first in zip(ordered, nexts):
        first = one.first or 0
        # What of an older file is yet to come in a newer one's time is no gap.
        if reached is not None and first > reached:
            longest.take([reached, first])
        longest.take(one.gap or ())
        last = one.last
        if last is None:
            last = max(first, next_first)
            seen = seen and last - first <= _SURE
            longest.take([first, last])
        reached = last if reached is None else max(reached, last)
    return seen, longest.gap if seen else None


def _rate(looker: Complete, logs: List[_Log], now: float) -> Optional[int]:
    """Bytes a day over the newest time, thirty days at most, in which no day is without a record.

    What is compressed does not show what was written, so only plain files count. A day without a record is one on
    which the host was off, or whose log is gone: over such a time nothing can be said about how much is written.
    """
    plain = [log for log in logs if compression(log.entry["path"]) is None and log.span.last is not None]
    plain.sort(key=lambda log: log.span.last or 0, reverse=True)
    if not plain:
        return None
    newest = first = float(plain[0].span.last or 0)
    written = 0
    for log in plain:
        last = float(log.span.last or 0)
        if first - last > DAY or last < newest - _MOST_SPAN:
            break
        try:
            run = newest_run(looker.context.path(log.entry["path"]), last, newest - _MOST_SPAN, now)
        except OSError as exc:
            looker.miss(log.entry["path"], exc)
            return None
        written, first = written + run.bytes, min(first, run.first)
        if not run.whole:
            break
    seconds = newest - first
    return None if seconds < _LEAST_SPAN else int(written * DAY / seconds)
