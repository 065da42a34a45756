# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics of a schedule, for node_exporter's textfile collector, in Prometheus' text format 0.0.4."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import state

_P = "audit_compliance_"
ABOUT = {
    "controls": "Controls of the last report, over all hosts.",
    "hosts": "Hosts of the last report.",
    "report_timestamp_seconds": "When the last report was made.",
    "run_timestamp_seconds": "When the last run ended, with or without a report.",
    "run_duration_seconds": "How long the last run took.",
    "run_exit_code": "Exit code of the last run; 124: its time was over, 75: something beside it failed, 1: not kept.",
    "new_problems": "Problems that the last run found and none before.",
    "open_problems": "Problems that were told and have not been seen to end.",
    "notices_pending": "Notices that have not gone out.",
}
"""By name without its beginning, what a metric tells; all are gauges."""


def figures(fleet: Mapping[str, Any], made: float) -> dict[str, Any]:
    """What is kept of a report.

    Args:
        fleet: compliance.json.
        made: When it was made, seconds of the epoch.

    Returns:
        ``controls`` (lists of profile, verdict, severity and number), ``hosts`` (by state) and ``made``. A control that
        several profiles hold counts for each.
    """
    counts: dict[tuple[str, str, str], int] = {}
    for result in fleet["results"]:
        for control in result["controls"]:
            for profile in control.get("profiles") or ():
                key = (str(profile), control["verdict"], control["severity"])
                counts[key] = counts.get(key, 0) + 1
    hosts = {"assessed": len(fleet["results"]), "not_assessed": len(fleet["not_assessed"])}
    return {"controls": [[*key, count] for key, count in sorted(counts.items())], "hosts": hosts, "made": made}


def render(schedule: str, kept: Mapping[str, Any], run: Mapping[str, float]) -> str:
    """The text of the file.

    Args:
        schedule: Its name, a label of each metric.
        kept: As :func:`figures` gives it, of the last run that made a report; empty where none did.
        run: The metrics of the run itself, by their names in :data:`ABOUT`.
    """
    samples: dict[str, list[tuple[dict[str, str], float]]] = {name: [] for name in ABOUT}
    for profile, verdict, severity, count in kept.get("controls") or ():
        samples["controls"].append(({"profile": profile, "severity": severity, "verdict": verdict}, count))
    for name, count in sorted((kept.get("hosts") or {}).items()):
        samples["hosts"].append(({"state": name}, count))
    if kept.get("made"):
        samples["report_timestamp_seconds"].append(({}, kept["made"]))
    for name, value in run.items():
        samples[name].append(({}, value))
    lines = []
    for name, own in samples.items():
        if own:
            lines += [f"# HELP {_P}{name} {ABOUT[name]}", f"# TYPE {_P}{name} gauge"]
            lines += [f"{_P}{name}{_labels({'schedule': schedule, **labels})} {value:.15g}" for labels, value in own]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(labels.items())) + "}"


def _escaped(value: str) -> str:
    return str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def write(folder: str, schedule: str, text: str) -> str:
    """Write the file; the collector reads names that end in .prom, so until it is whole it has another.

    Raises:
        TrailError: the folder cannot be written to.
    """
    path = os.path.join(folder, f"{schedule}.prom")
    state.put(path, text, 0o644)
    return path
