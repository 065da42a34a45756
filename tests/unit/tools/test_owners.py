# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a checkout that cannot be written, and those that root leaves in somebody else's."""

import errno
import os
import pathlib

import pytest


@pytest.fixture
def checkout(tool, tmp_path, monkeypatch):
    owners = tool("owners")
    monkeypatch.setattr(owners, "ROOT", tmp_path)
    monkeypatch.setattr(owners, "CACHE", tmp_path / ".cache")
    return tmp_path


def denied(path, number=errno.EACCES):
    return OSError(number, os.strerror(number), str(path))


def test_a_cache_of_another_user_is_told_with_the_way_out(tool, checkout):
    (checkout / ".cache").mkdir()
    told = tool("owners").advice(denied(checkout / ".cache" / "environments" / "x.lock"))
    assert told.startswith(f"{checkout}/.cache/environments/x.lock: cannot be written: Permission denied.")
    assert f"rm -rf {checkout}/.cache" in told and "\n" not in told


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_checkout_that_cannot_be_written_is_to_be_copied(tool, checkout, number):
    told = tool("owners").advice(denied(checkout / ".cache", number))
    assert told.startswith(f"{checkout}/.cache: cannot be written: ")
    assert "Copy the checkout" in told and "\n" not in told


def test_other_errors_keep_their_traceback(tool, checkout):
    owners = tool("owners")
    assert owners.advice(denied("/etc/shadow")) is None
    assert owners.advice(denied(checkout / "x", errno.ENOENT)) is None
    assert owners.advice(OSError("no file at all")) is None


def test_the_commands_print_it_in_one_line(tool, repository, checkout, monkeypatch, capfd):
    main = tool("runpy").run_path(os.path.join(repository, "tests", "tools", "__main__.py"))["main"]

    def refuse(_arguments):
        raise denied(checkout / ".cache")

    monkeypatch.setattr(tool("bench"), "run", refuse)
    assert main(["bench"]) == 1
    told = capfd.readouterr().err
    assert told.startswith(f"auditops.trail: {checkout}/.cache: ") and told.count("\n") == 1


@pytest.fixture
def chowned(tool, monkeypatch):
    """What would be given to the checkout's owner, who is not root here; everything else seems to be root's."""
    owners = tool("owners")
    given = []
    real = os.stat

    def seen(path, **options):
        found = list(real(path, **options))
        found[4] = 0
        return os.stat_result(found)

    monkeypatch.setattr(owners.os, "stat", seen)
    monkeypatch.setattr(owners.os, "chown", lambda path, uid, _gid, **_options: given.append((path, uid)))
    return given


class Checkout(type(pathlib.Path())):
    """A folder of somebody with the uid 4711."""

    def stat(self, **options):
        found = list(super().stat(**options))
        if self.name == "theirs":
            found[4] = 4711
        return os.stat_result(found)


def test_what_root_leaves_is_given_to_the_owner(tool, tmp_path, chowned):
    where = Checkout(str(tmp_path / "theirs"))
    (where / "audit-compliance" / "hosts").mkdir(parents=True)
    for name in ("hosts/web1.json", "compliance.json", "one", "elsewhere"):
        (where / "audit-compliance" / name).touch()
    (where / "mine").touch()
    os.link(str(where / "audit-compliance" / "one"), str(where / "audit-compliance" / "two"))
    tool("owners").hand_over(where, me=0)
    names = {os.path.basename(path) for path, _uid in chowned}
    assert names == {"audit-compliance", "hosts", "web1.json", "compliance.json", "elsewhere"}
    assert {uid for _path, uid in chowned} == {4711}


def test_nobody_but_root_gives_anything_away(tool, tmp_path, chowned):
    where = Checkout(str(tmp_path / "theirs"))
    (where / "audit-compliance").mkdir(parents=True)
    tool("owners").hand_over(where, me=1000)
    tool("owners").hand_over(tmp_path, me=0)
    assert chowned == []
