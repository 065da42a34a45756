# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trail itself: what the newest part of the audit log holds, whether it goes on without a gap, and its secrets."""

import time
from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    logins_accounts,
    trail_boots,
    trail_changes,
    trail_files,
    trail_masks,
    trail_nodes,
    trail_samples,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import utc
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.plugins.module_utils.posture.trail_records import Scan

Plain = Dict[str, Any]

_LIMIT = "log_bytes (of the role: audit_compliance_log_bytes)"
_TIME = "log_seconds (of the role: audit_compliance_log_seconds)"
_OF_RECORDS = ("bytes_total", "events", "records", "malformed", "secrets", "samples")


def collect(context: Context, posture: Plain) -> Plain:
    """What the newest ``context.log_bytes`` of the log hold, looked at for ``context.log_seconds`` at most.

    Returns:
        ``complete`` (what was to be read could be read), ``incomplete`` (why not, and what to do), ``whole`` (it is
        all of the log) and ``bounded`` (what was left out for its size, in words); ``file, files, files_read,
        bytes_read, bytes_total, from, to, events, records`` (by type), ``malformed``; the lists of
        :meth:`Changes.told`; ``secrets`` (:meth:`Secrets.told`), ``samples`` (:meth:`Samples.told`), ``not_seen``.
        Where no file could be read, what would have been found is null.
    """
    budget = _Budget(context.log_seconds)
    seen = Seen(context)
    file = trail_files.named(posture, seen)
    log = trail_files.open_log(context, seen, file)
    scan = Scan(trail_changes.TYPES | trail_masks.TYPES | trail_samples.types(context.samples), time.time())
    changes = trail_changes.Changes(trail_nodes.own(posture), budget.is_spent, lambda: trail_boots.times(context))
    secrets = trail_masks.Secrets(budget.is_spent)
    samples = trail_samples.Samples(context.samples, _names(context))
    for data in log.chunks():
        chunk = scan.chunk(data)
        changes.take(chunk)
        samples.take(chunk)
        secrets.take(chunk, data)
        if budget.is_spent():
            break
    log.close()
    told: Plain = {
        "complete": True,
        "incomplete": _incomplete(file, log, scan, seen.not_seen, budget),
        "whole": log.whole and not budget.spent,
        "bounded": _bounded(context, log, scan),
        "file": file,
        "files": [part.opened.path for part in log.parts],
        "files_read": len(log.parts),
        "bytes_read": log.bytes_read,
        "bytes_total": log.bytes_total,
        "from": utc(scan.first),
        "to": utc(scan.last),
        "events": scan.events,
        "records": dict(sorted(scan.records.items())),
        "malformed": scan.malformed,
        "secrets": secrets.told(),
        "samples": samples.told(),
        "not_seen": seen.not_seen,
    }
    told.update(changes.told())
    told["complete"] = told["incomplete"] is None
    if not log.parts:
        told.update(dict.fromkeys(_OF_RECORDS + trail_changes.KEYS), whole=False)
    elif told["counts"] is None:
        # What else is told holds for all nodes alike.
        seen.miss(file, "its records are those of {0}, and none is known to be this host".format(_named(told)))
    return told


def _named(told: Plain) -> str:
    return ", ".join(told["other_nodes"][:5]) + (" and others" if len(told["other_nodes"]) > 5 else "")


class _Budget:
    """Seconds: what anybody can write into a log must not keep the host busy."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds
        self.spent = False
        """Whether something was left out because of it."""

    def is_spent(self) -> bool:
        """Whether to end here."""
        self.spent = self.spent or time.monotonic() >= self._ends
        return self.spent


def _names(context: Context) -> Optional[List[str]]:
    users = logins_accounts.read(Seen(context)).users
    return None if users is None else [user.name for user in users]


def _incomplete(file: str, log: trail_files.Log, scan: Scan, not_seen: List[str], budget: _Budget) -> Optional[str]:
    if budget.spent:
        return (
            "after {0} seconds the log was looked at from {1} to {2}, {3} bytes of {4}, and no further: "
            "set {5} to more, or {6} to less, so that only what is newest is looked at."
        ).format(budget.seconds, utc(scan.first), utc(scan.last), log.bytes_read, log.bytes_total, _TIME, _LIMIT)
    if not_seen:
        return "not all of the audit log could be read ({0}): run as root, or mend the file.".format(not_seen[0])
    if not log.parts:
        return "there is no {0}, and so no record to look at: see why auditd writes none.".format(file)
    return None


def _bounded(context: Context, log: trail_files.Log, scan: Scan) -> Optional[str]:
    if log.whole:
        return None
    return (
        "of the {0} bytes of the log the newest are looked at, from {1} on: {2} lets {3} bytes be read (of a packed "
        "file, what is in it). For what is older, set it to more."
    ).format(log.bytes_total, utc(scan.first) or "nothing", _LIMIT, context.log_bytes)
