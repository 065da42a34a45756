# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What calls can return: 0 or a number when they succeed, an error when they fail, nothing when they end the task."""

from typing import List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.coverage import shapes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box, meet_boxes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.calls import CallSpace
from ansible_collections.auditops.trail.plugins.module_utils.coverage.conditions import FAILED, NEVER_RETURNS, SUCCEEDED
from ansible_collections.auditops.trail.plugins.module_utils.coverage.sets import EVERY


def with_exits(box: Box, ok: Optional[bool], space: CallSpace) -> List[Box]:
    """A box split by what its calls can return.

    Args:
        box: The events.
        ok: Only those that succeed, or that fail; None: both.
        space: The call space.
    """
    ends = box.calls & space.of_names(shapes.NO_RETURN)
    sure = box.calls & space.of_names(shapes.NEVER_FAILS)
    zero = box.calls & space.of_names(shapes.ZERO_OR_ERROR)
    found = []
    for calls, returns in (
        (zero, ((0, 0),) + FAILED),
        (sure, SUCCEEDED),
        (box.calls & ~ends & ~zero & ~sure, EVERY),
        (ends, ((NEVER_RETURNS, NEVER_RETURNS),)),
    ):
        part = meet_boxes(box, Box(calls, {"exit": returns})) if calls else None
        if part is not None and ok is not None:
            part = meet_boxes(part, Box(calls, {"exit": SUCCEEDED if ok else FAILED}))
        if part is not None:
            found.append(part)
    return found
