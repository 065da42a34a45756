# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sections of the page: each requirement with what was tested, how, what came of it, and what is to be asked."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from ansible_collections.auditops.trail.plugins.plugin_utils.reports import evidence, requirements, stories
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.hosts import Roll, Told
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.text import anchor, number, visible

Plain = dict[str, Any]
METHODS = {
    "record": "Rule proof",
    "emit": "Rule proof",
    "assert": "Assertion",
    "sample": "Record sample",
    "manual": "Asked of people",
}
"""How each kind of control is tested, in two words; the page explains them once."""

STATES = {
    requirements.EVIDENCE: ("evidence", "Evidence present"),
    requirements.GAPS: ("gaps", "Gaps"),
    requirements.UNDECIDABLE: ("open", "Not decidable here"),
    requirements.NOT_ASSESSED: ("none", "Not assessed"),
}
"""The state of a requirement: its class, and its words."""

VERDICTS = {
    "pass": "pass",
    "fail": "fail",
    "error": "could not be checked",
    "waived": "risk accepted",
    "manual": "to be asked",
    "not_applicable": "not applicable",
}
"""The verdicts in the words of the page."""

_MOST_GROUPS = 40
_MOST_DEMANDS = 4


class Book:
    """What all sections are made from, gathered once; evidence is printed where it is first needed."""

    def __init__(self, fleet: Plain, roll: Roll) -> None:
        self.fleet = fleet
        self.roll = roll
        found = fleet["results"]
        self.stories = stories.stories(found, ("fail", "error", "waived", "manual", "not_applicable"))
        self.evidence = evidence.gathered(found)
        self.controls: dict[str, Plain] = {}
        self.counts: dict[str, dict[str, int]] = {}
        for result in found:
            for control in result["controls"]:
                self.controls.setdefault(control["id"], control)
                counts = self.counts.setdefault(control["id"], dict.fromkeys(VERDICTS, 0))
                counts[control["verdict"]] += 1
        self._printed: dict[str, str] = {}

    def chapters(self) -> list[Plain]:
        """The frameworks with their sections, and at the end the controls that belong to none."""
        chapters: dict[tuple[str, str], Plain] = {}
        for view in requirements.views(self.fleet):
            entry = view.entry
            key = (entry["framework"], entry["version"])
            title = f"{entry['framework_title']} {entry['version']}"
            chapter = chapters.setdefault(key, {"title": title, "anchor": anchor("framework", *key), "sections": []})
            chapter["sections"].append(self._section(entry))
        beyond = [self._section(view.entry) for view in requirements.others(self.fleet)]
        found = list(chapters.values())
        if beyond:
            title = "Further controls" if found else "Controls"
            found.append({"title": title, "anchor": "controls", "sections": beyond})
        for chapter in found:
            chapter["tally"] = [
                (*STATES[state], sum(1 for one in chapter["sections"] if one["state"] == STATES[state]))
                for state in (
                    requirements.EVIDENCE,
                    requirements.GAPS,
                    requirements.UNDECIDABLE,
                    requirements.NOT_ASSESSED,
                )
            ]
        return found

    def _section(self, entry: Plain) -> Plain:
        names = [one["id"] for one in entry["controls"]]
        place = anchor(entry["framework"] or "controls", entry["id"])
        open_blocks = self._blocks(names, "fail")
        asks = [{"text": entry["ask"], "control": None, "hosts": None}] if entry["ask"] else []
        for block in self._blocks(names, "manual"):
            text = (
                block["story"].control.get("ask")
                or "; ".join(block["story"].reasons)
                or block["story"].control["title"]
            )
            asks.append({"text": text, "control": block["story"].control, "hosts": block["hosts"]})
        return {
            **entry,
            "anchor": place,
            "state": STATES[entry["state"]],
            "plain_state": entry["state"],
            "outcome": self._outcome(entry),
            "tests": [self._test(one["id"], one["relation"]) for one in sorted(entry["controls"], key=_rank)],
            "gap_blocks": open_blocks,
            "unchecked_blocks": self._blocks(names, "error"),
            "accepted_blocks": self._blocks(names, "waived"),
            "aside_blocks": self._blocks(names, "not_applicable"),
            "asks": asks,
            "evidence": [self._evidence(name, place) for name in names],
            "severities": " ".join(dict.fromkeys(block["severity"] for block in open_blocks)),
        }

    def _outcome(self, entry: Plain) -> list[str]:
        """What the hosts show, in a few short sentences."""
        hosts, assessed = entry["hosts"], len(self.fleet["results"])
        told = []
        if hosts[requirements.GAPS]:
            told.append(f"Gaps on {hosts[requirements.GAPS]} of {number(assessed, 'assessed host')}.")
        if hosts[requirements.EVIDENCE]:
            told.append(f"Evidence present on {hosts[requirements.EVIDENCE]} of {assessed}.")
        if entry["unchecked"]:
            told.append(
                f"Something could not be checked on {number(entry['unchecked'], 'host')}; that counts as a gap."
            )
        if entry["accepted"]:
            told.append(f"A risk was accepted on {number(entry['accepted'], 'host')}; the gap is still there.")
        if entry["state"] == requirements.UNDECIDABLE:
            passing = entry["verdicts"]["pass"]
            support = f"{number(passing, 'supporting result')} without a gap, but nothing" if passing else "Nothing"
            told.append(f"{support} on the hosts demonstrates it: people have to be asked.")
        if entry["state"] == requirements.NOT_ASSESSED:
            told.append("No control of the chosen profiles refers to it." if assessed else "No host was assessed.")
        return told

    def _test(self, name: str, relation: str) -> Plain:
        control, counts = self.controls[name], self.counts[name]
        demands = list(dict.fromkeys(str(entry["requirement"]) for entry in control["coverage"]))
        return {
            "control": control,
            "anchor": anchor("evidence", name),
            "relation": relation,
            "method": METHODS[kind(control)],
            "demands": demands[:_MOST_DEMANDS],
            "more": max(0, len(demands) - _MOST_DEMANDS),
            "results": [(verdict, VERDICTS[verdict], counts[verdict]) for verdict in VERDICTS if counts[verdict]],
        }

    def _blocks(self, names: list[str], verdict: str) -> list[Plain]:
        """The stories with a verdict, the gravest first; beyond some groups of one control only the hosts are told."""
        found = []
        for name in names:
            groups = [story for story in self.stories.get(name, []) if story.verdict == verdict]
            found += [self._block(story) for story in groups[:_MOST_GROUPS]]
            rest = [host for story in groups[_MOST_GROUPS:] for host in story.hosts]
            if rest:
                found[-1]["rest"] = self.roll.told(rest)
        return sorted(found, key=lambda block: stories.RANK[block["severity"]])

    def _block(self, story: stories.Story) -> Plain:
        causes: dict[str, list[str]] = {}
        for event in story.events:
            causes.setdefault(event.because, []).append(event.text)
        return {
            "story": story,
            "severity": story.control["severity"],
            "causes": list(causes.items()),
            "lines": Markup("\n").join(escape(visible(line)) for line in story.lines),
            "hosts": self.roll.told(story.hosts),
            "waiver": story.control.get("waiver"),
            "history": story.control.get("history"),
            "rest": None,
        }

    def _evidence(self, name: str, section: str) -> Plain:
        """The evidence for a control, or where it is printed already."""
        told = {"control": self.controls[name], "anchor": anchor("evidence", name), "printed": self._printed.get(name)}
        if told["printed"] is None:
            self._printed[name] = section
            groups = self.evidence[name]
            told.update(groups=len(groups), text=Markup("\n").join(self._lines(group) for group in groups))
        return told

    def _lines(self, group: evidence.Evidence) -> Markup:
        hosts = self.roll.told(group.hosts)
        head = f"{spell(hosts)} · {VERDICTS[group.verdict]} · sha256 {group.sha256[:16]}"
        if len(group.lines) < 5 and sum(len(line) for line in group.lines) < 150:
            return escape("  ".join([head, "; ".join(line.strip() for line in group.lines)]).rstrip())
        return escape("\n".join([head, *(f"    {line}" for line in group.lines)]))


def _rank(entry: Plain) -> int:
    return requirements.RELATIONS.index(entry["relation"])


def kind(control: Plain) -> str:
    """The kind of a control; older results do not say it, but show it."""
    told = control.get("kind")
    if told in METHODS:
        return str(told)
    return "record" if control["coverage"] or not control["evidence"] else "assert"


def spell(hosts: Told) -> str:
    """Hosts in one line, every name in it."""
    names = ", ".join(visible(name) for name in [*hosts.shown, *hosts.rest])
    if hosts.lead.startswith("all ") or not names:
        return hosts.lead
    return f"{hosts.lead} {names}" if hosts.lead.endswith("all but") else names
