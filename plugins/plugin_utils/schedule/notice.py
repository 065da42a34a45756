# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A notice: what is new after a run, as JSON for programs and as a text for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils.reports.text import number, visible
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule.problems import Problem

Plain = dict[str, Any]
NOTICE_VERSION = 1
_MOST = 50
"""So many problems of a kind are spelled out; the report has them all."""
_LONGEST = 400
"""So much of what a problem tells is in the text; a list of rules can be long, and the data has it whole."""
_KINDS = (
    ("run", "The run", "fault of the run", "faults of the run"),
    ("host", "Hosts that were not reached, or have left", "host not reached", "hosts not reached"),
    ("intake", "Results that were not taken", "result not taken", "results not taken"),
    ("finding", "Findings on the run", "finding", "findings"),
    ("control", "New failures", "new failure", "new failures"),
)


def make(
    schedule: str,
    host: str,
    run: str,
    at: str,
    fresh: Sequence[Problem],
    ended: Sequence[str],
    first: bool,
    report: str,
) -> Plain:
    """The notice of one run.

    Args:
        schedule: Its name.
        host: The machine that ran it.
        run: The run, which is the notice's name too: whoever gets it twice can tell.
        at: When the run ended, UTC.
        fresh: What is new, in the order to tell it.
        ended: Keys of what the run saw gone.
        first: Whether this is the first report, of which everything is new.
        report: The folder with the reports, or an empty text.
    """
    told: Plain = {
        "notice_version": NOTICE_VERSION,
        "id": f"{schedule}/{run}",
        "schedule": schedule,
        "from": host,
        "run": run,
        "at": at,
        "first": first,
        "problems": [one.plain() for one in fresh],
        "mended": len(ended),
        "report": report,
    }
    # "text" is what chat systems show of a message that is posted to them.
    return told | {"subject": _subject(told), "text": _text(told)}


def unkept(schedule: str, host: str, run: str, at: str, why: str) -> Plain:
    """The notice of a run that left nothing, so that nobody knows whether it was told before: each such run tells it.

    Args:
        schedule: Its name.
        host: The machine that ran it.
        run: The run.
        at: When it ended, UTC.
        why: What hindered it.
    """
    problem = Problem("run", "", "kept", "high", "The run could not be kept", why)
    told = make(schedule, host, run, at, [problem], [], False, "")
    lines = [
        f"The run of {at} could not be kept:", "", f"  {visible(why)}", "",
        "What it found is told by the first run that can be kept. Until then each run tells this again.",
    ]  # fmt: skip
    return told | {"subject": f"[{schedule}] a run could not be kept, from {host}", "text": "\n".join(lines) + "\n"}


def _subject(told: Plain) -> str:
    counts = []
    for kind, _title, one, many in _KINDS:
        count = sum(1 for problem in told["problems"] if problem["kind"] == kind)
        if count:
            counts.append(number(count, one, many))
    return (
        f"[{told['schedule']}] {', '.join(counts)}{' in the first run' if told['first'] else ''}, from {told['from']}"
    )


def _text(told: Plain) -> str:
    lines = [f"The run of {told['at']} found what the runs before did not."]
    if told["first"]:
        lines = [f"The run of {told['at']} is the first: everything that it found is new."]
    for kind, title, _one, _many in _KINDS:
        own = [problem for problem in told["problems"] if problem["kind"] == kind]
        if own:
            lines += ["", title, *_listed(own)]
    lines.append("")
    if told["mended"]:
        lines.append(f"Since the notice before, {number(told['mended'], 'problem')} ended.")
    lines.append(f"Everything that is open: {told['report']}" if told["report"] else "The run has made no report.")
    lines.append("Nothing in here is told again while it lasts.")
    return "\n".join(lines) + "\n"


def _listed(own: Sequence[Plain]) -> Iterable[str]:
    for problem in own[:_MOST]:
        parts = [problem["host"], problem["name"] if problem["kind"] == "control" else "", problem["title"]]
        grave = problem["severity"] if problem["kind"] in ("control", "finding") else ""
        unchecked = "" if problem["checked"] else "could not be checked"
        yield "  " + "  ".join(visible(part) for part in (grave, *parts, unchecked) if part)
        if problem["text"]:
            # What a run has said has lines of its own; in what hosts tell a line feed would be a trick.
            for line in problem["text"].splitlines() if problem["kind"] == "run" else [problem["text"]]:
                said = visible(line)
                yield f"      {said if len(said) <= _LONGEST else said[:_LONGEST] + ' […]'}"
    if len(own) > _MOST:
        yield f"  and {len(own) - _MOST} more"
