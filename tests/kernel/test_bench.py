# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench itself: it sees what is recorded, sees what is not, and notices when it cannot see."""

import pytest

from ansible_collections.auditops.trail.tests.kernel import control, recorder
from ansible_collections.auditops.trail.tests.kernel.events import O_RDWR, O_WRONLY, Event
from ansible_collections.auditops.trail.tests.kernel.scratch import FILE


def test_a_watched_write_is_recorded_and_an_unwatched_one_is_not(bench):
    a, b = bench.path("a"), bench.path("b")
    seen, unseen = bench.trial(
        {"a": FILE, "b": FILE},
        ["-w {0} -p wa -k one -k two".format(a)],
        [Event("openat", (a,), O_WRONLY), Event("openat", (b,), O_WRONLY)],
    )
    assert seen.on_record and seen.recorded.keys == ("one", "two") and seen.recorded.success
    assert unseen.ret >= 0 and not unseen.on_record and unseen.recorded is None


def test_identity_abi_and_result_are_those_of_the_event(bench):
    a = bench.path("a")
    rules = ["-a always,exit -F arch=b32 -S open -F auid=1234 -F uid=65534 -F exit=-EACCES -k denied"]
    event = Event("open", (a,), O_RDWR, abi="b32", auid=1234, uid=65534, gid=65534)
    others = [event._replace(abi="b64"), event._replace(auid=1235), event._replace(uid=0)]
    made = bench.trial({"a": FILE}, rules, [event] + others)
    assert [outcome.on_record for outcome in made] == [True, False, False, False]
    assert (made[0].ret, made[0].recorded.exit, made[0].recorded.success) == (-13, -13, False)


def test_each_event_meets_fresh_files(bench):
    a, b = bench.path("a"), bench.path("b")
    made = bench.trial(
        {"a": FILE, "b": FILE},
        ["-w {0} -p wa -k A".format(a)],
        [Event("unlink", (a,)), Event("rename", (a, b)), Event("unlink", (a,))],
    )
    assert [outcome.ret for outcome in made] == [0, 0, 0]
    assert all(outcome.on_record for outcome in made)


def test_a_refused_rule_is_an_error(bench):
    with pytest.raises(control.LoadRefused):
        bench.trial({}, ["-w {0} -p wa".format(bench.path("none/such/file"))], [])
    assert control.listed() == []


def test_a_lost_sentinel_voids_the_reading(bench):
    with pytest.raises(recorder.Void):
        bench.channel.set(enabled=0)
        try:
            bench.recorder.read(timeout=0.2)
        finally:
            bench.channel.set(enabled=1)


def test_the_recorder_overrun_voids_the_reading(bench, monkeypatch):
    monkeypatch.setattr(recorder, "BUFFER", 1)
    small = recorder.Recorder(bench.channel)
    try:
        a = bench.path("a")
        bench.trial({"a": FILE}, ["-w {0} -p wa".format(a)], [Event("openat", (a,), O_WRONLY)] * 20)
        with pytest.raises(recorder.Void):
            small.read(timeout=1)
    finally:
        small.close()


def test_restore_puts_back_rules_and_status_byte_for_byte(bench):
    a = bench.path("a")
    bench.scratch.reset({"a": FILE})
    try:
        control.load(["-w {0} -p wa -k A".format(a), "-A never,user -F uid=7", "-A never,user -F uid=8"], bench.home)
        bench.channel.set(backlog_limit=4321, failure=0, rate_limit=77)
        saved = control.save()
        control.delete_all(bench.channel)
        bench.channel.set(backlog_limit=8192, failure=1, rate_limit=0)
        control.restore(bench.channel, saved)
        now = control.save()
        assert (now.rules, now.status.backlog_limit, now.status.failure) == (saved.rules, 4321, 0)
        assert now.status.rate_limit == 77
    finally:
        control.delete_all(bench.channel)
        bench.channel.set(backlog_limit=8192, failure=1, rate_limit=0, enabled=1)
