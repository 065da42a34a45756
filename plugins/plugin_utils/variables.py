# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the roles' variables: one that is misspelt must not be taken for one that was not given."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import yaml_lines

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Names(NamedTuple):
    """The variables of a role: ``besides`` those of its defaults are what a playbook reads, ``others`` the prefix of
    another role's. ``shared`` is a prefix that roles of other collections have, too."""

    besides: tuple[str, ...] = ()
    others: str = ""
    shared: bool = False


ROLES = {
    "audit_compliance": Names(("audit_compliance_hosts", "audit_compliance_serial"), "audit_compliance_schedule_"),
    "audit_compliance_schedule": Names(("audit_compliance_schedule_hosts",)),
    "audit_rules": Names(),
    "auditd": Names(shared=True),
}
_BEGINNING, _NEARLY_THE_SAME = "audit", 0.9
_NEAR, _VERY_NEAR = 0.6, 0.85
"""How alike (difflib) the ends of two names are where one was probably meant. Of a shared prefix only what is very near
counts, as linux-system-roles' auditd has variables of its own."""


def check(names: Iterable[str], role: str = "audit_compliance") -> None:
    """Refuse a variable that begins as the role's do, and is none of them.

    Args:
        names: The variables of the hosts of a play, and others.
        role: One of :data:`ROLES`.

    Raises:
        TrailError: there is one; with the name that is nearest to it.
    """
    told = misspelt(names, role)
    if told:
        raise TrailError(
            f"The role {role} has no variable of this name: {', '.join(told)}. What was meant by it would not hold, "
            "without a word.",
            remedy=f"correct the name; give a variable of your own one that does not begin with {role}_.",
        )


def misspelt(names: Iterable[str], role: str) -> list[str]:
    """Those of the names that begin as the role's variables do, and are none, each with the one that is nearest."""
    of = ROLES[role]
    begun = [name for name in names if not (of.others and name.startswith(of.others))]
    return strange(begun, role + "_", known(role), of.shared)


def strange(names: Iterable[str], prefix: str, ours: Iterable[str], shared: bool = False) -> list[str]:
    """Those of the names that begin with a prefix and are none of ours, each with the one of ours that is nearest.

    Where the prefix is ``shared``, only those that are very near to one of ours.
    """
    known_names, found = set(ours), []
    ends = sorted(name[len(prefix) :] for name in known_names)
    for name in sorted({name for name in names if name.startswith(prefix)} - known_names):
        near = difflib.get_close_matches(name[len(prefix) :], ends, 1, _VERY_NEAR if shared else _NEAR)
        if near or not shared:
            found.append(f"{name} (did you mean {prefix}{near[0]}?)" if near else name)
    return found


def check_near(names: Iterable[str]) -> None:
    """Refuse a name that is misspelt at its beginning, where no role knows it for one of its own.

    Raises:
        TrailError: one is nearly a variable of a role; with that.
    """
    ours = sorted({name for role in ROLES for name in known(role)})
    for name in sorted(set(names)):
        if name.startswith(_BEGINNING) and not name.startswith(tuple(f"{role}_" for role in ROLES)):
            near = difflib.get_close_matches(name, ours, 1, _NEARLY_THE_SAME)
            if near:
                raise TrailError(
                    f"There is no variable {name}: {near[0]} was probably meant, and would not hold, without a word.",
                    remedy="correct the name; give a variable of your own one that is less like it.",
                )


@lru_cache(maxsize=None)
def known(role: str = "audit_compliance") -> frozenset[str]:
    """The variables of a role, by its defaults, and of the playbook."""
    defaults = yaml_lines.read(os.path.join(ROOT, "roles", role, "defaults", "main.yml"))
    return frozenset({*yaml_lines.without_lines(defaults), *ROLES[role].besides})
