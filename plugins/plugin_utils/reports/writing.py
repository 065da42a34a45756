# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of a run: which formats there are, and how they reach the disk."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import results, stale
from ansible_collections.auditops.trail.plugins.plugin_utils.reports import junit, page, sarif, table

FILES = stale.REPORTS


def write(folder: str, fleet: dict[str, Any], formats: Iterable[str] = tuple(FILES)) -> list[str]:
    """Write the reports, each as a whole or not at all.

    Call it when compliance.json and the hosts' results are written: the page names their hashes.

    Args:
        folder: Where the results lie.
        fleet: The fleet result.
        formats: Of FILES.

    Returns:
        The paths, in the order of the formats.

    Raises:
        TrailError: There is no such format, a file cannot be written, or a library is missing.
    """
    wanted = list(dict.fromkeys(formats))
    unknown = [name for name in wanted if name not in FILES]
    if unknown:
        raise TrailError(f"There is no report of the form {unknown[0]!r}.", remedy=f"choose among {', '.join(FILES)}.")
    written = []
    for name in wanted:
        path = os.path.join(folder, FILES[name])
        results.write_text(path, _render(name, fleet, folder))
        written.append(path)
    # One that was not asked for this time is of an earlier run.
    stale.withdraw(folder, [file for name, file in FILES.items() if name not in wanted])
    return written


def _render(name: str, fleet: dict[str, Any], folder: str) -> str:
    if name == "html":
        return page.render(fleet, folder)
    renderers = {"csv": table.render, "junit": junit.render, "sarif": sarif.render}
    return renderers[name](fleet)
