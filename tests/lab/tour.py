# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guest goes through its states; of each, what the collection and other programs told is kept for the tests."""

import operator
import pathlib
import time
from typing import Any, Dict, List, NamedTuple, Tuple

from ansible_collections.auditops.trail.extensions.molecule.machines import guests, images, recipes
from ansible_collections.auditops.trail.tests.lab import asked_of_access, asked_of_system, asked_of_trail, guest_side
from ansible_collections.auditops.trail.tests.lab.comparison import Comparison, Outcome, compare
from ansible_collections.auditops.trail.tests.lab.machine import Remote, Unreachable
from ansible_collections.auditops.trail.tests.lab.states import PARAMETERS, PREPARED, states_of

COMPARISONS = (*asked_of_system.COMPARISONS, *asked_of_trail.COMPARISONS, *asked_of_access.COMPARISONS)
PARTS = tuple(dict.fromkeys(one.part for one in COMPARISONS))
AS_USER = PREPARED + " as " + recipes.USER
"""The posture that an ordinary user collects in the first state, beside root's answers."""

_RUN = "posture"


class Evidence(NamedTuple):
    """``outcomes`` are root's; ``as_user`` those of an ordinary user, where one has looked."""

    posture: Dict[str, Any]
    seconds: Dict[str, float]
    outcomes: List[Outcome]


def asked_of(name: str) -> Tuple[Comparison, ...]:
    """The comparisons that are made on a release."""
    return tuple(one for one in COMPARISONS if one.on is None or name in one.on)


def look(remote: Remote, name: str, user: str = "root") -> Evidence:
    """The posture, collected by ``user``, and what other programs tell root after it; of what moves, before it too.

    Raises:
        Unreachable: the guest is gone, or collecting failed altogether.
    """
    asked = asked_of(name)
    moving = [one.command for one in asked if one.agree is not operator.eq]
    before = guest_side.answers(remote, moving)
    posture, seconds = guest_side.posture(remote, user)
    after = guest_side.answers(remote, [one.command for one in asked])
    return Evidence(posture, seconds, compare(posture, before, after, asked))


def tour(name: str) -> Tuple[Dict[str, Evidence], Dict[str, float]]:
    """The evidence of each state that was reached, by its name, and how long image, boot and tour took.

    Raises:
        guests.Trouble: the guest does not come up.
        Unreachable: it goes away, or cannot be put into a state.
    """
    began = time.monotonic()
    recipe = recipes.audited(name)
    images.build(recipe)
    built = time.monotonic()
    (told,) = guests.create(_RUN, [guests.Wanted(name, recipe, parameters=PARAMETERS[name])])
    booted = time.monotonic()
    remote = Remote(told["address"], told["port"], pathlib.Path(told["identity_file"]))
    try:
        found = _toured(remote, name)
    finally:
        remote.close()
        guests.destroy(guests.machines(_RUN))
    return found, {"image": built - began, "boot": booted - built, "states": time.monotonic() - booted}


def _toured(remote: Remote, name: str) -> Dict[str, Evidence]:
    found = {}
    guest_side.install(remote)
    for state in states_of(name):
        try:
            remote.run(state.script, timeout=300)
            found[state.name] = look(remote, name)
            if state.name == PREPARED:
                found[AS_USER] = look(remote, name, recipes.USER)
        except Unreachable as exc:
            raise Unreachable(f"{name}, state {state.name}: {exc}") from None
    return found
