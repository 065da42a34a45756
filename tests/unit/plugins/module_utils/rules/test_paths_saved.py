# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A saved path state: what it is, and what it holds."""

import errno
import json
import os
import stat

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.tests.unit import postures


@pytest.mark.parametrize("data", [{"a": 1}, {"posture_version": 1, "paths": {"objects": {}}}, ["/etc"], "x", None])
def test_what_is_no_path_state_is_refused(data):
    with pytest.raises(EvidenceError) as told:
        PathState.from_dict(data)
    assert "paths" in told.value.remedy


def test_an_empty_one_is_no_evidence():
    state = PathState.from_dict({})
    assert state.mounts() is None and state.lexists("/etc/passwd") is None
    assert not state.knows("/etc/passwd")


def test_what_was_looked_at_is_known_also_where_it_is_missing():
    state = PathState.from_dict(
        postures.path_state(files=["/etc/passwd"], missing=["/srv"], links=[("/etc/a", "passwd"), ("/etc/b", "gone")])
    )
    assert state.knows("/etc/passwd") and state.knows("/etc/") and state.knows("/srv/deep/er") and state.knows("/etc/a")
    assert not state.knows("/etc/shadow") and not state.knows("/etc/b")
    assert state.knows_parent("/etc/shadow") and not state.knows_parent("/opt/x")


def refused(path):
    if path.startswith("/root/"):
        raise PermissionError(13, "Permission denied", path)
    if path == "/link":
        return os.stat_result((stat.S_IFLNK | 0o777, 7, 1, 1, 0, 0, 5, 0, 0, 0))
    return os.stat_result((stat.S_IFDIR | 0o755, 2, 1, 2, 0, 0, 0, 0, 0, 0))


def test_what_may_not_be_looked_at_is_kept_with_the_reason(monkeypatch):
    monkeypatch.setattr(os, "lstat", refused)
    monkeypatch.setattr(os, "readlink", lambda path: "/root/there")
    live = PathState.of_host()
    live.collect(["/root/.ssh/authorized_keys", "/link", "/srv"])
    for state in (live, PathState.from_dict(json.loads(json.dumps(live.to_dict())))):
        assert state.denied() == ("/root/.ssh", "Permission denied")
        assert state.denied("/root/.ssh/authorized_keys") == ("/root/.ssh", "Permission denied")
        assert state.denied("/link") == ("/root/there", "Permission denied")
        assert state.denied("/srv") is None


def link(path):
    return os.stat_result((stat.S_IFLNK | 0o777, 7, 1, 1, 0, 0, 5, 0, 0, 0))


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_a_link_that_may_not_be_read_is_denied(monkeypatch, number):
    state = looking(monkeypatch, number)
    assert state.denied("/link") == ("/link", os.strerror(number)) and state.unread("/link") is None
    assert not state.knows("/link")


def test_a_link_that_went_meanwhile_is_missing(monkeypatch):
    state = looking(monkeypatch, errno.ENOENT)
    assert state.denied() is None and state.unread("/link") is None
    assert state.lexists("/link") is False and state.knows("/link")


@pytest.mark.parametrize("number", [errno.EIO, errno.EINVAL, errno.ENAMETOOLONG, errno.ELOOP])
def test_what_fails_for_another_reason_is_told_by_that_reason(monkeypatch, number):
    state = looking(monkeypatch, number)
    assert state.unread("/link/below") == ("/link", os.strerror(number)) and state.denied() is None
    assert not state.knows("/link")


def looking(monkeypatch, number):
    """The state of a link whose readlink fails, saved and read again."""

    def fails(path):
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr(os, "lstat", link)
    monkeypatch.setattr(os, "readlink", fails)
    live = PathState.of_host()
    live.collect(["/link"])
    return PathState.from_dict(json.loads(json.dumps(live.to_dict())))


def test_a_name_that_is_too_long_is_told(monkeypatch):
    def fails(path):
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)

    monkeypatch.setattr(os, "lstat", fails)
    state = PathState.of_host()
    assert not state.knows("/a/b") and state.unread("/a/b") == ("/a", os.strerror(errno.ENAMETOOLONG))


def test_a_state_that_was_read_whole_has_no_word_of_it():
    live = PathState.of_host()
    live.collect(["/"])
    assert "denied" not in live.to_dict() and "unread" not in live.to_dict()
