# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site's own files: controls, profiles, parameters, waivers and the population, in a folder beside the inventory.

Every file may hold any of the keys. All of them are read and checked before
anything is judged; what is wrong is told with file and line. Controls and
profiles are read by catalogue_loader.py, from the files that are named here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import yaml

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError
from ansible_collections.auditops.trail.plugins.plugin_utils import parameters, population, waiver, yaml_lines
from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import FILE_KEYS, SITE_KEYS, Catalogue
from ansible_collections.auditops.trail.plugins.plugin_utils.control import Control
from ansible_collections.auditops.trail.plugins.plugin_utils.entry_fields import Entry
from ansible_collections.auditops.trail.plugins.plugin_utils.population import Population
from ansible_collections.auditops.trail.plugins.plugin_utils.waiver import Waiver

VARIABLE = "audit_compliance_site"
OUTSIDE = ".outside"
"""The folder below a site's folder in a bundle of evidence: the population's list, where it lies elsewhere."""
KEYS = FILE_KEYS + SITE_KEYS


@dataclass(frozen=True)
class Given:
    """A parameter's value and where the site gives it."""

    value: Any
    file: str
    line: int


@dataclass(frozen=True)
class Site:
    """What a site's folder holds; without a folder, nothing.

    ``catalogue_files`` are those with controls or profiles. ``files`` are all that were read: ``path``, ``name`` below
    the folder, and ``sha256``.
    """

    folder: str | None = None
    catalogue_files: tuple[str, ...] = ()
    parameters: dict[str, Given] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    population: Population | None = None
    files: tuple[dict[str, str], ...] = ()


def load(folder: str | None, most_days: int, now: datetime) -> Site:
    """What a site's folder holds.

    Args:
        folder: The folder, or nothing. Its *.yml and *.yaml are read, and those one folder below.
        most_days: For how many days a risk may be accepted (waiver.py).
        now: The present, UTC.

    Raises:
        CatalogueError: a file cannot be read or does not hold together; with file and line.
    """
    if not folder:
        return Site()
    found = _Gathered()
    for path in _paths(folder):
        _take(path, found, most_days, now, os.path.join(folder, OUTSIDE))
    files = [_hashed(folder, path) for path in found.files]
    stated = found.population
    if stated is not None and stated.list_file is not None:
        files.append(_hashed(folder, stated.list_file, stated.is_list_apart))
    return Site(
        folder=folder,
        catalogue_files=tuple(found.catalogue_files),
        parameters=found.parameters,
        waivers=tuple(found.waivers.values()),
        population=found.population,
        files=tuple(files),
    )


def joined(sites: Iterable[Site]) -> Site:
    """The waivers and the population of the sites of a run: each inventory may have a folder beside it.

    A waiver that stands in several of them with the same words is one. Who is in scope for one of them is in scope.

    Args:
        sites: As :func:`load` gives them.

    Raises:
        CatalogueError: two of them call different waivers by one name; with both places.
    """
    waivers: dict[str, Waiver] = {}
    stated = []
    for one in sites:
        for waiver_ in one.waivers:
            first = waivers.setdefault(waiver_.id, waiver_)
            if replace(waiver_, file=first.file, line=first.line) != first:
                raise CatalogueError(
                    f"Two sites of this run call different waivers {waiver_.id} (the other is {first.file}:"
                    f"{first.line}); nobody could tell which of them a report means.",
                    file=waiver_.file,
                    line=waiver_.line,
                    remedy="give each a name of its own.",
                )
        stated += [one.population] if one.population is not None else []
    return Site(waivers=tuple(waivers.values()), population=population.joined(stated))


def check(site: Site, catalogue: Catalogue) -> None:
    """Compare a site's parameters and waivers with the whole catalogue, its own controls included.

    Args:
        site: As :func:`load` gives it.
        catalogue: Every control at hand, chosen or not.

    Raises:
        CatalogueError: a parameter that no control has or whose value is of the wrong type, or a waiver of a control
            that there is not; with file and line.
    """
    owners = _owners(catalogue.controls.values())
    for name, given in site.parameters.items():
        if name not in owners:
            raise CatalogueError(
                f"There is no parameter {name!r}: no control has it.",
                file=given.file,
                line=given.line,
                remedy=f"use one of {', '.join(sorted(owners)) or '(none)'}.",
            )
        for control in owners[name]:
            try:
                parameters.in_force([], (control,), {name: given.value})
            except CatalogueError as exc:
                raise CatalogueError(exc.message, file=given.file, line=given.line, remedy=exc.remedy) from exc
    waiver.check(site.waivers, catalogue.controls)


def values(site: Site, catalogue: Catalogue, profiles: Iterable[str]) -> dict[str, Any]:
    """The site's values of the parameters that the controls of these profiles have, for Catalogue.select.

    A site states its parameters once for all profiles, so one that the chosen controls do not have is no mistake.

    Args:
        site: As :func:`load` gives it, checked.
        catalogue: Where the profiles are.
        profiles: The chosen ones; an unknown one is left to Catalogue.select.
    """
    chosen = [catalogue.profiles[name] for name in profiles if name in catalogue.profiles]
    owners = _owners(catalogue.controls[name] for profile in chosen for name in profile.controls)
    return {name: given.value for name, given in site.parameters.items() if name in owners}


class _Gathered:
    """What was found so far, over all files."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.catalogue_files: list[str] = []
        self.parameters: dict[str, Given] = {}
        self.waivers: dict[str, Waiver] = {}
        self.population: Population | None = None


def _owners(controls: Iterable[Control]) -> dict[str, list[Control]]:
    found: dict[str, list[Control]] = {}
    for control in controls:
        for name in control.parameters:
            found.setdefault(name, []).append(control)
    return found


def _paths(folder: str) -> list[str]:
    if not os.path.isdir(folder):
        raise CatalogueError(
            "There is no such folder of a site.",
            file=folder,
            remedy=f"make it, or correct what names it ({VARIABLE}, audit_rules_site, or site of a module).",
        )
    found = []
    for path in _listed(folder):
        if not os.path.isdir(path):
            found.append(path)
            continue
        for inner in _listed(path):
            if os.path.isdir(inner):
                deep = [name for name in _listed(inner) if not os.path.isdir(name)]
                if deep:
                    raise CatalogueError(
                        "This file would not be read: a site's files lie in its folder or one folder below.",
                        file=deep[0],
                        remedy="move it up.",
                    )
                continue
            found.append(inner)
    return found


def _listed(folder: str) -> list[str]:
    """The YAML files and the folders in a folder, without the hidden ones."""
    try:
        names = sorted(os.listdir(folder))
    except OSError as exc:
        raise CatalogueError(f"This folder of a site cannot be read: {exc.strerror}", file=folder) from exc
    paths = [os.path.join(folder, name) for name in names if not name.startswith(".")]
    return [path for path in paths if os.path.isdir(path) or path.endswith((".yml", ".yaml"))]


def _take(path: str, found: _Gathered, most_days: int, now: datetime, outside: str) -> None:
    found.files.append(path)
    content = yaml_lines.read(path)
    if content is None:
        return
    if not isinstance(content, dict):
        raise CatalogueError(f"A site's file holds {', '.join(KEYS)}.", file=path, line=1)
    Entry(content, "A site's file", path, 1).only(KEYS)
    if any(content.get(name) for name in FILE_KEYS):
        found.catalogue_files.append(path)
    lines = _key_lines(path, content)
    _take_parameters(content, lines, path, found)
    for data in waiver.entries(content, path):
        made = waiver.parse(data, path, most_days, now)
        if made.id in found.waivers:
            first = found.waivers[made.id]
            raise CatalogueError(
                f"The waiver {made.id} exists already ({first.file}:{first.line}).",
                file=path,
                line=made.line,
                remedy="give it a name of its own.",
            )
        found.waivers[made.id] = made
    line = lines.get(("population",), 1)
    stated = population.parse(content.get("population"), path, line, os.path.dirname(path), outside)
    if stated is not None and found.population is not None:
        first_place = f"{found.population.file}:{found.population.line}"
        raise CatalogueError(
            f"The population is stated already ({first_place}).", file=path, line=line, remedy="state it once."
        )
    found.population = stated or found.population


def _take_parameters(content: dict[str, Any], lines: dict[tuple[str, ...], int], path: str, found: _Gathered) -> None:
    given = content.get("parameters")
    if given is None:
        return
    if not isinstance(given, dict):
        line = lines.get(("parameters",), 1)
        raise CatalogueError("parameters must be a mapping of names to values.", file=path, line=line)
    for name, value in yaml_lines.without_lines(given).items():
        line = lines.get(("parameters", str(name)), 1)
        if str(name) in found.parameters:
            first = found.parameters[str(name)]
            raise CatalogueError(
                f"The parameter {name} is given already ({first.file}:{first.line}).", file=path, line=line
            )
        try:
            plain = parameters.plain({str(name): value})
        except CatalogueError as exc:
            raise CatalogueError(exc.message, file=path, line=line, remedy=exc.remedy) from exc
        found.parameters[str(name)] = Given(plain[str(name)], path, line)


def _key_lines(path: str, content: Mapping[str, Any]) -> dict[tuple[str, ...], int]:
    """The lines of ``parameters``, of each name below it, and of ``population``: values that are no mappings."""
    if not content.get("parameters") and not content.get("population"):
        return {}
    with open(path, encoding="utf-8") as handle:
        root = yaml.compose(handle, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    found: dict[tuple[str, ...], int] = {}
    for key, value in root.value if root is not None else ():
        found[(key.value,)] = key.start_mark.line + 1
        if key.value == "parameters" and isinstance(value, yaml.MappingNode):
            for inner, _value in value.value:
                found[(key.value, inner.value)] = inner.start_mark.line + 1
    return found


def _hashed(folder: str, path: str, apart: bool = False) -> dict[str, str]:
    """A file's ``path``, ``sha256``, and ``name``: its place in a copy of the folder, where it can be found again."""
    try:
        with open(path, "rb") as handle:
            digest = hashlib.sha256(handle.read()).hexdigest()
    except OSError as exc:
        raise CatalogueError(f"This file of a site cannot be read: {exc.strerror}", file=path) from exc
    inside = os.path.relpath(path, folder)
    if apart or inside == os.pardir or inside.startswith(os.pardir + os.sep):
        inside = os.path.join(OUTSIDE, os.path.basename(path))
    return {"path": path, "name": inside, "sha256": digest}
