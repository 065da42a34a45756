# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How rules get from the disk into a host's kernel: where a line goes, and which command loads it."""

import os
from typing import Any, Dict

from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import LOCKED

Plain = Dict[str, Any]
FOLDER = "/etc/audit"
_LOADERS = {"augenrules": ("rules.d", "augenrules --load"), "auditctl": ("audit.rules", "auditctl -R {0}")}
"""By loader: what holds the lines, below the folder, and the command."""


def of(posture: Plain) -> Plain:
    """What a remedy has to say of loading.

    augenrules writes the merge of rules.d over audit.rules (augenrules(8)): where the service runs ``auditctl -R``,
    it would take away the very rules that are in force.

    Returns:
        ``loader`` (``augenrules``, ``auditctl``, or None where the part ``disk`` does not tell), ``into`` (the
        folder or file for lines) and ``command``, None with it; ``locked``: the kernel takes no rule before a reboot.
    """
    disk = posture.get("disk") or {}
    locked = (posture.get("status") or {}).get("enabled") == LOCKED
    loader = disk.get("loader")
    if loader not in _LOADERS:
        return {"loader": None, "into": None, "command": None, "locked": locked}
    name, command = _LOADERS[loader]
    into = os.path.join(disk.get("folder") or FOLDER, name)
    return {"loader": loader, "into": into, "command": command.format(into), "locked": locked}
