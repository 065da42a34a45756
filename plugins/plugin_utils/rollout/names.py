# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the playbook rollout: one that is misspelt must not be taken for one that was not given."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import variables

PREFIX = "rollout_"
KNOWN = (
    "rollout_canary",
    "rollout_compliance",
    "rollout_compliance_profiles",
    "rollout_fail_on",
    "rollout_gate_seconds",
    "rollout_hosts",
    "rollout_limits",
    "rollout_max_fail_percentage",
    "rollout_reconnect_seconds",
    "rollout_result_dir",
    "rollout_serial",
    "rollout_trial",
)


def check(names: Iterable[str]) -> None:
    """Refuse a variable that begins as the playbook's do, and is none of them.

    Raises:
        TrailError: there is one; with the name that is nearest to it.
    """
    told = variables.strange(names, PREFIX, KNOWN)
    if told:
        raise TrailError(
            f"The playbook rollout has no variable of this name: {', '.join(told)}. What was meant by it would not "
            "hold.",
            remedy=f"correct the name; give a variable of your own one that does not begin with {PREFIX}.",
        )
