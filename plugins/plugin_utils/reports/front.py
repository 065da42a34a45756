# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The front page: what was judged, when, by whom and with what; what is not in it, what changed, what was accepted."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable
from typing import Any, NamedTuple

from ansible_collections.auditops.trail.plugins.plugin_utils import changes, results, unreached
from ansible_collections.auditops.trail.plugins.plugin_utils.reports import scope
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.hosts import Roll
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.text import instant

Plain = dict[str, Any]
_PLUGINS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


_POPULATION = {
    "in_scope": None, "inventory": None, "missing": None, "reasons": [], "ask": None, "source": None, "file": None,
}  # fmt: skip
_WAIVER = {
    "id": "", "justification": "", "approved_by": None, "ticket": None, "expires": "", "due_days": None,
    "controls": None, "used_on": 0, "state": "active", "file": None, "line": None, "granted": None, "hosts": (),
    "groups": (), "unseen": (),
}  # fmt: skip
_FINDING = {"title": "", "text": "", "severity": "medium", "remedy": None}
_RUN = {"at": None, "hosts_assessed": None, "hosts_not_assessed": None, "failing": None, "lost": None}


class Change(NamedTuple):
    """A control whose verdict came, went or stayed since the last run, on some hosts."""

    control: Plain
    hosts: list[str]
    since: str | None


def context(fleet: Plain, folder: str | None, roll: Roll) -> Plain:
    """What the front page's template shows.

    Args:
        fleet: The fleet result.
        folder: Where the results lie, for their hashes; None where they lie nowhere.
        roll: The assessed hosts.
    """
    found = fleet["results"]
    facts = _facts(fleet)
    return {
        "profiles": _profiles(found),
        "facts": facts,
        "provenance": _provenance(fleet, facts),
        "period": _period(fleet),
        "population": _filled([fleet["population"]], _POPULATION)[0] if fleet.get("population") else None,
        "not_assessed": unreached.causes(fleet["not_assessed"]),
        "limits": _by_text(found, "limits", roll),
        "uncollected": _uncollected(found, roll),
        "history": _history(fleet, roll),
        "waivers": _waivers(fleet, roll),
        "findings": _filled(fleet.get("findings"), _FINDING),
        "hosts": [_host(result, folder) for result in found],
        "whole": file_digest(os.path.join(folder, results.FLEET_FILE)) if folder else None,
    }


@functools.lru_cache(maxsize=1)
def tool_digest() -> str:
    """A hash over every file of the plugins, as ``sha256sum`` over the list of their ``sha256sum`` gives it.

    It tells whether two reports were made by the same code; docs/reference/reports.md has the command.
    """
    lines = []
    for place, folders, files in os.walk(_PLUGINS):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in files:
            path = os.path.join(place, name)
            if not name.endswith(".pyc"):
                lines.append((f"./{os.path.relpath(path, _PLUGINS)}", file_digest(path)))
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(lines))
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: str) -> str | None:
    """The SHA-256 of a file, or None where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None


def _profiles(found: list[Plain]) -> list[Plain]:
    profiles = {(one["id"], str(one["version"])): one for result in found for one in result["profiles"]}
    return [profiles[key] for key in sorted(profiles)]


def _provenance(fleet: Plain, facts: Plain) -> str:
    """Where a sheet comes from, for one that is filed alone."""
    number, every = scope.counted(fleet)
    whose = "hosts of this run" if (fleet.get("population") or {}).get("in_scope") is None else "hosts in scope"
    when = instant(facts["first"])
    if facts["last"] != facts["first"]:
        when += f" to {instant(facts['last'])}"
    told = [
        f"Collected {when}, by {facts['people']}",
        f"{every - number} of {every} {whose} assessed" + ("; the scope is not stated" if "run" in whose else ""),
        f"{facts['tool']}, sha256 {facts['tool_sha256']}",
        f"Catalogue sha256 {facts['catalogue_sha256'] or 'not known, or not one'}",
    ]
    return ". ".join(told) + "."


def _period(fleet: Plain) -> Plain | None:
    """The period of the history, with the titles of its controls; what failed longest comes first."""
    told = fleet.get("period")
    if not told:
        return None
    titles = {control["id"]: control["title"] for result in fleet["results"] for control in result["controls"]}
    controls = [
        {
            **entry,
            "title": titles.get(entry["id"], ""),
            "gaps": len(entry["gaps"]),
            "open": sum(1 for gap in entry["gaps"] if gap["until"] is None and gap.get("judged", True)),
            "unjudged": sum(1 for gap in entry["gaps"] if gap["until"] is None and not gap.get("judged", True)),
        }
        for entry in told["controls"]
    ]
    controls.sort(key=lambda entry: (-entry["failed_days"], entry["id"]))
    return {**told, "controls": controls, "seen": sum(1 for host in told["hosts"] if host["judgements"])}


def _facts(fleet: Plain) -> Plain:
    """Period, privilege, versions and hashes."""
    found, run = fleet["results"], fleet.get("run") or {}
    collected = sorted(one["evidence"]["collected"] for one in found if one["evidence"].get("collected"))
    users: dict[str, int] = {}
    for result in found:
        user = str((result.get("privilege") or {}).get("user") or "not known")
        users[user] = users.get(user, 0) + 1
    people = sorted({str(one["run_by"]["user"]) for one in found if (one.get("run_by") or {}).get("user")})
    saved = sum(1 for one in found if one["evidence"].get("source") != "live")
    hashes = {one["catalogue"]["sha256"] for one in found if one.get("catalogue")}
    own = (fleet.get("catalogue") or {}).get("sha256")
    return {
        "first": collected[0] if collected else fleet.get("started"),
        "last": collected[-1] if collected else fleet.get("finished"),
        "people": run.get("by") or ", ".join(people) or "not known",
        "hosts_from": run.get("hosts"),
        "command": run.get("command"),
        "privileges": sorted(users.items(), key=lambda entry: -entry[1]),
        "saved": saved,
        "tool": f"{fleet['tool']['name']} {fleet['tool']['version']}",
        "tool_sha256": fleet["tool"].get("sha256") or tool_digest(),
        "catalogue_sha256": own or (hashes.pop() if len(hashes) == 1 else None),
        "catalogues": len(hashes | ({own} if own else set())),
        "check_mode": any((one.get("run_by") or {}).get("check_mode") for one in found),
    }


def _filled(entries: list[Plain] | None, defaults: Plain) -> list[Plain]:
    """Entries with every key that the template reads."""
    return [{**defaults, **entry} for entry in entries or ()]


def _waivers(fleet: Plain, roll: Roll) -> list[Plain]:
    """The waivers of the site, each with the hosts on which it was used, and what fails under it as it has expired."""
    uses: dict[str, list[str]] = {}
    failing: dict[str, dict[str, list[str]]] = {}
    for result in fleet["results"]:
        for control in result["controls"]:
            name = (control.get("waiver") or {}).get("id")
            if name and control["verdict"] == "waived":
                uses.setdefault(name, []).append(result["host"])
            elif name:
                failing.setdefault(name, {}).setdefault(control["id"], []).append(result["host"])
    return [
        {
            **one,
            "uses": roll.told(uses[one["id"]]) if one["id"] in uses else None,
            "failing": [(control, roll.told(hosts)) for control, hosts in failing.get(one["id"], {}).items()],
            "covers": [
                (kind, [] if "all" in one[kind] or "*" in one[kind] else one[kind])
                for kind in ("hosts", "groups")
                if one[kind]
            ],
        }
        for one in _filled(fleet.get("waivers"), _WAIVER)
    ]


def _by_text(found: list[Plain], key: str, roll: Roll) -> list[Plain]:
    """What hosts say of themselves in a list of texts, with the hosts that say it; what most say comes first."""
    texts: dict[str, list[str]] = {}
    for result in found:
        for text in result.get(key) or ():
            texts.setdefault(str(text), []).append(result["host"])
    return [
        {"text": text, "hosts": roll.told(hosts)} for text, hosts in sorted(texts.items(), key=lambda one: -len(one[1]))
    ]


def _uncollected(found: list[Plain], roll: Roll) -> list[Plain]:
    texts: dict[str, list[str]] = {}
    for result in found:
        for error in result.get("errors") or ():
            texts.setdefault(f"{error['part']}: {error['message']}", []).append(result["host"])
    return [{"text": text, "hosts": roll.told(hosts)} for text, hosts in texts.items()]


def _history(fleet: Plain, roll: Roll) -> Plain | None:
    """What changed since the last run, and the runs of the period; None where no history is kept."""
    history = fleet.get("history")
    if not history:
        return None
    runs = history.get("runs")
    lost = [
        {"host": result["host"], **result["lost"]}
        for result in fleet["results"]
        if (result.get("lost") or {}).get("rise")
    ]
    states = {state: _changes(fleet["results"], _is_in(state), roll) for state in ("new", "fixed", "still")}
    unjudged = _changes(fleet["results"], changes.is_no_longer_judged, roll)
    dropped = [
        {"id": one["id"], "title": "", "hosts": roll.told(one["hosts"]), "since": None}
        for one in history.get("dropped") or ()
    ]
    states["unjudged"] = [*unjudged, *dropped]
    states["otherwise"] = _changes(fleet["results"], changes.is_otherwise, roll)
    states["first"] = _changes(fleet["results"], changes.is_first_gap, roll) if history.get("previous") else []
    return {
        "previous": history.get("previous"),
        "number": len(runs) if isinstance(runs, list) else runs,
        "runs": _filled(runs, _RUN) if isinstance(runs, list) else [],
        "chart": _chart(runs) if isinstance(runs, list) and len(runs) > 1 else None,
        "lost": lost,
        **states,
        "changed": any(found for state, found in states.items() if state != "still") or bool(lost),
    }


def _is_in(state: str) -> Callable[[Plain], bool]:
    return lambda control: (control.get("history") or {}).get("state") == state


def _changes(found: list[Plain], wanted: Callable[[Plain], bool], roll: Roll) -> list[Plain]:
    groups: dict[str, Change] = {}
    for result in found:
        for control in result["controls"]:
            if wanted(control):
                since = control["history"].get("since")
                change = groups.get(control["id"]) or Change(control, [], since)
                change.hosts.append(result["host"])
                oldest = min((one for one in (change.since, since) if one), default=None)
                groups[control["id"]] = change._replace(since=oldest)
    return [
        {"id": name, "title": one.control["title"], "hosts": roll.told(one.hosts), "since": one.since}
        for name, one in groups.items()
    ]


def _chart(runs: list[Plain]) -> Plain:
    """The gaps of each run, accepted ones included, as columns of a chart, 640 wide and 96 high."""
    most = max(1, *(int(run.get("failing") or 0) for run in runs))
    step = 640 / len(runs)
    width = min(28.0, step * 0.62)
    columns = []
    for place, run in enumerate(runs):
        height = 92 * int(run.get("failing") or 0) / most
        left = place * step + (step - width) / 2
        columns.append(
            {"x": f"{left:.1f}", "y": f"{96 - height:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
        )
    return {"columns": columns, "most": most}


def _host(result: Plain, folder: str | None) -> Plain:
    evidence = result["evidence"]
    host = evidence.get("host") or {}
    version = host.get("auditctl_version")
    system = [
        f"Linux {host['kernel']}" if host.get("kernel") else "",
        host.get("machine") or "",
        "auditctl " + (version if isinstance(version, str) else ".".join(str(part) for part in version))
        if version
        else "",
    ]
    user = (result.get("privilege") or {}).get("user")
    return {
        "host": result["host"],
        "system": ", ".join(part for part in system if part),
        "user": user or "not known",
        "collected": instant(evidence.get("collected")),
        "source": evidence.get("source"),
        "summary": result["summary"],
        "merged_from": result.get("merged_from"),
        "sha256": file_digest(results.host_file(result.get("merged_from") or folder, result["host"]))
        if folder
        else None,
    }
