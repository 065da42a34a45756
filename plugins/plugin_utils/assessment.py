# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the assessment of a host takes from the site and from earlier runs, and what it leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils import (
    assertion,
    bundle,
    catalogue_loader,
    changes,
    history,
    moments,
    parameters,
    results,
    site,
    waiver,
    waivers,
)
from ansible_collections.auditops.trail.plugins.plugin_utils import control as controls_of
from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import Catalogue, Selection
from ansible_collections.auditops.trail.plugins.plugin_utils.site import Site

SAVE_VARIABLE = "audit_compliance_save_posture"
LOST = "lost_in_period"
"""The part of a posture that earlier runs tell; it is saved with the posture, which gives the same verdicts then."""

Plain = dict[str, Any]


@dataclass(frozen=True)
class Basis:
    """What hosts are judged by: the site's files, the whole catalogue, and what was chosen of it."""

    site: Site
    catalogue: Catalogue
    selection: Selection
    expressions: dict[str, Any]

    def __setstate__(self, state: Plain) -> None:
        """Made in another process of the run: its expressions are compiled already."""
        self.__dict__.update(state)
        assertion.learn(self.expressions)


def basis(
    profiles: Iterable[str], given: Plain, extra: Iterable[str], folder: str | None, most_days: int, now: datetime
) -> Basis:
    """Read and check everything that hosts are judged by, before one is asked.

    Args:
        profiles: The chosen profiles.
        given: Parameters of this run, which win over the site's.
        extra: Further files or folders of a catalogue.
        folder: The site's folder, or nothing.
        most_days: For how many days a risk may be accepted.
        now: The present, UTC.

    Raises:
        TrailError: something does not hold together; with file and line, where it stands in a file.
    """
    names = list(profiles)
    waiver.check_most_days(most_days)
    ours = site.load(folder, most_days, now)
    catalogue = catalogue_loader.load(extra, ours.catalogue_files)
    site.check(ours, catalogue)
    here = parameters.plain(given)
    values = {**site.values(ours, catalogue, names), **here}
    places = {name: f"{one.file}:{one.line}" for name, one in ours.parameters.items() if name not in here}
    selection = catalogue.select(names, values, {name: places[name] for name in places if name in values})
    for control in selection.controls:
        for expression in controls_of.expressions(control):
            assertion.compiled(expression)
    return Basis(ours, catalogue, selection, assertion.known())


def with_losses(posture: Plain, folder: str, host: str) -> tuple[Plain, Plain]:
    """The posture of a live host, with what the kernel has lost since an earlier run saw it, and that alone.

    In the posture it is null where no earlier run saw the host: there is no period to speak of.

    Args:
        posture: As the host gave it.
        folder: The history's folder.
        host: The inventory's name of the host.

    Raises:
        TrailError: the history cannot be listed.
    """
    lost = (posture.get("status") or {}).get("lost")
    boot_id = (posture.get("system") or {}).get("boot_id")
    # What lies in the future was told by a clock that was ahead, and must not be compared with for good. The host's
    # own clock does not decide it: one that was set back would hide every run.
    before = history.latest(folder, host, moments.told(moments.now()))
    told = changes.lost(lost, boot_id, before)
    return dict(posture, **{LOST: None if told["before"] is None else told}), told


def with_waivers(result: Plain, ours: Site, groups: Iterable[str], now: datetime) -> Plain:
    """The result of a host with its waived gaps.

    Args:
        result: As results.host_result makes it.
        ours: The site.
        groups: The inventory's groups of the host.
        now: The present, UTC.
    """
    controls = waivers.apply(result["controls"], ours.waivers, result["host"], groups, now)
    return dict(result, controls=controls, summary=results.count(controls))


def save(path: str, posture: Plain) -> None:
    """Keep the posture of a host, to be judged again.

    Args:
        path: The file.
        posture: What was judged.

    Raises:
        TrailError: it could not be written.
    """
    remedy = f"set {SAVE_VARIABLE} to a file in a folder that the user of the controller can write to."
    results.write_json(path, posture, "the posture", remedy)


def keep(folder: str, run: str, posture: Plain, result: Plain, told: Basis) -> dict[str, str]:
    """The bundle of evidence of a host (bundle.write).

    Args:
        folder: Where the bundles of all runs lie.
        run: The name of this run.
        posture: What was judged.
        result: What came of it.
        told: By what.

    Raises:
        TrailError: it could not be written.
    """
    files = bundle.sources(told.catalogue.files, told.selection.digest["files"], told.site)
    return bundle.write(folder, run, posture, result, files)
