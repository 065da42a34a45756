# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How auditd, its plugins and audisp-remote are configured: what they read and what they make of it."""

import os
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.config import surroundings
from ansible_collections.auditops.trail.plugins.module_utils.config.keys import release
from ansible_collections.auditops.trail.plugins.module_utils.config.read import read
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence
from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
Version = Tuple[int, ...]

_OWN_DISPATCHER = (3, 0)
"""Before, audispd was a program of its own, with its files in /etc/audisp."""
_SUFFIX_SINCE = (4, 0, 3)
_LINKS_AGAIN_SINCE = (4, 1)
_OLD_FOLDER = "/etc/audisp"
_PLUGIN_KEYS = ("active", "path", "direction", "type", "args", "format")


def collect(context: Context, posture: Plain) -> Plain:
    """``auditd``, ``remote``, ``dispatcher`` (audispd.conf of 2.8) as FILE or null, ``plugins``, ``not_seen``.

    A FILE that could not be read is null and stands in ``not_seen``; ``remote`` and ``dispatcher`` are null where there
    is none as well. Without auditd.conf auditd goes by its compiled defaults; where there is no auditd either, the
    ``values`` of ``auditd``, ``usable`` and ``plugins`` are null: nobody does what they would say.

    Raises:
        EvidenceError: the host itself could not be looked at.
    """
    evidence.require(posture, "host")
    looker = Complete(context)
    told: Optional[Version] = tuple(posture["host"]["auditctl_version"] or ()) or None
    version = release(told)
    old = version < _OWN_DISPATCHER
    folder = _OLD_FOLDER if old else context.configuration
    auditd = _file(looker, "auditd", os.path.join(context.configuration, "auditd.conf"), told)
    if auditd is not None and not auditd["exists"] and context.program("auditd") is None:
        looker.not_seen.append("there is no {0}, and no auditd that would read it".format(auditd["file"]))
        auditd.update(values=None, usable=None)
    dispatcher = _file(looker, "audispd", os.path.join(_OLD_FOLDER, "audispd.conf"), version) if old else None
    remote = _file(looker, "remote", os.path.join(folder, "audisp-remote.conf"), version)
    reader = dispatcher if old and (auditd is None or auditd["values"] is not None) else auditd
    starts = not old or starts_audispd(auditd)
    plugin_folder = ((reader or {}).get("values") or {}).get("plugin_dir")
    return {
        "auditd": auditd,
        "dispatcher": dispatcher,
        "remote": remote if remote is not None and remote["exists"] else None,
        "plugins": None
        if plugin_folder is None
        else _plugins(looker, plugin_folder.rstrip("/") or "/", version, starts),
        "not_seen": looker.not_seen,
    }


def auditd_values(posture: Plain) -> Optional[Plain]:
    """The effective values of auditd.conf for the collectors behind this one; None where it could not be read, or is
    read by nobody.

    Raises:
        EvidenceError: the part ``config`` could not be collected.
    """
    evidence.require(posture, "config")
    auditd = (posture.get("config") or {}).get("auditd")
    return None if auditd is None else auditd["values"]


def starts_audispd(auditd: Optional[Plain]) -> bool:
    """Whether an auditd of 2.8 starts audispd, and with it the plugins: without ``dispatcher`` it starts nothing
    (init_dispatcher of src/auditd-dispatch.c). Where its file could not be read it may."""
    values = (auditd or {}).get("values")
    return values is None or os.path.basename(values.get("dispatcher") or "") == "audispd"


def no_values(posture: Plain) -> str:
    """Why :func:`auditd_values` has none, for ``not_seen``."""
    auditd = (posture.get("config") or {}).get("auditd")
    return "auditd.conf: not read" if auditd is None else "there is no {0}, and no auditd".format(auditd["file"])


def _file(looker: Complete, kind: str, path: str, version: Optional[Version]) -> Optional[Plain]:
    found = looker.whole(lambda: (looker.data(path),))
    if found is None:
        return None
    state, unseen = None, []  # type: Any, List[str]
    if found[0] is not None:
        try:
            state = surroundings.look(looker.context.path(path), path)
        except EvidenceError as exc:
            unseen.append("{0}: {1}".format(path, exc.message))
    result = read(kind, found[0], version, surroundings.of_host(looker.context.path), state, unseen)
    looker.not_seen += [text for text in unseen if text not in looker.not_seen]
    return dict(result, file=path)


def _plugins(looker: Complete, folder: str, version: Version, starts: bool) -> Optional[List[Plain]]:
    names = looker.whole(looker.names, folder)
    if names is None:
        return None
    found = []
    for name in names:
        path = os.path.join(folder, name)
        if not _is_read(looker.context.path(path), name, version):
            continue
        file = _file(looker, "plugin", path, version)
        if file is None:
            return None
        plugin = _plugin(name, path, file)
        found.append(dict(plugin, active=plugin["active"] and starts))
    return found


def _is_read(place: str, name: str, version: Version) -> bool:
    """load_plugin_conf of audisp/audispd.c: hidden files and those with two dots are left out, others by release."""
    if name.startswith(".") or name.count(".") > 1 or os.path.isdir(place):
        return False
    if version >= _SUFFIX_SINCE and "." in name and not name.endswith(".conf"):
        return False
    return not (_SUFFIX_SINCE <= version < _LINKS_AGAIN_SINCE and os.path.islink(place))


def _plugin(name: str, path: str, file: Plain) -> Plain:
    plugin = {key: file["values"][key] for key in _PLUGIN_KEYS}
    # What the dispatcher finds a fault in, it leaves out, and goes on with the others.
    plugin["active"] = bool(plugin["active"]) and file["usable"]
    plugin["args"] = plugin["args"] or []
    return dict(plugin, name=name[:-5] if name.endswith(".conf") else name, file=path, problems=file["problems"])
