# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the audit programs of a release look for their configuration files."""

import os
from typing import Optional

from ansible_collections.auditops.trail.plugins.module_utils.config.keys import Version, release
from ansible_collections.auditops.trail.plugins.module_utils.config.read import read
from ansible_collections.auditops.trail.plugins.module_utils.deploy import files
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

FOLDER, OLD_FOLDER = "/etc/audit", "/etc/audisp"
_OWN_DISPATCHER = (3, 0)
"""Before, audispd was a program of its own, with its files in /etc/audisp."""


def usual(file: str, name: Optional[str], version: Optional[Version]) -> str:
    """The path of a file (auditd, audispd, remote, plugin); of a plugin the one in the folder that is configured.

    Raises:
        TrailError: A plugin has no name, or one under which no release would read it.
    """
    old = release(version) < _OWN_DISPATCHER
    if file == "auditd":
        return os.path.join(FOLDER, "auditd.conf")
    if file == "audispd":
        return os.path.join(OLD_FOLDER, "audispd.conf")
    if file == "remote":
        return os.path.join(OLD_FOLDER if old else FOLDER, "audisp-remote.conf")
    return os.path.join(_plugin_folder(version, old), _plugin_name(name))


def _plugin_folder(version: Optional[Version], old: bool) -> str:
    kind = "audispd" if old else "auditd"
    found = read(kind, files.look(usual(kind, None, version)).data, version)["values"]["plugin_dir"]
    return found.rstrip("/") or "/"


def _plugin_name(name: Optional[str]) -> str:
    """load_plugin_conf of audisp/audispd.c leaves out hidden files and those with two dots, and from 4.0.3 on those
    that do not end in .conf."""
    if not name:
        raise TrailError("no plugin is named", remedy="give name, for example au-remote.conf.")
    full = name if "." in name else name + ".conf"
    if "/" in full or full.startswith(".") or full.count(".") != 1 or not full.endswith(".conf"):
        raise TrailError(
            "{0!r} is not the name of a plugin's file".format(name),
            remedy="write one as in au-remote.conf: one dot, and no slash.",
        )
    return full
