# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of earlier runs leave the folder of the current ones, and nothing is lost."""

import os
import stat

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import earlier, results  # noqa: E402

pytestmark = pytest.mark.controller


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "out")


def write(folder, *hosts, reason="gone"):
    for host in hosts:
        results.write_json(
            results.host_file(folder, host), results.not_assessed(host, reason, "2026-11-22T09:00:00Z", {})
        )


def names(folder, kind):
    return sorted(os.listdir(os.path.join(folder, kind))) if os.path.isdir(os.path.join(folder, kind)) else []


def test_what_is_not_of_this_run_is_moved_and_told(folder):
    write(folder, "web1", "web2", "fe80::1%eth0")
    assert earlier.set_aside(folder, ["web1"]) == ["fe80::1%eth0", "web2"]
    assert names(folder, "hosts") == ["web1.json"]
    assert [one["host"] for one in earlier.known(folder)] == ["fe80::1%eth0", "web2"]
    assert earlier.known(folder)[0]["finished"].startswith("20")


def test_doing_it_again_changes_nothing(folder):
    write(folder, "web1", "web2")
    earlier.set_aside(folder, ["web1"])
    assert earlier.set_aside(folder, ["web1"]) == []
    assert (names(folder, "hosts"), names(folder, "earlier")) == (["web1.json"], ["web2.json"])


def test_a_new_result_replaces_the_one_that_was_set_aside(folder):
    write(folder, "web1", "web2")
    earlier.set_aside(folder, ["web1"])
    write(folder, "web2")
    earlier.set_aside(folder, ["web2"])
    assert (names(folder, "hosts"), names(folder, "earlier")) == (["web2.json"], ["web1.json"])


def test_a_result_set_aside_twice_is_the_newer_one(folder):
    for reason in ("older", "newer"):
        write(folder, "web1", reason=reason)
        earlier.set_aside(folder, [])
    assert results.read_json(os.path.join(folder, "earlier", "web1.json"))["reason"] == "newer"


def test_files_that_are_no_results_are_left_alone(folder):
    write(folder, "web1")
    for name, text in (("notes.json", "{}"), ("broken.json", "{"), (".web2.part", ""), ("README", "mine")):
        with open(os.path.join(folder, "hosts", name), "w", encoding="utf-8") as file:
            file.write(text)
    assert earlier.set_aside(folder, []) == ["web1"]
    assert names(folder, "hosts") == [".web2.part", "README", "broken.json", "notes.json"]


def foreign(path, kind):
    """Something that is no result of a host, and what to ask whether it is still there."""
    if kind == "folder":
        os.makedirs(os.path.join(path, "mine"))
        return lambda: os.path.isdir(os.path.join(path, "mine"))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
        return lambda: stat.S_ISFIFO(os.lstat(path).st_mode)
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"mine": 1}')
    return lambda: results.read_json(path) == {"mine": 1}


@pytest.mark.parametrize("kind", ["folder", "pipe", "file"])
def test_what_is_no_result_is_not_deleted_for_a_newer_result_of_its_name(folder, kind):
    write(folder, "web1")
    stays = foreign(os.path.join(folder, "earlier", "web1.json"), kind)
    assert earlier.set_aside(folder, ["web1"]) == []
    assert stays()
    assert earlier.known(folder) == []


@pytest.mark.parametrize("kind", ["folder", "pipe", "file"])
def test_what_is_no_result_is_not_overwritten_and_told(folder, kind):
    write(folder, "web1", "web2")
    aside = os.path.join(folder, "earlier", "web2.json")
    stays = foreign(aside, kind)
    with pytest.raises(TrailError) as told:
        earlier.set_aside(folder, ["web1"])
    assert stays()
    assert told.value.file == aside
    assert os.path.join(folder, "hosts", "web2.json") in told.value.message
    assert told.value.remedy
    assert names(folder, "hosts") == ["web1.json", "web2.json"]


@pytest.mark.parametrize("ask", [earlier.known, lambda folder: earlier.set_aside(folder, ["web1"])])
def test_a_folder_that_may_not_be_listed_is_told_by_name(folder, monkeypatch, ask):
    write(folder, "web1", "web2")
    earlier.set_aside(folder, ["web1"])

    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(TrailError, match="Permission denied") as told:
        ask(folder)
    assert told.value.file == os.path.join(folder, "earlier")
    assert "audit_compliance_result_dir" in told.value.remedy


def test_a_folder_without_results_is_no_error(folder):
    assert earlier.set_aside(folder, ["web1"]) == []
    assert earlier.known(folder) == []
    assert not os.path.exists(folder)


def test_what_cannot_be_moved_is_told_with_file_and_remedy(folder):
    write(folder, "web1")
    with open(os.path.join(folder, "earlier"), "w", encoding="utf-8"):
        pass
    with pytest.raises(TrailError) as told:
        earlier.set_aside(folder, [])
    assert told.value.file == os.path.join(folder, "hosts", "web1.json")
    assert "audit_compliance_result_dir" in told.value.remedy
