# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of a schedule from end to end, with a playbook and a mail system that are scripts."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import (  # noqa: E402
    delivery,
    lock,
    processes,
    runner,
    settings,
    state,
)
from ansible_collections.auditops.trail.tests.unit.scheduled import control, fleet, result  # noqa: E402

pytestmark = pytest.mark.controller
GOOD = fleet(
    result("web1", control("identity.passwd"), control("kernel.lost")), result("web2", control("rules.loaded"))
)
BAD = fleet(
    result("web1", control("identity.passwd", "fail"), control("kernel.lost")), result("web2", control("rules.loaded"))
)


@pytest.fixture
def run(scene):
    """``run(time_limit=1)``: one run with these settings; its exit code."""

    def once(**more):
        told = settings.parse(dict(scene.told, **more), "settings.json")
        return runner.once(told, scene.said.append, pause=0, grace=1.0)

    scene.said = []
    return once


def subject(mail):
    return next(line for line in mail.splitlines() if line.startswith("Subject: "))


def names(scene, folder="runs"):
    return sorted(name for name in os.listdir(os.path.join(scene.data, folder)) if name != "latest")


def test_a_failure_is_told_once_and_again_only_after_it_was_mended(scene, run):
    scene.plan(GOOD)
    assert run() == 0
    assert scene.mails == [], "nothing is wrong"
    scene.plan(BAD)
    assert [run(), run(), run()] == [0, 0, 0]
    (mail,) = scene.mails
    assert subject(mail) == f"Subject: [try] 1 new failure, from {os.uname().nodename}"
    assert "high  web1  identity.passwd  About identity.passwd" in mail
    assert "it does not hold" in mail
    scene.plan(GOOD)
    run()
    assert len(scene.mails) == 1
    scene.plan(BAD)
    run()
    assert len(scene.mails) == 2


def test_everything_of_the_first_run_is_one_notice_that_says_so(scene, run):
    scene.plan(fleet(*BAD["results"], gone=["db1"]))
    run()
    (mail,) = scene.mails
    assert "1 host not reached, 1 new failure in the first run" in subject(mail)


def test_a_host_that_is_no_longer_reached_is_told_once(scene, run):
    scene.plan(GOOD)
    run()
    scene.plan(fleet(GOOD["results"][0], gone=["web2"]))
    run()
    run()
    (mail,) = scene.mails
    assert "1 host not reached" in subject(mail)
    assert "unreachable: no route" in mail
    scene.plan(fleet(GOOD["results"][0]))
    run()
    run()
    assert len(scene.mails) == 2, "that it has left the inventory is another thing"
    assert "was it to go?" in scene.mails[1] and "ended" not in scene.mails[1]
    assert scene.state["known"] == {}


def test_a_host_that_leaves_the_inventory_is_told_once(scene, run):
    scene.plan(GOOD)
    run()
    scene.plan(fleet(GOOD["results"][0]))
    run()
    run()
    (mail,) = scene.mails
    assert "web2" in mail and "it was in the run before" in mail
    assert scene.state["known"] == {}


def test_a_notice_that_cannot_be_sent_waits_and_is_sent_with_the_next_run(scene, run):
    scene.mail_works(False)
    scene.plan(BAD)
    assert run() == runner.UNABLE
    assert any("no route to mail" in line for line in scene.said)
    assert len(scene.state["pending"]) == 1
    scene.plan(fleet(*BAD["results"], gone=["db1"]))
    assert run() == runner.UNABLE
    assert len(scene.state["pending"]) == 2
    scene.mail_works()
    assert run() == 0
    first, second = scene.mails
    assert "1 new failure" in subject(first) and "1 host not reached" in subject(second)
    assert scene.state["pending"] == []


def test_a_way_that_took_a_notice_gets_it_no_second_time(scene, run, monkeypatch):
    sent, broken = [], ["mail"]

    def send(channel, notice, _settings, _hook):
        if channel in broken:
            raise runner.TrailError(f"{channel} is down")
        sent.append((channel, notice["id"]))

    monkeypatch.setattr(delivery.channels, "send", send)
    secrets = scene.at("secrets.json")
    with open(secrets, "w", encoding="utf-8") as out:
        json.dump({"webhook_url": "https://hooks.example.org/x"}, out)
    os.chmod(secrets, 0o600)
    scene.plan(BAD)
    assert run(secrets=secrets) == runner.UNABLE
    broken.clear()
    assert run(secrets=secrets) == 0
    assert [channel for channel, _name in sent] == ["webhook", "mail"]
    assert len({name for _channel, name in sent}) == 1


def test_secrets_that_others_can_read_lose_no_notice(scene, run):
    secrets = scene.at("secrets.json")
    with open(secrets, "w", encoding="utf-8") as out:
        json.dump({"webhook_url": "https://hooks.example.org/x"}, out)
    os.chmod(secrets, 0o644)
    scene.plan(BAD)
    assert run(secrets=secrets, mail_to=[]) == runner.UNABLE
    assert any("can be read by others" in line for line in scene.said)
    assert scene.state["pending"][0]["channels"] == ["webhook"]


def test_a_run_that_dies_before_it_has_sent_leaves_the_notice_to_the_next_one(scene, run, monkeypatch):
    def die(*_arguments):
        raise KeyboardInterrupt

    scene.plan(BAD)
    with monkeypatch.context() as patched:
        patched.setattr(delivery.channels, "send", die)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert run() == 0
    assert len(scene.mails) == 1


def test_the_exit_code_of_the_playbook_is_kept_and_told_once(scene, run):
    scene.plan(GOOD, code=2, says="GATE high fails the run")
    assert [run(), run()] == [2, 2]
    (mail,) = scene.mails
    assert "1 fault of the run" in subject(mail) and "GATE high fails the run" in mail


def test_a_run_without_a_report_is_told_once_and_ends_nothing_that_is_open(scene, run):
    scene.plan(BAD)
    run()
    scene.plan(None, code=4, says="could not match supplied host pattern")
    assert [run(), run()] == [4, 4]
    assert len(scene.mails) == 2
    assert "could not match supplied host pattern" in scene.mails[1]
    scene.plan(BAD)
    run()
    assert len(scene.mails) == 2, "the failure is the one that was told"
    scene.plan(None, code=4)
    run()
    assert len(scene.mails) == 3, "runs had made reports in between"


def is_there(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as source:
            return source.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_run_whose_time_is_over_is_ended_with_all_that_it_has_started(scene, run):
    left = scene.at("left")
    scene.plan(None, takes=300, children=True, leaves=left)
    before = processes._descendants(os.getpid())
    started = time.monotonic()
    assert run(time_limit=2) == 124
    assert time.monotonic() - started < 30
    with open(left, encoding="ascii") as source:
        assert not is_there(int(source.read()))
    assert processes._descendants(os.getpid()) <= before
    (mail,) = scene.mails
    assert "The time of the run was over" in mail


def test_what_a_run_leaves_behind_is_ended_when_it_ends_well(scene, run):
    left = scene.at("left")
    scene.plan(GOOD, leaves=left)
    assert run() == 0
    with open(left, encoding="ascii") as source:
        assert not is_there(int(source.read()))
    assert any("left behind" in line for line in scene.said)


COMMAND = "ansible_collections.auditops.trail.plugins.plugin_utils.schedule.main"


@pytest.fixture
def started(scene, collections_path):
    """A runner in a process of its own."""
    begun = []

    def start(*arguments, **more):
        environ = dict(os.environ, PYTHONPATH=collections_path, PYTHONDONTWRITEBYTECODE="1")
        command = [sys.executable, "-m", COMMAND, "run", "--config", scene.write(**more), *arguments]
        begun.append(
            subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        )
        return begun[-1]

    yield start
    for one in begun:
        if one.poll() is None:
            one.kill()
        one.communicate()


def wait_for(scene, number):
    deadline = time.monotonic() + 30
    while len(scene.calls) < number and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(scene.calls) == number


def test_two_runs_never_overlap_also_where_only_the_runner_was_killed(scene, started):
    scene.plan(GOOD, takes=4)
    first = started()
    wait_for(scene, 1)
    second = started()
    output = second.communicate(timeout=30)[0]
    assert second.returncode == runner.UNABLE
    assert f"another run goes on (process {first.pid})" in output
    first.send_signal(signal.SIGKILL)
    first.wait()
    third = started()
    assert third.wait(timeout=30) == runner.UNABLE, "its playbook goes on"
    time.sleep(5)
    scene.plan(GOOD)
    assert started().wait(timeout=30) == 0
    assert len(scene.calls) == 2


def test_a_runner_that_is_told_to_end_ends_its_playbook(scene, started):
    left = scene.at("left")
    scene.plan(GOOD, takes=300, leaves=left)
    one = started()
    wait_for(scene, 1)
    time.sleep(1)
    one.terminate()
    output = one.communicate(timeout=60)[0]
    assert one.returncode == 128 + signal.SIGTERM
    assert "stopped by SIGTERM" in output
    with open(left, encoding="ascii") as source:
        assert not is_there(int(source.read()))
    assert not os.path.exists(os.path.join(scene.data, state.FILE))


def test_the_command_says_what_is_wrong_with_its_settings(scene, started):
    one = started(time_limit="long")
    output = one.communicate(timeout=30)[0]
    assert one.returncode == 1
    assert "time_limit is 'long'" in output and "Traceback" not in output


def test_reports_and_evidence_are_pruned_by_their_age_and_the_last_report_is_not(scene, run):
    scene.plan(GOOD)
    run()
    (last,) = names(scene)
    old = ["2020-01-01T03-00-00Z-aaaaaa", "2020-01-02T03-00-00Z-bbbbbb"]
    for folder in ("runs", "evidence"):
        for name in old:
            os.makedirs(os.path.join(scene.data, folder, name, "web1"))
        os.makedirs(os.path.join(scene.data, folder, "ours"))
    scene.plan(None, code=1)
    run(report_days=30, evidence_days=0)
    assert last in names(scene) and "ours" in names(scene)
    assert not set(old) & set(names(scene))
    assert set(old) <= set(names(scene, "evidence"))
    run(evidence_days=400)
    assert names(scene, "evidence") == ["ours"]
    assert os.readlink(os.path.join(scene.data, "runs", "latest")) == last


def test_the_playbook_is_told_where_its_results_go(scene, run):
    scene.plan(GOOD)
    run(variables={"audit_compliance_profiles": ["pci_dss_4_0"]}, keep_evidence=True, arguments=["--forks", "20"])
    (call,) = scene.calls
    assert call[:4] == ["auditops.trail.compliance", "-i", "hosts,", "--become"]
    assert call[-2:] == ["--forks", "20"]
    (name,) = names(scene)
    with open(os.path.join(scene.data, "runs", name, "variables.json"), encoding="utf-8") as source:
        assert json.load(source) == {
            "audit_compliance_evidence_dir": os.path.join(scene.data, "evidence"),
            "audit_compliance_history_dir": os.path.join(scene.data, "history"),
            "audit_compliance_merge": [],
            "audit_compliance_profiles": ["pci_dss_4_0"],
            "audit_compliance_result_dir": os.path.join(scene.data, "runs", name),
        }


def test_a_result_that_is_pushed_goes_with_its_names(scene, run):
    scene.plan(GOOD)
    target = scene.at("drop")
    push = ["sh", "-c", 'cp -a "$0" "$1" && echo "$2" > "$3"', "{folder}", target, "{host}", scene.at("who")]
    assert run(mode="pull", host="web1", push=push) == 0
    assert os.path.isfile(os.path.join(target, "compliance.json"))
    with open(scene.at("who"), encoding="utf-8") as source:
        assert source.read() == "web1\n"


@pytest.mark.parametrize("push", [["sh", "-c", "echo denied; exit 1"], ["/no/such/program"], ["sleep", "30"]])
def test_a_result_that_was_not_pushed_is_told_once(scene, run, push):
    scene.plan(GOOD)
    assert run(mode="pull", host="web1", push=push, push_limit=1) == runner.UNABLE
    run(mode="pull", host="web1", push=push, push_limit=1)
    (mail,) = scene.mails
    assert "The result was not pushed" in mail


def test_the_metrics_keep_the_last_report_over_a_run_without_one(scene, run):
    scene.plan(BAD)
    folder = scene.at("prom")
    os.mkdir(folder)
    run(textfile_dir=folder)
    scene.plan(None, code=4)
    run(textfile_dir=folder)
    assert os.listdir(folder) == ["try.prom"]
    with open(os.path.join(folder, "try.prom"), encoding="utf-8") as source:
        lines = source.read().splitlines()
    failing = 'audit_compliance_controls{profile="baseline",schedule="try",severity="high",verdict="fail"} 1'
    assert failing in lines
    assert 'audit_compliance_run_exit_code{schedule="try"} 4' in lines
    assert 'audit_compliance_new_problems{schedule="try"} 1' in lines
    assert 'audit_compliance_open_problems{schedule="try"} 2' in lines


def test_a_folder_of_metrics_that_is_not_there_fails_the_run_and_loses_no_notice(scene, run):
    scene.plan(BAD)
    assert run(textfile_dir=scene.at("nowhere")) == runner.UNABLE
    assert len(scene.mails) == 1


def test_a_damaged_state_is_set_aside_and_told(scene, run):
    scene.plan(GOOD)
    run()
    with open(os.path.join(scene.data, state.FILE), "w", encoding="utf-8") as out:
        out.write("{")
    assert run() == runner.UNABLE
    assert any("damaged" in line and "set aside" in line for line in scene.said)
    assert [name for name in os.listdir(scene.data) if name.startswith("state.json.damaged-")]


def test_a_playbook_that_is_not_there_is_a_run_without_a_report(scene, run):
    os.unlink(scene.at("bin", "ansible-playbook"))
    assert run() == 127
    assert "No such file" in scene.mails[0]


def metric(folder, name):
    with open(os.path.join(folder, "try.prom"), encoding="utf-8") as source:
        found = [line for line in source if line.startswith(f"audit_compliance_{name}")]
    return found[0].split()[-1] if found else None


@pytest.fixture
def full(monkeypatch):
    """``full("state.json")``: from here on nothing can be written below a path that ends so."""

    def fill(end):
        def refuse(real):
            def call(path, *arguments, **more):
                if str(path).endswith(end):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
                return real(path, *arguments, **more)

            return call

        monkeypatch.setattr(runner.state.atomic, "put", refuse(runner.state.atomic.put))
        monkeypatch.setattr(runner.os, "mkdir", refuse(os.mkdir))
        monkeypatch.setattr(runner, "open", refuse(open), raising=False)

    return fill


@pytest.mark.parametrize("end", ["state.json", "variables.json", "output.log", "run"])
def test_a_run_that_cannot_be_kept_is_told_and_measured(scene, run, full, monkeypatch, end):
    folder = scene.at("prom")
    os.mkdir(folder)
    scene.plan(GOOD)
    assert run(textfile_dir=folder) == 0
    made = metric(folder, "report_timestamp_seconds")
    if end == "run":
        monkeypatch.setattr(runner.pruning, "named", lambda *_told: "the-run")
    full(end)
    scene.plan(BAD)
    for number in (1, 2):
        with pytest.raises(runner.TrailError, match="No space left"):
            run(textfile_dir=folder)
        assert metric(folder, "run_exit_code") == "1"
        assert metric(folder, "report_timestamp_seconds") == made
        assert len(scene.mails) == number
    assert "a run could not be kept" in subject(scene.mails[0])
    assert "No space left" in scene.mails[0]
    monkeypatch.undo()
    assert run(textfile_dir=folder) == 0
    assert "1 new failure" in subject(scene.mails[2])
    assert metric(folder, "run_exit_code") == "0"


def test_a_run_that_is_left_out_is_measured_and_changes_no_state(scene, run):
    folder = scene.at("prom")
    os.mkdir(folder)
    scene.plan(BAD)
    run(textfile_dir=folder)
    made, before = metric(folder, "report_timestamp_seconds"), scene.state
    with lock.hold(scene.data), pytest.raises(lock.Held):
        run(textfile_dir=folder)
    assert metric(folder, "run_exit_code") == "75"
    assert metric(folder, "open_problems") == "1"
    assert metric(folder, "report_timestamp_seconds") == made
    assert scene.state == before


def test_a_report_that_cannot_be_read_is_told_and_the_run_is_kept(scene, run):
    folder = scene.at("prom")
    os.mkdir(folder)
    scene.plan(fleet(dict(GOOD["results"][0], controls=[dict(control("x"), profiles=5)])))
    assert run(textfile_dir=folder) == runner.UNABLE
    assert "The run has made no report" in scene.mails[0]
    assert metric(folder, "run_exit_code") == "75"
    assert scene.state["reported"] is False


def test_of_a_long_log_the_end_is_told(scene, run, tmp_path):
    path = str(tmp_path / "log")
    with open(path, "wb") as out:
        out.write(b"x" * 10)
        out.truncate(3 << 30)
        out.seek(0, os.SEEK_END)
        out.write(b"\nfirst\nlast\n")
    assert runner._tail(path).splitlines()[-2:] == ["first", "last"]


def test_a_lock_is_given_up_with_its_holder(scene):
    os.makedirs(scene.data)
    with lock.hold(scene.data):
        caught = []

        def try_it():
            try:
                with lock.hold(scene.data):
                    pass
            except lock.Held as exc:
                caught.append(str(exc))

        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
        assert f"process {os.getpid()}" in caught[0]
    with lock.hold(scene.data):
        pass
