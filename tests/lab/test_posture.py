# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each part of the posture on Debian guests, in states that are real, against what other programs tell."""

import jmespath
import pytest

from ansible_collections.auditops.trail.extensions.molecule.machines import recipes
from ansible_collections.auditops.trail.plugins.module_utils.posture import forms, registry
from ansible_collections.auditops.trail.tests.lab.states import states_of
from ansible_collections.auditops.trail.tests.lab.tour import AS_USER, PARTS

RELEASES = tuple(recipes.AUDITED)
_STATES = [(name, state) for name in RELEASES for state in states_of(name)]
_IDS = [f"{name}-{state.name}" for name, state in _STATES]


def _told(outcomes):
    return "\n".join(f"{one.field}: the posture has {one.ours!r}, the command tells {one.theirs!r}" for one in outcomes)


def test_every_collector_is_compared_with_another_program():
    assert {collector.part for collector in registry.COLLECTORS} == set(PARTS)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("name", "state"), _STATES, ids=_IDS)
def test_a_part_says_what_other_programs_say(evidence, name, state, part):
    outcomes = [one for one in evidence(name)[state.name].outcomes if one.part == part]
    assert outcomes, "nothing is compared"
    different = [one for one in outcomes if not one.agrees]
    assert not different, _told(different)


@pytest.mark.parametrize(("name", "state"), _STATES, ids=_IDS)
def test_a_state_is_seen(evidence, name, state):
    posture = evidence(name)[state.name].posture
    seen = {expression: jmespath.search(expression, posture) for expression in state.shows}
    assert seen == state.shows


@pytest.mark.parametrize(("name", "state"), _STATES, ids=_IDS)
def test_root_sees_everything_in_the_form_that_is_told(evidence, name, state):
    posture = evidence(name)[state.name].posture
    assert posture["errors"] == {}
    forms.check(posture)
    unseen = {part: posture[part]["not_seen"] for part in PARTS if (posture[part] or {}).get("not_seen")}
    assert unseen == {}


@pytest.mark.parametrize("name", RELEASES)
def test_an_ordinary_user_is_told_nothing_wrong_and_what_was_not_seen(evidence, name):
    found = evidence(name)[AS_USER]
    # What is told of paths is asked for by rules, which are root's alone; a part that is not complete proves nothing.
    whole = [part for part in PARTS if part != "paths" and found.posture.get(part, {}).get("complete", True)]
    told = [one for one in found.outcomes if one.part in whole and one.part in found.posture and not one.agrees]
    wrong = [one for one in told if one.ours is not None or not found.posture[one.part].get("not_seen")]
    assert not wrong, _told(wrong)
    assert {"status", "rules", "disk"} <= set(found.posture["errors"])
    forms.check(found.posture)
