# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirements on the user list: records that programs send (PAM's USER_*, sudo's, useradd's)."""

from typing import Dict, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box, Dim, meet_boxes, minus_box
from ansible_collections.auditops.trail.plugins.module_utils.coverage.conditions import dims_of
from ansible_collections.auditops.trail.plugins.module_utils.coverage.overlay import Overlay
from ansible_collections.auditops.trail.plugins.module_utils.coverage.result import (
    COVERED,
    DEFEATED,
    PARTIAL,
    Blame,
    Coverage,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.sets import Domain
from ansible_collections.auditops.trail.plugins.module_utils.coverage.witness import is_possible, witness
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import World
from ansible_collections.auditops.trail.plugins.module_utils.errors import RequirementError
from ansible_collections.auditops.trail.plugins.module_utils.rules import names
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Rule

# AUDIT_USER, AUDIT_FIRST_USER_MSG to AUDIT_LAST_USER_MSG and the second range, include/uapi/linux/audit.h.
_USER_TYPES = ((1005, 1005), (1100, 1199), (2100, 2999))
_USER_AVC = ((1107, 1107),)
"""A program's denials are taken while auditing is switched off (audit_receive_msg, kernel/audit.c)."""


def judge_user(requirement: Rule, world: World, overlay: Overlay) -> Coverage:
    """The outcome for a user-list requirement.

    The kernel passes a program's record on unless the user list's first
    matching rule is a never (audit_filter, kernel/auditfilter.c), and drops it
    if any exclude rule matches, whatever that rule's action says.

    Raises:
        RequirementError: The conditions contradict each other.
    """
    text = requirement.origin.text
    dims = dims_of(requirement.conditions, groups=False)
    base = None if dims is None else meet_boxes(Box(1, dims), Box(1, {"msgtype": _USER_TYPES}))
    if base is None:
        raise RequirementError(
            "no record of a program can meet the requirement: {0}".format(text),
            requirement.origin.file,
            requirement.origin.line,
            "name a message type that programs send, such as USER_LOGIN.",
        )
    lost: List[Tuple[Box, Blame]] = []
    left = [base]
    if overlay.disabled is not None:
        denials = Box(1, {"msgtype": _USER_AVC})
        blame = Blame(overlay.disabled.origin, overlay.disabled.why)
        lost = [(box, blame) for box in minus_box(base, denials)]
        kept_on = meet_boxes(base, denials)
        left = [] if kept_on is None else [kept_on]
    for rule in world.excludes:
        left = _take(left, rule.dims, Blame(rule.rule.origin, "the exclude list drops it"), lost)
    passed: List[Box] = []
    for rule in world.users:
        if rule.rule.action == "always":
            inside: List[Tuple[Box, Blame]] = []
            left = _take(left, rule.dims, Blame(rule.rule.origin), inside)
            passed.extend(box for box, _blame in inside)
        else:
            left = _take(left, rule.dims, Blame(rule.rule.origin, "a never rule of the user list drops it"), lost)
    uid_min = world.host.uid_min
    lost = [(box, blame) for box, blame in lost if is_possible(box, uid_min)]
    if not lost:
        return Coverage(text, COVERED)
    kept = any(is_possible(box, uid_min) for box in passed + left)
    box, blame = lost[0]
    event: Dict[str, object] = dict(witness(box, uid_min) or {})
    number = event.get("msgtype")
    event["record"] = names.msgtype_name(int(str(number))) or number
    event["because"] = "{0}: {1}".format(blame.origin, blame.why)
    blames = tuple(dict.fromkeys(blame for _box, blame in lost))
    return Coverage(text, PARTIAL if kept else DEFEATED, (), blames, event)


def _take(boxes: List[Box], dims: Dict[Dim, Domain], blame: Blame, into: List[Tuple[Box, Blame]]) -> List[Box]:
    """Move what a rule takes from the boxes into ``into``; returns what is left."""
    rule = Box(1, dims)
    left: List[Box] = []
    for box in boxes:
        common: Optional[Box] = meet_boxes(box, rule)
        if common is None:
            left.append(box)
            continue
        into.append((common, blame))
        left.extend(minus_box(box, rule))
    return left
