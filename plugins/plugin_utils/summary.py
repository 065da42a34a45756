# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary in the terminal: what a newcomer sees first, so it is short and ends with one line of totals.

Equal gaps of several hosts are one entry. It never says that a host complies:
a pass means what docs/reference/result.md says, and the limits are named once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ansible_collections.auditops.trail.plugins.module_utils.compliance.mend import AFTER_REBOOT
from ansible_collections.auditops.trail.plugins.plugin_utils import remedies, summary_fleet, unreached, wording
from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import SEVERITIES
from ansible_collections.auditops.trail.plugins.plugin_utils.earlier import EARLIER_DIR
from ansible_collections.auditops.trail.plugins.plugin_utils.terminal import DIM

Paint = Callable[[str, str], str]
"""Paints a text in one of Ansible's colours, or DIM."""

COLOURS = {"critical": "bright red", "high": "red", "medium": "yellow", "low": "cyan"}
_EVENTS_SHOWN = 2
_STEPS_SHOWN = 3
_HOSTS_SHOWN = 4
_MISSING_SHOWN = 12
_AS_ROOT = re.compile(r"\bas root\b|\bbecome\b")
_INDENT = " " * 11


class Gap(NamedTuple):
    """A failed control as some hosts share it."""

    control: dict[str, Any]
    hosts: list[str]
    histories: list[dict[str, Any] | None]


def render(
    fleet: dict[str, Any],
    file: str,
    paint: Paint,
    moved: list[str] | None = None,
    as_root: str = "add --become",
    files: list[str] | None = None,
) -> list[str]:
    """The summary of a fleet result.

    Args:
        fleet: As results.fleet_result makes it.
        file: Where the fleet result lies, for the last lines.
        paint: Paints text; the identity leaves it plain.
        moved: Hosts whose results are of an earlier run and were set aside.
        as_root: What an ordinary user does to have the hosts read as root.
        files: Further reports that were written, the one for people first.

    Returns:
        Lines without line ends.
    """
    results = fleet["results"]
    lines = _head(fleet, paint)
    lines += _hosts(results, paint)
    lines += _gaps(results, paint)
    lines += _errors(results, paint, as_root)
    lines += summary_fleet.waived(fleet, paint, _plain)
    lines += _aside(results, paint)
    lines += _not_assessed(fleet["not_assessed"], paint)
    lines += summary_fleet.findings(fleet, paint, _plain)
    lines += summary_fleet.changed(fleet, paint)
    lines += summary_fleet.manual(fleet, paint)
    lines += _limits(results, paint)
    if moved:
        aside = os.path.join(os.path.dirname(file), EARLIER_DIR)
        names = _some(moved, _HOSTS_SHOWN, "hosts")
        lines += ["", paint(_plain(f"Not of this run, so moved to {aside}: the results of {names}"), DIM)]
    lines += ["", *_reports(files or []), f"Every detail: {_plain(file)}"]
    lines += [*_to_paste(results, os.path.dirname(file)), _total(fleet, paint)]
    return lines


def so_far(fleet: dict[str, Any]) -> list[str]:
    """One line between two batches of ``serial``; the whole summary follows the last one."""
    counts = fleet["summary"]
    assessed, missed = counts["hosts_assessed"], counts["hosts_not_assessed"]
    return [f"{assessed} assessed, {missed} not, {len(fleet['pending'])} still to come"]


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


def _head(fleet: dict[str, Any], paint: Paint) -> list[str]:
    profiles = {(one["id"], one["version"]) for result in fleet["results"] for one in result["profiles"]}
    named = ", ".join(f"{name} {version}" for name, version in sorted(profiles))
    when = (fleet["finished"] or "").replace("T", " ").replace("Z", " UTC")
    tool = f"{fleet['tool']['name']} {fleet['tool']['version']}"
    return ["", paint(" · ".join(part for part in (tool, _plain(named), when) if part), "bright blue")]


def _hosts(results: list[dict[str, Any]], paint: Paint) -> list[str]:
    shown = results if len(results) <= 10 else [one for one in results if one["summary"]["pass"] < _judged(one)]
    lines = [""] if shown else []
    width = max((len(_plain(one["host"])) for one in shown), default=0)
    for one in shown[:20]:
        lines.append(f"  {_plain(one['host']):<{width}}  {_counts(one['summary'], paint)}  {_about(one, paint)}")
    if len(shown) > 20:
        lines.append(f"  … and {len(shown) - 20} more hosts with gaps or errors")
    return lines


def _judged(result: dict[str, Any]) -> int:
    return result["summary"]["pass"] + result["summary"]["fail"] + result["summary"]["error"]


def _counts(summary: dict[str, int], paint: Paint) -> str:
    parts = [paint(f"{summary['pass']} pass", "green")]
    if summary["fail"]:
        parts.append(paint(f"{summary['fail']} fail", "red"))
    if summary["error"]:
        parts.append(paint(f"{summary['error']} error", "bright purple"))
    for verdict, colour in (("waived", "yellow"), ("manual", DIM), ("not_applicable", DIM)):
        if summary[verdict]:
            parts.append(paint(f"{summary[verdict]} {verdict.replace('_', ' ')}", colour))
    return "  ".join(parts)


def _about(result: dict[str, Any], paint: Paint) -> str:
    evidence = result["evidence"]
    host = evidence.get("host") or {}
    parts = []
    if evidence["source"] != "live":
        parts.append(f"saved posture of {host.get('nodename') or 'a host'}, {evidence.get('collected')}")
    if host.get("kernel"):
        parts.append(f"Linux {host['kernel']}")
    if host.get("auditctl_version"):
        version = host["auditctl_version"]
        parts.append("auditctl " + (version if isinstance(version, str) else ".".join(str(part) for part in version)))
    user = (result.get("privilege") or {}).get("user")
    if user:
        parts.append(f"read as {user}")
    return paint(_plain(", ".join(parts)), DIM)


def _gaps(results: list[dict[str, Any]], paint: Paint) -> list[str]:
    lines = []
    gaps = grouped(results)
    # What a control of the kernel's state says already (auditctl -e 1) is not said again under every other.
    said = {wording.remedy(step) for gap in gaps if not gap.control["coverage"] for step in gap.control["remedy"]}
    first: dict[str, str] = {}
    for gap in gaps:
        control = gap.control
        colour = COLOURS[control["severity"]]
        severity = paint(control["severity"].upper().ljust(9), colour)
        lines += ["", f"{severity}  {paint(control['id'], colour)}  {_plain(control['title'])}"]
        if len(results) > 1:
            lines.append(_INDENT + paint("on       ", DIM) + _plain(_some(gap.hosts, _HOSTS_SHOWN, "hosts")))
        since = summary_fleet.age(gap.histories)
        if since:
            lines.append(_INDENT + paint("since    ", DIM) + since)
        story = _story(control)
        if control["coverage"]:
            story["remedy"] = [text for text in story["remedy"] if text not in said] or story["remedy"]
        story["remedy"] = _not_again(story["remedy"], first, control["id"])
        for label, limit, noun in (
            ("missed", _EVENTS_SHOWN, "event"),
            ("because", _EVENTS_SHOWN, "reason"),
            ("remedy", _STEPS_SHOWN, "line"),
        ):
            texts = story[label]
            label_colour = "green" if label == "remedy" else DIM
            for number, text in enumerate(texts[:limit]):
                lines.append(_INDENT + paint((label if number == 0 else "").ljust(9), label_colour) + _plain(text))
            more = len(texts) - limit
            if more > 0:
                lines.append(_INDENT + " " * 9 + paint(f"… {more} more {noun}{'s' * (more > 1)}", DIM))
    steps = [step for gap in gaps for step in gap.control["remedy"]]
    if any(step["do"] == "add" for step in steps):
        said_once = "Lines to add go into a file in /etc/audit/rules.d; augenrules --load loads them"
        locked = any(step["text"] == AFTER_REBOOT for step in steps)
        lines += ["", paint(said_once + (", after a reboot where the kernel is locked." if locked else "."), DIM)]
    return lines


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
    shown = _unique(shown)
    first.update((text, control) for text in shown[:_STEPS_SHOWN] if text in texts and text not in first)
    return shown


def _to_paste(results: list[dict[str, Any]], folder: str) -> list[str]:
    """Where the lines to add lie whole."""
    hosts = [result["host"] for result in results if remedies.text_for(result)]
    if not hosts:
        return []
    return [f"Lines to paste: {_plain(remedies.file_for(folder, hosts[0] if len(hosts) == 1 else 'NAME'))}"]


def _reports(files: list[str]) -> list[str]:
    """Where the report for people lies, and the names of the others beside it."""
    if not files:
        return []
    others = ", ".join(_plain(os.path.basename(name)) for name in files[1:])
    return [f"The report: {_plain(files[0])}" + (f" (beside it: {others})" if others else "")]


def _story(control: dict[str, Any]) -> dict[str, list[str]]:
    """What happened, what is to blame and what mends it, each text once."""
    gaps = [entry for entry in control["coverage"] if entry["outcome"] in ("partial", "uncovered", "defeated")]
    incomplete = [entry for entry in control["coverage"] if entry["outcome"] == "covered" and entry.get("incomplete")]
    missed = [wording.missed_event(entry.get("counterexample")) for entry in gaps]
    missed += [f"{', '.join(entry['incomplete'])} of {entry['requirement']}" for entry in incomplete]
    because = [wording.blame(entry) for entry in gaps] or list(control["reasons"])
    return {
        "missed": _unique(missed),
        "because": _unique(because),
        "remedy": _unique([wording.remedy(step) for step in control["remedy"]]),
    }


def _errors(results: list[dict[str, Any]], paint: Paint, as_root: str) -> list[str]:
    """What could not be checked, grouped by the reason: one missing privilege is one line, not twelve."""
    reasons: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for result in results:
        ordinary = _ordinary(result)
        for control in result["controls"]:
            if control["verdict"] == "error":
                reason = _plain("; ".join(control["reasons"]))
                steps = _unique([wording.remedy(step) for step in control["remedy"]])
                # How to become root is said once, above.
                advice = _plain("; ".join(step for step in steps if not (ordinary and _AS_ROOT.search(step))))
                controls, hosts = reasons.setdefault((reason, advice), ([], []))
                controls.append(control["id"])
                hosts.append(result["host"])
    if not reasons:
        return []
    lines = ["", paint("COULD NOT BE CHECKED", "bright purple")]
    users = {one["privilege"]["user"] for one in results if one["summary"]["error"] and _ordinary(one)}
    if users:
        lines.append(_plain(f"  Read as {', '.join(sorted(users))}; most of this needs root: {as_root}"))
    every = {control["id"] for result in results for control in result["controls"]}
    for (reason, advice), (controls, hosts) in reasons.items():
        names = _unique(controls)
        lines.append(f"  {reason}")
        told = f"all {len(every)}" if set(names) == every and len(names) > 1 else ", ".join(names)
        lines.append("    " + paint("controls  ", DIM) + told)
        if len(results) > 1:
            some = _some(_unique(hosts), _HOSTS_SHOWN, "hosts")
            lines.append("    " + paint("on        ", DIM) + _plain(some))
        if advice:
            lines.append("    " + paint("remedy    ", "green") + advice)
    return lines


def _not_assessed(gone: list[dict[str, Any]], paint: Paint) -> list[str]:
    """The hosts of which nothing is known, by cause: one switch that is down is one entry, not forty."""
    lines = ["", paint("NOT ASSESSED", "bright red")] if gone else []
    for cause in unreached.causes(gone):
        lines.append("  " + _plain(cause.text))
        lines.append("    " + paint("on        ", DIM) + _plain(_some(cause.hosts, _MISSING_SHOWN, "hosts")))
        lines.append("    " + paint("remedy    ", "green") + _plain(cause.remedy))
    return lines


def _ordinary(result: dict[str, Any]) -> bool:
    return (result.get("privilege") or {}).get("euid", 0) != 0


def _aside(results: list[dict[str, Any]], paint: Paint) -> list[str]:
    """Which controls had nothing to judge, and why."""
    reasons: dict[str, list[str]] = {}
    for result in results:
        for control in result["controls"]:
            if control["verdict"] == "not_applicable":
                reasons.setdefault(f"{control['id']}: {'; '.join(control['reasons'])}", []).append(result["host"])
    lines = ["", paint("NOT APPLICABLE", DIM)] if reasons else []
    for reason, hosts in sorted(reasons.items()):
        on = f" ({_some(hosts, _HOSTS_SHOWN, 'hosts')})" if len(results) > 1 else ""
        lines.append("  " + _plain(reason + on))
    return lines


def _limits(results: list[dict[str, Any]], paint: Paint) -> list[str]:
    limits = sorted({limit for result in results for limit in result["limits"]})
    if not any(result["summary"]["pass"] for result in results) and not limits:
        return []
    said = "A pass means that the loaded rules record the events its control names, not that everything is recorded."
    return ["", paint(said + (" Beyond any such rule here:" if limits else ""), DIM)] + [
        paint("  · " + _plain(one), DIM) for one in limits
    ]


def _total(fleet: dict[str, Any], paint: Paint) -> str:
    summary = fleet["summary"]
    by_severity = dict.fromkeys(reversed(SEVERITIES), 0)
    for result in fleet["results"]:
        for control in result["controls"]:
            if control["verdict"] == "fail":
                by_severity[control["severity"]] += 1
    worst = ", ".join(f"{number} {severity}" for severity, number in by_severity.items() if number)
    hosts = f"{summary['hosts_assessed']} host{'' if summary['hosts_assessed'] == 1 else 's'} assessed"
    parts = [hosts]
    if summary["hosts_not_assessed"]:
        parts.append(paint(f"{summary['hosts_not_assessed']} not assessed", "bright red"))
    if fleet["pending"]:
        parts.append(f"{len(fleet['pending'])} still to come")
    parts.append(paint(f"{summary['pass']} pass", "green"))
    parts.append(paint(f"{summary['fail']} fail" + (f" ({worst})" if worst else ""), "red" if worst else "green"))
    parts.append(paint(f"{summary['error']} error", "bright purple" if summary["error"] else "green"))
    for verdict in ("waived", "manual", "not_applicable"):
        if summary[verdict]:
            parts.append(f"{summary[verdict]} {verdict.replace('_', ' ')}")
    return paint("TOTAL", "bright blue") + "  " + " · ".join(parts)


def _some(names: list[str], limit: int, noun: str) -> str:
    if len(names) <= limit + 1:
        return ", ".join(names)
    return ", ".join(names[:limit]) + f" and {len(names) - limit} more {noun}"


def _unique(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _plain(text: Any) -> str:
    # A path or a host name may hold control characters; none of them may reach the terminal.
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", lambda found: f"\\x{ord(found.group()):02x}", str(text))
