# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can read and change what the audit system is made of: its configuration, rules, tools, plugins and scripts."""

import os
from typing import Any, Dict, Iterable, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence, exposure, filesystems, folders
from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
Parts = Dict[str, Optional[List[Plain]]]

_TOOLS = (
    "auditctl auditd augenrules ausearch aureport autrace aulast aulastlog auvirt ausyscall "
    "audispd audisp-remote audisp-syslog audisp-af_unix audisp-filter"
).split()
_OLD_FOLDER = "/etc/audisp"  # before 3.0
_RULES = ("rules.d", "audit.rules", "audit-stop.rules")
_SECRET = ("configuration", "rules")


def collect(context: Context, posture: Plain) -> Plain:
    """``configuration, rules, tools, plugins, scripts, exposed, exposed_by, not_seen`` (docs/reference/posture.md).

    Raises:
        EvidenceError: the configuration could not be collected.
    """
    evidence.require(posture, "config")
    looker = Complete(context)
    config = posture["config"]
    configuration, rules = _configuration(looker, context.configuration, config)
    plugins = config["plugins"]
    known = config["auditd"] is not None and config["auditd"]["values"] is not None
    parts: Parts = {
        "configuration": configuration,
        "rules": rules,
        "tools": _tools(looker),
        "plugins": None if plugins is None else looker.all_entries(_real(looker, (one["path"] for one in plugins))),
        "scripts": looker.all_entries(_real(looker, _scripts(config))) if known else None,
    }
    found: Plain = dict(parts)
    found["exposed_by"] = _exposed_by(looker, parts)
    everything = [text for texts in found["exposed_by"].values() for text in texts or ()]
    whole = None not in found["exposed_by"].values()
    found["exposed"] = exposure.complete(looker, sorted(set(everything)), (), whole)
    found["not_seen"] = looker.not_seen
    return found


def _configuration(looker: Complete, folder: str, config: Plain) -> Tuple[Any, Any]:
    """The files of the configuration and those of the rules, with the folders that links among them lead to."""
    tops = [folder, _OLD_FOLDER]
    for name in ("auditd", "dispatcher"):
        plugin_folder = ((config[name] or {}).get("values") or {}).get("plugin_dir")
        if plugin_folder and not (plugin_folder.rstrip("/") + "/").startswith(tuple(top + "/" for top in tops)):
            tops.append(plugin_folder.rstrip("/") or "/")
    everything = [looker.below(one, True) for one in tops]
    if None in everything:
        return None, None
    paths = [path for one in everything for path in one or ()]
    names = [os.path.join(folder, name) for name in _RULES]
    rules = [path for path in paths if path in names[1:] or path.startswith(names[0] + "/")]
    others = looker.all_entries(_with_targets(looker, tops + [path for path in paths if path not in rules]))
    if others == []:
        looker.miss(folder, "there is no such folder")
        return None, None
    return others, looker.all_entries(_with_targets(looker, rules))


def _with_targets(looker: Complete, paths: Iterable[str]) -> List[str]:
    """The paths, and beside each folder that is a link the folder that it leads to."""
    found = list(paths)
    for path in list(found):
        place = looker.context.path(path)
        if os.path.islink(place) and os.path.isdir(place):
            found.append(filesystems.resolved(looker, path))
    return found


def _tools(looker: Complete) -> Optional[List[Plain]]:
    programs = [looker.context.program(name) for name in _TOOLS]
    if not any(programs):
        looker.not_seen.append("no audit tool is installed")
        return None
    return looker.all_entries(_real(looker, programs))


def _scripts(config: Plain) -> List[Optional[str]]:
    """The programs that exec actions name."""
    files = [config[name] for name in ("auditd", "remote") if config[name] is not None]
    return [value for file in files for name, value in sorted(file["values"].items()) if name.endswith("_exe")]


def _real(looker: Complete, paths: Iterable[Optional[str]]) -> List[str]:
    """Where these lead: of /sbin/auditctl on a merged host, /usr/sbin/auditctl."""
    found = set()
    for path in paths:
        if path is not None and path.startswith("/"):
            found.add(filesystems.resolved(looker, path))
    return sorted(found)


def _above(looker: Complete, parts: Parts) -> Optional[List[Plain]]:
    """The folders above all of these and above what links lead to: who can change one can put another file there."""
    inside = {entry["path"] for entries in parts.values() for entry in entries or ()}
    return looker.all_entries([path for path in folders.above(looker, inside) if path not in inside])


def _exposed_by(looker: Complete, parts: Parts) -> Dict[str, Optional[List[str]]]:
    """By part, and for the ``folders`` above them, what is exposed; None where nothing is and not all was seen."""
    found: Dict[str, Optional[List[str]]] = {}
    for name, entries in sorted(parts.items()):
        faults = [text for entry in entries or () for text in exposure.faults(entry, others_read=name not in _SECRET)]
        found[name] = exposure.complete(looker, sorted(set(faults)), entries or (), entries is not None)
    above = _above(looker, parts)
    told = sorted({text for entry in above or () for text in exposure.folder_faults(entry)})
    # Of a part that is not known, neither are the folders above it.
    found["folders"] = exposure.complete(looker, told, above or (), None not in (above, *parts.values()))
    return found
