# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How rules get from the disk into a host's kernel: where a line goes, and which command loads it."""

import os
from typing import Any, Dict

from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import LOCKED

Plain = Dict[str, Any]
FOLDER = "/etc/audit"


def of(posture: Plain) -> Plain:
    """What a remedy has to say of loading.

    augenrules writes the merge of rules.d over audit.rules (augenrules(8)): where the service runs ``auditctl -R``,
    it would take away the very rules that are in force.

    Returns:
        ``loader`` (``augenrules``, ``auditctl``, or None where the part ``disk`` could not be collected), ``into`` (the
        folder or file for lines) and ``command``, None with it; ``locked``: the kernel takes no rule before a reboot.
    """
    disk = posture.get("disk") or {}
    loader = disk.get("loader")
    folder = disk.get("folder") or FOLDER
    into = None if loader is None else os.path.join(folder, "rules.d" if loader == "augenrules" else "audit.rules")
    command = None if into is None else "augenrules --load" if loader == "augenrules" else "auditctl -R " + into
    locked = (posture.get("status") or {}).get("enabled") == LOCKED
    return {"loader": loader, "into": into, "command": command, "locked": locked}
