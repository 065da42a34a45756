# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""journald: where it keeps its journal, and whether audit records come into it."""

import os
from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import journald_audit, systemd_settings
from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import processes

Plain = Dict[str, Any]
_COMM = "systemd-journal"
_PERSISTENT, _VOLATILE = "/var/log/journal", "/run/log/journal"
_UNIT = "systemd-journald-audit.socket"


def journal(looker: Complete, posture: Plain) -> Plain:
    """``active, storage, persistent, audit, directory, files``, and what posture/journald_audit.py collects.

    ``audit`` is told by who reads the kernel's audit records; where that could not be seen, by the socket's unit.
    Audit= is another thing: it switches the kernel's recording, and not what journald takes.
    """
    settings = _settings(looker)
    storage, persistent = settings.get("Storage", "auto").lower(), is_persistent(looker)
    directory = None if storage == "none" else looker.entry(_PERSISTENT if persistent else _VOLATILE)
    running = processes(looker.context, (_COMM,))
    found: Plain = {
        "active": None if running is None else any(comm == _COMM for _pid, comm in running),
        "storage": storage,
        "persistent": persistent,
        "audit": receives(posture),
        "directory": directory,
        "files": [] if directory is None else _files(looker, directory["path"]),
    }
    found.update(journald_audit.collect(looker))
    return found


def _files(looker: Complete, folder: str) -> Optional[List[Plain]]:
    paths = looker.below(folder)
    if paths is None:
        return None
    return looker.all_entries([path for path in paths if os.path.basename(path).rstrip("~").endswith(".journal")])


def _settings(looker: Complete) -> Dict[str, str]:
    return {name: one.value for name, one in systemd_settings.read(looker, "journald.conf", "Journal").items()}


def is_persistent(looker: Complete) -> bool:
    """Whether the journal lies on disk, and not in memory (journald.conf(5), Storage=)."""
    storage = _settings(looker).get("Storage", "auto").lower()
    return storage == "persistent" or (storage == "auto" and looker.exists(_PERSISTENT))


def receives(posture: Plain) -> Optional[bool]:
    """Whether journald takes the kernel's audit records, by who listens, or else by its socket's unit."""
    listeners = (posture.get("daemon") or {}).get("listeners")
    if listeners is not None:
        return any(one["comm"] == _COMM for one in listeners)
    for unit in (posture.get("service") or {}).get("units") or ():
        if unit["name"] == _UNIT:
            return bool(unit["active"] == "active")
    return None
