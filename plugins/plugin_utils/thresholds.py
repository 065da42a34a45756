# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Thresholds: the value that a control was judged by, who set it, and whether it asks for less than the catalogue's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils import wording

_NAMED = 5


def told(used: Mapping[str, Any]) -> str:
    """A threshold in words, e.g. "the site's value 1 (site.yml:3); the catalogue's is 365 (PCI DSS 10.5.1 asks …)".

    Args:
        used: One of a control's ``parameters``: ``value``, ``source`` and, where it is known, ``default``, ``set_by``
            (file and line, "this run", "the profile NAME", or None) and ``looser``.
    """
    value, source, default, by = (used.get(key) for key in ("value", "source", "default", "set_by"))
    because = f" ({source})" if source else ""
    if by is None:
        return f"{shown(value)}{because}"
    mine = f"the site's value {shown(value)} ({by})" if is_place(str(by)) else f"{by}'s value {shown(value)}"
    if default is None:
        return f"{mine}{because}"
    if default == value:
        return f"{mine}, which is the catalogue's{because}"
    return f"{mine}; the catalogue's is {shown(default)}{because}"


def loosened(control: Mapping[str, Any]) -> list[str]:
    """The thresholds of a control that ask for less than the catalogue's, in words; with their names."""
    return [
        f"{name}: {told(used)}"
        for name, used in sorted((control.get("parameters") or {}).items())
        if isinstance(used, dict) and used.get("looser")
    ]


def findings(results: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """A finding of the fleet result for each threshold that asks for less than the catalogue's.

    Args:
        results: Host results.
    """
    hosts: dict[str, set[str]] = {}
    controls: dict[str, list[str]] = {}
    for result in results:
        for control in result["controls"]:
            for text in loosened(control):
                hosts.setdefault(text, set()).add(result["host"])
                controls.setdefault(text, []).append(control["id"])
    return [
        {
            "id": "threshold.looser",
            "title": "A threshold asks for less than the catalogue",
            "text": f"{text}. {wording.some(wording.unique(controls[text]), _NAMED, 'controls')}"
            f" on {wording.some(sorted(hosts[text]), _NAMED, 'hosts')}"
            " may pass by it; no requirement that they demonstrate is told as evidence present.",
            "severity": "high",
            "remedy": "set it to the catalogue's value or beyond, or have somebody sign why less is enough.",
        }
        for text in hosts
    ]


def is_place(text: str) -> bool:
    """Whether a text is a file with its line."""
    return text.rpartition(":")[2].isdigit()


def shown(value: Any) -> str:
    """A value as people write it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
