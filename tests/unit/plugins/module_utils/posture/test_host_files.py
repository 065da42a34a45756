# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small files of the host: what is not read of one is told."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context


@pytest.mark.parametrize(
    "size, told", [(9, []), (10, []), (11, ["/x: what comes after its first 10 bytes is not read"])]
)
def test_a_file_that_is_cut_is_told(tmp_path, monkeypatch, size, told):
    monkeypatch.setattr(host_files, "MOST_BYTES", 10)
    (tmp_path / "x").write_text("y" * size)
    unseen = []
    assert host_files.text(Context(root=str(tmp_path)), "/x", unseen) == "y" * min(size, 10)
    assert unseen == told


def test_a_pipe_in_the_place_of_a_file_is_told_and_not_waited_for(tmp_path):
    os.mkfifo(str(tmp_path / "x"))
    unseen = []
    assert host_files.text(Context(root=str(tmp_path)), "/x", unseen) is None
    assert unseen == ["/x: not a file"]
