# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boxes: event classes as the product of one domain for each dimension.

``calls`` is a set of bits of a call space (see calls.py); ``dims`` holds a
domain for each constrained dimension, every value being allowed for the rest.
A dimension is named by a str (``auid``, ``exit``, ``exe``, ...) or by a tuple:

* ``("same", left, right)``: the truth of ``left = right`` (-C);
* ``("bits", field, op, value)``: the truth of a bit test on a system call's argument;
* ``("has", what)``: whether the event has a label or an address at all;
* ``("member", field, value)``: the truth of ``gid=value``, which holds for
  supplementary groups too.
"""

from typing import Dict, List, NamedTuple, Optional, Tuple, Union

from ansible_collections.auditops.trail.plugins.module_utils.coverage.sets import Domain, meet, minus

Dim = Union[str, Tuple[Union[str, int], ...]]


class Box(NamedTuple):
    """A product of domains; never changed in place."""

    calls: int
    dims: Dict[Dim, Domain]


def meet_boxes(left: Box, right: Box) -> Optional[Box]:
    """The events in both boxes, or None where there are none."""
    calls = left.calls & right.calls
    if not calls:
        return None
    dims = dict(left.dims)
    for dim, domain in right.dims.items():
        mine = dims.get(dim)
        common = domain if mine is None else meet(mine, domain)
        if common is None:
            return None
        dims[dim] = common
    return Box(calls, dims)


def share_events(left: Box, right: Box) -> bool:
    """Is there an event in both boxes?"""
    if not left.calls & right.calls:
        return False
    mine = left.dims
    if not mine:
        return True
    return all(dim not in mine or meet(mine[dim], domain) is not None for dim, domain in right.dims.items())


def minus_box(left: Box, right: Box) -> List[Box]:
    """The events in ``left`` and not in ``right``, as disjoint boxes."""
    return [left] if meet_boxes(left, right) is None else minus_met(left, right)


def minus_met(left: Box, right: Box) -> List[Box]:
    """:func:`minus_box` for boxes that are known to meet."""
    rest: List[Box] = []
    outside = left.calls & ~right.calls
    if outside:
        rest.append(Box(outside, left.dims))
    calls = left.calls & right.calls
    dims = dict(left.dims)
    for dim, domain in right.dims.items():
        mine = dims.get(dim)
        remains = minus(mine, domain)
        if remains is not None:
            part = dict(dims)
            part[dim] = remains
            rest.append(Box(calls, part))
        common = domain if mine is None else meet(mine, domain)
        if common is not None:  # never empty: the boxes meet
            dims[dim] = common
    return rest
