# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of an earlier run, where this run makes none: nobody may take that compliance.json for today's."""

from __future__ import annotations

import os

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import results
from ansible_collections.auditops.trail.plugins.plugin_utils.earlier import EARLIER_DIR


def withdraw(folder: str) -> bool:
    """Move compliance.json to earlier/, where it replaces one that was moved before.

    Args:
        folder: Where the results of the run would lie.

    Returns:
        Whether there was one.

    Raises:
        TrailError: It could not be moved.
    """
    path = os.path.join(folder, results.FLEET_FILE)
    try:
        if not os.path.lexists(path):
            return False
        os.makedirs(os.path.join(folder, EARLIER_DIR), mode=0o700, exist_ok=True)
        os.replace(path, os.path.join(folder, EARLIER_DIR, results.FLEET_FILE))
    except FileNotFoundError:  # another host's task was quicker
        return False
    except OSError as exc:
        raise TrailError(
            f"this report of an earlier run could not be set aside: {exc.strerror}",
            file=path,
            remedy="move it away, or set audit_compliance_result_dir to a folder that the user of the controller owns.",
        ) from exc
    return True
