# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines with places to fill: for each item of a list (privileged commands, paths of the site), and from the host.

``{uid_min}`` is the host's own first uid of people, UID_MIN of login.defs(5):
a rule for people that begins at 1000 does not see those of a host that begins
at 500.
"""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, RequirementError, RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_split import escape

Plain = Dict[str, Any]
_PLACE = re.compile(r"\{(\w+)\}")
_ITEM = "item"
UID_MIN = "uid_min"
"""The place that the host itself fills; every other one is of an item of the list."""


class Filled(NamedTuple):
    """``lines`` made of ``number`` items of the list ``source``; no list: one item, and an empty source."""

    lines: List[str]
    number: int
    source: str


def needs_posture(control: Plain) -> bool:
    """Whether the lines of a control can be told only when its host's posture is there."""
    return bool(control.get("for_each")) or _names_uid_min(control)


def _names_uid_min(control: Plain) -> bool:
    return any(UID_MIN in _PLACE.findall(line) for line in control["record"])


def fill(control: Plain, posture: Plain) -> Filled:
    """The lines of a control with every place filled.

    Args:
        control: ``record``, and for a list ``for_each`` (a dotted path of the posture, or params.NAME with the list in
            ``items``). A mapping of the posture stands for a list of one.
        posture: The host's posture.

    Raises:
        EvidenceError: the list is not there, or not whole.
        RequirementError: an item has not what a line asks for, or cannot be named in a rule.
    """
    if not needs_posture(control):
        return Filled(list(control["record"]), 1, "")
    source = control.get("for_each") or ""
    items: Sequence[Any] = [{}]
    if source:
        items = (control.get("items") if source.startswith("params.") else _found(source, posture)) or ()
    of_host = {UID_MIN: whole("host", posture)[UID_MIN]} if _names_uid_min(control) else {}
    lines: Dict[str, None] = {}
    for item in items:
        values = dict(item if isinstance(item, dict) else {_ITEM: item}, **of_host)
        for line in control["record"]:
            lines[_filled(line, values, source)] = None
    return Filled(list(lines), len(items), source)


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


def _filled(line: str, values: Plain, source: str) -> str:
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
