# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""compliance.sarif: SARIF 2.1.0 for code scanning, a result for each gap of each host.

A result's place is the rules file and line that is to blame, or the host's folder of rules where no line is; the host
is its logical location. What could not be checked is a result of its own: a viewer that shows it not at all would
show it as mended.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from ansible_collections.auditops.trail.plugins.plugin_utils.reports import scope, stories
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.text import visible

MOST_RESULTS = 25_000
"""What GitHub takes of one run."""
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://github.com/auditops/ansible-trail"
_NO_LINE = "/etc/audit/rules.d/"
_NO_LIST = "inventory"
"""The place of a gap in the population that nobody has stated."""
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_SECURITY = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}

Plain = dict[str, Any]


def render(fleet: Plain, most: int = MOST_RESULTS) -> str:
    """The document as JSON.

    Args:
        fleet: The fleet result.
        most: How many results are written; the gravest come first, and the cut is told in the run itself.
    """
    everything = [*fleet["results"], {"host": scope.PLACE, "controls": scope.controls(fleet)}]
    rules = _rules(everything)
    places = {rule["id"]: place for place, rule in enumerate(rules)}
    found = [
        (stories.RANK[control["severity"]], result["host"], control)
        for result in everything
        for control in result["controls"]
        if control["verdict"] in ("fail", "error", "waived")
    ]
    found.sort(key=lambda one: one[0])
    results = [_result(host, control, places) for _rank, host, control in found[:most]]
    run = {
        "tool": {
            "driver": {
                "name": fleet["tool"]["name"],
                "semanticVersion": fleet["tool"]["version"],
                "informationUri": _HOME,
                "rules": rules,
            }
        },
        "automationDetails": {"id": f"{fleet['tool']['name']}/"},
        "invocations": [_invocation(fleet, len(found) - len(results), len(found))],
        "results": results,
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, separators=(",", ":")) + "\n"


def fingerprint(host: str, control: str) -> str:
    """What a gap is known by in the next run: the host and the control, whatever the words have become."""
    return hashlib.sha256(f"{host}\0{control}".encode("utf-8", "surrogateescape")).hexdigest()


def _rules(found: list[Plain]) -> list[Plain]:
    controls: dict[str, Plain] = {}
    for result in found:
        for control in result["controls"]:
            controls.setdefault(control["id"], control)
    return [
        {
            "id": visible(control["id"]),
            "shortDescription": {"text": visible(control["title"])},
            "fullDescription": {"text": visible(control["why"] or control["title"])},
            "defaultConfiguration": {"level": _LEVELS[control["severity"]]},
            "properties": {
                "security-severity": _SECURITY[control["severity"]],
                "precision": "very-high",
                "tags": ["security", "audit", *_tags(control)],
            },
        }
        for control in controls.values()
    ]


def _tags(control: Plain) -> list[str]:
    references = control.get("references") or ()
    return sorted({visible(f"{one['framework']}/{one['version']}/{one['id']}") for one in references})


def _result(host: str, control: Plain, places: dict[str, int]) -> Plain:
    name = visible(control["id"])
    result: Plain = {
        "ruleId": name,
        "ruleIndex": places[name],
        "level": "warning" if _checked(control) == "error" else _LEVELS[control["severity"]],
        "message": {"text": _message(host, control)},
        "locations": [_location(host, control)],
        "partialFingerprints": {"auditopsTrailGap/v1": fingerprint(host, control["id"])},
        "properties": {"verdict": control["verdict"], "host": visible(host)},
    }
    if control["verdict"] == "waived":
        result["suppressions"] = [_suppression(control.get("waiver") or {})]
    return result


def _checked(control: Plain) -> str:
    return str(control.get("unwaived") or "fail") if control["verdict"] == "waived" else str(control["verdict"])


def _message(host: str, control: Plain) -> str:
    story = stories.told(control)
    spoken = list(stories.spoken(story)) or [control["title"]]
    if _checked(control) == "error":
        spoken[0] = f"Could not be checked: {spoken[0]}"
    lines = [f"{visible(host)}: {visible(spoken[0])}", *(visible(text) for text in spoken[1:])]
    mend = [visible(text) for text in [*story.steps, *story.lines]]
    return "\n".join(lines + (["What mends it:", *mend] if mend else []))


def _location(host: str, control: Plain) -> Plain:
    blamed = stories.blamed(control)
    path, line = blamed or (_NO_LINE, None)
    if host == scope.PLACE:
        path = str(control.get("file") or _NO_LIST)
    physical: Plain = {"artifactLocation": {"uri": quote(path.lstrip("/"), errors="surrogateescape")}}
    if line:
        physical["region"] = {"startLine": line}
    name = visible(host)
    logical = {"name": name, "fullyQualifiedName": f"{name}/{visible(control['id'])}", "kind": "resource"}
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _suppression(waiver: Plain) -> Plain:
    known = {name: visible(waiver[name]) for name in ("id", "approved_by", "ticket", "expires") if waiver.get(name)}
    return {
        "kind": "external",
        "status": "accepted",
        "justification": visible(waiver.get("justification") or "a waiver of the site"),
        "properties": known,
    }


def _invocation(fleet: Plain, left_out: int, number: int) -> Plain:
    told = [
        {"level": "error", "message": {"text": visible(f"{gone['host']} was not assessed: {gone['reason']}")}}
        for gone in fleet["not_assessed"]
    ]
    if left_out:
        text = f"{left_out} of {number} results are left out here, the least grave; compliance.json holds all of them."
        told.insert(0, {"level": "error", "message": {"text": text}})
    invocation: Plain = {
        "executionSuccessful": bool(fleet["results"]),
        "toolExecutionNotifications": told,
        "properties": {"resultsLeftOut": left_out},
    }
    for name, key in (("startTimeUtc", "started"), ("endTimeUtc", "finished")):
        if fleet.get(key):
            invocation[name] = fleet[key]
    return invocation
