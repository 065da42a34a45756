# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the summary says of controls without a verdict: what could not be checked, and what does not apply."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils import wording
from ansible_collections.auditops.trail.plugins.plugin_utils.summary_gaps import HOSTS_SHOWN, Paint
from ansible_collections.auditops.trail.plugins.plugin_utils.terminal import DIM, plain
from ansible_collections.auditops.trail.plugins.plugin_utils.wording import some, unique

_GROUPS_SHOWN = 5
_CONTROLS_SHOWN = 6
_ASIDE_SHOWN = 2
_AS_ROOT = re.compile(r"\bas root\b|\bbecome\b")
_NO_PATH = re.compile(r"(/.*) does not exist on this host\Z")


def errors(results: list[dict[str, Any]], paint: Paint, as_root: str, report: str) -> list[str]:
    """What could not be checked, grouped by what mends it: one missing privilege is one entry, not forty.

    Args:
        results: Host results.
        paint: Paints a text.
        as_root: What an ordinary user does to have the hosts read as root.
        report: The file that tells the rest.
    """
    groups = _groups(results)
    if not groups:
        return []
    lines = ["", paint("COULD NOT BE CHECKED", "bright purple")]
    users = {one["privilege"]["user"] for one in results if one["summary"]["error"] and _ordinary(one)}
    if users:
        lines.append(plain(f"  Read as {', '.join(sorted(users))}; most of this needs root: {as_root}"))
    every = {control["id"] for result in results for control in result["controls"]}
    for (advice, _reason), (reasons, names, hosts) in list(groups.items())[:_GROUPS_SHOWN]:
        more = f"  … {len(reasons) - 1} more reason{'s' * (len(reasons) > 2)}" if len(reasons) > 1 else ""
        lines.append(f"  {reasons[0]}" + (paint(more, DIM) if more else ""))
        all_of_them = set(names) == every and len(names) > 1
        told = f"all {len(every)}" if all_of_them else some(names, _CONTROLS_SHOWN, "controls")
        lines.append("    " + paint("controls  ", DIM) + told)
        if len(results) > 1:
            lines.append("    " + paint("on        ", DIM) + plain(some(hosts, HOSTS_SHOWN, "hosts")))
        if advice:
            lines.append("    " + paint("remedy    ", "green") + advice)
    if len(groups) > _GROUPS_SHOWN:
        rest = unique([name for _reasons, names, _hosts in list(groups.values())[_GROUPS_SHOWN:] for name in names])
        lines.append(paint(f"  … {len(rest)} more control{'s' * (len(rest) > 1)}: see {plain(report)}", DIM))
    return lines


def _groups(results: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[list[str], list[str], list[str]]]:
    """By what mends it (without advice: by reason) the reasons, the controls and the hosts, each once."""
    found: dict[tuple[str, str], tuple[list[str], list[str], list[str]]] = {}
    for result in results:
        ordinary = _ordinary(result)
        for control in result["controls"]:
            if control["verdict"] == "error":
                reason = plain("; ".join(control["reasons"]))
                steps = unique([wording.remedy(step) for step in control["remedy"]])
                # How to become root is said once, above.
                advice = plain("; ".join(step for step in steps if not (ordinary and _AS_ROOT.search(step))))
                group = found.setdefault((advice, "" if advice else reason), ([], [], []))
                for texts, text in zip(group, (reason, control["id"], result["host"])):
                    if text not in texts:
                        texts.append(text)
    return found


def _ordinary(result: dict[str, Any]) -> bool:
    return (result.get("privilege") or {}).get("euid", 0) != 0


def aside(results: list[dict[str, Any]], paint: Paint) -> list[str]:
    """Which controls had nothing to judge, and why where they are few."""
    reasons: dict[str, list[str]] = {}
    names: list[str] = []
    for result in results:
        for control in result["controls"]:
            if control["verdict"] == "not_applicable":
                names.append(control["id"])
                reasons.setdefault(f"{control['id']}: {short(control['reasons'])}", []).append(result["host"])
    if not reasons:
        return []
    if len(reasons) > _ASIDE_SHOWN:
        number = len(unique(names))
        said = "1 control does" if number == 1 else f"{number} controls do"
        where = " to some hosts" if len(results) > 1 else ""
        return ["", paint(f"{said} not apply{where}: the report says why.", DIM)]
    lines = ["", paint("NOT APPLICABLE", DIM)]
    for reason, hosts in sorted(reasons.items()):
        on = f" ({some(hosts, HOSTS_SHOWN, 'hosts')})" if len(results) > 1 else ""
        lines.append("  " + plain(reason + on))
    return lines


def short(reasons: list[str]) -> str:
    """Reasons in one text; paths that are not there are counted."""
    gone = [reason for reason in reasons if _NO_PATH.match(reason)]
    if len(gone) < 2 or len(gone) < len(reasons):
        return "; ".join(reasons)
    return f"none of its {len(gone)} paths is on this host"
