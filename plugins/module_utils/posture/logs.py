# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log on disk: how far back it goes, how fast it grows, and how long it will be kept."""

import os
import re
import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import configuration, exposure, filesystems
from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import DAY, days, utc
from ansible_collections.auditops.trail.plugins.module_utils.posture.log_records import Budget, Span, compression, span

Plain = Dict[str, Any]
MIB = 1024 * 1024
_LEAST_SPAN = 3600  # seconds; a rate out of less says nothing about a day
_NOTHING: Plain = {
    "file": None,
    "directory": None,
    "files": None,
    "oldest": None,
    "newest": None,
    "age_days": None,
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
    logs = _logs(looker, folder, os.path.basename(path))
    rotates = values["max_log_file_action"] == "rotate" and values["max_log_file"] > 0 and values["num_logs"] >= 2
    keeps = values["max_log_file_action"] == "keep_logs" and values["max_log_file"] > 0
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
        keeps=keeps,
        writes=values["write_logs"],
        capacity_bytes=values["max_log_file"] * MIB * values["num_logs"] if rotates else None,
    )
    if logs is not None:
        found.update(_ages(logs))
        found.update(_forecast(found, None if disk is None else disk["free"]))
    found["exposed"] = _exposed(looker, values, found["directory"], logs)
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


def _logs(looker: Complete, folder: str, name: str) -> Optional[List[_Log]]:
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
        told = span(looker.context.path(entry["path"]), budget)
        if told.why is not None:
            looker.miss(entry["path"], told.why)
        found.append(_Log(entry, told))
    return found


def _suffix_known(name: str, one: str) -> bool:
    rest = one[len(name) :]
    return compression(one) is not None or not re.search(r"\.[A-Za-z]", rest)


def _ages(logs: List[_Log]) -> Plain:
    spans = [log.span for log in logs]
    firsts = [one.first for one in spans if one.first is not None]
    lasts = [one.last for one in spans if one.last is not None]
    # A log whose times are not known may go back further.
    known = not any(one.why is not None and one.first is None for one in spans)
    oldest, newest = (min(firsts) if firsts and known else None), (max(lasts) if lasts else None)
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
        "age_days": None if oldest is None else days(max(0.0, time.time() - oldest)),
        "bytes": sum(log.entry["size"] for log in logs),
        "bytes_per_day": _rate(logs),
        "newest_age_days": None if newest is None else days(time.time() - newest),
    }


def _rate(logs: List[_Log]) -> Optional[int]:
    """Bytes a day over the time that the plain files tell of: what is compressed does not show what was written."""
    plain = [log for log in logs if log.span.first is not None and compression(log.entry["path"]) is None]
    ends = [log.span.last for log in plain if log.span.last is not None]
    if not ends:
        return None
    seconds = max(ends) - min(log.span.first or 0 for log in plain)
    if seconds < _LEAST_SPAN:
        return None
    return int(sum(log.entry["size"] for log in plain) * DAY / seconds)


def _forecast(found: Plain, free: Optional[int]) -> Plain:
    rate = found["bytes_per_day"]
    if not rate or not found["writes"]:
        return {}
    bounds: List[Tuple[float, str]] = []
    if found["capacity_bytes"] is not None:
        bounds.append((found["capacity_bytes"] / rate, "rotation"))
    if free is not None:
        bounds.append(((found["bytes"] + free) / rate, "space"))
    elif not bounds:
        return {}
    least, bound = min(bounds)
    return {"retention_days": round(least, 2), "retention_bound": bound}
