# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The raw evidence behind a verdict, as text and with its hash; what is the same on many hosts is told once."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from ansible_collections.auditops.trail.plugins.plugin_utils import wording
from ansible_collections.auditops.trail.plugins.plugin_utils.reports import stories
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.text import visible

KEYS = (
    "coverage", "criterion", "evidence", "evidence_sha256", "expanded", "not_demanded", "parameters", "reasons",
    "sample",
)  # fmt: skip
"""What of a control's result is evidence; docs/reference/reports.md says how the hash is made of it."""

Plain = dict[str, Any]


class Evidence(NamedTuple):
    """What hosts showed for one control."""

    verdict: str
    sha256: str
    values: str | None
    """The hash of the values that were read, before long ones were cut; None where there are none."""
    lines: list[str]
    hosts: list[str]


def canonical(control: Plain) -> str:
    """The evidence of a control as the one JSON text that is hashed: sorted keys, no spaces, ASCII, nothing empty."""
    kept = {key: control[key] for key in KEYS if control.get(key)}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """The SHA-256 of such a text."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def gathered(results: list[Plain]) -> dict[str, list[Evidence]]:
    """The evidence for each control, by its id: one entry for all hosts that showed the same."""
    found: dict[str, dict[tuple[str, str], Evidence]] = {}
    for result in results:
        for control in result["controls"]:
            groups = found.setdefault(control["id"], {})
            text = canonical(control)
            key = (control["verdict"], text)
            if key not in groups:
                groups[key] = Evidence(
                    control["verdict"], digest(text), control.get("evidence_sha256"), raw(control), []
                )
            groups[key].hosts.append(result["host"])
    return {name: list(groups.values()) for name, groups in found.items()}


def raw(control: Plain) -> list[str]:
    """The evidence of one control, line by line."""
    lines: list[str] = []
    for entry in control["coverage"]:
        lines += _judged(entry)
    for entry in control["not_demanded"]:
        lines.append(f"not demanded: {entry['requirement']} ({entry['reason']})")
    lines += [f"{name} = {_value(value)}" for name, value in sorted(control["evidence"].items())]
    for name, used in sorted((control.get("parameters") or {}).items()):
        # Who set it, and what the catalogue's is, is told once beside the control.
        lines.append(f"parameter {name} = {_value(used['value'] if isinstance(used, dict) else used)}")
    expanded = control.get("expanded")
    if expanded:
        lines.append(f"expanded from {expanded.get('from')}: {expanded.get('number')}")
    sample = control.get("sample")
    if sample:
        lines.append(f"record of {sample['at']}: {sample['text']}")
        lines.append(f"fields present: {', '.join(sample['present'])}")
        if sample["missing"]:
            lines.append(f"fields missing: {', '.join(sample['missing'])}")
    return [visible(line) for line in lines + [str(reason) for reason in control["reasons"]]]


def _judged(entry: Plain) -> list[str]:
    lines = [f"{entry['requirement']}: {entry['outcome']}"]
    lines += [f"  by {wording.line(rule)}" for rule in entry["covered_by"]]
    lines += [
        f"  taken away by {wording.line(rule)}: {rule.get('why', '')}".rstrip(": ") for rule in entry["defeated_by"]
    ]
    example = entry.get("counterexample")
    if example:
        shown = [f"{name}={_value(value)}" for name, value in example.items() if name != "because"]
        lines.append(f"  {'dropped' if stories.is_record(example) else 'no record of'}: {' '.join(shown)}")
    for key in ("missing", "incomplete"):
        if entry.get(key):
            lines.append(f"  {key}: {'; '.join(entry[key])}")
    return lines


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
