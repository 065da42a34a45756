# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sections of the page: each requirement with what was tested, how, what came of it, and what is to be asked."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from ansible_collections.auditops.trail.plugins.plugin_utils.reports import (
    demands,
    evidence,
    requirements,
    scope,
    stories,
)
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.hosts import Roll, Told
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.text import (
    anchor,
    capital,
    instant,
    number,
    sentence,
    visible,
)

Plain = dict[str, Any]
METHODS = {
    "record": "Rule proof",
    "emit": "Rule proof",
    "assert": "Assertion",
    "sample": "Record sample",
    "manual": "Asked of people",
    "population": "Comparison of lists",
}
"""How each kind of control is tested, in two words; the page explains them once."""

STATES = {
    requirements.EVIDENCE: ("evidence", "Evidence present"),
    requirements.GAPS: ("gaps", "Gaps"),
    requirements.UNDECIDABLE: ("open", "Not decidable here"),
    requirements.NOT_ASSESSED: ("none", "Not assessed"),
    requirements.SUPERSEDED: ("past", "Superseded"),
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
DIGITS = 16
"""How much of a hash stands beside raw evidence."""


class Book:
    """What all sections are made from, gathered once.

    Evidence stands where it is first needed, on the screen and where the whole page is printed; where one requirement
    is printed alone, page.js.j2 brings it there. A gap is told by each section; of those after the first, the print of
    the whole page only says where.
    """

    def __init__(self, fleet: Plain, roll: Roll) -> None:
        self.fleet = fleet
        self.roll = roll
        # What is judged of the run as a whole is told like a host's.
        found = [*fleet["results"], {"host": scope.PLACE, "controls": scope.controls(fleet)}]
        self.demands = demands.Demands(found)
        self.stories = stories.stories(found, ("fail", "error", "waived", "manual", "not_applicable"))
        self.evidence = evidence.gathered(found)
        self.controls: dict[str, Plain] = {}
        self.ages: dict[tuple[str, str], tuple[str, str]] = {}
        self.counts: dict[str, dict[str, int]] = {}
        for result in found:
            for control in result["controls"]:
                self.controls.setdefault(control["id"], control)
                counts = self.counts.setdefault(control["id"], dict.fromkeys(VERDICTS, 0))
                counts[control["verdict"]] += 1
                history = control.get("history") or {}
                if history.get("state") in ("new", "still"):
                    self.ages[control["id"], result["host"]] = (history["state"], str(history.get("since") or ""))
        self.of_run = {control["id"] for control in found[-1]["controls"]}
        self._told: dict[str, Plain] = {}  # by control, the section that holds its evidence
        self._gaps: dict[tuple[str, str], Plain] = {}
        self._sheets = 0

    def chapters(self) -> list[Plain]:
        """The frameworks with their sections, and at the end the controls that belong to none."""
        chapters: dict[tuple[str, str], Plain] = {}
        for view in requirements.views(self.fleet):
            entry = view.entry
            key = (entry["framework"], entry["version"])
            title = f"{entry['framework_title']} {entry['version']}"
            chapter = chapters.setdefault(key, {"title": title, "anchor": anchor("framework", *key), "sections": []})
            chapter["sections"].append(self._section(entry, title))
        found = list(chapters.values())
        title = "Further controls" if found else "Controls"
        beyond = [self._section(view.entry, title) for view in requirements.others(self.fleet)]
        if beyond:
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

    def _section(self, entry: Plain, chapter: str) -> Plain:
        names = [one["id"] for one in entry["controls"]]
        here = {"anchor": anchor(entry["framework"] or "controls", entry["id"]), "title": f"{chapter}, {entry['id']}"}
        self._sheets += 1
        open_blocks = self._blocks(names, "fail", here)
        asks = [{"text": entry["ask"], "control": None, "hosts": None}] if entry["ask"] else []
        for block in self._blocks(names, "manual", here):
            text = (
                block["story"].control.get("ask")
                or "; ".join(block["story"].reasons)
                or block["story"].control["title"]
            )
            asks.append({"text": text, "control": block["story"].control, "hosts": block["hosts"]})
        return {
            **entry,
            "row_reasons": _deciding(entry),
            "open_questions": f"{number(entry['questions'], 'question')} open" if entry["questions"] else "",
            **here,
            "sheet": f"sheet{self._sheets}",
            "state": STATES[entry["state"]],
            "plain_state": entry["state"],
            "outcome": self._outcome(entry),
            "tests": [self._test(one["id"], one["relation"]) for one in sorted(entry["controls"], key=_rank)],
            "gap_blocks": open_blocks,
            "unchecked_blocks": self._blocks(names, "error", here),
            "accepted_blocks": self._blocks(names, "waived", here),
            "aside_blocks": self._blocks(names, "not_applicable", here),
            "asks": asks,
            "evidence": [self._evidence(name) for name in names if self._place(name, here) is here],
            "elsewhere": self._elsewhere(names, here),
            "severities": " ".join(dict.fromkeys(block["severity"] for block in open_blocks)),
        }

    def _outcome(self, entry: Plain) -> list[str]:
        """What the hosts show, in a few short sentences."""
        hosts, assessed = entry["hosts"], len(self.fleet["results"])
        told = []
        if hosts[requirements.GAPS]:
            told.append(f"Gaps on {hosts[requirements.GAPS]} of {number(assessed, 'assessed host')}.")
        if hosts[requirements.EVIDENCE]:
            told.append(f"Evidence present on {hosts[requirements.EVIDENCE]} of {number(assessed, 'assessed host')}.")
        told += [sentence(capital(text)) for text in entry["reasons"]]
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
        if entry["state"] == requirements.SUPERSEDED:
            told.append(f"{entry['superseded_by']} is in force in its place; it is in none of the counts.")
        if entry["state"] == requirements.NOT_ASSESSED:
            told.append("No control of the chosen profiles refers to it." if assessed else "No host was assessed.")
        return told

    def _test(self, name: str, relation: str) -> Plain:
        control, counts = self.controls[name], self.counts[name]
        whole = name in self.of_run
        return {
            "control": control,
            "anchor": anchor("evidence", name),
            "relation": relation,
            "method": METHODS[kind(control)],
            **self.demands.of(name),
            "results": [
                (verdict, VERDICTS[verdict], "the run:" if whole else counts[verdict])
                for verdict in VERDICTS
                if counts[verdict]
            ],
        }

    def _blocks(self, names: list[str], verdict: str, here: Plain) -> list[Plain]:
        """The stories with a verdict, the gravest first; beyond some groups of one control only the hosts are told.

        ``before`` of a block is the section before this one that has told it, or None.
        """
        found = []
        for name in names:
            first = self._gaps.setdefault((name, verdict), here)
            before = None if first is here else first
            groups = [story for story in self.stories.get(name, []) if story.verdict == verdict]
            found += [dict(self._block(story), before=before) for story in groups[:_MOST_GROUPS]]
            rest = [host for story in groups[_MOST_GROUPS:] for host in story.hosts]
            if rest:
                found[-1]["rest"] = self.roll.told(rest)
        return sorted(found, key=lambda block: stories.RANK[block["severity"]])

    def _block(self, story: stories.Story) -> Plain:
        causes: dict[tuple[str, str], list[str]] = {}
        for event in story.events:
            causes.setdefault((event.because, event.end), []).append(event.text)
        return {
            "story": story,
            "severity": story.control["severity"],
            "causes": [(*key, texts) for key, texts in causes.items()],
            "lines": Markup("\n").join(escape(visible(line)) for line in story.lines),
            "hosts": self.roll.told(story.hosts),
            "waiver": story.control.get("waiver"),
            "since": self._since(story),
            "rest": None,
        }

    def _since(self, story: stories.Story) -> str:
        """Since when these hosts fail, as the history knows it."""
        ages = [self.ages.get((story.control["id"], host)) for host in story.hosts]
        old = sorted(age[1] for age in ages if age is not None and age[0] == "still")
        new = sum(1 for age in ages if age is not None and age[0] == "new")
        told = [f"failing since {instant(old[0])}"] if old and old[0] else []
        if new:
            told.append("new in this run" if new == len(ages) else f"new in this run on {number(new, 'host')}")
        return "; ".join(told)

    def _evidence(self, name: str) -> Plain:
        groups = self.evidence[name]
        return {
            "control": self.controls[name],
            "anchor": anchor("evidence", name),
            "answers": "one answer" if len(groups) == 1 else f"{len(groups)} different answers",
            "text": Markup("\n").join(self._lines(group) for group in groups),
        }

    def _place(self, name: str, here: Plain) -> Plain:
        """The section that holds the evidence for a control: the first one that needs it."""
        return self._told.setdefault(name, here)

    def _elsewhere(self, names: list[str], here: Plain) -> list[Plain]:
        """The sections before this one that hold evidence for its controls, each with those ``controls``."""
        found: dict[str, Plain] = {}
        for name in names:
            place = self._place(name, here)
            if place is not here:
                entry = found.setdefault(place["anchor"], {"title": place["title"], "controls": []})
                entry["controls"].append((name, anchor("evidence", name)))
        return list(found.values())

    def _lines(self, group: evidence.Evidence) -> Markup:
        hosts = self.roll.told(group.hosts)
        head = f"{spell(hosts)} · {VERDICTS[group.verdict]} · sha256 {group.sha256[:DIGITS]}"
        if group.values:
            head += f" · values {group.values[:DIGITS]}"
        if len(group.lines) < 5 and sum(len(line) for line in group.lines) < 150:
            return escape("  ".join([head, "; ".join(line.strip() for line in group.lines)]).rstrip())
        return escape("\n".join([head, *(f"    {line}" for line in group.lines)]))


def _deciding(entry: Plain) -> list[str]:
    """The reasons for which a requirement has gaps although no control of a host leaves one; the summary tells them."""
    failing = entry["hosts"][requirements.GAPS] and any(entry["verdicts"][one] for one in ("fail", "error", "waived"))
    return list(entry["reasons"]) if entry["state"] == requirements.GAPS and not failing else []


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
