# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions on an object's attributes: inode!=, devmajor, devminor, filetype, obj_*.

The kernel compares them with each name that the call touches, and one name
suffices (audit_filter_rules in kernel/auditsc.c): of several names one is a
directory, which meets ``filetype=dir``. Only ``filetype!=`` asks that
no name has the type. For a call with one name that is the object, of which the
evidence may tell the values. A call with several names (a parent directory
counts) may satisfy a condition by a name that the question is not about.
"""

from typing import Dict, Iterable, Optional

from ansible_collections.auditops.trail.plugins.module_utils.coverage import shapes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box, Dim
from ansible_collections.auditops.trail.plugins.module_utils.coverage.sets import Domain
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import Scene, Thing
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.names import ftype_number

COMPANIES = NAMELESS, ALONE, WITH_PARENT, TOGETHER = tuple(range(4))
"""How many names a call touches: none, one, a directory and what is in it, several files."""
SEVERAL = frozenset(
    (shapes.REOPEN, shapes.CREATE, shapes.DELETE, shapes.RENAME, shapes.EXCHANGE, shapes.LINK, shapes.APART)
)
"""The ways to touch a parent directory too."""
_TYPES = {"symlink": "link"}
"""Where the evidence (rules/paths.py) calls a type otherwise than rules do."""
_DIRECTORY = 0o040000
_NUMBERS = ("inode", "devmajor", "devminor", "filetype")


def is_attribute(dim: Dim) -> bool:
    """Is the dimension one of an object?"""
    if isinstance(dim, str):
        return dim in _NUMBERS or dim.startswith("obj_")
    return dim[0] != "has" and any(is_attribute(part) for part in dim[1:] if isinstance(part, str))


def looks_at_attributes(boxes: Iterable[Optional[Box]]) -> bool:
    """Does any of the boxes constrain an object's attribute?"""
    return any(is_attribute(dim) for box in boxes if box is not None for dim in box.dims)


def attributes_of(thing: Thing) -> Dict[Dim, Domain]:
    """What lstat tells of an object, as far as rules can ask for it."""
    entry = thing.entry
    if entry is None or entry.type == "missing" or not entry.inode:
        return {}
    major, _colon, minor = entry.device.partition(":")
    numbers = {"inode": entry.inode, "filetype": ftype_number(_TYPES.get(entry.type, entry.type))}
    if major.isdigit() and minor.isdigit() and entry.type not in ("character", "block"):  # those have two of each
        numbers.update(devmajor=int(major), devminor=int(minor))
    return {dim: ((value, value),) for dim, value in numbers.items() if value is not None}


def company_of(scene: Scene) -> int:
    """Which of NAMELESS to TOGETHER a scene is."""
    if scene.shape in SEVERAL:
        return WITH_PARENT
    return TOGETHER if scene.run_by or scene.shape == shapes.PAIR else ALONE


def in_company(company: int, rule: Rule, box: Optional[Box], rank: int, always: bool) -> Optional[Box]:
    """The box of a rule for calls with so many names, or None where it matches none of them.

    Whether another name meets the conditions of a never rule is left open, as
    a dimension of its own; so is, for all rules alike, whether another name has
    the type that ``filetype!=`` excludes. What an always rule records by the
    object's own attributes it records whatever the other names are.
    """
    if box is None or company == ALONE:
        return box
    dims = dict(box.dims)
    if company == NAMELESS:
        if dims.pop("filetype", None) is None:
            return box
        return Box(box.calls, dims)  # only filetype!= is left: it holds, since no name has the type
    others: Dict[Dim, Domain] = {
        ("others", "!=", int(field.value)): True for field in rule.fields("filetype") if field.op == "!="
    }
    if company == WITH_PARENT:
        if ("others", "!=", _DIRECTORY) in others:
            return None
        if dims.get("filetype") == ((_DIRECTORY, _DIRECTORY),):
            del dims["filetype"]
    if not always:
        left_open = [dim for dim in dims if is_attribute(dim)]
        for dim in left_open:
            del dims[dim]
        if left_open:
            dims[("elsewhere", rank)] = True
    dims.update(others)
    return Box(box.calls, dims)


def is_elsewhere(box: Box, rank: Optional[int]) -> bool:
    """Is the box of events in which a rule is met by a name that the question is not about?"""
    return box.dims.get(("elsewhere", -1 if rank is None else rank)) is True
