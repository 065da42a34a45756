# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that collectors read: what is not there is nothing, what cannot be read is noted."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import seen as module
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen, processes, services


@pytest.fixture(name="seen")
def fixture_seen(tmp_path):
    (tmp_path / "etc").mkdir()
    return Seen(Context(root=str(tmp_path)))


def test_a_file_that_is_not_there_is_nothing_and_no_fault(seen):
    assert (seen.text("/etc/x"), seen.lines("/etc/x"), seen.names("/x"), seen.entry("/etc/x")) == (None, [], [], None)
    assert seen.not_seen == []


def test_a_pipe_is_not_waited_for(seen, tmp_path):
    os.mkfifo(str(tmp_path / "etc" / "pipe"))
    assert seen.text("/etc/pipe") is None
    assert seen.not_seen == ["/etc/pipe: not a file"]


def test_a_file_without_end_is_not_read(seen, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    (tmp_path / "etc" / "long").write_text("x" * 11)
    assert seen.text("/etc/long") is None
    assert seen.not_seen == ["/etc/long: larger than 10 bytes"]


def test_lines_that_go_on_are_joined_with_the_number_of_the_first(seen, tmp_path):
    (tmp_path / "etc" / "x").write_text("\none \\\n two\n\nthree\\")
    assert seen.joined("/etc/x") == [(2, "one  two")]


def test_a_pattern_means_what_is_there_in_order_and_no_hidden_files(seen, tmp_path):
    for name in ("b.conf", "a.conf", ".c.conf", "d.txt"):
        (tmp_path / "etc" / name).write_text("")
    assert seen.matching("/etc/*.conf") == ["/etc/a.conf", "/etc/b.conf"]
    assert seen.matching("/*/d.txt") == ["/etc/d.txt"]
    assert seen.matching("/etc/none") == []


def test_a_program_that_fails_is_noted_and_one_that_is_not_there_is_not(tmp_path):
    (tmp_path / "usr" / "bin").mkdir(parents=True)
    (tmp_path / "usr" / "bin" / "tool").write_text("")

    def broken(_command):
        raise EvidenceError("it hangs")

    seen = Seen(Context(root=str(tmp_path), run=broken))
    assert (seen.ask("tool"), seen.ask("none")) == (None, None)
    assert seen.not_seen == ["tool: it hangs"]
    seen = Seen(Context(root=str(tmp_path), run=lambda command: (1, "x")))
    assert seen.ask("tool", "-a") is None
    assert seen.not_seen == ["tool -a: it ends with status 1"]


def test_where_the_first_process_does_not_show_not_all_do(tmp_path):
    assert processes(Context(root=str(tmp_path))) is None
    for pid, comm in ((7, "b"), (1, "a")):
        (tmp_path / "proc" / str(pid)).mkdir(parents=True)
        (tmp_path / "proc" / str(pid) / "comm").write_text(comm + "\n")
        if pid == 7:
            assert processes(Context(root=str(tmp_path))) is None
    assert processes(Context(root=str(tmp_path))) == [(1, "a"), (7, "b")]


@pytest.mark.parametrize(
    "uid, is_one", [(0, True), (120, True), (999, True), (1000, False), (65000, True), (100999, False)]
)
def test_a_service_is_run_by_root_or_by_a_system_account(tmp_path, uid, is_one):
    (tmp_path / "proc" / "1").mkdir(parents=True)
    (tmp_path / "proc" / "1" / "comm").write_text("a\n")
    (tmp_path / "proc" / "1" / "status").write_text("Name:\ta\nUid:\t{0}\t{0}\t{0}\t{0}\n".format(uid))
    assert services(Context(root=str(tmp_path))) == ([(1, "a")] if is_one else [])


def test_where_not_all_processes_show_it_is_not_known_what_services_there_are(tmp_path):
    assert services(Context(root=str(tmp_path))) is None
