# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is asked for, read and checked in one place: once before hosts are asked, and again where it is used."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import (
    assessment,
    bundle,
    history,
    period,
    population,
    site,
    this_run,
    waiver,
)

Options = Mapping[str, Any]
LIMITS = ("scan_entries", "scan_seconds", "log_bytes", "log_seconds")
"""The options by which reading on a host ends."""


def absolute(path: str) -> str:
    """A path of a variable: relative to where ansible-playbook was started, not to a playbook in a collection."""
    return os.path.abspath(os.path.expanduser(path))


def no_mapping(given: str) -> str:
    """What to tell of parameters that are no mapping.

    Before ansible-core 2.19 a template gives a mapping as text, and back only what is a Python literal.
    """
    mend = "To mend it: write texts, numbers, true or false, or lists of them; quote a date."
    return f"The parameters are no mapping of names to plain values: {given}. {mend}"


def checked(action: ActionBase, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a task whose ``parameters`` are a mapping.

    Args:
        action: The action plugin.
        arguments: Its argument spec.

    Raises:
        AnsibleError: the options are not as the spec wants them.
        TrailError: ``parameters`` came as text.
    """
    given = action._task.args.get("parameters")
    try:
        _checked, options = action.validate_argument_spec(arguments)
    except AnsibleError as exc:
        if not isinstance(given, str):
            raise
        raise TrailError(no_mapping(given)) from exc
    if isinstance(options["parameters"], str):
        raise TrailError(no_mapping(options["parameters"]))
    return options


def basis(options: Options, temporary: str, now: datetime) -> assessment.Basis:
    """What this run judges by, read and checked once for all of its hosts.

    Args:
        options: ``profiles``, ``parameters``, ``catalogue``, ``site``, ``waiver_days``.
        temporary: The temporary folder of this run of ansible-playbook.
        now: The present, UTC.

    Raises:
        TrailError: something does not hold together.
    """
    folder = absolute(options["site"]) if options["site"] else None
    given: tuple[Any, ...] = (
        options["profiles"],
        options["parameters"],
        [absolute(path) for path in options["catalogue"]],
        folder,
        options["waiver_days"],
    )
    if folder is None and not options["catalogue"]:
        return assessment.basis(*given, now)
    purpose = f"basis {json.dumps(given, default=str)}"
    return this_run.shared(temporary, purpose, folder or "", functools.partial(assessment.basis, *given, now))


def of_report(
    options: Options, now: datetime, folders: Iterable[str] = ()
) -> tuple[site.Site, population.Population | None]:
    """The site's files and the population, checked as everything else that the report is asked for.

    Args:
        options: ``period``, ``site``, ``waiver_days``, ``population``.
        now: The present, UTC.
        folders: The sites that hosts were judged by: each inventory may have one. They are joined with that of the
            options, which is the one of whichever host the report was made on.

    Raises:
        TrailError: something does not hold together.
    """
    period.bounds(options["period"], now)
    waiver.check_most_days(options["waiver_days"])
    named = [absolute(options["site"])] if options["site"] else []
    places = {os.path.realpath(folder): folder for folder in [*named, *folders]}
    ours = site.joined(site.load(places[place], options["waiver_days"], now) for place in sorted(places))
    stated = population.parse(options["population"], population.VARIABLE, None, os.getcwd()) or ours.population
    return ours, stated


def check_limits(options: Options) -> None:
    """Refuse limits that nobody can mean; a host would tell of them what is wrong with something else.

    Args:
        options: :data:`LIMITS`.

    Raises:
        TrailError: one is less than 0.
    """
    for name in LIMITS:
        if options[name] < 0:
            raise TrailError(
                f"audit_compliance_{name} is {options[name]}; it cannot be less than 0.",
                remedy="leave it out for the default; with 0 nothing is read, and what is judged by it is an error.",
            )


def check_folders(options: Options) -> None:
    """See that what a run adds to the history and to the evidence could be written; nothing is made there.

    Args:
        options: ``result_dir``, ``history_dir``, ``evidence_dir``, ``save_posture``.

    Raises:
        TrailError: it could not.
    """
    past = options["history_dir"] or os.path.join(options["result_dir"], history.FOLDER)
    kept = os.path.dirname(absolute(options["save_posture"])) if options["save_posture"] else None
    for path, variable, what in (
        (past, history.VARIABLE, "the history of this run"),
        (options["evidence_dir"], bundle.VARIABLE, "the evidence"),
        (kept, assessment.SAVE_VARIABLE, "the posture"),
    ):
        if path:
            _check_folder(absolute(path), variable, what)


def _check_folder(path: str, variable: str, what: str) -> None:
    there = path
    while not os.path.lexists(there) and os.path.dirname(there) != there:
        there = os.path.dirname(there)
    why = "Not a directory" if not os.path.isdir(there) else "Permission denied"
    place = "a file in a folder" if variable == assessment.SAVE_VARIABLE else "a folder"
    if why == "Not a directory" or not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        raise TrailError(
            f"{what} could not be written: {why}",
            file=there,
            remedy=f"set {variable} to {place} that the user of the controller can read and write.",
        )
