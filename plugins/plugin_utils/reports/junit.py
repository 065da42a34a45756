# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""compliance.junit.xml: a suite for each host, a test case for each control, in the form that Jenkins reads."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from ansible_collections.auditops.trail.plugins.plugin_utils.reports import scope, stories
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.text import visible

Plain = dict[str, Any]
FLEET = "fleet"
"""The suite of what is judged of the run as a whole."""
_SKIPPED = {
    "not_applicable": "not applicable",
    "manual": "to be asked of people",
    "waived": "risk accepted, the gap is still there",
}


def render(fleet: Plain) -> str:
    """The document. What XML cannot hold, and what cannot be seen, is spelled out."""
    root = ElementTree.Element("testsuites", name="auditops.trail")
    if fleet["results"] and scope.controls(fleet):
        run = {"host": FLEET, "finished": fleet.get("finished") or "", "controls": scope.controls(fleet)}
        _suite(root, run)
    for result in fleet["results"]:
        _suite(root, result)
    for gone in fleet["not_assessed"]:
        suite = ElementTree.SubElement(root, "testsuite", name=visible(gone["host"]))
        case = ElementTree.SubElement(
            suite, "testcase", name="not assessed", classname=f"assessment/{visible(gone['host'])}", time="0"
        )
        _outcome(case, "error", f"not assessed: {gone['reason']}", "")
        _count(suite)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(root: ElementTree.Element, result: Plain) -> None:
    host = visible(result["host"])
    suite = ElementTree.SubElement(root, "testsuite", name=host, timestamp=str(result["finished"]).rstrip("Z"))
    for control in result["controls"]:
        profile = visible((control.get("profiles") or ["controls"])[0])
        case = ElementTree.SubElement(
            suite, "testcase", name=visible(control["id"]), classname=f"{profile}/{host}", time="0"
        )
        verdict = control["verdict"]
        if verdict == "pass":
            continue
        story = stories.told(control)
        spoken = stories.spoken(story)
        if verdict in ("fail", "error"):
            kind = "failure" if verdict == "fail" else "error"
            first = spoken[0] if spoken else control["title"]
            _outcome(case, kind, first, _details(control, story, spoken), control["severity"])
        else:
            why = {"waived": (control.get("waiver") or {}).get("justification"), "manual": control.get("ask")}
            told = why.get(verdict) or "; ".join(control["reasons"])
            _outcome(case, "skipped", f"{_SKIPPED[verdict]}: {told}" if told else _SKIPPED[verdict], "")
    _count(suite)


def _details(control: Plain, story: stories.Story, spoken: tuple[str, ...]) -> str:
    parts = [control["title"], *spoken, f"Why it matters: {control['why']}"]
    if story.lines or story.steps:
        parts += ["What mends it:", *(f"  {text}" for text in [*story.steps, *story.lines])]
    return "\n".join(visible(part) for part in parts)


def _outcome(case: ElementTree.Element, tag: str, message: str, details: str, kind: str | None = None) -> None:
    attributes = {"message": visible(message)} | ({"type": kind} if kind else {})
    ElementTree.SubElement(case, tag, attributes).text = details or None


def _count(suite: ElementTree.Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
