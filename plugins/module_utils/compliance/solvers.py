# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The solvers of one host, each made once: most requirements of a plan are asked of the same few rule sets.

A remedy is proved by judging again, and the rule set without the one never rule
that defeats fifty controls is the same fifty times.
"""

from collections import OrderedDict
from typing import Any, Dict, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage.result import Coverage
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Solver
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Rule

_KEPT = 8
"""Loads for which a solver is kept, the latest asked."""


class Solvers:
    """Gives the solver of a load on this host."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._kept: "OrderedDict[Tuple[Any, ...], Tuple[Solver, Dict[Rule, Coverage]]]" = OrderedDict()

    def judge(self, load: Load, requirement: Rule) -> Coverage:
        """The outcome for one requirement under these rules and settings; errors as of Solver.judge."""
        solver, answers = self._of(load)
        found = answers.get(requirement)
        if found is None:
            found = answers[requirement] = solver.judge(requirement)
        return found

    def of(self, load: Load) -> Solver:
        """The solver of these rules and settings."""
        return self._of(load)[0]

    def _of(self, load: Load) -> Tuple[Solver, Dict[Rule, Coverage]]:
        settings = tuple(load.settings[name] for name in sorted(load.settings))
        key = (
            load.loaded,
            load.removed,
            load.rejected,
            load.stopped_at,
            load.live,
            tuple(sorted(load.settings)),
            settings,
        )
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = (Solver(load, self.host), {})
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found
