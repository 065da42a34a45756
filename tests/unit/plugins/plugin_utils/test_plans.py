# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes down to a host."""

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, plans  # noqa: E402

pytestmark = pytest.mark.controller
CATALOGUE = catalogue_loader.load()


def asked_of(plan):
    """What the posture has to tell enough for: lines, lists that lines are made from, and samples."""
    context = evaluate.context(plan)
    lists = {(one["id"], str(one.get("items"))) for one in context.templates}
    return set(context.requirements), lists, set(context.samples)


@pytest.mark.parametrize("profile", sorted(CATALOGUE.profiles))
def test_a_posture_that_is_kept_can_be_judged_by_any_shipped_profile(profile):
    kept = asked_of(plans.of(CATALOGUE.select(["baseline"]), everything=True))
    alone = asked_of(plans.of(CATALOGUE.select([profile])))
    for all_of_it, needed in zip(kept, alone):
        assert needed <= all_of_it


def test_what_is_kept_besides_is_not_judged():
    selection = CATALOGUE.select(["baseline"])
    kept, alone = plans.of(selection, everything=True), plans.of(selection)
    assert kept["controls"] == alone["controls"]
    assert len(kept["others"]) > 0
    assert alone["others"] == []
