# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a box of events in the kernel's walks: which parts are recorded, and which rule decides."""

from typing import List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box, meet_boxes, minus_met
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import Walks

MAX_PARTS = 20000
"""How many parts a box may fall into before the solver gives up and says unknown."""

MAX_SCENES = 250000
"""In how many ways a requirement's events may touch names before the solver gives up and says unknown."""


class Budget(Exception):
    """A requirement falls into more parts or scenes than the solver follows."""


class Part(NamedTuple):
    """A part of a box and the rule that decides it: ``by`` is a rank, or None where no rule matches."""

    box: Box
    recorded: bool
    by: Optional[int]


class Verdicts(NamedTuple):
    """For each rank: the box that the rule lets through (None: nothing), and whether it is an always rule."""

    boxes: Sequence[Optional[Box]]
    always: Sequence[bool]


def decide(box: Box, passes: Walks, rules: Verdicts) -> List[Part]:
    """Split a box by the rule that decides, as the kernel's passes do: walks, or walks merged by in_order.

    Raises:
        Budget: The box fell into more than MAX_PARTS parts.
    """
    nobody = len(rules.boxes)
    states = [(box, nobody)]  # the rank that decides so far; a lower rank has the higher priority
    for walk in passes:
        after: List[Tuple[Box, int]] = []
        for part, decided in states:
            pending = [part]
            for rank in walk:
                if rank >= decided:
                    continue
                rule = rules.boxes[rank]
                if rule is None:
                    continue
                rest: List[Box] = []
                for piece in pending:
                    common = meet_boxes(piece, rule) if piece.calls & rule.calls else None
                    if common is None:
                        rest.append(piece)
                        continue
                    after.append((common, rank))
                    rest.extend(minus_met(piece, rule))
                pending = rest
                if not pending:
                    break
            after.extend((piece, decided) for piece in pending)
            if len(after) > MAX_PARTS:
                raise Budget()
        states = after
    return [
        Part(part, rank != nobody and rules.always[rank], None if rank == nobody else rank) for part, rank in states
    ]
