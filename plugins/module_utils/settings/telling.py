# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change of settings is told as: a module's answer, and a diff."""

from typing import Any, Dict, List

from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status
from ansible_collections.auditops.trail.plugins.module_utils.settings.apply import Outcome, Request

KERNEL = "the kernel"


def answer(outcome: Outcome) -> Dict[str, Any]:
    """``changed, before, after, lost, reboot_required, persisted, files, backup``."""
    return {
        "changed": outcome.changed,
        "before": dict(outcome.before._asdict()),
        "after": dict(outcome.after._asdict()),
        "lost": outcome.lost,
        "reboot_required": outcome.reboot_required,
        "persisted": list(outcome.persisted),
        "files": sorted(outcome.files),
        "backup": outcome.backup,
    }


def diff(request: Request, outcome: Outcome) -> List[Dict[str, str]]:
    """Ansible's diff: the settings in the kernel that were asked for, and each file; nothing of what stays as it is."""
    names = sorted(request.values) + (["lost"] if request.reset_lost else [])
    parts = []
    if _values(outcome.before, names) != _values(outcome.after, names) and outcome.changed:
        parts.append(_part(KERNEL, _values(outcome.before, names), _values(outcome.after, names)))
    for path, (before, after) in sorted(outcome.files.items()):
        parts.append(_part(path, _text(before or b""), _text(after)))
    return parts


def _part(name: str, before: str, after: str) -> Dict[str, str]:
    return {"before_header": name, "after_header": name, "before": before, "after": after}


def _values(status: Status, names: List[str]) -> str:
    return "".join("{0} {1}\n".format(name, getattr(status, name)) for name in names)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
