# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout has changed in the verdicts: the results of before and after it, control by control."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils import wording

_BAD = ("fail", "error")
_NAMED = 3
WORSE, MENDED, OTHER = "worse", "mended", "other"


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The controls whose verdict is another one.

    Args:
        before: A fleet result (docs/reference/result.md).
        after: Another one.

    Returns:
        ``controls``: ``id, title, severity, before, after, kind`` (worse, mended, other) and ``hosts``, the worse ones
        first; ``failed`` as (before, after), how many controls of hosts that were judged both times failed or could
        not be checked; ``hosts``, how many those are; ``not_compared``, the names of the others.
    """
    first, second = _by_host(before), _by_host(after)
    both = sorted(set(first) & set(second))
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for host in both:
        for name in sorted(set(first[host]) & set(second[host])):
            old, new = first[host][name], second[host][name]
            if old["verdict"] == new["verdict"]:
                continue
            entry = found.setdefault((name, old["verdict"], new["verdict"]), _entry(new, old["verdict"]))
            entry["hosts"].append(host)
    order = (WORSE, MENDED, OTHER)
    others = {str(gone["host"]) for fleet in (before, after) for gone in fleet.get("not_assessed") or ()}
    return {
        "controls": sorted(found.values(), key=lambda one: (order.index(one["kind"]), one["id"])),
        "failed": [_failed(first, both), _failed(second, both)],
        "hosts": len(both),
        "not_compared": sorted((others | set(first) | set(second)) - set(both)),
    }


def worse(changed: Mapping[str, Any]) -> list[str]:
    """The controls that fail, or cannot be checked, on a host where they did not before."""
    return list(dict.fromkeys(one["id"] for one in changed["controls"] if one["kind"] == WORSE))


def lines(changed: Mapping[str, Any]) -> list[str]:
    """The changes in words."""
    first, last = changed["failed"]
    number = changed["hosts"]
    told = [f"VERDICTS  {_hosts(number)} judged before and after: {first} controls failed or in error, now {last}"]
    for one in changed["controls"]:
        mark = "WORSE  " if one["kind"] == WORSE else "       "
        hosts = wording.some(one["hosts"], _NAMED, "hosts")
        told.append(f"  {mark}{one['id']}  {one['before']} -> {one['after']}  on {hosts}")
    if not changed["controls"] and number:
        told.append("  no verdict is another one than before")
    if changed["not_compared"]:
        told.append(f"  not compared: {wording.some(changed['not_compared'], _NAMED, 'hosts')}")
    return told


def _hosts(number: int) -> str:
    return "1 host" if number == 1 else f"{number} hosts"


def _by_host(fleet: Mapping[str, Any]) -> dict[str, dict[str, Mapping[str, Any]]]:
    return {str(one["host"]): {control["id"]: control for control in one["controls"]} for one in fleet["results"]}


def _entry(control: Mapping[str, Any], before: str) -> dict[str, Any]:
    after = control["verdict"]
    kind = WORSE if after in _BAD and before not in _BAD else MENDED if before in _BAD and after == "pass" else OTHER
    return {
        "id": control["id"],
        "title": control.get("title"),
        "severity": control.get("severity"),
        "before": before,
        "after": after,
        "kind": kind,
        "hosts": [],
    }


def _failed(found: Mapping[str, Mapping[str, Mapping[str, Any]]], hosts: list[str]) -> int:
    return sum(1 for host in hosts for control in found[host].values() if control["verdict"] in _BAD)
