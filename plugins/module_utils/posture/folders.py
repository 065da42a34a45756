# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders above a file: who can change one of them can put another file in the place of this one."""

import os
from typing import Any, Dict, Iterable, List, Set

from ansible_collections.auditops.trail.plugins.module_utils.posture import exposure
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
_STICKY = 0o1000


def above(context: Context, paths: Iterable[str]) -> List[str]:
    """Each folder above these absolute paths and above what links among them lead to, sorted."""
    found: Set[str] = set()
    for path in paths:
        for name in (path, _resolved(context, path)):
            folder = os.path.dirname(name)
            while folder not in found:
                found.add(folder)
                folder = os.path.dirname(folder)
    return sorted(found)


def faults(entry: Plain) -> List[str]:
    """What is wrong with the ENTRY of a folder in which root alone should put, replace or remove something.

    Everybody may look into it. Its group matters only where it can change what is in there; in a sticky folder nobody
    changes another's file.
    """
    told = dict(entry, group_write=entry["group_write"] and entry["gid"] != 0)
    sticky = bool(int(entry["mode"], 8) & _STICKY)
    return [text for text in exposure.faults(told, (entry["gid"],), True) if not (sticky and "can change" in text)]


def _resolved(context: Context, path: str) -> str:
    real = os.path.realpath(context.path(path))
    if context.root == "/":
        return real
    root = os.path.realpath(context.root)
    return real[len(root) :] if real.startswith(root + "/") else path
