# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""journald: where it keeps its journal, and whether audit records come into it."""

import os
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import processes

Plain = Dict[str, Any]
_FOLDERS = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd", "/lib/systemd")
"""Where systemd looks for journald.conf and journald.conf.d, the first to be preferred (systemd-system.conf(5))."""
_COMM = "systemd-journal"
_PERSISTENT, _VOLATILE = "/var/log/journal", "/run/log/journal"
_UNIT = "systemd-journald-audit.socket"


def journal(looker: Complete, posture: Plain) -> Plain:
    """``active, storage, persistent, audit, audit_setting, directory, files``.

    ``audit`` is told by who reads the kernel's audit records; where that could not be seen, by the socket's unit.
    ``audit_setting`` is Audit= as written: it switches the kernel's recording, and not what journald takes.
    """
    settings = _settings(looker)
    storage = settings.get("storage", "auto").lower()
    persistent = storage == "persistent" or (storage == "auto" and looker.exists(_PERSISTENT))
    directory = None if storage == "none" else looker.entry(_PERSISTENT if persistent else _VOLATILE)
    running = processes(looker.context)
    return {
        "active": None if running is None else any(comm == _COMM for _pid, comm in running),
        "storage": storage,
        "persistent": persistent,
        "audit": _receives(posture),
        "audit_setting": settings.get("audit") or None,
        "directory": directory,
        "files": [] if directory is None else _files(looker, directory["path"]),
    }


def _files(looker: Complete, folder: str) -> Optional[List[Plain]]:
    paths = looker.below(folder)
    if paths is None:
        return None
    return looker.all_entries([path for path in paths if os.path.basename(path).rstrip("~").endswith(".journal")])


def _receives(posture: Plain) -> Optional[bool]:
    listeners = (posture.get("daemon") or {}).get("listeners")
    if listeners is not None:
        return any(one["comm"] == _COMM for one in listeners)
    for unit in (posture.get("service") or {}).get("units") or ():
        if unit["name"] == _UNIT:
            return bool(unit["active"] == "active")
    return None


def _settings(looker: Complete) -> Dict[str, str]:
    found: Dict[str, str] = {}
    mains = [folder + "/journald.conf" for folder in _FOLDERS]
    main = next((path for path in mains if looker.exists(path)), None)
    drop_ins: Dict[str, str] = {}
    for folder in reversed(_FOLDERS):
        for name in looker.names(folder + "/journald.conf.d"):
            if name.endswith(".conf"):
                drop_ins[name] = "{0}/journald.conf.d/{1}".format(folder, name)
    for path in ([main] if main else []) + [drop_ins[name] for name in sorted(drop_ins)]:
        if not _masked(looker, path):
            _read(looker, path, found)
    return found


def _masked(looker: Complete, path: str) -> bool:
    try:
        return os.readlink(looker.context.path(path)) == "/dev/null"
    except OSError:
        return False


def _read(looker: Complete, path: str, found: Dict[str, str]) -> None:
    section = ""
    for _number, line in looker.lines(path):
        if line.startswith("["):
            section = line
        name, sign, value = _pair(line)
        if section == "[Journal]" and sign and not line.startswith(("#", ";")):
            if value:
                found[name] = value
            else:
                found.pop(name, None)  # an empty value sets the default again


def _pair(line: str) -> Tuple[str, str, str]:
    name, sign, value = line.partition("=")
    return name.strip().lower(), sign, value.strip()
