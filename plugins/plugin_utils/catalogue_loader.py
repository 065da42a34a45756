# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: controls and profiles, read from YAML and checked before anything is judged by them.

A file holds ``controls`` and ``profiles``, each a list. What is wrong with one
is a :class:`CatalogueError` with the file and the line, never a control that is
silently left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError
from ansible_collections.auditops.trail.plugins.plugin_utils import assertion
from ansible_collections.auditops.trail.plugins.plugin_utils.parameters import in_force

SHIPPED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "catalogue")
SEVERITIES = ("low", "medium", "high", "critical")
RELATIONS = ("demonstrates", "supports", "prerequisite")
MISSING_PATH = ("require", "skip")
_LINE = "__line__"
_CONTROL_KEYS = {
    "id", "title", "severity", "why", "record", "assert", "reads", "parameters", "missing_path", "key", "deploy",
    "remedy", "references",
}  # fmt: skip
_PROFILE_KEYS = {"id", "title", "version", "framework", "controls", "parameters"}


@dataclass(frozen=True)
class Control:
    """One control: either ``record`` (lines in auditctl's syntax) or ``expression`` (JMESPath) is set."""

    id: str
    title: str
    severity: str
    why: str
    references: tuple[dict[str, str], ...]
    record: tuple[str, ...] = ()
    expression: str | None = None
    reads: tuple[str, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    missing_path: str = "require"
    key: str | None = None
    deploy: dict[str, Any] = field(default_factory=dict)
    remedy: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


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
    """What a run judges by: the chosen profiles, their controls in order, and the parameters in force."""

    profiles: tuple[Profile, ...]
    controls: tuple[Control, ...]
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Catalogue:
    """Every control and profile at hand, by id."""

    controls: dict[str, Control]
    profiles: dict[str, Profile]

    def select(self, profiles: Iterable[str], parameters: dict[str, Any] | None = None) -> Selection:
        """The controls of these profiles, each once, in the order in which they are first named.

        Args:
            profiles: Profile ids.
            parameters: The site's values; they win over a profile's, and those over a control's default.

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
        )


def load(extra: Iterable[str] = ()) -> Catalogue:
    """The shipped catalogue and the site's own files.

    Args:
        extra: YAML files, or folders of ``*.yml``; they add to the shipped catalogue and never replace a part.

    Raises:
        CatalogueError: a file that cannot be read, or a control or profile that does not hold together.
    """
    controls: dict[str, Control] = {}
    profiles: dict[str, Profile] = {}
    for path in [SHIPPED, *extra]:
        for file in _files(path):
            _read_file(file, controls, profiles)
    for control in controls.values():
        _check_parameters(control)
    for profile in profiles.values():
        for name in profile.controls:
            if name not in controls:
                raise CatalogueError(
                    f"The profile {profile.id} names the control {name!r}, which does not exist.",
                    file=profile.file,
                    line=profile.line,
                    remedy="correct the name, or add the control to the catalogue.",
                )
    return Catalogue(controls, profiles)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe loader that notes the line of each mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} is given twice", key_node.start_mark)
            seen.add(key if isinstance(key, str) else None)
        mapping = super().construct_mapping(node, deep=deep)
        mapping[_LINE] = node.start_mark.line + 1
        return mapping


def _files(path: str) -> list[str]:
    if not os.path.isdir(path):
        return [path]
    try:
        names = os.listdir(path)
    except OSError as exc:
        raise CatalogueError(f"This catalogue folder cannot be read: {exc.strerror}", file=path) from exc
    return sorted(os.path.join(path, name) for name in names if name.endswith((".yml", ".yaml")))


def _read_file(file: str, controls: dict[str, Control], profiles: dict[str, Profile]) -> None:
    try:
        with open(file, encoding="utf-8") as handle:
            content = yaml.load(handle, Loader=_Loader)  # noqa: S506 (a subclass of SafeLoader)
    except (OSError, UnicodeDecodeError) as exc:
        raise CatalogueError(f"This catalogue file cannot be read: {exc}", file=file) from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        raise CatalogueError(
            f"This is not YAML: {getattr(exc, 'problem', None) or exc}",
            file=file,
            line=mark.line + 1 if mark else None,
        ) from exc
    if content is None:
        return
    if not isinstance(content, dict):
        raise CatalogueError("A catalogue file holds controls, profiles or both.", file=file, line=1)
    _only(content, {"controls", "profiles"}, "A catalogue file", file, 1)
    for entry in _entries(content, "controls", file):
        control = _control(entry, file)
        _add(controls, control.id, control, "control")
    for entry in _entries(content, "profiles", file):
        profile = _profile(entry, file)
        _add(profiles, profile.id, profile, "profile")


def _entries(content: dict[str, Any], name: str, file: str) -> list[dict[str, Any]]:
    found = content.get(name) or []
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise CatalogueError(f"{name} must be a list of mappings.", file=file, line=content.get(_LINE))
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


def _control(entry: dict[str, Any], file: str) -> Control:
    line = entry.pop(_LINE)
    name = _text(entry, "id", "A control", file, line)
    what = f"The control {name}"
    _only(entry, _CONTROL_KEYS, what, file, line)
    severity = _text(entry, "severity", what, file, line)
    if severity not in SEVERITIES:
        raise CatalogueError(f"{what}: severity is one of {', '.join(SEVERITIES)}.", file=file, line=line)
    missing = entry.get("missing_path", "require")
    if missing not in MISSING_PATH:
        raise CatalogueError(f"{what}: missing_path is require or skip.", file=file, line=line)
    record = _texts(entry, "record", what, file, line)
    reads = _texts(entry, "reads", what, file, line)
    expression = entry.get("assert")
    if bool(record) == (expression is not None):
        raise CatalogueError(f"{what} must have either record or assert.", file=file, line=line)
    if expression is not None:
        if not reads:
            raise CatalogueError(
                f"{what} has assert without reads.",
                file=file,
                line=line,
                remedy="name the posture's values that the expression needs: what is absent would compare as true.",
            )
        try:
            assertion.check(expression, reads)
        except CatalogueError as exc:
            raise CatalogueError(f"{what}: {exc.message}", file=file, line=line, remedy=exc.remedy) from exc
    return Control(
        id=name,
        title=_text(entry, "title", what, file, line),
        severity=severity,
        why=_text(entry, "why", what, file, line).strip(),
        references=_references(entry, what, file, line),
        record=record,
        expression=expression,
        reads=reads,
        parameters=_mapping(entry, "parameters", what, file, line),
        missing_path=missing,
        key=entry.get("key"),
        deploy=_mapping(entry, "deploy", what, file, line),
        remedy=_texts(entry, "remedy", what, file, line),
        file=file,
        line=line,
    )


def _check_parameters(control: Control) -> None:
    # Profiles and the site set parameters; it is the control that declares them.
    used = assertion.parameters_of(control.expression) if control.expression is not None else frozenset()
    unknown = sorted(used - set(control.parameters))
    if unknown:
        told = f"params.{unknown[0]}" if unknown[0] else "params as a whole"
        raise CatalogueError(
            f"The control {control.id} uses {told}, which it does not declare.",
            file=control.file,
            line=control.line,
            remedy="give it a default under parameters, or correct the name.",
        )


def _profile(entry: dict[str, Any], file: str) -> Profile:
    line = entry.pop(_LINE)
    name = _text(entry, "id", "A profile", file, line)
    what = f"The profile {name}"
    _only(entry, _PROFILE_KEYS, what, file, line)
    controls = _texts(entry, "controls", what, file, line)
    if not controls:
        raise CatalogueError(f"{what} names no control.", file=file, line=line)
    return Profile(
        id=name,
        title=_text(entry, "title", what, file, line),
        version=_text(entry, "version", what, file, line),
        framework=entry.get("framework"),
        controls=controls,
        parameters=_mapping(entry, "parameters", what, file, line),
        file=file,
        line=line,
    )


def _references(entry: dict[str, Any], what: str, file: str, line: int) -> tuple[dict[str, str], ...]:
    found = entry.get("references") or []
    if not isinstance(found, list):
        raise CatalogueError(f"{what}: references must be a list.", file=file, line=line)
    for reference in found:
        at = reference.pop(_LINE, line) if isinstance(reference, dict) else line
        # YAML reads an unquoted 10.2 or 6.10 as a number, and 6.10 then as 6.1.
        if (
            not isinstance(reference, dict)
            or set(reference) != {"framework", "version", "id", "relation"}
            or not all(isinstance(value, str) for value in reference.values())
        ):
            raise CatalogueError(
                f"{what}: a reference has framework, version, id and relation, each a quoted text.", file=file, line=at
            )
        if reference["relation"] not in RELATIONS:
            raise CatalogueError(f"{what}: relation is one of {', '.join(RELATIONS)}.", file=file, line=at)
    return tuple(found)


def _only(entry: dict[str, Any], allowed: set[str], what: str, file: str, line: int) -> None:
    unknown = sorted(str(key) for key in set(entry) - allowed - {_LINE})
    if unknown:
        raise CatalogueError(
            f"{what} has {', '.join(unknown)}, which is unknown here.",
            file=file,
            line=line,
            remedy=f"use {', '.join(sorted(allowed))}.",
        )


def _text(entry: dict[str, Any], name: str, what: str, file: str, line: int) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise CatalogueError(f"{what} needs {name}, a text.", file=file, line=line)
    return value


def _texts(entry: dict[str, Any], name: str, what: str, file: str, line: int) -> tuple[str, ...]:
    value = entry.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise CatalogueError(f"{what}: {name} must be a list of texts.", file=file, line=line)
    return tuple(value)


def _mapping(entry: dict[str, Any], name: str, what: str, file: str, line: int) -> dict[str, Any]:
    value = entry.get(name) or {}
    if not isinstance(value, dict):
        raise CatalogueError(f"{what}: {name} must be a mapping.", file=file, line=line)
    return dict(_without_lines(value))


def _without_lines(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_lines(item) for key, item in value.items() if key != _LINE}
    if isinstance(value, list):
        return [_without_lines(item) for item in value]
    return value
