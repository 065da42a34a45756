# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can read and change what the audit system is made of: its configuration, rules, tools, plugins and scripts."""

import os
from typing import Any, Dict, Iterable, List, Optional, Set

from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence, exposure
from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]

_TOOLS = (
    "auditctl auditd augenrules ausearch aureport autrace aulast aulastlog auvirt ausyscall "
    "audispd audisp-remote audisp-syslog audisp-af_unix audisp-filter"
).split()
_OLD_FOLDER = "/etc/audisp"  # before 3.0
_RULES = ("rules.d/", "audit.rules", "audit-stop.rules")
_STICKY = 0o1000


def collect(context: Context, posture: Plain) -> Plain:
    """``configuration, rules, tools, plugins, scripts, exposed, not_seen`` (docs/reference/posture.md).

    Raises:
        EvidenceError: the configuration could not be collected.
    """
    evidence.require(posture, "config")
    looker = Complete(context)
    configuration, rules = _configuration(looker, context.configuration)
    config = posture["config"]
    plugins = config["plugins"]
    parts: Dict[str, Optional[List[Plain]]] = {
        "configuration": configuration,
        "rules": rules,
        "tools": looker.all_entries(_real(looker, _programs(context))),
        "plugins": None if plugins is None else looker.all_entries(_real(looker, (one["path"] for one in plugins))),
        "scripts": None if config["auditd"] is None else looker.all_entries(_real(looker, _scripts(config))),
    }
    found: Plain = dict(parts)
    folders = _above(looker, parts)
    complete = folders is not None and None not in parts.values()
    found["exposed"] = _exposed(parts, folders or []) if complete else None
    found["not_seen"] = looker.not_seen
    return found


def _configuration(looker: Complete, folder: str) -> Any:
    everything = [looker.below(one) for one in (folder, _OLD_FOLDER)]
    if None in everything:
        return None, None
    paths = [path for one in everything for path in one or ()]
    rules = [path for path in paths if path.startswith(tuple(os.path.join(folder, name) for name in _RULES))]
    others = [folder, _OLD_FOLDER] + [path for path in paths if path not in rules]
    return looker.all_entries(others), looker.all_entries(rules)


def _programs(context: Context) -> List[str]:
    found = [context.program(name) for name in _TOOLS]
    return [path for path in found if path is not None]


def _scripts(config: Plain) -> List[Optional[str]]:
    """The programs that exec actions name."""
    files = [config[name] for name in ("auditd", "remote") if config[name] is not None]
    return [value for file in files for name, value in sorted(file["values"].items()) if name.endswith("_exe")]


def _real(looker: Complete, paths: Iterable[Optional[str]]) -> List[str]:
    """Where these lead: of /sbin/auditctl on a merged host, /usr/sbin/auditctl."""
    found = set()
    for path in paths:
        if path is not None and path.startswith("/"):
            found.add(_resolved(looker, path))
    return sorted(found)


def _resolved(looker: Complete, path: str) -> str:
    root = looker.context.root
    real = os.path.realpath(looker.context.path(path))
    if root == "/":
        return real
    above = os.path.realpath(root)
    return real[len(above) :] if real.startswith(above + "/") else path


def _above(looker: Complete, parts: Dict[str, Optional[List[Plain]]]) -> Optional[List[Plain]]:
    """The folders that lead to all of these: who can change one of them can put another file there."""
    folders: Set[str] = set()
    for entries in parts.values():
        for entry in entries or ():
            path = os.path.dirname(entry["path"])
            while path and path not in folders:
                folders.add(path)
                path = os.path.dirname(path)
    inside = {entry["path"] for entries in parts.values() for entry in entries or ()}
    return looker.all_entries([path for path in folders if path not in inside])


def _exposed(parts: Dict[str, Optional[List[Plain]]], folders: List[Plain]) -> List[str]:
    found: List[str] = []
    for name, entries in sorted(parts.items()):
        secret = name in ("configuration", "rules")
        for entry in entries or ():
            found += exposure.faults(entry, others_read=not secret or entry["type"] == "dir")
    for entry in folders:
        sticky = bool(int(entry["mode"], 8) & _STICKY)
        # A folder's group matters only where it can change what is in there.
        faults = exposure.faults(
            dict(entry, group_write=entry["group_write"] and entry["gid"] != 0), (entry["gid"],), True
        )
        found += [text for text in faults if not (sticky and "can change" in text)]
    return sorted(set(found))
