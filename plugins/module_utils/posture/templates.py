# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controls that are made for each item of a list: a line for each privileged command, or for each path of the site."""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, RequirementError, RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_split import escape

Plain = Dict[str, Any]
_PLACE = re.compile(r"\{(\w+)\}")
_ITEM = "item"


class Filled(NamedTuple):
    """``lines`` made of ``number`` items of the list ``source``."""

    lines: List[str]
    number: int
    source: str


def fill(control: Plain, posture: Plain) -> Filled:
    """The lines of a control that has ``for_each``.

    Args:
        control: ``for_each`` (a dotted path of the posture, or params.NAME with the list in ``items``), ``record``. A
            mapping of the posture stands for a list of one.
        posture: The host's posture.

    Raises:
        EvidenceError: the list is not there, or not whole.
        RequirementError: an item has not what a line asks for, or cannot be named in a rule.
    """
    source = control["for_each"]
    items = control.get("items") if source.startswith("params.") else _found(source, posture)
    lines: Dict[str, None] = {}
    for item in items or ():
        for line in control["record"]:
            lines[_filled(line, item, source)] = None
    return Filled(list(lines), len(items or ()), source)


def whole(part: str, posture: Plain) -> Any:
    """A part of the posture, which must have been collected to its end.

    Raises:
        EvidenceError: it was not, with its collector's own words where there are any.
    """
    failed = (posture.get("errors") or {}).get(part)
    if failed is not None:
        raise EvidenceError(failed["message"], failed.get("file"), failed.get("line"), failed.get("remedy"))
    found = posture.get(part)
    if found is None:
        raise EvidenceError("the posture has no part {0!r}.".format(part), remedy="collect it again with this profile.")
    if isinstance(found, dict) and found.get("complete") is False:
        said = found.get("incomplete") or "{0} was not collected to its end".format(part)
        raise EvidenceError(str(said), remedy=found.get("remedy"))
    return found


def _found(source: str, posture: Plain) -> Sequence[Any]:
    steps = source.split(".")
    value: Any = whole(steps[0], posture)
    for step in steps[1:]:
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        unseen = posture[steps[0]].get("not_seen") or []
        said = ": {0}".format("; ".join(unseen)) if unseen else ""
        raise EvidenceError("this host's evidence has no {0}{1}".format(source, said), remedy="collect it as root.")
    return value


def _filled(line: str, item: Any, source: str) -> str:
    values = item if isinstance(item, dict) else {_ITEM: item}

    def value_of(place: Any) -> str:
        value = values.get(place.group(1))
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            raise RequirementError(
                "{0!r} asks for {1}, which an item of {2} does not have".format(line, place.group(1), source)
            )
        return escape(str(value))

    try:
        return _PLACE.sub(value_of, line)
    except RuleError as exc:
        raise RequirementError(
            "a rule for an item of {0} cannot be written: {1}".format(source, exc.message), remedy=exc.remedy
        ) from exc


def items_of(control: Plain, parameters: Plain) -> Optional[List[Any]]:
    """The items of a list that the site gives, for the plan; None for a list of the posture."""
    source = control.get("for_each")
    if not source or not source.startswith("params."):
        return None
    value = parameters.get(source.split(".")[1])
    return list(value) if isinstance(value, (list, tuple)) else []
