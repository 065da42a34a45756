# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Own rules that are loaded, and by which nothing is recorded, as a rule in front of them takes all of their events."""

from typing import AbstractSet, List

from ansible_collections.auditops.trail.plugins.module_utils.coverage.result import DEFEATED
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Solver
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown

_MOST_TOLD, _MOST_ASKED = 3, 20


def told(own: AbstractSet[str], load: Load, host: Host) -> List[str]:
    """A sentence for each of the first such rules, and how many more there are.

    Args:
        own: The paths of the files that the task has given. Of the profiles' lines their requirements are judged.
        load: What is loaded.
        host: Where.
    """
    others = [rule for rule in load.loaded if not _records(rule)]
    suspects, before = [], 0
    for rule in load.loaded if others else ():
        if not _records(rule):
            before += 1
        elif rule.origin.file in own:
            # What stands in the way of a rule can be seen without the others that record, in a fraction of the time.
            alone = load._replace(loaded=(*others[:before], rule, *others[before:]))
            if Solver(alone, host).judge(rule).outcome == DEFEATED:
                suspects.append(rule)
    solver = Solver(load, host)
    texts = []
    for rule in suspects[:_MOST_ASKED]:
        answer = solver.judge(rule)  # another one may record the same in front of what is in the way
        if answer.outcome == DEFEATED:
            text = "{0} records nothing here with `{1}`: {2}"
            texts.append(text.format(rule.origin, shown(rule.origin.text.strip()), answer.because))
    more = len(texts) - _MOST_TOLD + max(0, len(suspects) - _MOST_ASKED)
    return texts[:_MOST_TOLD] + (["so do {0} more of these rules".format(more)] if more > 0 else [])


def _records(rule: Rule) -> bool:
    return (rule.list, rule.action) == ("exit", "always")
