# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of audit_rules: the module checks them on the host, its action plugin on the controller."""

from typing import Any, Dict

ARGUMENTS: Dict[str, Dict[str, Any]] = dict(
    state=dict(type="str", choices=["present", "committed", "rolled_back", "absent"], default="present"),
    files=dict(
        type="list",
        elements="dict",
        default=[],
        options=dict(name=dict(type="str", required=True), content=dict(type="str", required=True)),
    ),
    profiles=dict(type="list", elements="str", default=[]),
    parameters=dict(type="dict", default={}),
    catalogue=dict(type="list", elements="str", default=[]),
    site=dict(type="str"),
    profile_file=dict(type="str", default="50-auditops.rules"),
    settings=dict(type="dict", default={}),
    base_file=dict(type="str", default="10-auditops.rules"),
    immutable=dict(type="bool"),
    loginuid_immutable=dict(type="bool"),
    final_file=dict(type="str", default="99-auditops.rules"),
    purge=dict(type="bool", default=False),
    adopt=dict(type="bool", default=False),
    on_immutable=dict(type="str", choices=["defer", "fail"], default="defer"),
    on_missing_path=dict(type="str", choices=["keep", "skip", "fail"], default="keep"),
    on_unproven=dict(type="str", choices=["report", "fail"], default="report"),
    transaction=dict(type="str"),
    of_this_run=dict(type="bool", default=False),
    keep=dict(type="int", default=5),
    rules_dir=dict(type="path", default="/etc/audit/rules.d"),
    scan_entries=dict(type="int", default=1000000),
    scan_seconds=dict(type="int", default=20),
    plan=dict(type="dict"),
    of_profiles=dict(type="dict"),
    run=dict(type="str"),
)
