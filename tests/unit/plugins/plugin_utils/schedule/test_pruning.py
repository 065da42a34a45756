# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which runs are old, and what is never taken for one."""

import os
from datetime import datetime, timezone

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import pruning  # noqa: E402

pytestmark = pytest.mark.controller
NOW = datetime(2026, 11, 26, 3, 0, 0, tzinfo=timezone.utc)
OLD, EDGE, NEW = "2026-10-01T03-00-00Z-aaaaaa", "2026-11-19T03-00-00Z-bbbbbb", "2026-11-26T02-00-00Z-cccccc"


@pytest.fixture
def runs(tmp_path):
    for name in (OLD, EDGE, NEW, "2026-13-01T03-00-00Z-aaaaaa", "ours", OLD + ".tar"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "compliance.json").write_text("{}")
    return tmp_path


def test_only_runs_that_are_older_are_removed(runs):
    before = set(os.listdir(str(runs)))
    assert pruning.prune(str(runs), 7, NOW) == [OLD]
    assert set(os.listdir(str(runs))) == before - {OLD}


def test_no_days_keep_everything_and_one_run_stays_whatever_its_age(runs):
    assert pruning.prune(str(runs), 0, NOW) == []
    assert pruning.prune(str(runs), 7, NOW, kept=OLD) == []
    assert pruning.prune(str(runs / "none"), 7, NOW) == []


def test_a_link_is_neither_followed_nor_removed(runs, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "kept").write_text("")
    link = runs / "2026-10-02T03-00-00Z-dddddd"
    link.symlink_to(elsewhere)
    pruning.prune(str(runs), 7, NOW)
    assert link.is_symlink() and (elsewhere / "kept").exists()


def test_what_cannot_be_removed_is_told_after_the_others_went(runs, monkeypatch):
    other = runs / "2026-10-02T03-00-00Z-dddddd"
    other.mkdir()
    remove = pruning.shutil.rmtree

    def refuse(path):
        if path.endswith(OLD):
            raise PermissionError(13, "Permission denied")
        remove(path)

    monkeypatch.setattr(pruning.shutil, "rmtree", refuse)
    with pytest.raises(TrailError, match=f"{OLD}: Permission denied"):
        pruning.prune(str(runs), 7, NOW)
    assert not other.exists()


def test_the_name_of_a_run_is_one_that_is_pruned(tmp_path):
    (tmp_path / pruning.named(datetime(2020, 1, 1, tzinfo=timezone.utc), "0f")).mkdir()
    assert len(pruning.prune(str(tmp_path), 7, NOW)) == 1
