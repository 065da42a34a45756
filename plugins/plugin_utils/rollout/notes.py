# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate tells of a host beside its decision: what is not met, measures, and what would change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import told as read

Plain = Mapping[str, Any]


def broken(health: Plain) -> list[str]:
    """The criteria that are not met or could not be told, with their limits."""
    return [_broken(one) for one in health.get("criteria") or () if one["ok"] is not True]


def _broken(criterion: Plain) -> str:
    limit = criterion.get("limit")
    told = "" if limit is None else f" (limit {limit})" if isinstance(limit, (int, float)) else ""
    unknown = "" if criterion["ok"] is False else "could not be told: "
    return f"{criterion['name']}: {unknown}{criterion['text']}{told}"


def measures(before: Plain, rules: Plain, health: Plain) -> list[str]:
    """The measures that are met, losses while it was changed, and what waits for a reboot."""
    notes = [str(one["text"]) for one in health["criteria"] if one["ok"] is True]
    first, last = _lost(before), _lost(health)
    if first is not None and last is not None and last > first:
        notes.append(f"{last - first} records were lost since before the change")
    if rules.get("reboot_required"):
        notes.append(f"the new rules wait for a reboot: {rules.get('reboot_reason') or 'the kernel is locked'}")
    # Releases of Ansible that show a module's warnings themselves take them out of what is registered.
    return notes + [str(warning) for warning in rules.get("warnings") or ()]


def _lost(health: Plain) -> int | None:
    kernel = read.mapping(read.mapping(health.get("status")).get("kernel"))
    lost = kernel.get("lost")
    return lost if isinstance(lost, int) else None


def predicted(rules: Plain) -> list[str]:
    """What check mode says of the rules."""
    files = [f"{one['action']} {one['path']}" for one in rules.get("files") or () if one["action"] != "unchanged"]
    number = read.of(rules, "rules").get("file")
    told = [] if number is None else [f"{number} rules in the files"]
    return [*told, "; ".join(files) if files else "no file of rules would change"]
