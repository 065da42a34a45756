# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gaps in the summary: the gravest in full as long as there is room, then some in a line each, then a number.

Equal gaps of several hosts are one entry. What is not shown stands in the reports.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ansible_collections.auditops.trail.plugins.plugin_utils import summary_fleet, wording
from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import SEVERITIES
from ansible_collections.auditops.trail.plugins.plugin_utils.terminal import DIM, plain
from ansible_collections.auditops.trail.plugins.plugin_utils.wording import some, unique

Paint = Callable[[str, str], str]
COLOURS = {"critical": "bright red", "high": "red", "medium": "yellow", "low": "cyan"}
HOSTS_SHOWN = 4
_ROOM = 30
"""Lines for gaps in full; the first is shown whatever it takes."""
_MOST_IN_FULL = 8
_MOST_IN_A_LINE = 6
_SHOWN = {"missed": 1, "because": 1, "remedy": 2}
_NOUNS = {"missed": "event", "because": "reason", "remedy": "line"}
_INDENT = " " * 11


class Gap(NamedTuple):
    """A failed control as some hosts share it."""

    control: dict[str, Any]
    hosts: list[str]
    histories: list[dict[str, Any] | None]


def lines(results: list[dict[str, Any]], paint: Paint, report: str) -> list[str]:
    """The gaps of these hosts.

    Args:
        results: Host results.
        paint: Paints a text in one of Ansible's colours, or DIM.
        report: The file that tells the rest.
    """
    gaps = grouped(results)
    # What a control of the kernel's state says already (auditctl -e 1) is not said again under every other.
    said = {wording.remedy(step) for gap in gaps if not gap.control["coverage"] for step in gap.control["remedy"]}
    first: dict[str, str] = {}
    found: list[str] = []
    rest: list[Gap] = []
    told = 0
    in_a_line = False
    for gap in gaps:
        tried = dict(first)
        block = _in_full(gap, len(results) > 1, said, tried, paint)
        fits = not found or (told < _MOST_IN_FULL and len(found) + len(block) <= _ROOM)
        if fits and _is_news(gap, first):
            found, first, told = found + block, tried, told + 1
        elif gap.control["severity"] == "critical" and len(found) < _ROOM:
            # In its place, since what is less grave is told behind it.
            found += ([] if in_a_line else [""]) + [_headline(gap.control, paint)]
            in_a_line = True
            continue
        else:
            rest.append(gap)
        in_a_line = False
    found += _in_a_line(rest, paint, report)
    where = _where_to_add(results)
    return found + ([""] if where else []) + [paint(line, DIM) for line in where]


def grouped(results: list[dict[str, Any]]) -> list[Gap]:
    """The failed controls, the gravest first; hosts that fail one for the same reason share an entry."""
    found: dict[str, Gap] = {}
    for result in results:
        for control in result["controls"]:
            if control["verdict"] == "fail":
                alike = repr((control["id"], _story(control)))
                gap = found.setdefault(alike, Gap(control, [], []))
                gap.hosts.append(result["host"])
                gap.histories.append(control.get("history"))
    order = {severity: rank for rank, severity in enumerate(reversed(SEVERITIES))}
    return sorted(found.values(), key=lambda gap: order[gap.control["severity"]])


def _where_to_add(results: list[dict[str, Any]]) -> list[str]:
    """Where lines to add go; with the hosts' names where it is not the same on all."""
    hosts: dict[str, list[str]] = {}
    for result in results:
        steps = [step for control in result["controls"] if control["verdict"] == "fail" for step in control["remedy"]]
        if any(step["do"] == "add" for step in steps):
            hosts.setdefault(wording.where_to(result.get("loading")), []).append(result["host"])
    if len(hosts) < 2:
        return [f"Lines to add {plain(where)}." for where in hosts]
    return [
        f"Lines to add on {plain(some(names, HOSTS_SHOWN, 'hosts'))} {plain(where)}." for where, names in hosts.items()
    ]


def _is_news(gap: Gap, first: dict[str, str]) -> bool:
    """Whether something mends it that was not shown yet, or nothing is known to."""
    texts = _story(gap.control)["remedy"]
    return not texts or any(text not in first for text in texts)


def _headline(control: dict[str, Any], paint: Paint) -> str:
    colour = COLOURS[control["severity"]]
    severity = paint(control["severity"].upper().ljust(9), colour)
    return f"{severity}  {paint(control['id'], colour)}  {plain(control['title'])}"


def _in_full(gap: Gap, several: bool, said: set[str], first: dict[str, str], paint: Paint) -> list[str]:
    """A gap with one event, what is to blame, and what mends it.

    Args:
        gap: The gap.
        several: Whether there are several hosts, so that these have to be named.
        said: Remedies that a control of the kernel's state says.
        first: As in :func:`_not_again`.
        paint: Paints a text.
    """
    control = gap.control
    found = ["", _headline(control, paint)]
    if several:
        found.append(_INDENT + paint("on       ", DIM) + plain(some(gap.hosts, HOSTS_SHOWN, "hosts")))
    since = summary_fleet.age(gap.histories)
    if since:
        found.append(_INDENT + paint("since    ", DIM) + since)
    story = _story(control)
    if control["coverage"]:
        story["remedy"] = [text for text in story["remedy"] if text not in said] or story["remedy"]
    story["remedy"] = _not_again(story["remedy"], first, control["id"])
    for label, most in _SHOWN.items():
        texts = story[label]
        # "… 1 more line" would take the room of that line.
        limit = most + 1 if label == "remedy" and len(texts) == most + 1 else most
        colour = "green" if label == "remedy" else DIM
        for number, text in enumerate(texts[:limit]):
            found.append(_INDENT + paint((label if number == 0 else "").ljust(9), colour) + plain(text))
        more = len(texts) - limit
        if more > 0:
            counted = paint(f"… {more} more {_NOUNS[label]}{'s' * (more > 1)}", DIM)
            # A line that is to be pasted stands alone.
            if label == "remedy":
                found.append(_INDENT + " " * 9 + counted)
            else:
                found[-1] += "  " + counted
    return found


def _in_a_line(gaps: list[Gap], paint: Paint, report: str) -> list[str]:
    """The gaps that are not told in full: their names, and how many more there are."""
    if not gaps:
        return []
    shown = gaps if len(gaps) <= _MOST_IN_A_LINE + 1 else gaps[:_MOST_IN_A_LINE]
    found = ["", *(_headline(gap.control, paint) for gap in shown)]
    more = len(gaps) - len(shown)
    if more:
        found.append(paint(f"… {more} more gaps: see {plain(report)}", DIM))
    return found


def _not_again(texts: list[str], first: dict[str, str], control: str) -> list[str]:
    """The remedies, shorter where they were shown before; a line to add twice would stop the load.

    Args:
        texts: What mends the gap.
        first: By remedy, the control with which it was shown; what is shown now is put into it.
        control: The control at hand.
    """
    shown = []
    for text in texts:
        if text not in first:
            shown.append(text)
        elif text.startswith(("correct ", "remove ")):
            shown.append(text.partition(", ")[0] + ", as above")
        else:
            shown.append(f"as for {first[text]}" if text.startswith("-") else text)
    shown = unique(shown)
    first.update((text, control) for text in shown[: _SHOWN["remedy"] + 1] if text in texts and text not in first)
    return shown


def _story(control: dict[str, Any]) -> dict[str, list[str]]:
    """What happened, what is to blame and what mends it, each text once."""
    gaps = [entry for entry in control["coverage"] if entry["outcome"] in ("partial", "uncovered", "defeated")]
    incomplete = [entry for entry in control["coverage"] if entry["outcome"] == "covered" and entry.get("incomplete")]
    missed = [wording.missed_event(entry.get("counterexample")) for entry in gaps]
    missed += [f"{', '.join(entry['incomplete'])} of {entry['requirement']}" for entry in incomplete]
    because = [wording.blame(entry) for entry in gaps] or list(control["reasons"])
    return {
        "missed": unique(missed),
        "because": unique(because),
        "remedy": unique([wording.remedy(step) for step in control["remedy"]]),
    }
