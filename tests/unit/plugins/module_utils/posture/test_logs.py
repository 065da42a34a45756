# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the log goes back, how fast it grows and how long it will be kept."""

import bz2
import gzip
import lzma
import os
import struct

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import log_forecast, log_records, logs
from ansible_collections.auditops.trail.tests.unit import audited, roots

LOG = "/var/log/audit/audit.log"
DAY = 86400
NOW = 1790000000
ROTATES = audited.AUDITD + "max_log_file = 8\nnum_logs = 5\nmax_log_file_action = ROTATE\n"


@pytest.fixture(autouse=True)
def fixture_now(monkeypatch):
    monkeypatch.setattr(logs, "_now", lambda: NOW + 400 * DAY)


def record(seconds, node="", enriched=False, fill=0):
    text = "{0}type=SYSCALL msg=audit({1}.123:42): arch=c000003e comm={2}".format(node, seconds, "x" * fill)
    return (text + ("\x1dARCH=x86_64" if enriched else "") + "\n").encode()


def collected(tmp_path, content, auditd=ROTATES):
    posture = audited.make(tmp_path, auditd)
    roots.make(tmp_path, {LOG + suffix: data for suffix, data in content.items()})
    return audited.checked("logs", logs.collect(audited.context(tmp_path), posture))


def test_the_first_and_last_record_are_found_at_both_ends(tmp_path):
    between = b"".join(record(NOW + 10, fill=3000) for _number in range(100))
    found = collected(tmp_path, {"": record(NOW) + between + record(NOW + DAY, enriched=True)})
    (log,) = tuple(found["files"])
    assert log["first"] == found["oldest"] == "2026-09-21T14:13:20Z"
    assert log["last"] == found["newest"] == "2026-09-22T14:13:20Z"
    assert found["bytes_per_day"] == found["bytes"] == log["size"]


def test_a_node_before_the_record_and_rotated_logs_count(tmp_path):
    found = collected(
        tmp_path,
        {
            "": record(NOW + 2 * DAY, "node=web1 "),
            ".1": record(NOW + DAY),
            ".2.gz": gzip.compress(record(NOW)),
            "-20260921.bz2": bz2.compress(record(NOW + 5)),
            ".4.xz": lzma.compress(record(NOW + 6)),
            ".save": b"no log of auditd's",
            "ger": b"",
        },
    )
    names = [os.path.basename(log["path"]) for log in found["files"]]
    assert names == ["audit.log", "audit.log-20260921.bz2", "audit.log.1", "audit.log.2.gz", "audit.log.4.xz"]
    assert [log["compressed"] for log in found["files"]] == [False, True, False, True, True]
    assert found["oldest"] == "2026-09-21T14:13:20Z"
    assert found["not_seen"] == []


@pytest.mark.parametrize("data", [b"not gzip", gzip.compress(record(NOW))[:-9], b""])
def test_a_broken_archive_is_told_and_the_oldest_record_is_not_known(tmp_path, data):
    found = collected(tmp_path, {"": record(NOW), ".1.gz": data})
    assert found["files"][1]["first"] is None or data
    if data:
        assert found["not_seen"] and found["oldest"] is None


def test_what_python_cannot_unpack_is_told(tmp_path):
    found = collected(tmp_path, {"": record(NOW), ".1.zst": b"x"})
    assert found["not_seen"] == [LOG + ".1.zst: Python cannot unpack .zst"]
    assert found["oldest"] is None and found["newest"] is not None


def test_unpacking_ends_at_its_limit(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(record(NOW) * 10000))
    told = log_records.span(str(tmp_path / "a.gz"), log_records.Budget(1))
    assert told == (NOW, None, "too much to unpack", None, None)


def test_no_rate_out_of_less_than_an_hour(tmp_path):
    found = collected(tmp_path, {"": record(NOW) + record(NOW + 3599)})
    assert found["bytes_per_day"] is None and found["retention_days"] is None and found["retention_bound"] is None


def test_rotation_bounds_what_is_kept(tmp_path):
    found = collected(tmp_path, {"": record(NOW, fill=4194304) + record(NOW + DAY)})
    assert found["rotates"] is True and found["capacity_bytes"] == 5 * 8 * 1048576
    assert found["retention_bound"] == "rotation"
    # One file of five is empty right after a rotation.
    assert found["retention_days"] == pytest.approx(8, abs=0.1)


@pytest.mark.parametrize(
    "text",
    [
        "max_log_file = 8\nnum_logs = 1\nmax_log_file_action = ROTATE\n",
        "max_log_file = 0\nnum_logs = 5\nmax_log_file_action = ROTATE\n",
        "max_log_file = 8\nnum_logs = 5\nmax_log_file_action = KEEP_LOGS\n",
        "max_log_file = 0\nnum_logs = 5\nmax_log_file_action = SUSPEND\n",
        "max_log_file = 8\nnum_logs = 5\nmax_log_file_action = IGNORE\n",
        "max_log_file = 8\nnum_logs = 5\nmax_log_file_action = SYSLOG\n",
    ],
)
def test_without_rotation_space_bounds_what_is_kept(tmp_path, text):
    found = collected(tmp_path, {"": record(NOW) + record(NOW + DAY)}, audited.AUDITD + text)
    assert found["rotates"] is False and found["capacity_bytes"] is None
    assert found["keeps"] is ("KEEP" in text)
    assert found["retention_bound"] == "space"
    rate = found["bytes_per_day"]
    assert found["retention_days"] == pytest.approx((found["bytes"] + found["filesystem"]["free"]) / rate, rel=0.01)


def test_where_writing_stops_at_a_size_one_file_is_all_there_will_be(tmp_path):
    text = audited.AUDITD + "max_log_file = 8\nnum_logs = 5\nmax_log_file_action = SUSPEND\n"
    found = collected(tmp_path, {"": record(NOW, fill=4194304) + record(NOW + DAY)}, text)
    assert (found["rotates"], found["capacity_bytes"], found["retention_bound"]) == (False, 8 * 1048576, "size")
    assert found["retention_days"] == pytest.approx(2, abs=0.1)


def rotated(number, days=1):
    """So many files of a day each, the newest first, as auditd leaves them; the first record of the newest is NOW."""
    names = [""] + [".{0}".format(at) for at in range(1, number)]
    return {
        name: b"".join(record(NOW - at * days * DAY + hour * 3600, fill=1000) for hour in range(days * 24))
        for at, name in enumerate(names)
    }


def test_where_the_rotation_is_at_its_end_nothing_stays_longer_than_the_oldest_has(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "_now", lambda: NOW + DAY)
    found = collected(tmp_path, rotated(5))
    assert (found["age_days"], found["retention_days"], found["retention_bound"]) == (5.0, 5.0, "observed")


def test_where_the_rotation_is_not_at_its_end_the_forecast_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "_now", lambda: NOW + DAY)
    assert collected(tmp_path, rotated(4))["retention_bound"] == "rotation"


def test_what_logrotate_has_put_beside_is_none_of_the_rotation(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "_now", lambda: NOW + DAY)
    files = rotated(4)
    files["-20200101.gz"] = gzip.compress(record(NOW - 5 * DAY))
    assert collected(tmp_path, files)["retention_bound"] == "rotation"


@pytest.mark.parametrize("old", [1, 20, 700])
def test_one_old_record_does_not_stretch_the_time_of_the_rate(tmp_path, old):
    day = b"".join(record(NOW + hour * 3600, fill=1000) for hour in range(25))
    alone = collected(tmp_path / "alone", {"": day})["bytes_per_day"]
    found = collected(tmp_path / "stretched", {"": record(NOW - old * DAY - 1) + day})
    assert found["bytes_per_day"] == alone
    assert found["age_days"] == pytest.approx(400 + old, abs=0.1)


def test_a_gap_between_two_files_ends_what_the_rate_is_of(tmp_path):
    day = b"".join(record(NOW + hour * 3600, fill=1000) for hour in range(25))
    found = collected(tmp_path, {"": day, ".1": record(NOW - 9 * DAY, fill=9000000) + record(NOW - 8 * DAY)})
    assert found["bytes_per_day"] == len(day)
    assert found["not_seen"] == []


def test_the_rate_is_that_of_the_newest_thirty_days(tmp_path):
    hours = [record(NOW + hour * 3600, fill=900 if hour < 70 * 24 else 90) for hour in range(100 * 24 + 1)]
    found = collected(tmp_path, {"": b"".join(hours[50 * 24 :]), ".1": b"".join(hours[: 50 * 24])})
    assert found["bytes_per_day"] == pytest.approx(24 * len(hours[-1]), rel=0.01)


def test_a_large_log_is_not_read_as_a_whole_for_its_rate(tmp_path, monkeypatch):
    data = b"".join(record(NOW + minute * 60, fill=700) for minute in range(20000))
    read = []
    real = log_records._first
    monkeypatch.setattr(log_records, "_first", lambda text, now: read.append(len(text)) or real(text, now))
    found = collected(tmp_path, {"": data})
    assert found["bytes_per_day"] == pytest.approx(len(data) * DAY / (19999 * 60), rel=0.01)
    assert sum(read) < len(data) / 2


@pytest.mark.parametrize("odd", [0, 86400, 631151999, NOW + 402 * DAY, 99999999999])
def test_a_time_that_cannot_be_is_left_out_and_told(tmp_path, odd):
    found = collected(tmp_path, {"": record(odd) + record(NOW) + record(NOW + DAY) + record(odd)})
    assert (found["oldest"], found["newest"]) == ("2026-09-21T14:13:20Z", "2026-09-22T14:13:20Z")
    assert found["bytes_per_day"] is not None
    assert len(found["not_seen"]) == 1 and "is left out" in found["not_seen"][0]


@pytest.mark.parametrize("odd", [b"\0" * 1000000, b"no record\n" * 100000])
def test_what_is_no_record_at_the_beginning_is_passed_and_does_not_count(tmp_path, odd):
    day = b"".join(record(NOW + hour * 3600, fill=20000) for hour in range(25))
    found = collected(tmp_path, {"": odd + day})
    assert (found["oldest"], found["newest"]) == (log_utc(NOW), log_utc(NOW + DAY))
    assert found["bytes_per_day"] == pytest.approx(len(day), abs=log_records._STEP)
    assert found["not_seen"] == []


def test_what_is_no_record_at_the_end_is_passed_and_does_not_count(tmp_path):
    day = b"".join(record(NOW + hour * 3600, fill=20000) for hour in range(25))
    found = collected(tmp_path, {"": day + b"type=" + b"x" * 1000000})
    assert (found["oldest"], found["newest"]) == (log_utc(NOW), log_utc(NOW + DAY))
    assert found["bytes_per_day"] == pytest.approx(len(day), abs=log_records._STEP)
    assert found["not_seen"] == []


@pytest.mark.parametrize("cut", range(-60, 10, 7))
def test_a_record_that_a_block_cuts_is_found(tmp_path, cut):
    one = record(NOW)
    found = collected(tmp_path, {"": b"\0" * (log_records.BLOCK + cut - 1) + b"\n" + one + b"\0" * 200000})
    assert (found["oldest"], found["newest"]) == (log_utc(NOW), log_utc(NOW))
    found = collected(tmp_path, {"": one + b"\0" * (log_records.BLOCK + cut)})
    assert (found["oldest"], found["newest"]) == (log_utc(NOW), log_utc(NOW))


@pytest.mark.parametrize("size", [10, 1000000])
def test_a_log_without_any_record_is_told_and_the_oldest_is_not_known(tmp_path, size):
    found = collected(tmp_path, {"": record(NOW), ".1": b"x" * size})
    assert found["not_seen"] == [LOG + ".1: no record was found at its beginning"]
    assert found["oldest"] is None and found["retention_days"] is None
    assert collected(tmp_path, {".1": b""})["oldest"] == log_utc(NOW)


def test_the_search_for_a_record_has_a_limit(tmp_path):
    (tmp_path / "a").write_bytes(record(NOW) + b"x" * 1000000)
    (tmp_path / "b").write_bytes(b"x" * 1000000 + b"\n" + record(NOW))
    told = log_records.span(str(tmp_path / "a"), log_records.Budget(300000))
    assert told == (NOW, None, "no record was found at its end", None, None)
    told = log_records.span(str(tmp_path / "b"), log_records.Budget(300000))
    assert told == (None, NOW, "no record was found at its beginning", None, None)


# -- gaps -------------------------------------------------------------------------


def daily(first, number, step=DAY, fill=0):
    """A record each day, or each so many seconds."""
    return b"".join(record(NOW + first * DAY + at * step, fill=fill) for at in range(number))


def test_a_time_without_a_record_between_two_files_is_told(tmp_path):
    found = collected(tmp_path, {"": daily(397, 4), ".1": daily(0, 2)})
    assert found["longest_gap_days"] == 396.0
    assert found["longest_gap"] == {"from": "2026-09-22T14:13:20Z", "to": "2027-10-23T14:13:20Z"}


@pytest.mark.parametrize("suffix", ["", ".1.gz"])
@pytest.mark.parametrize("fill", [0, 900])
def test_a_time_without_a_record_within_a_file_is_told(tmp_path, suffix, fill):
    day = 7200  # twelve records a day
    data = daily(0, 1200, day, fill) + daily(120, 1300, day, fill) + daily(229, 1200, day, fill)
    found = collected(tmp_path, {suffix: gzip.compress(data) if suffix else data})
    assert found["longest_gap_days"] == pytest.approx(20.08, abs=0.01)
    assert found["longest_gap"]["to"] == log_utc(NOW + 120 * DAY)


def log_utc(seconds):
    return logs.utc(seconds)


def test_a_log_with_a_record_each_day_has_no_gap(tmp_path):
    packed = gzip.compress(daily(-400, 400 * 4, 21600))
    found = collected(tmp_path, {"": daily(0, 401), ".1.gz": packed, ".2": b""})
    assert (found["longest_gap_days"], found["longest_gap"]) == (0.0, None)


def test_a_clock_that_was_wrong_for_a_while_makes_no_gap(tmp_path):
    data = daily(0, 100 * 24, 3600, 300)
    wrong = record(NOW - 300 * DAY) + record(NOW + 300 * DAY)
    half = data.index(b"\n", len(data) // 2) + 1
    found = collected(tmp_path, {"": data[:half] + wrong + data[half:], ".1": daily(-30, 30)})
    assert found["longest_gap_days"] == 0.0


def test_a_large_log_is_not_read_as_a_whole_for_its_gaps(tmp_path, monkeypatch):
    data = b"".join(record(NOW + minute * 60, fill=700) for minute in range(20000))
    (tmp_path / "log").write_bytes(data)
    read = []
    real = log_records._records
    monkeypatch.setattr(log_records, "_records", lambda text, now: read.append(len(text)) or real(text, now))
    assert log_records.span(str(tmp_path / "log"), log_records.Budget()).gap is None
    assert sum(read) < len(data) / 4


def test_text_that_is_no_record_hides_no_gap(tmp_path):
    data = daily(0, 10) + b"x" * 500000 + b"\n" + daily(40, 10)
    assert collected(tmp_path, {"": data})["longest_gap_days"] == 31.0


@pytest.mark.parametrize(("days", "told"), [(5, 5.0), (8, None)])
def test_what_cannot_be_unpacked_is_a_gap_of_a_week_at_most_or_not_known(tmp_path, monkeypatch, days, told):
    monkeypatch.setattr(log_records, "MOST_UNPACKED", 1)
    monkeypatch.setattr(logs, "Budget", lambda: log_records.Budget(1))
    data = gzip.compress(daily(0, 24 * days, 3600, 900))
    found = collected(tmp_path, {"": daily(days, 400 - days), ".1.gz": data})
    assert found["age_days"] == 400.0
    assert found["longest_gap_days"] == told


def test_without_the_oldest_the_longest_gap_is_not_known(tmp_path):
    found = collected(tmp_path, {"": daily(0, 3), ".1.zst": b"x"})
    assert (found["longest_gap_days"], found["longest_gap"]) == (None, None)


def test_what_the_kernel_kept_for_the_daemon_is_the_oldest(tmp_path):
    found = collected(tmp_path, {"": record(NOW) + record(NOW - 31) + record(NOW - 900) + record(NOW + 60)})
    assert found["oldest"] == log_utc(NOW - 31)


# -- room -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("space_left = 20%\nadmin_space_left = 10%\nadmin_space_left_action = SUSPEND\n", 10),
        ("space_left = 20%\nadmin_space_left = 10%\nadmin_space_left_action = SYSLOG\n", 0),
        ("space_left = 20%\nspace_left_action = EXEC /bin/x\nadmin_space_left = 10%\n", 20),
        ("space_left = 20%\nspace_left_action = ROTATE\nadmin_space_left = 10%\n", 20),
        ("space_left = 2000\nspace_left_action = IGNORE\nadmin_space_left = 1000\nadmin_space_left_action = HALT\n", 1),
    ],
)
def test_room_that_is_left_when_writing_ends_is_none(tmp_path, monkeypatch, text, kept):
    disk = {"mount": "/", "separate": False, "bytes": 100000 * log_forecast.MIB, "free": 60000 * log_forecast.MIB}
    monkeypatch.setattr(logs.filesystems, "of", lambda *_arguments: disk)
    head = "log_file = /var/log/audit/audit.log\nmax_log_file_action = KEEP_LOGS\nmax_log_file = 8\n"
    roots.make(tmp_path, {"/bin/x": "#!/bin/sh\n"})
    os.chmod(str(tmp_path) + "/bin/x", 0o750)
    found = collected(tmp_path, {"": daily(0, 25, 3600, 1000)}, head + text)
    left = 60000 - kept * 1000
    assert found["retention_bound"] == "space"
    assert found["retention_days"] == pytest.approx(left * log_forecast.MIB / found["bytes_per_day"], rel=0.001)


# -- who else ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "faults"),
    [(0o777, ["everybody can change it (0777)"]), (0o1777, []), (0o755, []), (0o775, [])],
)
def test_who_can_change_a_folder_above_the_log_can_replace_it(tmp_path, monkeypatch, mode, faults):
    audited.owned_by_root(monkeypatch)
    posture = audited.make(tmp_path)
    os.chmod(str(tmp_path) + "/var/log/audit", 0o750)
    os.chmod(str(tmp_path) + "/var/log", mode)
    found = audited.checked("logs", logs.collect(audited.context(tmp_path), posture))
    assert found["exposed_above"] == ["/var/log: " + fault for fault in faults]
    assert found["exposed"] in ([], None)


def test_a_group_other_than_roots_that_can_change_the_folder_above_is_told_unless_it_is_sticky(tmp_path, monkeypatch):
    real = os.stat

    def stat(path, *arguments, **named):
        told = tuple(real(path, *arguments, **named))
        return os.stat_result(told[:4] + (0, 4242) + told[6:10])

    monkeypatch.setattr(os, "stat", stat)
    posture = audited.make(tmp_path)
    for mode, faults in ((0o775, ["/var/log: its group can change it (0775)"]), (0o1775, [])):
        os.chmod(str(tmp_path) + "/var/log", mode)
        assert logs.collect(audited.context(tmp_path), posture)["exposed_above"] == faults


def test_the_folders_above_where_a_link_leads_are_looked_at_too(tmp_path, monkeypatch):
    audited.owned_by_root(monkeypatch)
    roots.make(tmp_path, folders=["/srv/log/audit"], links={"/var/log/audit": "../../srv/log/audit"})
    posture = audited.make(tmp_path)
    os.chmod(str(tmp_path) + "/srv/log", 0o777)
    found = logs.collect(audited.context(tmp_path), posture)
    assert found["exposed_above"] == ["/srv/log: everybody can change it (0777)"]


def test_a_log_that_lies_in_the_root_folder_has_none_above_it(tmp_path):
    posture = audited.make(tmp_path, audited.AUDITD.replace("/var/log/audit/", "//"))
    assert logs.collect(audited.context(tmp_path), posture)["exposed_above"] == []


def test_the_filesystem_of_the_log(tmp_path):
    disk = collected(tmp_path, {})["filesystem"]
    assert (disk["mount"], disk["fstype"], disk["separate"]) == ("/var/log/audit", "xfs", True)
    assert disk["options"] == ["rw", "nosuid", "nodev", "noexec"]
    assert 0 <= disk["free_percent"] <= 100


def test_a_log_on_a_mount_of_others_is_not_separate(tmp_path):
    text = audited.AUDITD.replace("/var/log/audit/", "/srv/log/")
    roots.make(tmp_path, folders=["/srv/log"])
    posture = audited.make(tmp_path, text)
    found = logs.collect(audited.context(tmp_path), posture)
    assert found["filesystem"]["mount"] == "/" and found["filesystem"]["separate"] is False


def test_age_counts_to_now(tmp_path):
    found = collected(tmp_path, {"": record(NOW + 397 * DAY)})
    assert found["age_days"] == pytest.approx(3, abs=0.02)


def test_who_else_can_read_the_log_is_told(tmp_path, monkeypatch):
    audited.owned_by_root(monkeypatch)
    posture = audited.make(tmp_path)
    roots.make(tmp_path, {LOG: record(NOW), LOG + ".1": record(NOW)})
    os.chmod(str(tmp_path) + "/var/log/audit", 0o750)
    os.chmod(str(tmp_path) + LOG, 0o600)
    os.chmod(str(tmp_path) + LOG + ".1", 0o664)
    found = logs.collect(audited.context(tmp_path), posture)
    assert found["exposed"] == [
        LOG + ".1: its group can change it (0664)",
        LOG + ".1: everybody can read or enter it (0664)",
    ]


def test_without_a_configuration_nothing_is_guessed(tmp_path):
    posture = audited.make(tmp_path)
    posture["config"]["auditd"] = None
    found = audited.checked("logs", logs.collect(audited.context(tmp_path), posture))
    assert found["file"] is None and found["files"] is None and found["not_seen"]


def test_where_nothing_writes_a_log_there_is_no_list_of_its_files(tmp_path):
    found = collected(tmp_path, {})
    assert found["files"] is None and "there is no log, and no auditd that would write one" in found["not_seen"]


def test_an_auditd_that_has_not_written_yet_has_an_empty_list(tmp_path):
    roots.program(tmp_path, "/usr/sbin/auditd")
    assert collected(tmp_path, {})["files"] == []


def test_what_an_access_control_list_lets_in_is_exposed(tmp_path, monkeypatch):
    value = struct.pack("<I", 2) + struct.pack("<HHI", 2, 4, 4242)
    monkeypatch.setattr(os, "getxattr", lambda path, name: value)
    found = collected(tmp_path, {})
    assert "/var/log/audit: by its access control list user 4242 (r--) can read it (0755)" in found["exposed"]


def test_a_directory_that_may_not_be_listed_leaves_null(tmp_path, monkeypatch):
    posture = audited.make(tmp_path)
    real = os.listdir

    def refuse(path):
        if str(path).endswith("/var/log/audit"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "listdir", refuse)
    found = audited.checked("logs", logs.collect(audited.context(tmp_path), posture))
    assert found["files"] is None and found["bytes"] is None
    # What was seen of it is fault enough.
    assert found["exposed"] == ["/var/log/audit: everybody can read or enter it (0755)"]
    assert found["not_seen"] == ["/var/log/audit: Permission denied"]


def test_a_group_of_odd_digits_is_no_number(tmp_path):
    found = collected(tmp_path, {}, audited.AUDITD + "log_group = \u00b2\n")
    assert found["exposed"] is not None
