# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where lines to add go on a host, and what loads them."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.compliance import loading
from ansible_collections.auditops.trail.tests.unit import postures


@pytest.mark.parametrize(
    ("disk", "enabled", "said"),
    [
        ({}, 1, ("augenrules", "/etc/audit/rules.d", "augenrules --load", False)),
        ({"loader": "auditctl"}, 2, ("auditctl", "/etc/audit/audit.rules", "auditctl -R /etc/audit/audit.rules", True)),
        (None, 1, (None, None, None, False)),
        ({"loader": "make"}, 1, (None, None, None, False)),
    ],
)
def test_it_is_told_by_what_the_service_runs(disk, enabled, said):
    made = postures.posture([], status={"enabled": enabled})
    made["disk"] = None if disk is None else dict(made["disk"], **disk)
    found = loading.of(made)
    assert (found["loader"], found["into"], found["command"], found["locked"]) == said
