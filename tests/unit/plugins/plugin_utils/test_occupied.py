# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time in a folder of results."""

import json
import multiprocessing
import os
import socket
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import occupied, this_run

pytestmark = pytest.mark.controller
NOW = datetime(2026, 11, 26, 17, 0, 0, tzinfo=timezone.utc)


@pytest.fixture
def run(tmp_path):
    """``run("a")``: the folder of results taken by a task of the run a, whose process is this test's."""

    def take(name, process=None, now=NOW):
        temporary = tmp_path / name
        temporary.mkdir(exist_ok=True)
        occupied.take(str(tmp_path / "out"), str(temporary), process or os.getpid(), now)

    return take


def give_back(tmp_path, name):
    occupied.release(str(tmp_path / "out"), str(tmp_path / name))


def test_the_tasks_of_one_run_share_a_folder(run):
    for _task in range(3):
        run("a")


def test_a_second_run_is_refused_with_all_of_its_hosts(run, tmp_path):
    run("a")
    for _task in range(2):
        with pytest.raises(occupied.Taken) as told:
            run("b")
        assert "another run is writing its results here (process" in told.value.message
        assert "audit_compliance_result_dir" in told.value.remedy
    assert os.listdir(str(tmp_path / "out")) == [occupied.FILE]
    give_back(tmp_path, "a")
    with pytest.raises(occupied.Taken):
        run("b")
    run("c")


def test_only_the_run_that_has_it_gives_it_back(run, tmp_path):
    give_back(tmp_path, "a")
    assert not os.path.exists(str(tmp_path / "out"))
    run("a")
    give_back(tmp_path, "b")
    with pytest.raises(occupied.Taken):
        run("b")
    give_back(tmp_path, "a")
    run("c")


def test_a_run_that_died_does_not_keep_it(run):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    run("a", process=process.pid)
    run("b")


def test_a_process_that_got_the_number_later_does_not_keep_it(run, tmp_path):
    run("a")
    path = tmp_path / "out" / occupied.FILE
    path.write_text(json.dumps(dict(json.loads(path.read_text()), began=1)))
    run("b")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"process": "x"}', '{"process": -1, "controller": "HERE"}'])
def test_what_stands_there_and_is_not_ours_keeps_nobody_out(run, tmp_path, text):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / occupied.FILE).write_text(text.replace("HERE", socket.gethostname()))
    run("a")
    with pytest.raises(occupied.Taken):
        run("b")


@pytest.mark.parametrize(("hours", "free"), [(1, False), (25, True)])
def test_a_run_on_another_controller_is_believed_for_a_day(run, tmp_path, hours, free):
    run("a")
    path = tmp_path / "out" / occupied.FILE
    path.write_text(json.dumps(dict(json.loads(path.read_text()), controller="elsewhere")))
    later = NOW + timedelta(hours=hours)
    if free:
        run("b", now=later)
        return
    with pytest.raises(occupied.Taken, match="on elsewhere.*remove .taken"):
        run("b", now=later)


def _pipe(path, _victim):
    os.mkfifo(path)


@pytest.mark.parametrize(
    "make", [lambda path, victim: os.symlink(victim, path), lambda path, victim: os.link(victim, path), _pipe]
)
def test_what_leads_to_another_file_is_not_written_to(run, tmp_path, make):
    victim = tmp_path / "victim"
    victim.write_text("theirs")
    (tmp_path / "out").mkdir()
    make(str(tmp_path / "out" / occupied.FILE), str(victim))
    with pytest.raises(TrailError, match="no plain file"):
        run("a")
    assert victim.read_text() == "theirs"
    assert not occupied.is_taken(str(tmp_path / "out"), NOW)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrailError, match="audit_compliance_result_dir"):
        occupied.take(str(tmp_path / "file" / "x"), str(tmp_path), os.getpid(), NOW)


def _try(out, temporary, queue, gate):
    try:
        occupied.take(out, temporary, os.getpid(), NOW)
        queue.put(temporary)
    except occupied.Taken:
        queue.put("")
    gate.wait(30)


def test_of_many_at_once_one_gets_it(tmp_path):
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    out = str(tmp_path / "out")
    temporaries = [str(tmp_path / f"run{number}") for number in range(8)]
    for temporary in temporaries:
        os.mkdir(temporary)
    gate = context.Event()
    processes = [context.Process(target=_try, args=(out, temporary, queue, gate)) for temporary in temporaries]
    for process in processes:
        process.start()
    found = [queue.get() for _process in processes]
    gate.set()  # until then all of them live: who is refused by a process that has ended would get it
    for process in processes:
        process.join()
    assert len([name for name in found if name]) == 1


def test_a_run_has_one_name(tmp_path):
    first = this_run.name(str(tmp_path), "out", "2026-11-26T17:00:00Z")
    assert first.startswith("2026-11-26T17-00-00Z-")
    assert this_run.name(str(tmp_path), "out", "2026-11-26T17:00:09Z") == first
    assert this_run.name(str(tmp_path), "other", "2026-11-26T17:00:00Z") != first


def test_what_one_process_has_made_is_there_for_the_others(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"a": made[:]}

    assert this_run.shared(str(tmp_path), "x", "p", make) == {"a": [1]}
    assert this_run.shared(str(tmp_path), "x", "p", make) == {"a": [1]}
    assert this_run.shared(str(tmp_path), "y", "p", make) == {"a": [1, 1]}
    with pytest.raises(ZeroDivisionError):
        this_run.shared(str(tmp_path), "z", "p", lambda: 1 // 0)
    assert len(os.listdir(str(tmp_path))) == 2
