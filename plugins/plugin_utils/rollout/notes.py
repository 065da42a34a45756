# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate tells of a host beside its decision: what is not met, measures, and what would change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import told as read

Plain = Mapping[str, Any]
_OF_COMMIT, _LOCK = "state: committed", re.compile(r"^-e 2\s*$", re.MULTILINE)


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
    notes += unproven(rules)
    # Releases of Ansible that show a module's warnings themselves take them out of what is registered.
    return notes + [str(warning) for warning in rules.get("warnings") or ()]


def _lost(health: Plain) -> int | None:
    kernel = read.mapping(read.mapping(health.get("status")).get("kernel"))
    lost = kernel.get("lost")
    return lost if isinstance(lost, int) else None


def predicted(rules: Plain) -> list[str]:
    """What check mode says of the rules."""
    files = [
        f"would be {one['action']}: {one['path']}" for one in rules.get("files") or () if one["action"] != "unchanged"
    ]
    number = read.of(rules, "rules").get("file")
    told = [] if number is None else [f"{number} rules in the files"]
    told.append("; ".join(files) if files else "no file of rules would change")
    return [*told, *_locks(rules), *unproven(rules)]


def _locks(rules: Plain) -> list[str]:
    """What the commit would write beside, which can only be taken back by a boot."""
    parts = [part for part in rules.get("diff") or () if _OF_COMMIT in str(part.get("after_header"))]
    locks = any(_LOCK.search(str(part.get("after"))) for part in parts)
    return ["the commit would lock the rules: other ones then need a reboot"] if locks else []


def unproven(rules: Plain) -> list[str]:
    """How many requirements of the profiles no rules are proven to record, and why most of them are not."""
    found = [read.mapping(one) for one in rules.get("unproven") or ()]
    if not found:
        return []
    reasons = Counter(str(one.get("reason")) for one in found)
    reason, times = reasons.most_common(1)[0]
    controls = len({one.get("control") for one in found})
    many = f"{len(found)} requirements" if len(found) > 1 else "1 requirement"
    of = f"{controls} controls" if controls > 1 else "a control"
    return [f"{many} of {of} are not proven to be recorded ({times} of them: {reason})"]
