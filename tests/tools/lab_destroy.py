# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make lab-destroy`: end every virtual machine of this checkout and remove its disk."""

from __future__ import annotations

import shutil

import lab
from layout import CACHE


def run(_arguments: list[str]) -> int:
    """End them all, and forget what Molecule remembers of them.

    Returns:
        0; a process that does not end raises Problem.
    """
    ended = lab.machines("destroy", "--all")
    for folder in (CACHE / "ansible" / "tmp").glob("molecule.*"):
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(f"ended {folder}" for folder in ended) or "there was none", flush=True)
    return 0
