# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is asked for is checked before a host is asked."""

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import asked  # noqa: E402

pytestmark = pytest.mark.controller
LIMITS = {"scan_entries": 0, "scan_seconds": 20, "log_bytes": 1, "log_seconds": 0}


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_a_limit_below_0_is_refused_and_0_is_none(name):
    asked.check_limits(LIMITS)
    with pytest.raises(TrailError, match=f"audit_compliance_{name} is -1"):
        asked.check_limits(dict(LIMITS, **{name: -1}))


@pytest.mark.parametrize(
    ("name", "path"),
    [("history_dir", "file/history"), ("evidence_dir", "file"), ("save_posture", "file/web1.json")],
)
def test_each_folder_of_a_run_is_tried_and_named_by_its_variable(tmp_path, name, path):
    (tmp_path / "file").write_text("")
    given = {"result_dir": str(tmp_path), "history_dir": None, "evidence_dir": None, "save_posture": None}
    asked.check_folders(dict(given, save_posture=str(tmp_path / "new" / "web1.json")))
    with pytest.raises(TrailError, match=f"set audit_compliance_{name}"):
        asked.check_folders(dict(given, **{name: str(tmp_path / path)}))
