# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a schedule keeps for some time only: the reports of its runs, and their evidence."""

from __future__ import annotations

import os
import re
import shutil
from datetime import datetime, timedelta, timezone

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

_RUN = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z)-[0-9a-f]+\Z")
"""The folder of a run, here and among the evidence (plugin_utils/bundle.py)."""


def named(now: datetime, letters: str) -> str:
    """The name of a run's folder."""
    return f"{now.astimezone(timezone.utc):%Y-%m-%dT%H-%M-%SZ}-{letters}"


def prune(folder: str, days: int, now: datetime, kept: str = "") -> list[str]:
    """Remove the folders of runs that are older.

    The name tells the age: what was copied or restored keeps it. What is no folder of a run is left, whatever it is.

    Args:
        folder: With a folder for each run; it need not be there.
        days: How long they are kept; 0: for ever.
        now: The present, UTC.
        kept: The name of one that stays, whatever its age.

    Returns:
        The names that were removed.

    Raises:
        TrailError: one could not be removed, after the others were.
    """
    if not days or not os.path.isdir(folder):
        return []
    removed, hindered = [], []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        made = _made(name)
        if made is None or now - made <= timedelta(days=days) or name == kept or os.path.islink(path):
            continue
        try:
            shutil.rmtree(path)
            removed.append(name)
        except OSError as exc:
            hindered.append(f"{name}: {exc.strerror}")
    if hindered:
        raise TrailError(
            f"this is older than {days} days and cannot be removed: {'; '.join(hindered[:3])}",
            file=folder,
            remedy="let the user of the schedule remove it.",
        )
    return removed


def _made(name: str) -> datetime | None:
    found = _RUN.match(name)
    if found is None:
        return None
    try:
        return datetime.strptime(found.group(1), "%Y-%m-%dT%H-%M-%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
