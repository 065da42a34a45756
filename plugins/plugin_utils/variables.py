# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the role's variables: one that is misspelt must not be taken for one that was not given."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from functools import lru_cache

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import yaml_lines

PREFIX = "audit_compliance_"
OF_THE_SCHEDULE = PREFIX + "schedule_"
"""The role that runs this one by a timer has its own, perhaps in the same inventory, and checks them itself."""
OF_THE_PLAYBOOK = ("audit_compliance_hosts", "audit_compliance_serial")
"""What playbooks/compliance.yml reads besides the role's."""
_DEFAULTS = os.path.join("roles", "audit_compliance", "defaults", "main.yml")


def check(names: Iterable[str]) -> None:
    """Refuse a variable that begins as the role's do, and is none of them.

    Args:
        names: The variables of the hosts of a play, and others.

    Raises:
        TrailError: there is one; with the name that is nearest to it.
    """
    ours = known()
    strange = sorted(
        {name for name in names if name.startswith(PREFIX) and not name.startswith(OF_THE_SCHEDULE)} - ours
    )
    if not strange:
        return
    near = [(name, difflib.get_close_matches(name, sorted(ours), n=1)) for name in strange]
    told = ", ".join(f"{name} (did you mean {like[0]}?)" if like else name for name, like in near)
    raise TrailError(
        f"The role has no variable of this name: {told}. What was meant by it would not hold, without a word.",
        remedy=f"correct the name; give a variable of your own one that does not begin with {PREFIX}.",
    )


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """The variables of the role, by its defaults, and of the playbook."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return frozenset({*yaml_lines.without_lines(yaml_lines.read(os.path.join(root, _DEFAULTS))), *OF_THE_PLAYBOOK})
