# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: controls and profiles, read from YAML and checked before anything is judged by them.

A file holds ``controls`` and ``profiles``, each a list. What is wrong with one
is a :class:`CatalogueError` with the file and the line, never a control that is
silently left out.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError
from ansible_collections.auditops.trail.plugins.plugin_utils import control as controls_of
from ansible_collections.auditops.trail.plugins.plugin_utils import yaml_lines
from ansible_collections.auditops.trail.plugins.plugin_utils.control import SEVERITIES, Control
from ansible_collections.auditops.trail.plugins.plugin_utils.entry_fields import Entry
from ansible_collections.auditops.trail.plugins.plugin_utils.parameters import in_force

__all__ = ["SEVERITIES", "SHIPPED", "Catalogue", "Control", "Profile", "Selection", "load"]
SHIPPED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "catalogue")
FILE_KEYS = ("controls", "profiles")
SITE_KEYS = ("parameters", "waivers", "population")
"""What a site's files may hold beside these (site.py)."""
_PROFILE_KEYS = ("id", "title", "version", "framework", "controls", "parameters")


@dataclass(frozen=True)
class Profile:
    """A named choice of controls; ``version`` is that of the standard it speaks of."""

    id: str
    title: str
    version: str
    framework: str | None
    controls: tuple[str, ...]
    parameters: dict[str, Any]
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Selection:
    """What a run judges by: the chosen profiles, their controls in order, and the parameters in force.

    ``digest`` identifies the catalogue: ``sha256`` over all of it, and ``files`` with the hash of each.
    """

    profiles: tuple[Profile, ...]
    controls: tuple[Control, ...]
    parameters: dict[str, Any]
    digest: dict[str, Any]
    set_by: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Catalogue:
    """Every control and profile at hand, by id, and the files that they were read from."""

    controls: dict[str, Control]
    profiles: dict[str, Profile]
    files: tuple[str, ...] = ()

    def select(
        self,
        profiles: Iterable[str],
        parameters: dict[str, Any] | None = None,
        set_by: dict[str, str] | None = None,
    ) -> Selection:
        """The controls of these profiles, each once, in the order in which they are first named.

        Args:
            profiles: Profile ids.
            parameters: The site's values; they win over a profile's, and those over a control's default.
            set_by: Where a site's value stands; those of this run are not in it.

        Raises:
            CatalogueError: an unknown profile or parameter, a value of the wrong type, or two profiles that set
                one parameter differently while the site does not say which holds.
        """
        chosen = []
        for name in profiles:
            if name not in self.profiles:
                raise CatalogueError(
                    f"There is no profile {name!r}.", remedy=f"choose among {', '.join(sorted(self.profiles))}."
                )
            if self.profiles[name] not in chosen:
                chosen.append(self.profiles[name])
        if not chosen:
            raise CatalogueError("No profile was chosen.", remedy="name at least one, for example baseline.")
        controls = {name: self.controls[name] for profile in chosen for name in profile.controls}
        return Selection(
            profiles=tuple(chosen),
            controls=tuple(controls.values()),
            parameters=in_force(chosen, tuple(controls.values()), parameters or {}),
            digest=digest(self.files),
            set_by={
                **{name: f"the profile {profile.id}" for profile in chosen for name in profile.parameters},
                **dict.fromkeys(parameters or {}, "this run"),
                **(set_by or {}),
            },
        )


@lru_cache(maxsize=1)
def shipped() -> Catalogue:
    """The shipped catalogue, read once a process.

    Raises:
        CatalogueError: as of :func:`load`.
    """
    controls: dict[str, Control] = {}
    profiles: dict[str, Profile] = {}
    files = yaml_lines.files(SHIPPED)
    for file in files:
        _read_file(file, controls, profiles, FILE_KEYS)
    for file in files:
        _hash(file)
    return Catalogue(controls, profiles, tuple(files))


@lru_cache(maxsize=256)
def _hash(file: str) -> str:
    try:
        with open(file, "rb") as handle:
            return hashlib.sha256(handle.read()).hexdigest()
    except OSError as exc:
        raise CatalogueError(f"This catalogue file cannot be read: {exc.strerror}", file=file) from exc


def load(extra: Iterable[str] = (), site: Iterable[str] = ()) -> Catalogue:
    """The shipped catalogue and the site's own files.

    Args:
        extra: YAML files, or folders of ``*.yml``; they add to the shipped catalogue and never replace a part.
        site: Site.catalogue_files: the same, and what else such a file may hold is site.py's.

    Raises:
        CatalogueError: a file that cannot be read, or a control or profile that does not hold together.
    """
    ours = shipped()
    controls, profiles, files = dict(ours.controls), dict(ours.profiles), list(ours.files)
    for file in [file for path in extra for file in yaml_lines.files(path)]:
        _read_file(file, controls, profiles, FILE_KEYS)
        files.append(file)
    for file in site:
        _read_file(file, controls, profiles, FILE_KEYS + SITE_KEYS)
        files.append(file)
    for profile in profiles.values():
        for name in profile.controls:
            if name not in controls:
                raise CatalogueError(
                    f"The profile {profile.id} names the control {name!r}, which does not exist.",
                    file=profile.file,
                    line=profile.line,
                    remedy="correct the name, or add the control to the catalogue.",
                )
    return Catalogue(controls, profiles, tuple(files))


def digest(files: Iterable[str]) -> dict[str, Any]:
    """``sha256`` over the files of a catalogue, and ``files``: ``name`` and ``sha256`` of each.

    Raises:
        CatalogueError: one cannot be read any more.
    """
    told = []
    for file in files:
        content = _hash(file)
        name = os.path.relpath(file, SHIPPED) if file.startswith(SHIPPED + os.sep) else os.path.abspath(file)
        told.append({"name": name, "sha256": content})
    # Of the contents alone: the same catalogue at another place is the same.
    whole = hashlib.sha256("".join(one["sha256"] for one in told).encode()).hexdigest()
    return {"sha256": whole, "files": told}


def _read_file(file: str, controls: dict[str, Control], profiles: dict[str, Profile], allowed: tuple[str, ...]) -> None:
    content = yaml_lines.read(file)
    if content is None:
        return
    if not isinstance(content, dict):
        raise CatalogueError("A catalogue file holds controls, profiles or both.", file=file, line=1)
    Entry(content, "A catalogue file", file, 1).only(allowed)
    for entry in _entries(content, "controls", file):
        control = controls_of.parse(entry, file)
        _add(controls, control.id, control, "control")
    for entry in _entries(content, "profiles", file):
        profile = _profile(entry, file)
        _add(profiles, profile.id, profile, "profile")


def _entries(content: dict[str, Any], name: str, file: str) -> list[dict[str, Any]]:
    found = content.get(name) or []
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise CatalogueError(f"{name} must be a list of mappings.", file=file, line=content.get(yaml_lines.LINE))
    return found


def _add(into: dict[str, Any], name: str, value: Control | Profile, kind: str) -> None:
    if name in into:
        first = into[name]
        raise CatalogueError(
            f"The {kind} {name} exists already ({first.file}:{first.line}).",
            file=value.file,
            line=value.line,
            remedy="give it a name of its own.",
        )
    into[name] = value


def _profile(data: dict[str, Any], file: str) -> Profile:
    entry = Entry.of(data, "profile", file, _PROFILE_KEYS)
    controls = entry.texts("controls")
    if not controls:
        raise entry.error(f"{entry.what} names no control.")
    return Profile(
        id=entry.text("id"),
        title=entry.text("title"),
        version=entry.text("version"),
        framework=entry.maybe("framework"),
        controls=controls,
        parameters=entry.mapping("parameters"),
        file=file,
        line=entry.line,
    )
