# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random rule sets and requirements: the solver and the kernel must agree on every one.

AUDITOPS_TRIALS sets the number of trials (300 in the ordinary run, 5000 for a
long one); AUDITOPS_SEED the seed.
"""

import os
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from ansible_collections.auditops.trail.plugins.module_utils.host import audit_version
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.tests.kernel.differential import compare, demands_nothing, shrunk
from ansible_collections.auditops.trail.tests.kernel.drawing import FEATURES, trials

TRIALS = int(os.environ.get("AUDITOPS_TRIALS", "300"))
SEED = int(os.environ.get("AUDITOPS_SEED", "20261122"))
OUTCOMES = ("covered", "partial", "uncovered", "defeated")


@pytest.fixture(scope="module")
def dialect():
    version = audit_version()
    assert version is not None
    return Dialect(version, "x86_64")


def test_the_solver_agrees_with_the_kernel(bench, dialect):
    outcomes = Counter()
    pairs = Counter()

    @seed(SEED)
    @settings(
        max_examples=TRIALS,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(trials())
    def run(trial):
        answer, findings = compare(bench, trial, dialect)
        if findings:
            findings = shrunk(bench, trial, dialect) or findings
        assert not findings, "\n\n".join(str(finding) for finding in findings[:3])
        nothing = demands_nothing(answer.coverage)
        outcomes["demands nothing" if nothing else answer.coverage.outcome] += 1
        pairs.update(combinations(sorted(trial.features), 2))

    run()
    total = sum(outcomes.values())
    print(
        "\ndifferential tier: {0} trials, {1} void and repeated; {2}".format(
            total, bench.voided, ", ".join("{0} {1}".format(outcomes[name], name) for name in OUTCOMES)
        )
    )
    assert total >= TRIALS * 0.9
    assert outcomes["unknown"] == 0
    for name in OUTCOMES:
        assert outcomes[name] >= 0.1 * total, "too few trials end {0}: {1}".format(name, outcomes)
    missing = [pair for pair in combinations(sorted(FEATURES), 2) if not pairs[pair]]
    assert not missing, "pairs of features that no trial drew: {0}".format(missing)
