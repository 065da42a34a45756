# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the summary that are of the fleet: accepted risks, findings, what has changed, what people must answer.

They are few lines each. The reports tell the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils.terminal import DIM

Paint = Callable[[str, str], str]
Plain = Callable[[Any], str]
"""Takes out of a text what a terminal would act on."""

_SHOWN = 6
_UNSTATED = "Nobody has stated which hosts are in scope; the report says what to ask for."


def waived(fleet: dict[str, Any], paint: Paint, plain: Plain) -> list[str]:
    """The accepted risks that changed a verdict, one line each."""
    used = [one for one in fleet.get("waivers") or () if one["used_on"]]
    lines = ["", paint("WAIVED", "yellow") + paint("  risks accepted for a time; the gaps are still there", DIM)]
    for one in used[:_SHOWN]:
        days = one["due_days"]
        left = "the last day" if days == 0 else f"{days} day{'' if days == 1 else 's'} left"
        hosts = f"{one['used_on']} host{'' if one['used_on'] == 1 else 's'}"
        controls = ", ".join(one["controls"])
        lines.append(plain(f"  {one['id']}: {controls} on {hosts}, until {one['expires']} ({left})"))
    if len(used) > _SHOWN:
        lines.append(paint(f"  … and {len(used) - _SHOWN} more", DIM))
    return lines if used else []


def findings(fleet: dict[str, Any], paint: Paint, plain: Plain) -> list[str]:
    """What is wrong with the run itself, the gravest first; the quiet ones are counted."""
    found = fleet.get("findings") or []
    grave = [one for one in found if one["severity"] != "low" or one["id"] == "waiver.due"]
    lines = ["", paint("ABOUT THIS RUN", "bright red")] if grave else []
    for one in grave[:_SHOWN]:
        lines.append("  " + plain(f"{one['title']}: {one['text']}"))
        lines.append("    " + paint("remedy    ", "green") + plain(one["remedy"]))
    quiet = len(found) - len(grave[:_SHOWN])
    if quiet and grave:
        lines.append(paint(f"  … and {quiet} more, in the report", DIM))
    elif quiet:
        lines += ["", paint(f"{quiet} remark{'' if quiet == 1 else 's'} on this run: see findings in the report.", DIM)]
    return lines


def changed(fleet: dict[str, Any], paint: Paint) -> list[str]:
    """One line: what is new and what is gone since the run before."""
    told = fleet.get("history")
    # A saved posture is compared with nothing.
    live = any(result["evidence"]["source"] == "live" for result in fleet["results"])
    if not told or not told["previous"] or not live:
        return []
    parts = [f"{told[name]} {word}" for name, word in (("new", "new"), ("still", "as before"), ("fixed", "fixed"))]
    # What was never judged before is neither new nor old, and what is not judged any more was not seen to be mended.
    for name, word in (
        ("first", "judged for the first time"),
        ("no_longer_judged", "no longer judged"),
        ("otherwise", "passed by another value or rule"),
    ):
        if told.get(name):
            parts.append(f"{told[name]} {word}")
    return ["", paint(f"Gaps since the run of {spoken(told['previous'])}: {', '.join(parts)}.", "bright blue")]


def manual(fleet: dict[str, Any], paint: Paint) -> list[str]:
    """One line for all that people have to answer: the hosts' controls, counted as TOTAL counts them, and the scope."""
    judged = [control for result in fleet["results"] for control in result["controls"]]
    names = list(dict.fromkeys(control["id"] for control in judged if control["verdict"] == "manual"))
    unstated = (fleet.get("population") or {}).get("verdict") == "manual"
    parts = []
    if names:
        need = "1 control needs" if len(names) == 1 else f"{len(names)} controls need"
        which = f" ({', '.join(names)})" if len(names) <= _SHOWN else ""
        parts.append(f"{need} a person{which}: no host can decide it. The report says what to ask for.")
    if unstated:
        parts.append("Nobody has stated which hosts are in scope." if names else _UNSTATED)
    return ["", paint(" ".join(parts), DIM)] if parts else []


def age(histories: list[dict[str, Any] | None]) -> str:
    """Since when a gap is there, over the hosts that share it; empty where nothing was judged before.

    Args:
        histories: The ``history`` of the control on each of them.
    """
    known = [one for one in histories if one]
    since = [str(one["since"]) for one in known if one["state"] == "still" and one["since"]]
    if since:
        return min(since)[: len("2026-11-26")]
    return "this run (new)" if any(one["state"] == "new" for one in known) else ""


def spoken(instant: str) -> str:
    """A time for people: 2026-11-26 17:00 UTC."""
    return instant.replace("T", " ")[: len("2026-11-26 17:00")] + " UTC"
