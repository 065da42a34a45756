# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access control lists, as ENTRYs tell of them."""

import errno
import os
import struct

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import acl, entry, exposure
from ansible_collections.auditops.trail.tests.unit import roots

NOBODY = 0xFFFFFFFF
OWNER, USER, GROUP_OBJ, GROUP, MASK, OTHER = 1, 2, 4, 8, 16, 32


def value(*entries, version=2):
    return struct.pack("<I", version) + b"".join(struct.pack("<HHI", *one) for one in entries)


LIST = value(
    (OWNER, 6, NOBODY), (USER, 6, 77), (GROUP_OBJ, 0, NOBODY), (GROUP, 2, 88), (MASK, 4, NOBODY), (OTHER, 0, 1)
)


def test_named_users_and_groups_within_the_mask():
    assert acl.decoded(LIST) == acl.Acl((("user", 77, 4),), 0)


@pytest.mark.parametrize("data", [b"", b"\2\0\0\0x", value(version=3)])
def test_what_has_another_form_is_not_known(data):
    assert acl.decoded(data) is None


def looked(tmp_path, monkeypatch, answer):
    def getxattr(_path, name):
        assert name == "system.posix_acl_access"
        if isinstance(answer, int):
            raise OSError(answer, os.strerror(answer))
        return answer

    monkeypatch.setattr(os, "getxattr", getxattr)
    roots.make(tmp_path, {"/x": ""})
    os.chmod(str(tmp_path) + "/x", 0o640)
    return dict(entry.look(roots.context(tmp_path), "/x"), uid=0, gid=0)


def test_the_list_stands_in_the_entry(tmp_path, monkeypatch):
    monkeypatch.setattr(entry, "user_name", lambda uid: "anna")
    found = looked(tmp_path, monkeypatch, LIST)
    assert (found["acl"], found["acl_readers"], found["group_access"]) == (True, ["user anna r--"], False)
    assert exposure.faults(found) == ["/x: by its access control list user anna (r--) can read it (0640)"]
    assert exposure.faults(found, others_read=True) == []
    assert "(user anna r--)" in exposure.described(found)


@pytest.mark.parametrize(("code", "told"), [(errno.ENODATA, False), (errno.ENOTSUP, False), (errno.EACCES, None)])
def test_without_a_list_the_mode_tells_all(tmp_path, monkeypatch, code, told):
    found = looked(tmp_path, monkeypatch, code)
    assert (found["acl"], found["acl_readers"], found["group_access"]) == (told, [], True)


def test_who_may_change_it_by_a_list_is_told_where_others_may_read(tmp_path, monkeypatch):
    found = looked(tmp_path, monkeypatch, value((USER, 6, 77)))
    assert exposure.faults(found, others_read=True) == [
        "/x: by its access control list user 77 (rw-) can change it (0640)"
    ]


def test_the_log_group_may_be_on_the_list(tmp_path, monkeypatch):
    found = looked(tmp_path, monkeypatch, value((GROUP, 4, 4)))
    assert exposure.faults(found, (0, 4)) == [] and exposure.faults(found) != []
