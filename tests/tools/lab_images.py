# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make lab-images`: all that the lab needs a network for, so that `make lab` later only boots machines."""

from __future__ import annotations

import lab


def run(_arguments: list[str]) -> int:
    """Set up Molecule and build the images of the chosen releases, where they are not there yet.

    Returns:
        0; what could not be made raises Problem.
    """
    lab.prepare()
    return 0
