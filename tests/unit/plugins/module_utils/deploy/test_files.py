# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno
import os
import shutil
import stat
import struct
import subprocess

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy import files
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.tests.unit import children

ACL = "system.posix_acl_access"
root_alone = pytest.mark.skipif(os.geteuid() != 0, reason="another owner takes root")


def _made(path, data=b"old\n", mode=0o640):
    path.write_bytes(data)
    path.chmod(mode)
    return str(path)


def _mode(path):
    return stat.S_IMODE(os.stat(str(path)).st_mode)


def _attribute(path, name, value):
    try:
        os.setxattr(str(path), name, value)
    except OSError as error:
        pytest.skip("{0} cannot be set here: {1}".format(name, error.strerror))


def _acl(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


NOBODY_READS = _acl(
    (0x01, 6, 0xFFFFFFFF), (0x02, 4, 65534), (0x04, 4, 0xFFFFFFFF), (0x10, 4, 0xFFFFFFFF), (0x20, 0, 0xFFFFFFFF)
)


def test_staging_leaves_the_file_as_it_is_and_putting_replaces_it(tmp_path):
    path = _made(tmp_path / "a.rules")
    staged = files.stage(path, b"new\n")
    assert (tmp_path / "a.rules").read_bytes() == b"old\n"
    files.put(staged, path)
    assert (tmp_path / "a.rules").read_bytes() == b"new\n"
    assert os.listdir(str(tmp_path)) == ["a.rules"]


def test_a_staged_file_is_read_by_neither_augenrules_nor_auditd(tmp_path):
    staged = os.path.basename(files.stage(str(tmp_path / "10-base.rules"), b"-D\n"))
    assert staged.startswith(".") and not staged.endswith((".rules", ".conf"))


def test_a_new_file_is_roots_and_hidden_from_others(tmp_path):
    before = os.umask(0o777)
    try:
        files.write(str(tmp_path / "new.rules"), b"x")
    finally:
        os.umask(before)
    assert _mode(tmp_path / "new.rules") == 0o640
    assert os.stat(str(tmp_path / "new.rules")).st_uid == os.geteuid()


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o4755, 0o000])
def test_the_mode_stays(tmp_path, mode):
    if mode == 0 and os.geteuid() != 0:
        pytest.skip("root alone reads it")
    path = _made(tmp_path / "a", mode=mode)
    files.write(path, b"new")
    assert _mode(path) == mode


@root_alone
def test_owner_and_group_stay(tmp_path):
    path = _made(tmp_path / "a", mode=0o4750)
    os.chown(path, 65534, 4)
    os.chmod(path, 0o4750)
    files.write(path, b"new")
    status = os.stat(path)
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (65534, 4, 0o4750)


def test_the_access_list_stays(tmp_path):
    path = _made(tmp_path / "a")
    _attribute(path, ACL, NOBODY_READS)
    files.write(path, b"new")
    assert os.getxattr(path, ACL) == NOBODY_READS
    assert files.look(path).acl == NOBODY_READS


def test_a_list_that_the_folder_gives_new_files_does_not_come_to_a_file_without(tmp_path):
    path = _made(tmp_path / "a")
    _attribute(tmp_path, "system.posix_acl_default", NOBODY_READS)
    files.write(path, b"new")
    assert files.look(path).acl is None
    assert _mode(path) == 0o640


@root_alone
def test_the_selinux_context_stays(tmp_path):
    path, context = _made(tmp_path / "a"), b"system_u:object_r:auditd_etc_t:s0\0"
    _attribute(path, "security.selinux", context)
    files.write(path, b"new")
    assert os.getxattr(path, "security.selinux") == context


def test_a_link_stays_and_the_file_that_it_leads_to_is_replaced(tmp_path):
    (tmp_path / "real").mkdir()
    target = _made(tmp_path / "real" / "a")
    link = str(tmp_path / "a.rules")
    os.symlink("real/a", link)
    files.write(link, b"new")
    assert os.readlink(link) == "real/a"
    with open(target, "rb") as read:
        assert read.read() == b"new"
    assert os.listdir(str(tmp_path / "real")) == ["a"]


def test_what_is_no_file_is_refused_with_its_name(tmp_path):
    os.mkfifo(str(tmp_path / "pipe"))
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(TrailError) as refused:
            files.stage(str(tmp_path / name), b"x")
        assert refused.value.file == str(tmp_path / name)
    assert sorted(os.listdir(str(tmp_path))) == ["folder", "pipe"]


def test_without_its_folder_a_file_is_refused(tmp_path):
    with pytest.raises(TrailError) as refused:
        files.stage(str(tmp_path / "rules.d" / "a"), b"x")
    assert "No such file" in str(refused.value) and refused.value.remedy


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", ["write", "fsync", "open"])
def test_where_the_disk_is_full_the_file_and_the_bytes_are_named_and_nothing_is_left(
    tmp_path, monkeypatch, call, number
):
    path = _made(tmp_path / "a.rules")
    real = getattr(os, call)

    def full(*arguments, **options):
        if call == "open" and not (arguments[1] & os.O_CREAT):
            return real(*arguments, **options)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, call, full)
    with pytest.raises(TrailError) as refused:
        files.stage(path, b"x" * 12345)
    monkeypatch.undo()
    assert refused.value.file == path
    assert "12345 bytes are needed" in refused.value.message
    assert os.listdir(str(tmp_path)) == ["a.rules"]


def test_on_a_disk_that_is_really_full(tmp_path):
    path = str(tmp_path / "a.rules")

    def work():
        files.write(path, b"old\n")
        with pytest.raises(TrailError) as refused:
            files.stage(path, b"x" * 200000)
        assert "200000 bytes are needed" in refused.value.message and "bytes are free" in refused.value.message
        with open(path, "rb") as read:
            assert read.read() == b"old\n"
        assert os.listdir(str(tmp_path)) == ["a.rules"]
        children.read_only(tmp_path)
        with pytest.raises(TrailError) as refused:
            files.stage(path, b"x")
        assert "Read-only" in refused.value.message and refused.value.file == path

    children.on_small_disk(tmp_path, work)


@root_alone
def test_a_file_that_chattr_has_fixed_is_refused_before_anything_is_written(tmp_path):
    path = _made(tmp_path / "a.rules")
    if not shutil.which("chattr") or subprocess.call(["chattr", "+i", path], stderr=subprocess.DEVNULL) != 0:
        pytest.skip("no chattr on this file system")
    try:
        with pytest.raises(TrailError) as refused:
            files.stage(path, b"x")
    finally:
        subprocess.check_call(["chattr", "-i", path])
    assert "chattr -i " + path in refused.value.remedy
    assert os.listdir(str(tmp_path)) == ["a.rules"]


def test_a_rename_that_fails_leaves_the_file(tmp_path, monkeypatch):
    path = _made(tmp_path / "a")

    def fails(*_arguments):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(files.os, "rename", fails)
    with pytest.raises(TrailError):
        files.write(path, b"new")
    assert (tmp_path / "a").read_bytes() == b"old\n"
    assert os.listdir(str(tmp_path)) == ["a"]


# -- restore ---------------------------------------------------------------------------------------------------------
def _states(folder):
    """What a path may be: (name, a function that makes it so)."""
    path, other = os.path.join(folder, "a"), os.path.join(folder, "other")

    def file():
        with open(path, "wb") as out:
            out.write(b"file")
        os.chmod(path, 0o604)

    def link():
        with open(other, "wb") as out:
            out.write(b"behind")
        os.symlink("other", path)

    return {
        "absent": lambda: None,
        "file": file,
        "link": link,
        "dangling": lambda: os.symlink("other", path),
        "elsewhere": lambda: os.symlink("nowhere", path),
    }


NAMES = ("absent", "file", "link", "dangling", "elsewhere")


@pytest.mark.parametrize("after", NAMES)
@pytest.mark.parametrize("before", NAMES)
def test_whatever_was_there_comes_back(tmp_path, before, after):
    path = str(tmp_path / "a")
    _states(str(tmp_path))[before]()
    kept = files.look(path)
    for name in os.listdir(str(tmp_path)):
        os.unlink(str(tmp_path / name))
    _states(str(tmp_path))[after]()
    changed = not files.same(kept, files.look(path))
    assert files.restore(kept) is changed
    assert files.same(files.look(path), kept)
    assert files.restore(kept) is False
    if not kept.absent:
        assert files.look(path).modified == kept.modified or not changed
    assert not [name for name in os.listdir(str(tmp_path)) if name.startswith(".")]


def test_a_removed_link_leaves_what_it_led_to(tmp_path):
    _states(str(tmp_path))["link"]()
    kept = files.look(str(tmp_path / "a"))
    assert files.remove(str(tmp_path / "a")) is True
    assert files.remove(str(tmp_path / "a")) is False
    assert os.listdir(str(tmp_path)) == ["other"]
    assert files.restore(kept) is True
    assert os.readlink(str(tmp_path / "a")) == "other"


def test_a_file_made_through_a_link_that_led_nowhere_goes_and_the_link_stays(tmp_path):
    _states(str(tmp_path))["dangling"]()
    kept = files.look(str(tmp_path / "a"))
    files.write(str(tmp_path / "a"), b"new")
    assert (tmp_path / "other").read_bytes() == b"new"
    files.restore(kept)
    assert os.listdir(str(tmp_path)) == ["a"]


def test_a_changed_mode_alone_comes_back(tmp_path):
    path = _made(tmp_path / "a")
    kept = files.look(path)
    os.chmod(path, 0o666)
    assert files.restore(kept) is True
    assert _mode(path) == 0o640


# -- leftovers -------------------------------------------------------------------------------------------------------
def test_what_a_killed_run_staged_is_found_again_and_nothing_else(tmp_path):
    path = _made(tmp_path / "a.rules")
    staged = files.stage(path, b"new")
    other = files.stage(str(tmp_path / "aa.rules"), b"new")
    (tmp_path / ".a.rules.auditops-notours").write_bytes(b"")
    assert files.leftovers(path) == [staged]
    assert files.leftovers(str(tmp_path / "aa.rules")) == [other]
    assert files.leftovers(str(tmp_path / "no" / "such")) == []


def test_long_and_strange_names_work(tmp_path):
    for name in (b"x" * 249 + b".rules", b"\xff\xfe \n.rules", "\u00e4\u00f6.rules".encode("utf-8")):
        path = os.path.join(str(tmp_path), os.fsdecode(name))
        staged = files.stage(path, b"data")
        assert files.leftovers(path) == [staged]
        files.put(staged, path)
        assert files.look(path).data == b"data"
