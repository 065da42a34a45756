# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change of settings is told as: a module's answer, and a diff."""

from typing import Any, Dict, List

from ansible_collections.auditops.trail.plugins.module_utils.deploy import diffs
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status
from ansible_collections.auditops.trail.plugins.module_utils.settings.apply import Outcome, Request

KERNEL = "the kernel"


def answer(outcome: Outcome) -> Dict[str, Any]:
    """``changed, before, after, lost, reboot_required, persisted, files, backup, left, recovered``."""
    return {
        "changed": outcome.changed,
        "before": dict(outcome.before._asdict()),
        "after": dict(outcome.after._asdict()),
        "lost": outcome.lost,
        "reboot_required": outcome.reboot_required,
        "persisted": list(outcome.persisted),
        "files": sorted(outcome.files),
        "backup": outcome.backup,
        "left": list(outcome.left),
        "recovered": outcome.recovered,
    }


def diff(request: Request, outcome: Outcome) -> List[Dict[str, str]]:
    """Ansible's diff: the settings in the kernel that were asked for, and each file; nothing of what stays as it is."""
    names = sorted(request.values) + (["lost"] if request.reset_lost else [])
    parts = []
    if _values(outcome.before, names) != _values(outcome.after, names) and outcome.changed:
        parts.append(diffs.part(KERNEL, _values(outcome.before, names), _values(outcome.after, names)))
    for path, (before, after) in sorted(outcome.files.items()):
        parts.append(diffs.part(path, diffs.text(before), diffs.text(after)))
    return parts


def _values(status: Status, names: List[str]) -> str:
    return "".join("{0} {1}\n".format(name, getattr(status, name)) for name in names)
