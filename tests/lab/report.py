# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was compared, as a table for people."""

from typing import Dict, Iterator

from ansible_collections.auditops.trail.tests.lab.tour import AS_USER, PARTS, Evidence


def table(name: str, found: Dict[str, Evidence], took: Dict[str, float]) -> Iterator[str]:
    """One line a part: fields, comparisons over all states, how many agree, and the dearest collection's CPU time."""
    steps = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in took.items())
    states = {state: one for state, one in found.items() if state != AS_USER}
    yield f"{name} ({steps}): {len(states)} states"
    for part in PARTS:
        outcomes = [outcome for one in states.values() for outcome in one.outcomes if outcome.part == part]
        agree = sum(outcome.agrees for outcome in outcomes)
        fields = len({outcome.field for outcome in outcomes})
        dearest = max((one.seconds.get(part, 0.0) for one in states.values()), default=0.0)
        yield (
            f"    {part:12} {fields:3} fields, {len(outcomes):4} comparisons: "
            f"{agree} agree, {len(outcomes) - agree} differ; at most {dearest:.2f} s CPU"
        )
