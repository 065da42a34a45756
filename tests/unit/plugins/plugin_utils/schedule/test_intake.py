# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts have dropped: taken where it is theirs, and told where it is not."""

import errno
import json
import os
import random
from datetime import datetime, timezone

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import results  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import intake  # noqa: E402
from ansible_collections.auditops.trail.tests.unit import fleets  # noqa: E402

pytestmark = pytest.mark.controller
NOW = datetime(2026, 11, 26, 17, 0, 0, tzinfo=timezone.utc)


def judged(host, at="2026-11-26T16:00:00Z", **more):
    return dict(
        fleets.judged(host, at, controls=[fleets.control_result(fleets.control_plan(1)[0], draw(), 0)[0]]), **more
    )


def draw():
    return random.Random(1)


def changed(host, **more):
    """A result whose control has something else."""
    found = judged(host)
    found["controls"][0].update(more)
    return found


@pytest.fixture
def drop(tmp_path):
    """``drop("web1", result)``: what a host has pushed, as a text or as data."""

    def put(host, told=None):
        place = str(tmp_path / "drop" / host)
        os.makedirs(os.path.join(place, results.HOST_DIR), exist_ok=True)
        path = results.host_file(place, host)
        if told is not None:
            with open(path, "w", encoding="utf-8") as out:
                out.write(told if isinstance(told, str) else json.dumps(told))
        return path

    os.makedirs(str(tmp_path / "drop"))
    return put


def take(tmp_path):
    return intake.take(str(tmp_path / "drop"), str(tmp_path / "intake"), NOW)


def test_the_results_of_hosts_are_copied_and_the_copies_are_merged(drop, tmp_path):
    drop("web1", judged("web1"))
    drop("new")
    (tmp_path / "drop" / ".partial").mkdir()
    (tmp_path / "drop" / "README").write_text("not a host")
    taken = take(tmp_path)
    assert taken.problems == []
    assert [os.path.basename(folder) for folder in taken.folders] == ["web1"]
    assert os.path.isfile(results.host_file(taken.folders[0], "web1"))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (judged("db1"), "it says that it is of 'db1'"),
        (judged("web2", "2026-11-27T16:00:00Z"), "still to come"),
        ('{"result_version": 2, "ho', "is not JSON"),
        ("[]", "not an object"),
        (judged("web2", controls=[1]), "controls[0] is 1"),
        (judged("web2", result_version=1), "is of version 1"),
        (changed("web2", title=None), "controls[0].title is null"),
        (changed("web2", profiles=5), "controls[0].profiles is 5"),
        (changed("web2", title="\ud800"), "controls[0].title"),
        (changed("web2", why="x" * 200000), "controls[0].why"),
        (changed("web2", profiles=[f"p{number}" for number in range(101)]), "a list of 100 at most"),
        (changed("web2", severity="urgent"), "controls[0].severity"),
        (changed("web2", evidence={"seconds": float("nan")}), "NaN"),
        (changed("web2", evidence={"seconds": 0}).__str__().replace("'seconds': 0", "'seconds': 1e999"), "is not JSON"),
        (judged("web2", controls=judged("web2")["controls"] * 2), "controls that differ"),
        (judged("web2", "2026-02-30T16:00:00Z"), "a time in UTC"),
    ],
    ids=[
        "another host",
        "the future",
        "half",
        "a list",
        "controls",
        "version",
        "no title",
        "profiles",
        "not to be written",
        "long",
        "many",
        "severity",
        "NaN",
        "infinite",
        "twice",
        "no day",
    ],
)
def test_what_is_no_result_of_the_host_is_told_and_hinders_no_other(drop, tmp_path, told, words):
    drop("web1", judged("web1"))
    drop("web2", told)
    taken = take(tmp_path)
    assert [os.path.basename(folder) for folder in taken.folders] == ["web1"]
    (problem,) = taken.problems
    assert (problem.kind, problem.host) == ("intake", "web2")
    assert words in problem.text


@pytest.mark.parametrize("how", ["link", "folder", "pipe", "linked hosts"])
def test_nothing_but_a_file_is_taken_and_no_link_is_followed(drop, tmp_path, how):
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(judged("web1")))
    path = drop("web1")
    if how == "link":
        os.symlink(str(secret), path)
    elif how == "folder":
        os.mkdir(path)
    elif how == "pipe":
        os.mkfifo(path)
    else:
        hosts = os.path.dirname(path)
        os.rmdir(hosts)
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "web1.json").write_text(secret.read_text())
        os.symlink(str(tmp_path / "elsewhere"), hosts)
    taken = take(tmp_path)
    assert taken.folders == []
    assert [one.host for one in taken.problems] == ["web1"]


def test_a_result_that_none_can_be_by_its_size_is_not_read(drop, tmp_path):
    path = drop("web1", "{}")
    os.truncate(path, 17 * 1024 * 1024)
    assert "which no result has" in take(tmp_path).problems[0].text


def test_what_was_taken_before_is_gone_the_next_time(drop, tmp_path):
    path = drop("web1", judged("web1"))
    assert take(tmp_path).folders
    os.unlink(path)
    assert take(tmp_path).folders == []
    assert os.listdir(str(tmp_path / "intake")) == []


def test_copies_that_cannot_be_made_are_an_error_of_their_own(drop, tmp_path, monkeypatch):
    drop("web1", judged("web1"))
    real = os.makedirs

    def full(path, **more):
        if os.path.basename(path) == results.HOST_DIR:
            raise OSError(errno.ENOSPC, "No space left on device", path)
        real(path, **more)

    monkeypatch.setattr(intake.os, "makedirs", full)
    with pytest.raises(TrailError, match="cannot be copied: No space left"):
        take(tmp_path)


def test_a_drop_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(TrailError, match="audit_compliance_schedule_drop"):
        intake.take(str(tmp_path / "none"), str(tmp_path / "intake"), NOW)
