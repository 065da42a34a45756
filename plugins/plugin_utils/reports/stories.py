# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gap as a story: what happened unseen, what is to blame, what mends it; hosts with the same story share it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ansible_collections.auditops.trail.plugins.plugin_utils import wording
from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import SEVERITIES
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.text import sentence

Plain = dict[str, Any]
RANK = {severity: rank for rank, severity in enumerate(reversed(SEVERITIES))}
"""Severities, the gravest first."""

_GAPS = ("partial", "uncovered", "defeated")
_ABIS = {"b64": "64-bit", "b32": "32-bit", "x32": "x32"}
_VOWELS = "aeiouAEIOUx8"


class Event(NamedTuple):
    """One event that leaves no record, or one record that is dropped, and why."""

    text: str
    because: str
    end: str = "leaves no record"

    @property
    def sentence(self) -> str:
        """The whole of it."""
        return sentence(f"{self.text} {self.end}, because {self.because}" if self.because else self.text)


class Story(NamedTuple):
    """One control, as all hosts that share a verdict and its reasons tell it.

    ``verdict`` is that of the control; for a waived one ``unwaived`` is what it would be without its waiver.
    """

    control: Plain
    verdict: str
    events: tuple[Event, ...]
    reasons: tuple[str, ...]
    lines: tuple[str, ...]
    """Lines to add, to be pasted into a rules file as they are."""
    steps: tuple[str, ...]
    """What else is to be done, in order."""
    hosts: list[str]


def stories(results: list[Plain], verdicts: tuple[str, ...]) -> dict[str, list[Story]]:
    """What the controls with one of these verdicts tell, by control id; most hosts first.

    Args:
        results: Host results.
        verdicts: For example ``("fail",)``.
    """
    found: dict[str, dict[str, Story]] = {}
    for result in results:
        for control in result["controls"]:
            if control["verdict"] in verdicts:
                groups = found.setdefault(control["id"], {})
                story = told(control)
                key = json.dumps(
                    [story.verdict, story.events, story.reasons, story.lines, story.steps, _apart(control)]
                )
                groups.setdefault(key, story).hosts.append(result["host"])
    return {name: sorted(groups.values(), key=lambda story: -len(story.hosts)) for name, groups in found.items()}


def told(control: Plain) -> Story:
    """The story of one control on one host, without the host."""
    open_entries = [entry for entry in control["coverage"] if entry["outcome"] in _GAPS]
    events = [event_of(entry) for entry in open_entries]
    events += [
        Event(f"{', '.join(entry['incomplete'])} of the events of {entry['requirement']}", "the exclude list drops it")
        for entry in control["coverage"]
        if entry["outcome"] == "covered" and entry.get("incomplete")
    ]
    sample = control.get("sample") or {}
    if sample.get("missing"):
        events.append(Event(f"The {sample['type']} record of {sample['at']} lacks {', '.join(sample['missing'])}", ""))
    reasons = [] if events and control["coverage"] else control["reasons"]
    lines = [str(step["text"]) for step in control["remedy"] if step["do"] == "add"]
    steps = [wording.remedy(step) for step in control["remedy"] if step["do"] != "add"]
    return Story(
        control, control["verdict"], tuple(dict.fromkeys(events)), _once(reasons), _once(lines), _once(steps), []
    )


def spoken(story: Story) -> tuple[str, ...]:
    """The story in sentences: the events that leave no record, or the reasons."""
    return tuple(event.sentence for event in story.events) or story.reasons


def event_of(entry: Plain) -> Event:
    """What a judged requirement misses, e.g. "A 32-bit chmod by auid 1000 that changes the attributes of /etc/passwd".

    Args:
        entry: One of a control's ``coverage`` with a gap.
    """
    because = wording.blame(entry)
    because = "no rule matches it" if because == "no rule" else because
    example = entry.get("counterexample")
    if not example:
        return Event(f"Every event of {entry['requirement']}", because)
    if is_record(example):
        # Where all of them are dropped, whose record the example is says nothing.
        every = entry["outcome"] == "defeated"
        record = f"every {example['record']} record" if every else wording.missed_record(example)
        return Event(record[0].upper() + record[1:], because, "is dropped")
    call = " ".join(
        part for part in (_ABIS.get(str(example.get("arch")), ""), str(example.get("syscall") or "")) if part
    )
    if not call:
        return Event(f"That {wording.missed_event(example)}", because)
    text = f"{'An' if call[0] in _VOWELS else 'A'} {call}"
    auid, uid = example.get("auid"), example.get("uid")
    if auid is not None:
        text += f" by auid {wording.identity(auid)}"
    if uid is not None and uid != auid:
        text += f" as uid {wording.identity(uid)}"
    # Who and which call are told already.
    deed = wording.missed_event(dict(example, arch=None, auid=None, uid=None, euid=None)).removeprefix("a process ")
    return Event(f"{text} that {deed.rpartition('  [')[0] or deed}", because)


def is_record(example: Plain) -> bool:
    """Whether a counterexample is a record that a program sent, and no event of the kernel's."""
    return bool(example.get("record")) and not example.get("syscall")


def blamed(control: Plain) -> tuple[str, int | None] | None:
    """The rules file and line that are to blame for a gap, where one on disk is."""
    places = [
        place
        for entry in control["coverage"]
        if entry["outcome"] != "covered"
        for place in [*entry["defeated_by"], *entry["covered_by"]]
    ]
    places += [step for step in control["remedy"] if step["do"] in ("correct", "remove", "load")]
    for place in places:
        if str(place.get("file") or "").startswith("/"):
            return str(place["file"]), place.get("line")
    return None


def _apart(control: Plain) -> Any:
    """What keeps stories apart beside their words: waivers."""
    return [control.get("unwaived"), (control.get("waiver") or {}).get("id")]


def _once(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(text) for text in texts))
