# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible_collections.auditops.trail.plugins.module_utils.deploy import told


def test_what_is_not_proven_for_one_reason_is_one_sentence():
    found = [{"control": "a", "requirement": "chmod", "reason": "no such call"}]
    found += [
        {"control": control, "requirement": path, "reason": "30-x.rules:1 matches it first"}
        for control, path in (("b", "/etc/passwd"), ("b", "/etc/shadow"), ("c", "/etc/group"))
    ]
    passwd = "b: no rules are proven to record `/etc/passwd`"
    assert told.unproven(found) == [
        passwd + ", and so with 2 more of 2 controls: 30-x.rules:1 matches it first",
        "a: no rules are proven to record `chmod`: no such call",
    ]
    assert "1 more of this control" in told.unproven(found[1:3])[0]
    assert told.unproven([]) == []
