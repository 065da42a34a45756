# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes down to a host: the requirements of the chosen controls, and what is to be collected for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.posture.templates import items_of
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader
from ansible_collections.auditops.trail.plugins.plugin_utils import control as controls_of
from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import Control, Selection

DEAR = ("privileged", "trail")
"""Parts that take seconds: they are collected where a control asks for them."""


def of(selection: Selection, loader: str = "auto", everything: bool = False, **limits: int) -> dict[str, Any]:
    """The plan of a run, as compliance/evaluate.py takes it.

    Args:
        selection: What the run judges by.
        loader: auto, augenrules or auditctl.
        everything: Collect also what no chosen control asks for, for a posture that is kept: it can be judged by any
            shipped profile then, to the verdicts that the host itself would have had.
        limits: ``scan_entries, scan_seconds, log_bytes, log_seconds`` of posture/context.py; those that are not given
            have defaults.
    """
    wanted = set().union(*(controls_of.parts(control) for control in selection.controls))
    sampled = [*(catalogue_loader.shipped().controls.values() if everything else ()), *selection.controls]
    return evaluate.plan(
        [
            _requirement(control, selection.parameters)
            for control in selection.controls
            if control.record or control.emit
        ],
        loader,
        others=_others(selection) if everything else [],
        samples={control.id: control.sample for control in sampled if control.sample},
        leave_out=[] if everything else [part for part in DEAR if part not in wanted],
        **limits,
    )


def _others(selection: Selection) -> list[dict[str, Any]]:
    """The requirements of the shipped controls that are not judged, with the values of each profile that has them."""
    shipped = catalogue_loader.shipped()
    chosen = {control.id for control in selection.controls}
    found = []
    for control in shipped.controls.values():
        if control.id in chosen or not control.record:
            continue
        of_profiles = [profile.parameters for profile in shipped.profiles.values() if control.id in profile.controls]
        for given in of_profiles or [{}]:
            told = _requirement(control, {**control.parameters, **given})
            if told not in found:
                found.append(told)
    return found


def _requirement(control: Control, parameters: Mapping[str, Any]) -> dict[str, Any]:
    if control.emit:
        return {"id": control.id, "emit": list(control.emit)}
    told = {
        "id": control.id,
        "record": list(control.record),
        "missing_path": control.missing_path,
        "key": control.key,
    }
    if control.for_each is not None:
        told["for_each"] = control.for_each
        told["items"] = items_of(told, dict(parameters))
        told["empty"] = control.empty and {"verdict": control.empty.verdict, "say": control.empty.say}
    return told
