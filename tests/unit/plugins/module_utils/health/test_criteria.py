# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each criterion of health: met, broken, and not to be told. What could not be told is never well."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.health import criteria
from ansible_collections.auditops.trail.plugins.module_utils.health.criteria import Criterion
from ansible_collections.auditops.trail.plugins.module_utils.health.looks import Look, Sizes

MIB = 1024 * 1024
AUDITD = {"is_auditd": True, "holder": {"comm": "auditd"}, "not_seen": []}
VALUES = {
    "max_log_file": 10, "max_log_file_action": "rotate", "num_logs": 11, "write_logs": True,
    "space_left": 75, "space_left_action": "syslog", "admin_space_left": 50, "admin_space_left_action": "syslog",
}  # fmt: skip
LOGS = {"filesystem": {"bytes": 4096 * MIB, "free": 2048 * MIB}}


def looks(pid=(), lost=(), backlog=(), limit=8192):
    number = max(len(pid), len(lost), len(backlog))

    def at(values, turn, default):
        return values[turn] if values else default

    return [
        Look(turn * 10.0, {"pid": at(pid, turn, 7), "lost": at(lost, turn, 0), "backlog": at(backlog, turn, 0),
                           "backlog_limit": limit})
        for turn in range(number)
    ]  # fmt: skip


BLIND = Look(10.0, None, "could not ask the audit subsystem: Operation not permitted (EPERM)")


@pytest.mark.parametrize(
    ("pids", "who", "ok", "words"),
    [
        ((7, 7, 7), AUDITD, True, "auditd runs (pid 7)"),
        ((7, 0, 0), AUDITD, False, "nobody received the kernel's records at 2 of 3 looks"),
        ((7, 7, 9), AUDITD, False, "has changed meanwhile: pid 7, then 9"),
        ((7, 7), dict(AUDITD, is_auditd=False, holder={"comm": "auditbeat"}), False, "pid 7 is auditbeat"),
        ((7, 7), dict(AUDITD, is_auditd=None, not_seen=["/proc/7/exe: denied"]), None, "/proc/7/exe: denied"),
        ((7, 7), None, None, "the collector failed"),
        ((None, None), AUDITD, None, "does not tell"),
    ],
)
def test_auditd_has_to_hold_the_socket_all_the_time(pids, who, ok, words):
    found = criteria.daemon(looks(pid=pids), who, "the collector failed")
    assert found.ok is ok
    assert words in found.text


def test_what_the_kernel_did_not_answer_is_not_well():
    seen = [looks(pid=(7,))[0], BLIND]
    unseen = criteria.lost(seen, 0, True)
    assert unseen.ok is None and "EPERM" in unseen.text
    assert criteria.backlog(seen, 50).ok is None
    assert criteria.daemon([BLIND], AUDITD, None).ok is None


@pytest.mark.parametrize(
    ("drift", "ok", "words"),
    [
        ({"equal": True, "differences": []}, True, "12 rules loaded, as the files say"),
        ({"equal": True, "differences": [{"text": "x"}]}, True, "as the files say; 1 line left out: x"),
        ({"equal": False, "differences": [{"text": "-w /x is not in the kernel"}]}, False, "1 place: -w /x is not in"),
        ({"equal": False, "differences": [{"text": "d"}] * 5}, False, "5 places: d; d; d (and 2 more)"),
        ({"equal": None, "differences": [], "not_seen": ["the kernel's rules"]}, None, "the kernel's rules"),
        (None, None, "no rules could be read"),
    ],
)
def test_the_kernel_has_to_hold_what_the_files_say(drift, ok, words):
    found = criteria.rules(drift, 12, "no rules could be read")
    assert found.ok is ok
    assert words in found.text


@pytest.mark.parametrize(
    ("lost", "limit", "ok", "words"),
    [
        ((5, 5, 5), 0, True, "0 records lost in 20 s, 5 since the boot"),
        ((5, 5, 17), 0, False, "12 records lost in 20 s, 17 since the boot"),
        ((5, 5, 17), 12, True, "12 records lost"),
        ((5, 0, 9), 0, None, "set back meanwhile"),
        ((5,), 0, None, "could not be told"),
        ((None, None), 0, None, "does not tell"),
    ],
)
def test_lost_must_not_rise(lost, limit, ok, words):
    found = criteria.lost(looks(lost=lost), limit, False)
    assert found.ok is ok
    assert ok is None or words in found.text


@pytest.mark.parametrize(
    ("pids", "refused", "kept", "limit", "ok", "value", "words"),
    [
        ((7, 7, 7), (5, 5, 5), False, 0, True, 0, "0 records lost in 20 s, 5 since"),
        ((7, 7, 7), (5, 5, 8), False, 0, False, 3, "was full 3 times: without audit=1 at its start the kernel drops"),
        ((7, 7, 7), (5, 6, 6), False, 1, True, 1, "was full 1 time: without audit=1"),
        ((7, 7, 7), (5, 5, 8), True, 0, True, 0, "was full 3 times, and the kernel tried again"),
        ((7, 9, 9), (90, 0, 2), False, 0, False, 2, "was full 2 times"),
        ((7, 0, 9), (90, None, 0), False, 0, True, 0, "0 records lost"),
    ],
)
def test_a_daemon_that_is_too_slow_loses_what_the_kernel_does_not_count(pids, refused, kept, limit, ok, value, words):
    seen = looks(pid=pids, lost=(5, 5, 5))
    for look, number in zip(seen, refused):
        look.status["refused"] = number
    found = criteria.lost(seen, limit, kept)
    assert (found.ok, found.value) == (ok, value)
    assert words in found.text


@pytest.mark.parametrize(
    ("backlog", "limit", "ok", "words"),
    [
        ((0, 3, 0), 8192, True, "0 of 8192 places are taken (0 %)"),
        ((0, 4095, 0), 8192, True, "0 of 8192"),
        ((4096, 0, 0), 8192, False, "4096 of 8192 places of the queue are taken (50 %)"),
        ((0, 0, 4096), 8192, False, "4096 of 8192 places of the queue are taken (50 %)"),
        ((0, 500, 1000), 8192, False, "the queue is filling: 0 to 1000 at 3 looks in 20 s"),
        ((0, 1, 2), 8192, True, "2 of 8192"),
        ((1000, 500, 1200), 8192, True, "1200 of 8192"),
        ((0, 5000, 9000), 0, False, "the queue is filling"),
        ((0, 9000, 8999), 0, True, "without a limit"),
    ],
)
def test_the_queue_must_be_half_empty_and_not_filling(backlog, limit, ok, words):
    found = criteria.backlog(looks(backlog=backlog, limit=limit), 50)
    assert found.ok is ok
    assert words in found.text


def sizes(at, *files):
    return Sizes(at, {(1, number): size for number, size in files})


@pytest.mark.parametrize(
    ("before", "after", "limit", "value", "ok", "words"),
    [
        (sizes(0, (1, 100)), sizes(10, (1, 1100)), None, 100.0, True, "1000 B written in 10 s, 100 B a second"),
        (sizes(0, (1, 100)), sizes(10, (1, 1100)), 99, 100.0, False, "100 B a second"),
        (sizes(0, (1, 100)), sizes(10, (1, 200), (2, 900)), None, 100.0, True, "1000 B"),
        (sizes(0, (1, 100)), sizes(10, (2, 2048)), None, 204.8, True, "at least 2.0 KiB written"),
        (sizes(0, (1, 900)), sizes(10, (1, 100)), None, 0.0, None, "nothing was written in 10 s"),
        (sizes(0, (1, 900)), sizes(10, (1, 900)), 0, 0.0, None, "nothing was written in 10 s"),
        (sizes(0), sizes(10), None, None, None, "there is no log"),
        (Sizes(0, None, "/var/log/audit: Permission denied"), sizes(10, (1, 1)), None, None, None, "Permission denied"),
    ],
)
def test_the_growth_of_the_log_is_measured_through_rotations(before, after, limit, value, ok, words):
    found = criteria.log_growth(before, after, limit)
    assert (found.value, found.ok) == (value, ok)
    assert words in found.text


def growth(rate):
    return Criterion("log_growth", True, rate, None, "so much a second")


def test_the_forecast_is_made_of_the_rate_and_of_what_rotation_keeps():
    rate = 100.0 * MIB / 86400
    found = criteria.retention(growth(rate), VALUES, LOGS, sizes(9, (1, MIB)), 1)
    assert (found.ok, found.value) == (True, 1.0)
    assert found.text == "at this rate the log lasts 1.0 days, bound by rotation"
    assert criteria.retention(growth(rate), VALUES, LOGS, sizes(9, (1, MIB)), 1.5).ok is False


def test_the_disk_bounds_the_forecast_where_it_is_smaller_than_what_rotation_keeps():
    small = {"filesystem": {"bytes": 100 * MIB, "free": 9 * MIB}}
    found = criteria.retention(growth(10.0 * MIB / 86400), VALUES, small, sizes(9, (1, MIB)), 2)
    assert (found.ok, found.value) == (False, 1.0)
    assert "bound by space" in found.text


@pytest.mark.parametrize(
    ("rate", "values", "logs", "ok"),
    [
        (0.0, VALUES, LOGS, None),
        (None, VALUES, LOGS, None),
        (1.0, None, LOGS, None),
        (1.0, VALUES, None, None),
        (1.0, dict(VALUES, max_log_file_action="ignore"), {"filesystem": None}, None),
    ],
)
def test_what_cannot_be_foretold_is_well_only_where_nothing_is_asked(rate, values, logs, ok):
    given = growth(rate)._replace(ok=None if rate is None else True)
    assert criteria.retention(given, values, logs, sizes(9, (1, MIB)), 1).ok is ok
    assert criteria.retention(given, values, logs, sizes(9, (1, MIB)), 0).ok is True


@pytest.mark.parametrize(
    ("told", "healthy"),
    [((True, True), True), ((True, None), None), ((None, False), False), ((), None)],
)
def test_health_is_all_of_the_criteria(told, healthy):
    assert criteria.healthy([Criterion("x", ok, 0, 0, "") for ok in told]) is healthy
