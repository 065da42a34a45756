# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""audit_rules in a process of its own; in check mode, for this machine's own rules stay as they are."""

import os

import pytest

pytest.importorskip("ansible.module_utils.basic", reason="the module's own frame comes with ansible-core")

from ansible_collections.auditops.trail.plugins.module_utils.deploy import scene  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.posture import system  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel  # noqa: E402

MODULE = "ansible_collections.auditops.trail.tests.unit.with_systemd"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of rules, on a host where rules could be deployed."""
    monkeypatch.setattr(system, "init", lambda _context: "systemd")
    try:
        reason = "not root" if os.geteuid() != 0 else scene.not_applicable(Context())
    except TrailError as error:
        reason = str(error)
    if reason is not None:
        pytest.skip(reason)
    made = tmp_path / "audit" / "rules.d"
    made.mkdir(parents=True)
    return made


def test_a_check_tells_what_would_be_written_and_writes_nothing(run, folder):
    before = kernel.list_payloads()
    own = [{"name": "30-a.rules", "content": "-w /etc/passwd -p wa -k lab\n"}]
    result = run(_ansible_check_mode=True, _ansible_diff=True, rules_dir=str(folder), files=own)
    assert (result["changed"], result["transaction"]) == (True, None)
    assert [os.path.basename(one["path"]) for one in result["files"]] == [
        "audit.rules",
        "10-auditops.rules",
        "30-a.rules",
    ]
    assert result["diff"][2]["after"] == own[0]["content"]
    assert (os.listdir(str(folder)), os.listdir(str(folder.parent))) == ([], ["rules.d"])
    assert kernel.list_payloads() == before


def test_without_diff_mode_the_files_are_not_repeated_in_the_result(run, folder):
    own = [{"name": "30-a.rules", "content": "-w /etc/passwd -p wa\n"}]
    assert "diff" not in run(_ansible_check_mode=True, rules_dir=str(folder), files=own)


def test_a_bad_line_fails_with_file_line_and_remedy(run, folder):
    own = [{"name": "30-a.rules", "content": "-w /etc/passwd -p wa\n-w etc/passwd\n"}]
    result = run(_ansible_check_mode=True, rules_dir=str(folder), files=own)
    assert (result["failed"], result["file"], result["line"]) == (True, str(folder / "30-a.rules"), 2)
    assert result["remedy"]
