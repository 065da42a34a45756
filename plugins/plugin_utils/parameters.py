# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters: the site's win over a profile's, those over a control's default; all of them can be written as JSON.

A result holds the values in force, and YAML knows more kinds of value than JSON
does: an unquoted 2026-01-01 is a date.
"""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError

if TYPE_CHECKING:
    from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import Control, Profile


def plain(given: dict[str, Any]) -> dict[str, Any]:
    """The site's parameters without what Ansible has put around the values.

    Raises:
        CatalogueError: a value has no form in JSON.
    """
    # Since ansible-core 2.19 values carry tags in types of their own, which JMESPath's functions do not take.
    return {str(name): json.loads(_dumped(name, value)) for name, value in given.items()}


def in_force(profiles: list[Profile], controls: tuple[Control, ...], site: dict[str, Any]) -> dict[str, Any]:
    """The value of each parameter of the chosen controls.

    Raises:
        CatalogueError: a parameter that no control has, a value of the wrong type or one that JSON cannot hold, or
            two that disagree.
    """
    values: dict[str, Any] = {}
    for control in controls:
        for name, default in control.parameters.items():
            _dumped(name, default, control.file, control.line)
            if name in values and values[name] != default:
                raise CatalogueError(f"Two controls give {name} different defaults.", file=control.file)
            values[name] = default
    defaults = dict(values)
    said: dict[str, Profile] = {}
    for profile in profiles:
        for name, value in profile.parameters.items():
            _dumped(name, value, profile.file, profile.line)
            if name in said and said[name].parameters[name] != value and name not in site:
                raise CatalogueError(
                    f"The profiles {said[name].id} and {profile.id} set {name} differently.",
                    file=profile.file,
                    line=profile.line,
                    remedy=f"say which holds with audit_compliance_parameters: {{{name}: …}}.",
                )
            said[name] = profile
            if name not in defaults:
                raise CatalogueError(
                    f"The profile {profile.id} sets {name}, a parameter of none of its controls.",
                    file=profile.file,
                    line=profile.line,
                )
            values[name] = _typed(name, value, defaults[name])
    for name, value in site.items():
        if name not in defaults:
            raise CatalogueError(
                f"There is no parameter {name!r} in the chosen profiles.",
                remedy=f"use one of {', '.join(sorted(defaults)) or '(none: no control here has one)'}.",
            )
        values[name] = _typed(name, value, defaults[name])
    return values


def _dumped(name: Any, value: Any, file: str | None = None, line: int | None = None) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as exc:
        kind = "a date" if isinstance(value, datetime.date) else f"no plain value ({exc})"
        raise CatalogueError(
            f"The parameter {name} is {kind}, which a result in JSON cannot hold: {value}.",
            file=file,
            line=line,
            remedy=f'write a text, a number, true or false, or a list of them; quote a date: {name}: "2026-01-01".',
        ) from exc


def _typed(name: str, value: Any, default: Any) -> Any:
    # A value given as `-e name=16384` arrives as text.
    if isinstance(default, int) and not isinstance(default, bool) and isinstance(value, str) and value.isdigit():
        value = int(value)
    if _is_number(default) and _is_number(value):
        if value < 0:
            raise CatalogueError(
                f"The parameter {name} is {value}; no control has a use for less than 0.",
                remedy=f"give a value like {name}: {json.dumps(default)}.",
            )
        return value
    if not isinstance(value, type(default)) or isinstance(value, bool) is not isinstance(default, bool):
        raise CatalogueError(
            f"The parameter {name} must be of type {type(default).__name__}, like its default {default!r}; "
            f"{value!r} is not.",
            remedy=f"give a value like {name}: {json.dumps(default)}.",
        )
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        raise CatalogueError(
            f"The parameter {name} is a list of texts; {value!r} holds something else.",
            remedy=f'quote each item: {name}: ["…"].',
        )
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
