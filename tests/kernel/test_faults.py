# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The differential tier notices: with a fault seeded in the solver, solver and kernel disagree.

Each must be met by the trials of the ordinary run, as drawn. Each has a trial
of its own too, in which the kernel shows it: without faults the solver and the
kernel agree on all of these.
"""

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from ansible_collections.auditops.trail.plugins.module_utils.host import audit_version
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.tests.kernel.differential import compare, shrunk
from ansible_collections.auditops.trail.tests.kernel.drawing import trials
from ansible_collections.auditops.trail.tests.kernel.faults import FAULTS

TRIALS = 300
SEED = 20261122


class Disagreement(Exception):
    """The text is the finding's."""


@pytest.fixture(name="dialect")
def _dialect():
    version = audit_version()
    assert version is not None
    return Dialect(version, "x86_64")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_without_a_fault_they_agree_and_with_it_they_disagree(bench, dialect, monkeypatch, fault):
    _answer, findings = compare(bench, fault.trial, dialect)
    assert not findings, "\n\n".join(str(finding) for finding in findings)
    with monkeypatch.context() as patch:
        fault.seed(patch)
        answer, findings = compare(bench, fault.trial, dialect)
    assert findings, "{0} goes unnoticed: {1}".format(fault.name, answer.coverage)
    assert answer.coverage.outcome != "unknown"
    _answer, findings = compare(bench, fault.trial, dialect)
    assert not findings, "the fault is still there"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_trials_drawn_at_random_meet_the_fault(bench, dialect, monkeypatch, fault):
    made = []

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
        made.append(trial)
        answer, findings = compare(bench, trial, dialect)
        if findings and answer.coverage.outcome != "unknown":
            raise Disagreement(str(findings[0]))

    with monkeypatch.context() as patch:
        fault.seed(patch)
        with pytest.raises(Disagreement):
            run()
        smallest = shrunk(bench, made[-1], dialect)[0]
    assert len(smallest.trial.rules) <= min(2, len(made[-1].rules)), str(smallest)
    # Hypothesis makes the trial that fails once more.
    print("\n{0}: met in trial {1} of {2}".format(fault.name, len(made) - 1, TRIALS))
    print("\n".join((*smallest.trial.rules, "asked: " + smallest.trial.requirement)))


def test_at_least_twelve_faults_are_seeded():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 12
    assert len({fault.seed for fault in FAULTS}) == len(FAULTS)
