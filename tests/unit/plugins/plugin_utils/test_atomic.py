# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are there whole or not at all."""

import os
import stat
import sys

import pytest

if sys.version_info < (3, 10):
    pytest.skip("the controller side", allow_module_level=True)

from ansible_collections.auditops.trail.plugins.plugin_utils import atomic  # noqa: E402

pytestmark = pytest.mark.controller


@pytest.mark.parametrize("sync", [False, True])
def test_a_file_has_its_content_and_mode_under_any_umask_and_nothing_lies_beside_it(tmp_path, sync):
    path = str(tmp_path / "file")
    before = os.umask(0o077)
    try:
        atomic.put(path, b"old")
        atomic.put(path, b"new", 0o644, sync=sync)
    finally:
        os.umask(before)
    assert (tmp_path / "file").read_bytes() == b"new"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o644
    assert os.listdir(str(tmp_path)) == ["file"]


def test_the_first_one_stays_where_that_is_asked_for(tmp_path):
    path = str(tmp_path / "file")
    atomic.put(path, b"one", first=True)
    with pytest.raises(FileExistsError):
        atomic.put(path, b"two", first=True)
    assert (tmp_path / "file").read_bytes() == b"one"
    assert os.listdir(str(tmp_path)) == ["file"]


def test_what_cannot_be_written_leaves_what_was_there(tmp_path, monkeypatch):
    path = str(tmp_path / "file")
    atomic.put(path, b"old")

    def refuse(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        atomic.put(path, b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert os.listdir(str(tmp_path)) == ["file"]
