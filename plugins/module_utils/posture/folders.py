# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders above a file: who can change one of them can put another file in the place of this one.

What is wrong with one is told by exposure.folder_faults.
"""

import os
from typing import Iterable, List, Set

from ansible_collections.auditops.trail.plugins.module_utils.posture import filesystems
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen


def above(seen: Seen, paths: Iterable[str]) -> List[str]:
    """Each folder above these absolute paths and above what links among them lead to, sorted."""
    found: Set[str] = set()
    for path in paths:
        for name in (path, filesystems.resolved(seen, path)):
            folder = os.path.dirname(name)
            while folder not in found:
                found.add(folder)
                folder = os.path.dirname(folder)
    return sorted(found)
