# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names by which parts of the posture are chosen."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import registry, subsets
from ansible_collections.auditops.trail.plugins.module_utils.posture.registry import Collector

PARTS = ("host", "system", "status", "rules", "privileged", "trail", "paths")
COLLECTORS = tuple(Collector(part, lambda context, posture: {}) for part in PARTS)
CHEAP = ["host", "system", "status", "rules", "paths"]


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (["status"], ["status"]),
        (["paths", "status"], ["status", "paths"]),
        (["min"], ["host", "system", "status"]),
        (["min", "rules"], ["host", "system", "status", "rules"]),
        (["all"], list(PARTS)),
        (["!trail", "all"], ["host", "system", "status", "rules", "privileged", "paths"]),
        (subsets.DEFAULT, CHEAP),
        ([], CHEAP),
        (["!rules"], ["host", "system", "status", "paths"]),
        (["all", "!min"], ["rules", "privileged", "trail", "paths"]),
        (["status", "!status"], []),
        (["!all"], []),
    ],
)
def test_names_stand_for_parts(names, parts):
    assert list(subsets.parts_of(names, COLLECTORS)) == parts


@pytest.mark.parametrize("name", ["statsu", "!statsu", "!!status", "", "!"])
def test_a_name_that_stands_for_nothing_is_refused_with_the_choices(name):
    with pytest.raises(EvidenceError) as told:
        subsets.parts_of(["all", name], COLLECTORS)
    assert repr(name) in told.value.message
    assert "all, min, host, paths, privileged" in told.value.remedy


def test_the_names_are_those_of_the_collectors():
    assert set(subsets.MINIMUM) <= {collector.part for collector in registry.COLLECTORS}
    assert set(subsets.parts_of([])) == {collector.part for collector in registry.COLLECTORS} - set(subsets.COSTLY)
