# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of the posture by the names that people choose them with."""

from typing import Dict, Iterable, Sequence, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture.registry import COLLECTORS, Collector

COSTLY = ("privileged", "trail")
"""Parts that take seconds: they look at every file of the host, and at the whole log."""

MINIMUM = ("host", "system", "status")
DEFAULT = ("all",) + tuple("!" + part for part in COSTLY)


def parts_of(names: Sequence[str], collectors: Sequence[Collector] = COLLECTORS) -> Tuple[str, ...]:
    """The parts that some names stand for, in the order of their collection.

    Args:
        names: Parts, ``all`` and ``min``; with ``!`` in front they are left out. Names that only leave out take from
            the default. The order of the names does not matter.
        collectors: Those that there are.

    Raises:
        EvidenceError: a name stands for nothing.
    """
    parts = [collector.part for collector in collectors]
    groups = {"all": set(parts), "min": set(MINIMUM)}
    groups.update({part: {part} for part in list(COSTLY) + parts})
    for name in names:
        if name.lstrip("!") not in groups or name.startswith("!!"):
            raise EvidenceError(
                "there is no part {0!r} of the posture".format(name),
                remedy="choose from {0}, each also with ! in front to leave it out.".format(
                    ", ".join(["all", "min"] + sorted(set(parts) | set(COSTLY)))
                ),
            )
    chosen = [name for name in names if not name.startswith("!")]
    left_out = _together(groups, (name[1:] for name in names if name.startswith("!")))
    wanted = _together(groups, chosen) if chosen else parts_of(DEFAULT, collectors)
    return tuple(part for part in parts if part in wanted and part not in left_out)


def _together(groups: Dict[str, Set[str]], names: Iterable[str]) -> Set[str]:
    return {part for name in names for part in groups[name]}
