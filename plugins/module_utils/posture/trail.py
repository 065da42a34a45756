# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trail itself: what the newest part of the audit log holds, whether it goes on without a gap, and its secrets."""

from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    trail_changes,
    trail_files,
    trail_masks,
    trail_samples,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import utc
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.plugins.module_utils.posture.trail_records import Scan

Plain = Dict[str, Any]

_LIMIT = "audit_compliance_log_bytes"


def collect(context: Context, posture: Plain) -> Plain:
    """What the newest ``context.log_bytes`` of the log hold.

    Returns:
        ``complete`` (what was to be read could be read), ``incomplete`` (why not, and what to do), ``whole`` (it is
        all of the log) and ``bounded`` (what was left out, in words); ``file, files, files_read, bytes_read,
        bytes_total, from, to, events, records`` (by type), ``malformed``; the lists of :meth:`Changes.told`;
        ``secrets`` (:meth:`Secrets.told`), ``samples`` (:meth:`Samples.told`), ``not_seen``.
    """
    seen = Seen(context)
    file = trail_files.named(posture, seen)
    log = trail_files.open_log(context, seen, file)
    scan = Scan(trail_changes.TYPES | trail_masks.TYPES)
    changes, secrets = trail_changes.Changes(), trail_masks.Secrets()
    samples = trail_samples.Samples(context.samples)
    for data in log.chunks():
        chunk = scan.chunk(data)
        changes.take(chunk)
        secrets.take(chunk, data)
        samples.take(chunk)
    told: Plain = {
        "complete": True,
        "incomplete": _incomplete(file, log, seen.not_seen),
        "whole": log.whole,
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
    return told


def _incomplete(file: str, log: trail_files.Log, not_seen: List[str]) -> Optional[str]:
    if not_seen:
        return "not all of the audit log could be read ({0}): run as root, or mend the file.".format(not_seen[0])
    if not log.parts:
        return "there is no {0}, and so no record to look at: see why auditd writes none.".format(file)
    return None


def _bounded(context: Context, log: trail_files.Log, scan: Scan) -> Optional[str]:
    if log.whole:
        return None
    return "the log was read from {0} on, its newest {1} bytes; {2} are more than {3} lets be read.".format(
        utc(scan.first), log.bytes_read, log.bytes_total, _LIMIT
    )
