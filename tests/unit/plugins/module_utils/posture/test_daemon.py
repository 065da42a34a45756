# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds the audit socket, and who reads along."""

import os
import re

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import daemon, forms_system
from ansible_collections.auditops.trail.tests.unit import roots

HEADER = "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
ROW = "0000000085a6d367 {0:<3} {1:<10} {2:08x} 0        0        0     2        0        {3}\n"
KERNEL = ROW.format(9, 0, 0, 6)
STAT = "{0} (a) b) S 1 " + "0 " * 17 + "250 0 0"


@pytest.fixture(autouse=True)
def programs_lie_below_the_root(tmp_path, monkeypatch):
    """/proc/PID/exe leads into the folder that stands for the root, and to the file itself where that is gone."""
    real = os.stat

    def stat(path, *arguments, **named):
        if re.match(re.escape(str(tmp_path)) + r"/proc/\d+/exe\Z", str(path)):
            path = str(tmp_path) + os.readlink(path)
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "stat", stat)


def process(pid, name, exe, **links):
    files = {
        "/proc/{0}/comm".format(pid): name + "\n",
        "/proc/{0}/stat".format(pid): STAT.format(pid),
    }
    found = {"/proc/{0}/exe".format(pid): exe} if exe else {}
    found.update({"/proc/{0}/fd/{1}".format(pid, number[1:]): target for number, target in links.items()})
    return files, found


def collect(root, pid, table=HEADER + KERNEL, **parts):
    roots.make(root, {"/proc/net/netlink": table, "/proc/stat": "btime 1764169200\n"})
    found = daemon.collect(roots.context(root), dict({"status": {"pid": pid}, "errors": {}}, **parts))
    form.check(forms_system.PARTS["daemon"], found, "daemon", "")
    return found


def test_the_holder_is_told_by_its_program(tmp_path):
    roots.make(tmp_path, *process(512, "auditd", "/usr/sbin/auditd"))
    roots.program(tmp_path, "/usr/sbin/auditd")
    found = collect(tmp_path, 512, service={"main_pid": 512})
    assert found["holder"] == {
        "pid": 512,
        "comm": "auditd",
        "exe": "/usr/sbin/auditd",
        "deleted": False,
        "started": "2025-11-26T15:00:02Z",
        "packaged": None,
    }
    assert (found["is_auditd"], found["is_service_main"], found["listeners"]) == (True, True, [])
    assert found["not_seen"] == []


def test_nobody_holds_it(tmp_path):
    found = collect(tmp_path, 0, service={"main_pid": 0})
    assert (found["holder"], found["is_auditd"], found["is_service_main"]) == (None, False, False)


@pytest.mark.parametrize(
    ("exe", "expected"),
    [
        ("/usr/sbin/auditd (deleted)", True),
        ("/usr/local/sbin/auditd", True),
        ("/tmp/auditd", False),
        ("/usr/bin/auditbeat", False),
    ],
)
def test_only_an_audit_daemon_is_one(tmp_path, exe, expected):
    roots.make(tmp_path, *process(512, "auditd", exe))
    roots.program(tmp_path, exe)
    found = collect(tmp_path, 512)
    assert found["is_auditd"] is expected
    assert found["holder"]["deleted"] is exe.endswith(" (deleted)")
    assert not found["holder"]["exe"].endswith(" (deleted)")
    assert found["is_service_main"] is None


def test_an_auditd_that_the_package_does_not_have_is_another(tmp_path):
    roots.make(tmp_path, *process(512, "auditd", "/usr/local/sbin/auditd"))
    roots.make(tmp_path, {"/var/lib/dpkg/info/auditd.list": "/sbin/auditd\n"})
    part = {"manager": "dpkg", "installed": [{"name": "auditd"}]}
    found = collect(tmp_path, 512, packages=part)
    assert (found["holder"]["packaged"], found["is_auditd"]) == (False, False)


@pytest.mark.parametrize("own", [(), ("/usr/sbin/auditd",)])
def test_a_process_that_runs_another_file_of_that_path_is_none(tmp_path, monkeypatch, own):
    roots.make(tmp_path, *process(512, "auditd", "/usr/sbin/auditd"))
    roots.program(tmp_path, "/container/auditd", *own)
    plain = os.stat

    def stat(path, *arguments, **named):
        inside = str(tmp_path) + "/container/auditd"
        return plain(inside if str(path).endswith("/proc/512/exe") else path, *arguments, **named)

    monkeypatch.setattr(os, "stat", stat)
    assert collect(tmp_path, 512)["is_auditd"] is False


def test_a_process_that_has_ended_meanwhile_is_not_judged(tmp_path, monkeypatch):
    roots.make(tmp_path, *process(512, "auditd", "/usr/sbin/auditd"))
    roots.program(tmp_path, "/usr/sbin/auditd")
    plain = os.stat

    def stat(path, *arguments, **named):
        if str(path).endswith("/proc/512/exe"):
            raise FileNotFoundError(2, "No such file or directory")
        return plain(path, *arguments, **named)

    monkeypatch.setattr(os, "stat", stat)
    assert collect(tmp_path, 512)["is_auditd"] is None


def test_a_file_that_is_gone_from_another_filesystem_is_not_judged(tmp_path, monkeypatch):
    exe = "/usr/sbin/auditd (deleted)"
    roots.make(tmp_path, *process(512, "auditd", exe))
    roots.program(tmp_path, exe)
    plain = os.stat

    def stat(path, *arguments, **named):
        found = plain(path, *arguments, **named)
        if not str(path).endswith("/proc/512/exe"):
            return found
        return os.stat_result(tuple(found)[:2] + (found.st_dev + 1,) + tuple(found)[3:10])

    monkeypatch.setattr(os, "stat", stat)
    found = collect(tmp_path, 512)
    assert found["is_auditd"] is None and "its file is gone" in found["not_seen"][0]


@pytest.mark.parametrize(
    ("part", "errors", "expected"),
    [
        ({"manager": None, "installed": None}, {}, True),
        ({"manager": "dpkg", "installed": []}, {}, None),
        (None, {"packages": {"message": "rpm cannot be run"}}, None),
    ],
)
def test_where_a_package_manager_is_it_has_to_own_the_file(tmp_path, part, errors, expected):
    roots.make(tmp_path, *process(512, "auditd", "/usr/sbin/auditd"))
    roots.program(tmp_path, "/usr/sbin/auditd")
    found = collect(tmp_path, 512, packages=part, errors=errors)
    assert found["is_auditd"] is expected
    assert bool(found["not_seen"]) is (expected is None)


def test_a_process_that_is_not_seen_is_not_judged(tmp_path):
    found = collect(tmp_path, 512)
    assert (found["holder"], found["is_auditd"]) == (None, None)
    assert "512" in found["not_seen"][0]


def test_without_the_status_its_reason_is_given(tmp_path):
    error = {"message": "only root may ask", "file": None, "line": None, "remedy": "use become."}
    with pytest.raises(EvidenceError, match="only root may ask"):
        daemon.collect(roots.context(tmp_path), {"errors": {"status": error}})


def test_a_reader_is_found_by_its_socket_whatever_its_port(tmp_path):
    roots.make(tmp_path, *process(88, "systemd-journal", "/usr/lib/systemd/systemd-journald", _7="socket:[4711]"))
    roots.make(tmp_path, *process(99, "bash", "/bin/bash", _0="/dev/null"))
    table = HEADER + KERNEL + ROW.format(9, 99, 1, 4711) + ROW.format(15, 88, 2, 4712)
    assert collect(tmp_path, 0, table)["listeners"] == [
        {"pid": 88, "comm": "systemd-journal", "exe": "/usr/lib/systemd/systemd-journald"}
    ]


def test_a_socket_that_systemd_opened_for_the_journal_is_read_by_both(tmp_path):
    roots.make(tmp_path, *process(1, "systemd", "/usr/lib/systemd/systemd", _34="socket:[4711]"))
    roots.make(tmp_path, *process(88, "systemd-journal", "/usr/lib/systemd/systemd-journald", _6="socket:[4711]"))
    found = collect(tmp_path, 0, HEADER + ROW.format(9, 1, 1, 4711))["listeners"]
    assert [reader["comm"] for reader in found] == ["systemd", "systemd-journal"]


def test_no_further_process_is_looked_into_once_all_readers_are_found(tmp_path, monkeypatch):
    roots.make(tmp_path, *process(20, "database", "/bin/db", _7="socket:[9]"))
    roots.make(tmp_path, *process(88, "systemd-journal", "/usr/lib/systemd/systemd-journald", _7="socket:[4711]"))
    looked = []
    real = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: looked.append(str(path)[len(str(tmp_path)) :]) or real(path))
    assert len(collect(tmp_path, 0, HEADER + ROW.format(9, 88, 1, 4711))["listeners"]) == 1
    assert [path for path in looked if path.endswith("/fd")] == ["/proc/88/fd"]


def test_a_reader_that_cannot_be_found_makes_the_list_unknown(tmp_path):
    found = collect(tmp_path, 0, HEADER + ROW.format(9, 88, 1, 4711))
    assert found["listeners"] is None
    assert "4711" in found["not_seen"][0]


def test_the_sockets_are_those_of_process_1s_network(tmp_path):
    roots.make(tmp_path, {"/proc/1/net/netlink": HEADER + ROW.format(9, 88, 1, 4711)})
    roots.make(tmp_path, links={"/proc/self/ns/net": "net:[2]", "/proc/1/ns/net": "net:[1]"})
    assert collect(tmp_path, 0)["listeners"] is None
