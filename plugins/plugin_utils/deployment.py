# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What chosen profiles say of a deployment: the kernel's settings, and whether the rules are to be locked."""

from __future__ import annotations

from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError
from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import Control, Selection

_SWITCH = "enabled"
"""Audit on, or on and locked: that is an option of its own, and not among ``settings``."""
_PARAMETER = "params."
_NO_LIMIT = ("backlog_limit", "rate_limit")
"""Of these the kernel takes 0 for no limit: no record is dropped because of it."""


def settings(selection: Selection) -> dict[str, int]:
    """The values that the chosen controls name under ``deploy: setting``, by the kernel's names, without the switch.

    Args:
        selection: The chosen controls and their parameters.

    Raises:
        CatalogueError: a value is no number.
    """
    found = _all(selection)
    return {name: value for name, value in found.items() if name != _SWITCH}


def immutable(selection: Selection) -> bool:
    """Whether a chosen control asks for rules that cannot be changed without a reboot (``enabled: 2``)."""
    return _all(selection).get(_SWITCH) == 2


def _all(selection: Selection) -> dict[str, int]:
    found: dict[str, int] = {}
    for control in selection.controls:
        for name, value in (control.deploy.get("setting") or {}).items():
            number = _value(control, name, value, selection.parameters)
            found[name] = _stricter(name, number, found.get(name, number))
    return found


def _stricter(name: str, one: int, other: int) -> int:
    """Of what two controls ask for, the value that does for both: locked beside on, and the limit that drops less."""
    return 0 if name in _NO_LIMIT and 0 in (one, other) else max(one, other)


def _value(control: Control, name: str, value: Any, parameters: dict[str, Any]) -> int:
    if isinstance(value, str) and value.startswith(_PARAMETER):
        value = parameters.get(value[len(_PARAMETER) :])
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise CatalogueError(
            f"{control.id}: deploy: setting: {name} is {value!r}, which is no number from 0 on.",
            remedy="write a number, or params. and the name of a parameter that is one.",
        )
    return value
