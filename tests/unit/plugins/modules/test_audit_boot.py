# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""audit_boot in a process of its own; in check mode, for this machine's own boot loader stays as it is."""

import pytest

pytest.importorskip("ansible.module_utils.basic", reason="the module's own frame comes with ansible-core")

from ansible_collections.auditops.trail.plugins.module_utils.posture import boot  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context  # noqa: E402

MODULE = "ansible_collections.auditops.trail.plugins.modules.audit_boot"


def test_without_arguments_it_tells_what_runs_and_changes_nothing(run):
    result = run()
    found = boot.collect(Context(), {})
    assert (result["changed"], result["files"], result["backup"]) == (False, [], None)
    assert result["loader"] == found["loader"]
    assert result["running"] == {name: found["running"][name] for name in ("audit", "backlog_limit")}


def test_a_check_tells_what_would_come_of_it_or_what_to_do_by_hand(run):
    before = boot.collect(Context(), {})
    result = run(_ansible_check_mode=True, _ansible_diff=True, audit=True, backlog_limit=8192)
    assert boot.collect(Context(), {}) == before
    if before["loader"] is None:
        assert result["changed"] is False
        assert "audit=1 audit_backlog_limit=8192" in result["not_supported"]["what_to_do"]
    else:
        assert result.get("failed") or result["not_supported"] or result["configured"]["audit"] is True
    assert result.get("failed") or isinstance(result["diff"], list)


def test_a_number_that_the_kernel_does_not_take_is_refused(run):
    result = run(_ansible_check_mode=True, backlog_limit=-5)
    assert result["failed"] is True
    assert "audit_backlog_limit cannot be -5" in result["msg"]
