# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs of this collection have left unfinished on a host: a journal that is open, rules that nobody has committed.

Reads only, and takes no lock: the next run of the module finishes what is told here, or undoes it.
"""

from typing import Any, Dict, Optional

from ansible_collections.auditops.trail.plugins.module_utils.deploy import change, journal, recovery, transaction
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import utc

Plain = Dict[str, Any]


def look(store: Store) -> Plain:
    """``interrupted`` and ``pending``, each null where there is nothing.

    ``interrupted`` is of a run that was killed or cut off: ``kind`` (rules, settings, boot), ``step`` (at which it
    ended, empty where the machine went down) and ``since``; of several the first of these kinds. ``pending`` is the
    identifier of the transaction whose rules are loaded and not committed.

    Raises:
        TrailError: the state folder, or a document in it, cannot be read.
    """
    held = transaction.pending(store)
    left = _interrupted(store)
    if left is not None and store.is_busy():  # a run that is at work has its journal open
        left = None
    return {"interrupted": left, "pending": None if held is None else held["id"]}


def _interrupted(store: Store) -> Optional[Plain]:
    rules = recovery.interrupted(store)
    if rules is not None:
        return {"kind": transaction.KIND, "step": rules["step"], "since": utc(journal.since(store))}
    for kind in (change.SETTINGS, change.BOOT):
        found = change.left(store, kind)
        if found is not None:
            return {"kind": kind, "step": change.last_step(store, found), "since": utc(change.since(store, found))}
    return None
