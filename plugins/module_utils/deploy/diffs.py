# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change of a file, or of anything that has lines, as Ansible shows it."""

from typing import Any, Dict, List, Mapping, Optional

from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept

Plain = Dict[str, Any]


def part(name: str, before: str, after: str, before_name: Optional[str] = None) -> Dict[str, str]:
    """One entry of a module's ``diff``.

    Args:
        name: What was changed: a path, or another name.
        before: Its text before.
        after: Its text afterwards.
        before_name: What was there before, where that is something else.
    """
    return {"before_header": before_name or name, "after_header": name, "before": before, "after": after}


def text(data: Optional[bytes]) -> str:
    """The content of a file, nothing for one that is not there; bytes that are not UTF-8 are kept as surrogates."""
    return (data or b"").decode("utf-8", "surrogateescape")


def actions(contents: Mapping[str, Optional[bytes]], before: Mapping[str, Kept]) -> List[Plain]:
    """What becomes of each file; one that is not there and stays so is none."""
    found = []
    for path, data in sorted(contents.items()):
        was = before[path].data
        if was is None and data is None:
            continue
        action = "unchanged" if was == data else "created" if was is None else "removed" if data is None else "changed"
        found.append({"path": path, "action": action})
    return found
