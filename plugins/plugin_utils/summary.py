# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary in the terminal: what a newcomer sees first, so it is short and ends with one line of totals.

Equal gaps of several hosts are one entry. It never says that a host complies:
a pass means what docs/reference/result.md says, and the limits are named once.
"""

from __future__ import annotations

import os
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils import (
    remedies,
    summary_aside,
    summary_fleet,
    summary_gaps,
    unreached,
)
from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import SEVERITIES
from ansible_collections.auditops.trail.plugins.plugin_utils.earlier import EARLIER_DIR
from ansible_collections.auditops.trail.plugins.plugin_utils.summary_gaps import HOSTS_SHOWN, Paint
from ansible_collections.auditops.trail.plugins.plugin_utils.terminal import DIM, plain
from ansible_collections.auditops.trail.plugins.plugin_utils.wording import some

_ROWS_SHOWN = 10
_MISSING_SHOWN = 12
_LIMITS_SHOWN = 5


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
    report = (files or [file])[0]
    lines = _head(fleet, paint)
    lines += _hosts(results, paint)
    lines += summary_gaps.lines(results, paint, report)
    lines += summary_aside.errors(results, paint, as_root, report)
    lines += summary_fleet.waived(fleet, paint, plain)
    lines += _not_assessed(fleet["not_assessed"], paint)
    lines += summary_fleet.findings(fleet, paint, plain)
    lines += _together(
        summary_fleet.changed(fleet, paint), summary_aside.aside(results, paint), summary_fleet.manual(fleet, paint)
    )
    lines += _limits(results, paint)
    if moved:
        aside = os.path.join(os.path.dirname(file), EARLIER_DIR)
        names = some(moved, HOSTS_SHOWN, "hosts")
        lines += ["", paint(plain(f"Not of this run, so moved to {aside}: the results of {names}"), DIM)]
    lines += ["", *_reports(files or []), f"Every detail: {plain(file)}"]
    lines += [*_to_paste(results, os.path.dirname(file)), _total(fleet, paint)]
    return lines


def so_far(fleet: dict[str, Any]) -> list[str]:
    """One line between two batches of ``serial``; the whole summary follows the last one."""
    counts = fleet["summary"]
    assessed, missed = counts["hosts_assessed"], counts["hosts_not_assessed"]
    return [f"{assessed} assessed, {missed} not, {len(fleet['pending'])} still to come"]


def _head(fleet: dict[str, Any], paint: Paint) -> list[str]:
    profiles = {(one["id"], one["version"]) for result in fleet["results"] for one in result["profiles"]}
    named = ", ".join(f"{name} {version}" for name, version in sorted(profiles))
    when = (fleet["finished"] or "").replace("T", " ").replace("Z", " UTC")
    tool = f"{fleet['tool']['name']} {fleet['tool']['version']}"
    return ["", paint(" · ".join(part for part in (tool, plain(named), when) if part), "bright blue")]


def _hosts(results: list[dict[str, Any]], paint: Paint) -> list[str]:
    shown = (
        results if len(results) <= _ROWS_SHOWN else [one for one in results if one["summary"]["pass"] < _judged(one)]
    )
    lines = [""] if shown else []
    width = max((len(plain(one["host"])) for one in shown), default=0)
    for one in shown[:_ROWS_SHOWN]:
        lines.append(f"  {plain(one['host']):<{width}}  {_counts(one['summary'], paint)}  {_about(one, paint)}")
    if len(shown) > _ROWS_SHOWN:
        lines.append(f"  … and {len(shown) - _ROWS_SHOWN} more hosts with gaps or errors")
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
    return paint(plain(", ".join(parts)), DIM)


def _to_paste(results: list[dict[str, Any]], folder: str) -> list[str]:
    """Where the lines to add lie whole."""
    hosts = [result["host"] for result in results if remedies.text_for(result)]
    if not hosts:
        return []
    return [f"Lines to paste: {plain(remedies.file_for(folder, hosts[0] if len(hosts) == 1 else 'NAME'))}"]


def _reports(files: list[str]) -> list[str]:
    """Where the report for people lies, and the names of the others beside it."""
    if not files:
        return []
    others = ", ".join(plain(os.path.basename(name)) for name in files[1:])
    return [f"The report: {plain(files[0])}" + (f" (beside it: {others})" if others else "")]


def _not_assessed(gone: list[dict[str, Any]], paint: Paint) -> list[str]:
    """The hosts of which nothing is known, by cause: one switch that is down is one entry, not forty."""
    lines = ["", paint("NOT ASSESSED", "bright red")] if gone else []
    for cause in unreached.causes(gone):
        lines.append("  " + plain(cause.text))
        lines.append("    " + paint("on        ", DIM) + plain(some(cause.hosts, _MISSING_SHOWN, "hosts")))
        lines.append("    " + paint("remedy    ", "green") + plain(cause.remedy))
    return lines


def _limits(results: list[dict[str, Any]], paint: Paint) -> list[str]:
    limits = sorted({limit for result in results for limit in result["limits"]})
    if not any(result["summary"]["pass"] for result in results) and not limits:
        return []
    said = "A pass means that the loaded rules record the events its control names, not that everything is recorded."
    shown = limits if len(limits) <= _LIMITS_SHOWN else limits[: _LIMITS_SHOWN - 1]
    lines = ["", said + (" Beyond any such rule here:" if limits else ""), *("  · " + plain(one) for one in shown)]
    if len(shown) < len(limits):
        lines.append(f"  · and {len(limits) - len(shown)} more, told in the report")
    return [line and paint(line, DIM) for line in lines]


def _together(*parts: list[str]) -> list[str]:
    """Parts that each begin with an empty line; those of one line stand together."""
    lines: list[str] = []
    alone = False
    for part in parts:
        lines += part[1:] if alone and len(part) == 2 else part
        alone = len(part) == 2 or (alone and not part)
    return lines


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
