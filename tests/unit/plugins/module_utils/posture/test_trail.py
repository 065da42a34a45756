# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a log tells: counts, gaps, changes, and one sample for each control that asks."""

import gzip
import json
import lzma
import os
import time

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import forms, trail, trail_masks, trail_records
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

T = 1764000000


def line(kind, at, serial, rest, node=None):
    text = "type={0} msg=audit({1}.123:{2}): {3}".format(kind, T + at, serial, rest)
    return text if node is None else "node={0} {1}".format(node, text)


def write(root, name, *lines, **more):
    place = os.path.join(str(root), "var", "log", "audit", name)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    data = ("\n".join(lines) + more.get("end", "\n")).encode("utf-8", "surrogateescape")
    with open(place, "wb") as file:
        file.write(gzip.compress(data) if name.endswith(".gz") else data)
    os.utime(place, (more.get("age", T), more.get("age", T)))
    return len(data)


def told(root, posture=None, **more):
    found = trail.collect(Context(root=str(root), **more), posture or {})
    forms.checked(forms.PARTS["trail"], found, "trail")
    return found


def of(tmp_path, *lines, **more):
    write(tmp_path, "audit.log", *lines)
    return told(tmp_path, **more)


START, END = "op=start ver=3.0.9 format=enriched auid=4294967295 pid=5 res=success", "op=terminate auid=0 res=success"


# -- nodes ---------------------------------------------------------------------


COLLECTOR = {"host": {"nodename": "coll"}, "config": {"auditd": {"values": {"tcp_listen_port": 60}}}}


ALONE = {"config": {"auditd": {"values": {"tcp_listen_port": None}}}}


def of_nodes(tmp_path, posture, *lines):
    write(tmp_path, "audit.log", *lines)
    return told(tmp_path, posture)


def test_the_end_of_this_hosts_daemon_does_not_pair_with_a_start_of_anothers(tmp_path):
    found = of_nodes(
        tmp_path,
        COLLECTOR,
        line("USER_LOGIN", 1, 1, "", "coll"),
        line("DAEMON_END", 100, 2, END, "coll"),
        line("DAEMON_START", 160, 3, START, "web1"),
    )
    (stop,) = found["stops"]
    assert stop["to"] is None and found["counts"]["stops_going_on"] == 1
    assert (found["starts"], found["unpaired_starts"], found["other_nodes"]) == ([], [], ["web1"])


def test_what_other_hosts_daemons_do_is_not_told_of_this_one(tmp_path):
    found = of_nodes(
        tmp_path,
        COLLECTOR,
        line("DAEMON_START", 0, 1, START, "coll.example.com"),
        line("DAEMON_END", 1, 1, END, "web1"),
        line("DAEMON_START", 2, 1, START, "web2"),
        line("CONFIG_CHANGE", 3, 1, "op=set audit_enabled=0 old=1 auid=0 res=1", "web1"),
        line("CONFIG_CHANGE", 4, 1, 'op=remove_rule key="k" list=4 res=1', "coll"),
        line("CONFIG_CHANGE", 5, 1, 'op=add_rule key="k" list=4 res=1', "web2"),
    )
    assert (found["stops"], found["ends"], found["unpaired_starts"], found["enabled_changes"]) == ([], [], [], [])
    assert [rule["added_back"] for rule in found["rules_removed"]] == [False]
    assert found["other_nodes"] == ["web1", "web2"]


def test_the_record_before_a_start_is_one_of_the_same_node(tmp_path):
    found = of_nodes(
        tmp_path,
        COLLECTOR,
        line("DAEMON_START", 0, 1, START, "coll"),
        line("USER_LOGIN", 10, 1, "", "coll"),
        line("USER_LOGIN", 500, 1, "", "web1"),
        line("DAEMON_START", 510, 1, START, "coll"),
    )
    assert [start["seconds"] for start in found["unpaired_starts"]] == [500.0]


def test_a_collector_whose_own_records_are_not_known_tells_of_none(tmp_path):
    for host in (
        dict(COLLECTOR, host={"nodename": "other"}),
        {"config": {"auditd": {"values": {"tcp_listen_port": 60, "name_format": "numeric"}}}},
    ):
        found = of_nodes(tmp_path, host, line("DAEMON_END", 1, 1, END, "web1"))
        assert found["stops"] is None and found["counts"] is None
        assert found["not_seen"] == [
            "/var/log/audit/audit.log: its records are those of web1, and none is known to be this host"
        ]
        assert found["complete"] is True and found["records"] == {"DAEMON_END": 1}


def test_a_host_that_was_renamed_is_one_host(tmp_path):
    lines = [
        line("DAEMON_START", 0, 1, START),
        line("DAEMON_END", 100, 1, END),
        line("DAEMON_START", 102, 1, START, "old"),
        line("USER_LOGIN", 110, 1, "", "old"),
        line("DAEMON_START", 900, 1, START, "new"),
    ]
    for posture in (dict(ALONE, host={"nodename": "new"}), ALONE):
        found = of_nodes(tmp_path, posture, *lines)
        assert [stop["seconds"] for stop in found["stops"]] == [2.0]
        assert [start["at"] for start in found["unpaired_starts"]] == ["2025-11-24T16:15:00Z"]
        assert found["other_nodes"] == []
    assert of_nodes(tmp_path, COLLECTOR, *lines)["other_nodes"] == ["new", "old"]


def test_a_name_that_was_changed_and_changed_back_hides_nothing_where_nobody_elses_records_come_in(tmp_path):
    lines = [
        line("DAEMON_START", 0, 1, START, "web1"),
        line("CONFIG_CHANGE", 1, 1, "op=set audit_enabled=0 old=1 auid=0 res=1", "x"),
        line("CONFIG_CHANGE", 2, 2, 'op=remove_rule key="k" list=4 res=1', "x"),
        line("USER_LOGIN", 3, 3, "", "web1"),
        line("DAEMON_START", 4, 1, START, "web1"),
    ]
    found = of_nodes(tmp_path, dict(ALONE, host={"nodename": "web1"}), *lines)
    assert (len(found["enabled_changes"]), len(found["rules_removed"]), found["other_nodes"]) == (1, 1, [])
    assert [start["seconds"] for start in found["unpaired_starts"]] == [1.0]


def test_where_it_is_not_known_who_sends_only_a_log_without_other_names_is_this_hosts(tmp_path):
    here = {"host": {"nodename": "a"}}
    lines = [line("DAEMON_END", at, 1, END, node) for at, node in enumerate(["a", None, "a"])]
    assert len(of_nodes(tmp_path, here, *lines)["ends"]) == 3
    found = of_nodes(tmp_path, here, line("DAEMON_END", 9, 1, END, "b"), *lines)
    assert (found["ends"], found["other_nodes"], found["complete"]) == (None, ["b"], True)
    assert of_nodes(tmp_path, {}, *lines)["ends"] is None


def test_however_many_names_there_are_the_hosts_own_records_are_found_in_little_time(tmp_path, monkeypatch):
    monkeypatch.setattr(trail.trail_nodes, "MOST_NODES", 50)
    lines = [line("DAEMON_START", at, at, START, "h{0}".format(at)) for at in range(20000)]
    lines += [line("DAEMON_END", 20000, 1, END, "coll")]
    began = time.process_time()
    found = of_nodes(tmp_path, COLLECTOR, *lines)
    # It was half a minute when each line was compared with all the names and the hundred lines before it.
    assert time.process_time() - began < 5
    assert (len(found["ends"]), found["starts"], len(found["other_nodes"])) == (1, [], 50)


def test_the_time_is_asked_for_within_a_chunk():
    lines = [line("DAEMON_START", at, at, START) for at in range(3000)]
    asked = []

    def is_spent():
        asked.append(1)
        return len(asked) > 2

    changes = trail.trail_changes.Changes(trail.trail_nodes.own(ALONE), is_spent, lambda: None)
    changes.take(trail_records.Scan(trail.trail_changes.TYPES).chunk("\n".join(lines).encode("ascii")))
    assert (len(asked), changes.told()["counts"]["starts"]) == (3, 512)


# -- what hostile or broken lines do -------------------------------------------


@pytest.mark.parametrize("number", ["9" * 5000, "\u00b2", "12345678901", "", "-5"])
def test_a_number_that_can_be_none_is_not_told(tmp_path, number):
    found = of(
        tmp_path,
        line("CONFIG_CHANGE", 1, 1, 'op=remove_rule key="k" list=4 auid={0} res=1'.format(number)),
        line("CONFIG_CHANGE", 2, 1, "op=set audit_enabled={0} old=1 auid={0} res=1".format("9" * 5000)),
        line("EXECVE", 3, 1, 'argc=1 a{0}="x" a0="y"'.format(number)),
    )
    assert [rule["auid"] for rule in found["rules_removed"]] == [None]
    assert found["enabled_changes"] == [] and found["complete"] is True


@pytest.mark.parametrize("at", [-T, 100000000000 - T])
def test_a_time_that_cannot_be_is_neither_the_first_nor_the_last(tmp_path, at):
    odd = "type=USER msg=audit({0}.000:1): x".format(T + at)
    found = of(tmp_path, odd, line("SYSCALL", 1, 7, "a=1"), line("SYSCALL", 2, 7, "a=1"), odd)
    assert (found["from"], found["to"]) == ("2025-11-24T16:00:01Z", "2025-11-24T16:00:02Z")


def test_the_record_behind_the_zeros_that_a_crash_leaves_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(trail.trail_files, "CHUNK", 40)
    found = of(
        tmp_path,
        line("DAEMON_START", 0, 1, START),
        "\0" * 200 + line("DAEMON_START", 60, 1, START),
        "\0" * 45,
        line("SYSTEM_BOOT", 61, 1, ""),
    )
    assert [start["seconds"] for start in found["unpaired_starts"]] == [60.0]
    assert (found["malformed"], found["events"]) == (0, 3)


@pytest.mark.parametrize("suffix", [".zst", ".Z", ".lz4"])
def test_what_python_cannot_unpack_leaves_the_trail_incomplete(tmp_path, suffix):
    write(tmp_path, "audit.log", line("SYSCALL", 1, 7, "a=1"))
    write(tmp_path, "audit.log.1" + suffix, "x" * 50, age=T - 5)
    found = told(tmp_path)
    path = "/var/log/audit/audit.log.1" + suffix
    assert found["not_seen"] == ["{0}: Python cannot unpack {1}".format(path, suffix)]
    assert (found["complete"], found["whole"], found["malformed"]) == (False, False, 0)
    assert path in found["incomplete"] and found["files"] == ["/var/log/audit/audit.log"]


def test_lzma_is_unpacked(tmp_path):
    write(tmp_path, "audit.log", line("SYSCALL", 2, 7, "a=1"))
    place = str(tmp_path) + "/var/log/audit/audit.log.1.lzma"
    with open(place, "wb") as file:
        file.write(lzma.compress((line("SYSCALL", 1, 7, "a=1") + "\n").encode(), format=lzma.FORMAT_ALONE))
    os.utime(place, (T - 5, T - 5))
    found = told(tmp_path)
    assert (found["events"], found["malformed"], found["complete"]) == (2, 0, True)


def test_a_pipe_that_takes_the_place_of_a_log_does_not_hold(tmp_path, monkeypatch):
    write(tmp_path, "audit.log", line("SYSCALL", 1, 7, "a=1"))
    os.mkfifo(str(tmp_path) + "/var/log/audit/audit.log.1")
    both = ["/var/log/audit/audit.log", "/var/log/audit/audit.log.1"]
    monkeypatch.setattr(trail.trail_files, "names", lambda *_arguments: both)
    assert told(tmp_path)["events"] == 1


# -- counts --------------------------------------------------------------------


def test_records_are_counted_by_type_and_events_by_their_identity(tmp_path):
    found = of(
        tmp_path,
        line("SYSCALL", 1, 7, 'arch=c000003e comm="ls"\x1dUID="root"'),
        line("SERVICE_START", 1, 8, "pid=1 msg='unit=cron res=success'"),
        line("PATH", 1, 7, 'item=0 name="/etc"'),
        line("UNKNOWN[1420]", 2, 9, "x=1"),
    )
    assert found["records"] == {"PATH": 1, "SERVICE_START": 1, "SYSCALL": 1, "UNKNOWN[1420]": 1}
    assert (found["events"], found["malformed"]) == (3, 0)
    assert (found["from"], found["to"]) == ("2025-11-24T16:00:01Z", "2025-11-24T16:00:02Z")
    assert (found["complete"], found["whole"], found["files"]) == (True, True, ["/var/log/audit/audit.log"])


def test_the_same_serial_of_two_nodes_is_two_events(tmp_path):
    found = of(
        tmp_path,
        line("SYSCALL", 1, 7, "a=1", "web1"),
        line("SYSCALL", 1, 7, "a=1", "web2"),
        line("PATH", 1, 7, "", "web1"),
    )
    assert (found["events"], found["records"]) == (2, {"PATH": 1, "SYSCALL": 2})


@pytest.mark.parametrize(
    "garbage",
    [
        "\x00\x01\udcff garbage",
        "type=SYSCALL",
        "type= msg=audit(1.2:3): x",
        "type=SYSCALL msg=audit(x.y:z): a=1",
        "type=SYSCALL msg=audit(176400000099999999999.123:4): a=1",
        "type=lower msg=audit(1764000000.123:4): a=1",
        "node= type",
        "=",
    ],
)
def test_garbage_is_counted_and_nothing_else(tmp_path, garbage):
    found = of(tmp_path, line("SYSCALL", 1, 7, "a=1"), garbage, line("CWD", 1, 7, 'cwd="/"'))
    assert (found["malformed"], found["records"], found["events"]) == (1, {"CWD": 1, "SYSCALL": 1}, 1)


def test_the_line_that_the_daemon_is_writing_is_left_out(tmp_path):
    write(tmp_path, "audit.log", line("SYSCALL", 1, 7, "a=1"), "type=PATH msg=aud", end="")
    found = told(tmp_path)
    assert (found["malformed"], found["records"]) == (0, {"SYSCALL": 1})


def test_an_event_that_spans_two_chunks_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(trail.trail_files, "CHUNK", 40)
    lines = [
        line("SYSCALL", 1, 7, "a=1"),
        line("CWD", 1, 7, 'cwd="/"'),
        line("PATH", 1, 7, "item=0"),
        line("EOE", 1, 7, ""),
    ]
    found = of(tmp_path, *lines, samples={"c": {"types": ["SYSCALL"], "fields": ["item", "cwd"]}})
    assert found["events"] == 1
    assert found["samples"]["c"]["present"] == ["item", "cwd"]
    assert found["samples"]["c"]["text"].count("\n") == 3


# -- files ----------------------------------------------------------------------


def test_rotated_and_packed_files_are_read_from_the_oldest_on(tmp_path):
    write(tmp_path, "audit.log.2.gz", line("SYSCALL", 1, 1, "a=1"), age=T)
    write(tmp_path, "audit.log.1", line("SYSCALL", 2, 2, "a=1"), age=T + 1)
    write(tmp_path, "audit.log", line("SYSCALL", 3, 3, "a=1"), age=T + 2)
    write(tmp_path, "other.log", line("SYSCALL", 4, 4, "a=1"))
    found = told(tmp_path)
    assert [os.path.basename(path) for path in found["files"]] == ["audit.log.2.gz", "audit.log.1", "audit.log"]
    assert (found["from"], found["to"]) == ("2025-11-24T16:00:01Z", "2025-11-24T16:00:03Z")


def test_old_files_beyond_the_limit_leave_the_part_complete_and_are_told(tmp_path):
    many = [line("SYSCALL", at, at, "a=1") for at in range(100)]
    size = write(tmp_path, "audit.log.1", *many)
    write(tmp_path, "audit.log.2", *many, age=T - 9)
    write(tmp_path, "audit.log", line("SYSCALL", 200, 200, "a=1"), age=T + 9)
    found = told(tmp_path, log_bytes=1000)
    assert (found["complete"], found["incomplete"], found["whole"]) == (True, None, False)
    for named in (
        "log_bytes (of the role: audit_compliance_log_bytes)",
        str(found["bytes_total"]),
        found["from"],
        "1000 bytes",
    ):
        assert named in found["bounded"]
    assert found["bytes_read"] <= 1000 and found["bytes_total"] > 2 * size
    assert found["malformed"] == 0
    assert found["records"]["SYSCALL"] < 25


def test_a_packed_file_that_does_not_fit_is_left_out_with_all_that_is_older(tmp_path):
    many = [line("SYSCALL", at, at, "a=1") for at in range(100)]
    write(tmp_path, "audit.log.1.gz", *many, age=T - 1)
    write(tmp_path, "audit.log.2", line("SYSCALL", 1, 1, "a=1"), age=T - 2)
    write(tmp_path, "audit.log", line("SYSCALL", 200, 200, "a=1"))
    found = told(tmp_path, log_bytes=1000)
    assert [os.path.basename(path) for path in found["files"]] == ["audit.log"]
    assert not found["whole"]


def test_a_packed_file_that_is_broken_makes_the_part_incomplete(tmp_path):
    write(tmp_path, "audit.log", line("SYSCALL", 1, 1, "a=1"))
    place = tmp_path / "var" / "log" / "audit" / "audit.log.1.gz"
    place.write_bytes(gzip.compress(b"type=SYSCALL msg=audit(1764000000.123:1): a=1\n" * 50)[:-20])
    found = told(tmp_path)
    assert not found["complete"]
    assert "audit.log.1.gz" in found["incomplete"]
    assert found["records"]["SYSCALL"] >= 1


def test_without_a_log_nothing_passes(tmp_path):
    found = told(tmp_path)
    assert not found["complete"]
    assert "/var/log/audit/audit.log" in found["incomplete"]


def test_an_empty_log_is_one(tmp_path):
    write(tmp_path, "audit.log", end="")
    found = told(tmp_path)
    assert (found["complete"], found["events"], found["from"]) == (True, 0, None)


def test_what_may_not_be_read_makes_the_part_incomplete(tmp_path, monkeypatch):
    def refused(*_arguments, **_more):
        raise PermissionError(13, "Permission denied")

    write(tmp_path, "audit.log", line("SYSCALL", 1, 1, "a=1"))
    monkeypatch.setattr(os, "listdir", refused)
    found = told(tmp_path)
    assert found["not_seen"] == ["/var/log/audit: Permission denied"]
    assert not found["complete"] and "run as root" in found["incomplete"]
    # Nothing was seen, which is not the same as nothing being there.
    named = ("records", "events", "stops", "starts", "unpaired_starts", "counts", "secrets", "samples", "bytes_total")
    assert {name: found[name] for name in named} == dict.fromkeys(named)
    assert (found["files"], found["bytes_read"], found["whole"]) == ([], 0, False)


@pytest.mark.parametrize("source", ["logs", "config", "auditd.conf"])
def test_the_log_is_where_the_configuration_says(tmp_path, source):
    place = tmp_path / "srv" / "a.log"
    place.parent.mkdir()
    place.write_text(line("SYSCALL", 1, 1, "a=1") + "\n")
    posture = {
        "logs": {"logs": {"file": "/srv/a.log"}},
        "config": {"config": {"auditd": {"values": {"log_file": "/srv/a.log"}}}},
        "auditd.conf": {},
    }[source]
    if source == "auditd.conf":
        (tmp_path / "etc" / "audit").mkdir(parents=True)
        (tmp_path / "etc" / "audit" / "auditd.conf").write_text("#\nlog_file = /srv/a.log\n")
    assert told(tmp_path, posture)["records"] == {"SYSCALL": 1}


# -- continuity -----------------------------------------------------------------


def test_a_start_after_an_end_is_a_stop_with_its_length(tmp_path):
    found = of(
        tmp_path,
        line("SYSCALL", 0, 1, "a=1"),
        line("DAEMON_END", 10, 2, END),
        line("DAEMON_START", 40, 3, START),
    )
    assert found["unpaired_starts"] == []
    assert found["stops"] == [
        {"from": "2025-11-24T16:00:10Z", "to": "2025-11-24T16:00:40Z", "seconds": 30.0, "reboot": False}
    ]
    assert found["starts"] == [{"at": "2025-11-24T16:00:40Z"}]
    assert found["ends"] == [{"at": "2025-11-24T16:00:10Z", "abort": False}]


def test_a_start_without_an_end_before_it_means_that_the_daemon_died(tmp_path):
    found = of(
        tmp_path,
        line("DAEMON_START", 0, 1, START),
        line("SYSCALL", 10, 2, "a=1"),
        line("DAEMON_START", 40, 3, START),
        line("SYSCALL", 41, 4, "a=1"),
    )
    assert found["unpaired_starts"] == [
        {"at": "2025-11-24T16:00:40Z", "after": "2025-11-24T16:00:10Z", "seconds": 30.0, "reboot": False}
    ]


def test_a_start_as_the_first_record_is_no_fault_and_one_after_records_is(tmp_path):
    assert of(tmp_path, line("DAEMON_START", 0, 1, START))["unpaired_starts"] == []
    found = of(tmp_path, line("SYSCALL", 0, 1, "a=1"), line("DAEMON_START", 9, 2, START))
    assert len(found["unpaired_starts"]) == 1


def test_a_crash_of_the_host_is_told_from_one_of_the_daemon(tmp_path):
    found = of(
        tmp_path,
        line("SYSCALL", 0, 1, "a=1"),
        line("DAEMON_START", 100, 2, START),
        line("SYSTEM_BOOT", 101, 3, "msg='comm=systemd-update-utmp res=success'"),
    )
    assert [start["reboot"] for start in found["unpaired_starts"]] == [True]


def test_a_reboot_is_a_stop_that_is_told_as_such(tmp_path):
    found = of(
        tmp_path,
        line("SYSTEM_SHUTDOWN", 9, 1, "msg='res=success'"),
        line("DAEMON_END", 10, 2, END),
        line("DAEMON_START", 40, 3, START),
        line("SYSTEM_BOOT", 41, 3, BOOT),
    )
    assert [stop["reboot"] for stop in found["stops"]] == [True]


BOOT, SHUTDOWN = "pid=700 uid=0 msg=' comm=\"systemd-update-utmp\" res=success'", "msg='res=success'"


def stopped(tmp_path, end, *before, **more):
    """The one stop of a log in which the daemon ends so, and three hours later starts at a boot."""
    kind, at = more.get("kind", "DAEMON_END"), more.get("at", 11000)
    lines = [line("SYSCALL", 0, 1, "a=1")] + [line(name, 5, 2, SHUTDOWN) for name in before]
    lines += [line(kind, 10, 3, end), line("DAEMON_START", at, 4, START), line("SYSTEM_BOOT", at + 9, 5, BOOT)]
    (stop,) = tuple(of(tmp_path, *lines)["stops"])
    return stop


@pytest.mark.parametrize(
    "end",
    [
        "op=terminate auid=1000 uid=0 ses=3 pid=99 subj=? res=success",
        # The kernel tells the uid where there is no login uid: this is no service of systemd's.
        "op=terminate auid=0 uid=0 ses=4294967295 pid=99 subj=? res=success",
    ],
)
def test_a_boot_does_not_excuse_a_stop_by_somebody(tmp_path, end):
    assert stopped(tmp_path, end)["reboot"] is False


@pytest.mark.parametrize("sender", ["1", "-1", "?"])
def test_a_stop_by_systemd_before_a_boot_is_not_known_to_be_the_shutdown(tmp_path, sender):
    end = "op=terminate auid=0 uid=0 ses=4294967295 pid={0} subj=? res=success".format(sender)
    assert stopped(tmp_path, end)["reboot"] is None
    assert stopped(tmp_path, end, "SYSTEM_SHUTDOWN")["reboot"] is True


SYSTEMD = "op=terminate auid=0 uid=0 ses=4294967295 pid=1 subj=? res=success"
SOMEBODY = "op=terminate auid=1000 uid=0 ses=3 pid=4711 subj=? res=success"
DAY = 90000


def numbered(tmp_path, end, after, *more, **asked):
    """The one stop, of a day, in a log with the kernel's number 5000 before the end and ``after`` after the start."""
    lines = [line("SYSCALL", 0, 4999, "a=1"), line("SYSTEM_SHUTDOWN", 5, 5000, SHUTDOWN), line("SYSCALL", 6, 4000, "")]
    lines = [one for one in lines if asked.get("shutdown", True) or "SHUTDOWN" not in one]
    lines += [line("DAEMON_END", 15, 77, end), line("DAEMON_START", DAY, 9999, START)]
    lines += [line("SYSCALL", DAY + at, number, "a=1") for at, number in enumerate(after)] + list(more)
    (stop,) = of(tmp_path, *lines, **asked.get("context", {}))["stops"]
    return stop["reboot"]


@pytest.mark.parametrize("end", [SYSTEMD, SOMEBODY])
def test_a_shutdown_on_record_explains_nothing_where_no_boot_has_come_of_it(tmp_path, end):
    assert numbered(tmp_path, end, [5001, 5002]) is False
    # An event that began before the stop and ended after it has an old number.
    assert numbered(tmp_path, end, [4001, 5001]) is False
    # The record of a boot is made by starting a unit.
    assert numbered(tmp_path, end, [5001], line("SYSTEM_BOOT", DAY + 9, 5002, BOOT)) is False


def test_a_shutdown_before_and_the_kernels_numbers_from_one_on_after_it_are_a_reboot(tmp_path):
    assert numbered(tmp_path, SYSTEMD, [3, 4]) is True
    assert numbered(tmp_path, SYSTEMD, [3, 4], line("SYSTEM_BOOT", DAY + 9, 5, BOOT)) is True


def test_a_daemon_that_somebody_ended_after_a_shutdown_on_record_is_not_known_to_be_a_reboot(tmp_path):
    assert numbered(tmp_path, SOMEBODY, [3, 4]) is None
    assert numbered(tmp_path, SOMEBODY, [3, 4], shutdown=False) is False


def test_a_daemon_that_was_started_long_after_the_boot_is_not_known_to_be_part_of_it(tmp_path):
    early = line("SYSTEM_BOOT", 5000, 2, BOOT)
    assert numbered(tmp_path, SYSTEMD, [3, 4], early) is None


def test_a_start_soon_after_a_reboot_is_no_second_one(tmp_path):
    found = of(
        tmp_path,
        line("SYSCALL", 0, 9000, "a=1"),
        line("DAEMON_START", 10, 1, START),
        line("SYSCALL", 11, 3, "a=1"),
        line("DAEMON_START", 20, 1, START),
        line("SYSCALL", 21, 4, "a=1"),
    )
    # SYSTEM_BOOT is not written by every systemd: a crash is known by the numbers.
    assert [start["reboot"] for start in found["unpaired_starts"]] == [True, False]


def test_numbers_far_from_the_stop_are_not_compared_with_it(tmp_path):
    many = [line("SYSCALL", 1, 900000 + at, "a=1") for at in range(10)] + [line("X", 2, 1, "") for _at in range(300)]
    start = [line("DAEMON_START", 100, 5, START), line("SYSCALL", 101, 5000, "a=1")]
    stale = ["garbage"] * 150
    found = of(tmp_path, *(many + stale + [line("DAEMON_END", 9, 1, SYSTEMD)] + start))
    assert found["stops"][0]["reboot"] is False


def journal(*boots, **more):
    def run(command):
        assert "--list-boots" in command
        told = [{"first_entry": int((T + a) * 1e6), "last_entry": int((T + b) * 1e6)} for a, b in boots]
        return more.get("status", 0), more.get("text", json.dumps(told))

    return {"run": run}


@pytest.mark.parametrize(
    ("context", "reboot"),
    [
        (journal((-9, 20), (DAY - 5, DAY + 60)), True),
        (journal((-9, 400), (DAY - 5, DAY + 60)), None),  # the host was up without its daemon, before
        (journal((-9, 20), (20000, DAY + 60)), None),  # and after
        (journal((-9, 10), (DAY - 5, DAY + 60)), None),
        (journal((-9, 20), (30, 50), (DAY - 5, DAY + 60)), None),
        (journal(text="0 abc Mon"), None),
        (journal(text="[{}]"), None),
        (journal(status=1), None),
    ],
)
def test_a_host_without_records_of_boots_is_known_to_have_been_down_by_its_journal(tmp_path, context, reboot):
    program = tmp_path / "usr" / "bin" / "journalctl"
    program.parent.mkdir(parents=True)
    program.write_text("")
    assert numbered(tmp_path, SYSTEMD, [3, 4], shutdown=False, context=context) is reboot
    assert numbered(tmp_path, SOMEBODY, [3, 4], shutdown=False, context=context) is False
    # A host that writes them has not written one of this shutdown.
    booted = line("SYSTEM_BOOT", DAY + 9, 5, BOOT)
    assert numbered(tmp_path, SYSTEMD, [3, 4], booted, shutdown=False, context=context) is None
    program.unlink()
    assert numbered(tmp_path, SYSTEMD, [3, 4], shutdown=False, context=context) is None


def test_an_error_that_ended_the_daemon_is_no_shutdown(tmp_path):
    assert stopped(tmp_path, "op=error-halt auid=4294967295 pid=1 res=failed", kind="DAEMON_ABORT")["reboot"] is False


def test_a_stop_by_systemd_without_a_boot_is_no_reboot(tmp_path):
    end = line("DAEMON_END", 10, 2, "op=terminate auid=0 pid=1 res=success")
    found = of(tmp_path, line("SYSCALL", 0, 1, "a=1"), end, line("DAEMON_START", 400, 3, START))
    assert found["stops"][0]["reboot"] is False


def test_a_stop_in_which_the_clock_was_set_back_has_no_known_length(tmp_path):
    stop = stopped(tmp_path, "op=terminate auid=1000 pid=99 res=success", at=-3590)
    assert (stop["seconds"], stop["reboot"]) == (None, False)


def test_what_the_kernel_kept_for_the_daemon_is_the_oldest(tmp_path):
    early, odd = line("BPF", -31, 1, "prog-id=3"), line("BPF", -9000, 2, "prog-id=4")
    found = of(tmp_path, line("DAEMON_START", 0, 900, START), early, odd, line("SYSCALL", 1, 3, "a=1"))
    assert found["from"] == "2025-11-24T15:59:29Z"


def test_a_daemon_that_has_not_come_back_is_a_stop_without_end(tmp_path):
    found = of(tmp_path, line("SYSCALL", 0, 1, "a=1"), line("DAEMON_ABORT", 10, 2, "op=error-halt res=failed"))
    assert found["stops"] == [{"from": "2025-11-24T16:00:10Z", "to": None, "seconds": None, "reboot": False}]
    assert found["ends"][0]["abort"] is True


# -- changes --------------------------------------------------------------------


def test_a_removed_rule_is_told_with_who_did_it(tmp_path):
    rest = 'auid=1000 ses=3 subj=unconfined op=remove_rule key="identity" list=4 res=1\x1dAUID="eve"'
    found = of(tmp_path, line("CONFIG_CHANGE", 5, 1, rest))
    assert found["rules_removed"] == [
        {
            "at": "2025-11-24T16:00:05Z",
            "key": "identity",
            "auid": 1000,
            "text": 'auid=1000 ses=3 subj=unconfined op=remove_rule key="identity" list=4 res=1',
            "added_back": False,
        }
    ]


def test_a_rule_that_comes_back_at_once_was_loaded_anew(tmp_path):
    gone, back = "op=remove_rule key=(null) list=4 res=1", "op=add_rule key=(null) list=4 res=1"
    found = of(
        tmp_path,
        line("CONFIG_CHANGE", 5, 1, gone),
        line("CONFIG_CHANGE", 5, 2, gone),
        line("CONFIG_CHANGE", 6, 3, back),
        line("CONFIG_CHANGE", 9000, 4, back),
    )
    assert [(rule["key"], rule["added_back"]) for rule in found["rules_removed"]] == [(None, True), (None, False)]


def test_a_removal_that_was_refused_is_none(tmp_path):
    assert of(tmp_path, line("CONFIG_CHANGE", 5, 1, "op=remove_rule key=(null) list=4 res=0"))["rules_removed"] == []


def test_settings_that_changed_are_told_and_those_that_did_not_are_not(tmp_path):
    found = of(
        tmp_path,
        line("CONFIG_CHANGE", 1, 1, "op=set audit_enabled=0 old=1 auid=1000 ses=3 res=1"),
        line("CONFIG_CHANGE", 2, 2, "op=set audit_enabled=1 old=1 auid=4294967295 ses=4294967295 res=1"),
        line("CONFIG_CHANGE", 3, 3, "lost=0 old=17 auid=0 ses=3 res=1"),
        line("CONFIG_CHANGE", 4, 4, "op=set audit_backlog_limit=64 old=8192 auid=0 ses=3 res=1"),
        line("CONFIG_CHANGE", 5, 5, "op=set audit_pid=77 old=0 auid=4294967295 res=1"),
    )
    assert found["enabled_changes"] == [{"at": "2025-11-24T16:00:01Z", "old": 1, "new": 0, "auid": 1000}]
    assert found["lost_resets"] == [{"at": "2025-11-24T16:00:03Z", "old": 17, "auid": 0}]
    assert [change["setting"] for change in found["setting_changes"]] == ["enabled", "lost", "backlog_limit", "pid"]


def test_of_many_changes_the_newest_are_told_and_all_are_counted(tmp_path):
    lines = [line("CONFIG_CHANGE", at, at, "op=remove_rule key=(null) list=4 res=1") for at in range(150)]
    found = of(tmp_path, *lines)
    assert len(found["rules_removed"]) == 100
    assert found["counts"]["rules_removed"] == 150
    assert found["rules_removed"][-1]["at"] == "2025-11-24T16:02:29Z"


def test_what_asks_for_an_explanation_is_kept_before_what_is_newer(tmp_path):
    gone, back = 'op=remove_rule key="{0}" list=4 res=1', 'op=add_rule key="{0}" list=4 res=1'
    lines = [line("CONFIG_CHANGE", 1, 1, gone.format("forgood"))]
    for at in range(10, 160):
        lines += [
            line("CONFIG_CHANGE", at, at, gone.format("reload")),
            line("CONFIG_CHANGE", at, at + 500, back.format("reload")),
        ]
    found = of(tmp_path, *lines)
    kept = found["rules_removed"]
    assert len(kept) == 100 and kept[0]["key"] == "forgood"
    assert kept == sorted(kept, key=lambda one: one["at"])
    assert (found["counts"]["rules_removed"], found["counts"]["rules_removed_for_good"]) == (151, 1)


def test_the_longest_stops_are_kept_before_those_that_are_newer(tmp_path):
    lines = [line("DAEMON_END", 0, 1, END), line("DAEMON_START", 5000, 2, START)]
    for at in range(6000, 6000 + 150 * 10, 10):
        lines += [line("DAEMON_END", at, at, END), line("DAEMON_START", at + 1, at + 1, START)]
    found = of(tmp_path, *(lines + [line("DAEMON_END", 9000, 9000, END)]))
    assert len(found["stops"]) == 100
    assert found["stops"][0]["seconds"] == 5000.0 and found["stops"][-1]["to"] is None
    counts = found["counts"]
    assert (counts["stops"], counts["stops_without_reboot"], counts["stops_going_on"]) == (152, 152, 1)


def test_a_change_that_the_kernel_refused_is_told_as_such_and_nowhere_else(tmp_path):
    found = of(
        tmp_path,
        line("CONFIG_CHANGE", 1, 1, "op=set audit_enabled=0 old=2 auid=1000 ses=3 res=0"),
        line("CONFIG_CHANGE", 2, 2, "lost=0 old=17 auid=0 ses=3 res=0"),
        line("CONFIG_CHANGE", 3, 3, "op=set audit_failure=2 old=1 auid=0 ses=3 res=1"),
    )
    assert (found["enabled_changes"], found["lost_resets"]) == ([], [])
    changes = [(change["setting"], change["refused"]) for change in found["setting_changes"]]
    assert changes == [("enabled", True), ("lost", True), ("failure", False)]
    assert (found["counts"]["settings_refused"], found["counts"]["switched_off"]) == (2, 0)


# -- limits ---------------------------------------------------------------------


def test_a_search_that_takes_too_long_ends_and_says_what_to_do(tmp_path):
    found = of(tmp_path, line("SYSCALL", 1, 1, "a=1"), log_seconds=0)
    assert (found["complete"], found["whole"]) == (False, False)
    assert (
        "set log_seconds (of the role: audit_compliance_log_seconds) to more, or log_bytes (of " in found["incomplete"]
    )
    assert "0 seconds" in found["incomplete"]


def test_the_time_ends_within_a_chunk_as_well():
    asked = []

    def is_spent():
        asked.append(1)
        return len(asked) > 3

    lines = [line("EXECVE", at, at, 'argc=2 a0="mysql" a1="-psecret{0}"'.format(at)) for at in range(9)]
    data = "\n".join(lines).encode("ascii")
    secrets = trail_masks.Secrets(is_spent)
    secrets.take(trail_records.Scan(trail_masks.TYPES).chunk(data), data)
    assert len(asked) < 9


def test_a_rotation_between_two_opens_reads_no_file_twice_and_leaves_none_out(tmp_path, monkeypatch):
    for number in (2, 1, 0):
        write(
            tmp_path, "audit.log" + (".{0}".format(number) if number else ""), line("SYSCALL", 9 - number, number, "a")
        )
    folder = tmp_path / "var" / "log" / "audit"
    opened = trail.trail_files._open

    def rotating(seen, path):
        found = opened(seen, path)
        if path.endswith("audit.log") and not (folder / "audit.log.3").exists():
            for number in (2, 1, 0):
                name = "audit.log" + (".{0}".format(number) if number else "")
                (folder / name).rename(folder / "audit.log.{0}".format(number + 1))
            write(tmp_path, "audit.log", line("SYSCALL", 99, 99, "a=1"))
        return found

    monkeypatch.setattr(trail.trail_files, "_open", rotating)
    found = told(tmp_path)
    assert found["records"] == {"SYSCALL": 3}
    assert (found["from"], found["to"]) == ("2025-11-24T16:00:07Z", "2025-11-24T16:00:09Z")


# -- samples --------------------------------------------------------------------

FIELDS = ["identity", "type", "time", "result", "origin", "object"]


def sample(tmp_path, *lines, **asked):
    asked = dict({"types": ["USER_LOGIN", "SYSCALL"], "fields": FIELDS}, **asked)
    return of(tmp_path, *lines, samples={"one": asked})["samples"]["one"]


def test_the_newest_event_of_the_types_is_the_sample_with_all_its_records(tmp_path):
    found = sample(
        tmp_path,
        line("SYSCALL", 1, 1, "success=yes auid=1000 tty=pts0"),
        line("SYSCALL", 2, 2, 'success=yes auid=1000 tty=pts0 exe="/bin/cat"'),
        line("CRED_ACQ", 2, 3, "acct=x"),
        line("PATH", 2, 2, 'item=0 name="/etc/shadow"'),
    )
    assert (found["type"], found["at"], found["missing"]) == ("SYSCALL", "2025-11-24T16:00:02Z", [])
    assert found["text"].split("\n")[1].endswith('name="/etc/shadow"')
    assert "CRED_ACQ" not in found["text"]


def test_a_type_that_is_not_in_the_log_gives_no_sample(tmp_path):
    assert sample(tmp_path, line("SYSCALL", 1, 1, "a=1"), types=["USER_CMD"]) is None


TOUCHED = line("PATH", 1, 1, 'item=0 name="/etc/shadow"')


@pytest.mark.parametrize(
    "rest, missing",
    [
        ('success=yes auid=1000 uid=0 tty=pts0 exe="/x"', []),
        ('success=yes auid=4294967295 uid=0 tty=pts0 exe="/x"', ["identity"]),
        ('success=yes auid=-1 uid=0 tty=pts0 exe="/x"', ["identity"]),
        ('auid=1000 tty=pts0 exe="/x"', ["result"]),
        ('success=no auid=1000 tty=(none) ses=4294967295 exe="/x"', ["origin"]),
        ('success=no auid=1000 tty=(none) ses=2 exe="/x"', []),
    ],
)
def test_a_field_that_says_nothing_is_missing_in_a_call(tmp_path, rest, missing):
    assert sample(tmp_path, line("SYSCALL", 1, 1, rest), TOUCHED, types=["SYSCALL"])["missing"] == missing


def test_the_object_of_a_call_is_what_it_touched_and_not_the_program(tmp_path):
    rest = 'success=yes auid=1000 tty=pts0 exe="/bin/cat"'
    nameless = line("PATH", 1, 1, "item=0 name=(null) inode=5")
    assert sample(tmp_path, line("SYSCALL", 1, 1, rest), nameless, types=["SYSCALL"])["missing"] == ["object"]


def test_a_call_that_touched_nothing_is_no_sample_and_proves_nothing(tmp_path):
    rest = 'success=yes auid=1000 tty=pts0 exe="/bin/cat"'
    assert sample(tmp_path, line("SYSCALL", 1, 1, rest), types=["SYSCALL"]) is None
    found = sample(tmp_path, line("SYSCALL", 1, 1, rest), TOUCHED, line("SYSCALL", 9, 9, rest), types=["SYSCALL"])
    assert found["at"] == "2025-11-24T16:00:01Z"


def test_an_event_of_a_person_is_preferred_to_a_newer_one_of_the_system(tmp_path):
    person, system = "success=yes auid=1000 ses=3", "success=yes auid=4294967295 ses=4294967295 tty=(none)"
    lines = [line("SYSCALL", 1, 1, person), TOUCHED]
    for at in range(2, 40):
        lines += [line("SYSCALL", at, at, system), line("PATH", at, at, 'name="/x"')]
    assert sample(tmp_path, *lines, types=["SYSCALL"])["at"] == "2025-11-24T16:00:01Z"
    assert sample(tmp_path, *lines[2:], types=["SYSCALL"])["at"] == "2025-11-24T16:00:39Z"


@pytest.mark.parametrize("size", [60, 150, 400])
def test_the_preferred_event_is_found_across_chunks(tmp_path, monkeypatch, size):
    monkeypatch.setattr(trail.trail_files, "CHUNK", size)
    test_an_event_of_a_person_is_preferred_to_a_newer_one_of_the_system(tmp_path)


@pytest.mark.parametrize(
    "rest, missing",
    [
        ('msg=\'op=login acct="bob" exe="/x" hostname=? addr=192.0.2.1 terminal=ssh res=failed\'', []),
        ('msg=\'op=login acct="bob" exe="/x" hostname=? addr=? terminal=ssh res=failed\'', []),
        ("msg='op=login id=1000 hostname=? addr=? terminal=? res=failed'", ["origin", "object"]),
        ("ses=3 auid=1000 msg='op=login hostname=? addr=? terminal=(none) exe=\"/x\" res=success'", ["origin"]),
        ("uid=0 auid=4294967295 msg='op=login id=4294967295 exe=\"/x\" addr=::1 res=failed'", ["identity"]),
    ],
)
def test_a_field_that_says_nothing_is_missing_in_a_login(tmp_path, rest, missing):
    assert sample(tmp_path, line("USER_LOGIN", 1, 1, rest))["missing"] == missing


def test_the_node_tells_the_origin_of_a_call(tmp_path):
    call = line("SYSCALL", 1, 1, "auid=1 success=yes exe=/x", node="web1")
    found = sample(tmp_path, call, line("PATH", 1, 1, 'name="/x"', node="web1"), types=["SYSCALL"])
    assert "origin" in found["present"]


@pytest.mark.parametrize(
    "acct, res, shown",
    [
        ('"hunter2"', "failed", '"****"'),
        ("68756E74657220", "failed", '"****"'),
        ('"bob"', "failed", '"bob"'),
        ('"(unknown)"', "failed", '"(unknown)"'),
        ('"ldapuser"', "success", '"ldapuser"'),
    ],
)
def test_a_name_that_nobody_here_has_may_be_a_password(tmp_path, acct, res, shown):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("bob:x:1000:1000::/home/bob:/bin/sh\n")
    login = line("USER_LOGIN", 1, 1, "msg='op=login acct={0} addr=192.0.2.1 res={1}'".format(acct, res))
    assert "acct={0} ".format(shown) in sample(tmp_path, login)["text"]


def test_where_the_accounts_are_not_known_no_name_of_a_failed_login_is_shown(tmp_path):
    login = line("USER_AUTH", 1, 1, "msg='op=PAM:authentication acct=\"bob\" addr=192.0.2.1 res=failed'")
    found = sample(tmp_path, login, types=["USER_AUTH"])
    assert 'acct="****"' in found["text"] and "identity" in found["present"]


def test_secrets_in_a_sample_are_masked(tmp_path):
    found = sample(
        tmp_path,
        line("SYSCALL", 1, 1, "success=yes"),
        TOUCHED,
        line("EXECVE", 1, 1, 'argc=2 a0="mysql" a1="-psecret"'),
        line("PROCTITLE", 1, 1, "proctitle=" + "mysql\0-psecret".encode().hex().upper()),
    )
    assert "secret" not in found["text"] and "secret".encode().hex().upper() not in found["text"]
    assert found["text"].count("****") == 2


def test_a_long_sample_is_cut(tmp_path):
    found = sample(tmp_path, line("SYSCALL", 1, 1, 'comm="' + "x" * 9000 + '"'), TOUCHED)
    assert len(found["text"]) == 4000 and found["text"].endswith("…")


def test_a_byte_that_is_no_utf8_can_be_kept_as_text(tmp_path):
    found = sample(tmp_path, line("SYSCALL", 1, 1, 'comm="x\udcff"'), TOUCHED)
    found["text"].encode("utf-8")


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_cut_anywhere_is_no_fault(cut):
    whole = b"node=a type=SYSCALL msg=audit(1764000000.123:4): x=1"
    scan = trail_records.Scan(frozenset(["SYSCALL"]))
    scan.chunk(whole[:cut] + b"\n" + whole)
    assert scan.records["SYSCALL"] + scan.malformed == 2
