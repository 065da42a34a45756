# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of an earlier run, where this run makes none: nobody may take that compliance.json for today's."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import results
from ansible_collections.auditops.trail.plugins.plugin_utils.earlier import EARLIER_DIR

REPORTS = {
    "html": "compliance.html",
    "csv": "compliance.csv",
    "junit": "compliance.junit.xml",
    "sarif": "compliance.sarif",
}
"""The file of each format; ``json`` is compliance.json itself and always written."""


def withdraw(folder: str, names: Iterable[str] = (results.FLEET_FILE, *REPORTS.values())) -> bool:
    """Move the reports of an earlier run to earlier/, where they replace those that were moved before.

    Args:
        folder: Where the results of the run would lie.
        names: The files.

    Returns:
        Whether there was one.

    Raises:
        TrailError: One could not be moved.
    """
    moved = [_moved(folder, name) for name in names]  # all of them, not only the first
    return True in moved


def _moved(folder: str, name: str) -> bool:
    path = os.path.join(folder, name)
    try:
        if not os.path.lexists(path):
            return False
        os.makedirs(os.path.join(folder, EARLIER_DIR), mode=0o700, exist_ok=True)
        os.replace(path, os.path.join(folder, EARLIER_DIR, name))
    except FileNotFoundError:  # another host's task was quicker
        return False
    except OSError as exc:
        raise TrailError(
            f"this report of an earlier run could not be set aside: {exc.strerror}",
            file=path,
            remedy="move it away, or give the results a folder that the user of the controller owns.",
        ) from exc
    return True
