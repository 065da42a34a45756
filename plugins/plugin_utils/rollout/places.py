# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a variable is given: some do not hold in the inventory, and with -e some would hold too much."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import wording

EARLY = ("rollout_canary", "rollout_hosts", "rollout_serial")
"""What Ansible reads before there is a host, and so never from the inventory."""
COMMON = {
    "rollout_trial": "false",
    "rollout_max_fail_percentage": "0",
    "rollout_result_dir": "audit-rollout",
    "rollout_fail_on": "never",
}
"""What is decided once for a batch or the run, and its default."""
OF_THE_PLAY = {
    "audit_compliance_fail_on": ("never", "no host that fails it could be rolled out to", "rollout_fail_on"),
    "audit_compliance_result_dir": (
        None,
        "the verdicts of before and after would go to one folder, and the end would compare older ones",
        "rollout_result_dir",
    ),
}
"""What the plays set for the role audit_compliance, where -e would win: the value that does no harm, what another one
does, and the rollout's own variable."""
_NAMED = 3


def check_early(seen: Mapping[str, Mapping[str, Any]], elsewhere: Iterable[str]) -> None:
    """Refuse a choice of hosts that stands where it does not hold.

    Args:
        seen: By host its variables, of which only :data:`EARLY` count.
        elsewhere: Variables that ``-e`` or the play itself gives: those hold.

    Raises:
        TrailError: there is one; with the option that would hold.
    """
    for name in EARLY:
        if name in elsewhere:
            continue
        given = {host: own[name] for host, own in seen.items() if own.get(name) not in (None, "", [])}
        given = {host: value for host, value in given.items() if (name, value) != ("rollout_hosts", "all")}
        if not given:
            continue
        value = next(iter(given.values()))
        plain = value if isinstance(value, str) else json.dumps(value, default=str)
        option = f"{name}={plain}" if isinstance(value, (str, int)) else json.dumps({name: value}, default=str)
        raise TrailError(
            f"{name} is {plain} in the inventory (of {wording.some(list(given), _NAMED, 'hosts')}), where it does not "
            "hold: Ansible reads it before there is a host, so the rollout would go by its default",
            remedy=f"give it on the command line, -e '{option}', and take it out of the inventory.",
        )


def check_common(seen: Mapping[str, Mapping[str, Any]], elsewhere: Iterable[str]) -> None:
    """Refuse a variable of the whole run that hosts give different values to: one of them would hold for all.

    Args:
        seen: By host its variables, of which only :data:`COMMON` count; one that a host has not is its default.
        elsewhere: Variables that ``-e`` or the play itself gives: those hold for all.

    Raises:
        TrailError: there is one; with two hosts and their values.
    """
    for name, default in COMMON.items():
        if name in elsewhere:
            continue
        values: dict[str, str] = {}
        for host, own in seen.items():
            values.setdefault(str(own.get(name, default)).lower(), host)
        if len(values) > 1:
            (one, host), (two, other) = list(values.items())[:2]
            raise TrailError(
                f"{name} is {one} for {host} and {two} for {other}, and it is one for the whole run: that of whichever "
                "host comes first would hold for all",
                remedy=f"give it with -e, or to all hosts alike (group_vars/all); where none is given it is {default}.",
            )


def check_extra(extra: Mapping[str, Any]) -> None:
    """Refuse what ``-e`` gives to the role audit_compliance over what the plays set for it.

    Raises:
        TrailError: there is one; with the variable to give in its place.
    """
    for name, (harmless, what, instead) in OF_THE_PLAY.items():
        if name in extra and (harmless is None or extra[name] != harmless):
            raise TrailError(
                f"{name} is given with -e, and so holds for the verdicts before and after the rollout too: {what}",
                remedy=f"take it out of -e (in the inventory it may stand), and give {instead} for the rollout.",
            )


def check_tags(run_tags: Iterable[str]) -> None:
    """Refuse a run of some tasks: the roles have tags, and the gate has none.

    Raises:
        TrailError: ``--tags`` names others than all.
    """
    tags = list(run_tags)
    if "all" not in tags:
        raise TrailError(
            f"The rollout is run with --tags {','.join(tags)}: that would change the hosts of all batches, and no gate "
            "would watch and decide",
            remedy="leave --tags away; to run some tasks of a role, write a play with that role.",
        )
