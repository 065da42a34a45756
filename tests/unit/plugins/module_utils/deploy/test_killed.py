# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL at every step, and before every system call that changes a file: what the next run makes of it."""

import random

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy import journal, recovery, transaction
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import hosts

pytestmark = pytest.mark.exhaustive

MOST = 1000


folder = pytest.fixture(hosts.folders, name="folder")


def _load(host):
    return lambda step: transaction.load(host.change(), host.kernel, host.store, step=step)


def _ready_to_commit(host):
    _load(host)(None)
    identifier = transaction.latest(host.store)["id"]
    return lambda step: transaction.commit(identifier, host.kernel, host.store, step=step)


def _ready_to_roll_back(host):
    _load(host)(None)
    identifier = transaction.latest(host.store)["id"]
    return lambda step: transaction.roll_back(identifier, host.kernel, host.store, step=step)


def _first_load(host):
    change = host.without_rules_dir().change(hosts.FIRST)
    return lambda step: transaction.load(change, host.kernel, host.store, step=step)


def _ready_to_roll_back_the_first(host):
    _first_load(host)(None)
    identifier = transaction.latest(host.store)["id"]
    return lambda step: transaction.roll_back(identifier, host.kernel, host.store, step=step)


ACTIONS = {
    "load": _load,
    "commit": _ready_to_commit,
    "roll_back": _ready_to_roll_back,
    "load, and rules.d is made": _first_load,
    "roll_back, and rules.d goes": _ready_to_roll_back_the_first,
}


def _ends(folder, prepare):
    """Files and kernel before and after the action, and the transaction's state after it."""
    host = hosts.fresh(folder)
    work = prepare(host)
    before = host.whole()
    work(None)
    return before, host.whole()


def _killings(folder, prepare, stride=1):
    """A host for each moment (or every ``stride``-th) at which the action can be killed, as it is then."""
    for number in range(1, MOST, stride):
        host = hosts.fresh(folder)
        work = prepare(host)
        if hosts.killed_at(number, work):
            assert number > 20, "the action has hardly any moment: is anything counted?"
            return
        yield number, host
    raise AssertionError("the action does not come to an end")


def _settled(host):
    """Nothing is left of a run that was killed."""
    assert recovery.interrupted(host.store) is None
    assert host.recover() is None
    assert not [path for path in host.disk() if ".auditops-" in path or ".scratch" in path]


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_whenever_it_is_killed_the_next_run_makes_it_whole(folder, action):
    before, after = _ends(folder, ACTIONS[action])
    assert before != after
    seen = set()
    for number, host in _killings(folder, ACTIONS[action]):
        told = recovery.interrupted(host.store)
        came = host.recover()
        if told is None:
            assert came is None
            assert host.whole() in (before, after), number
        else:
            assert came["did"] == {"undo": "undone", "finish": "finished"}[told["would"]]
            assert (came["action"], came["step"]) == (action.split(",")[0], told["step"])
            assert came["step"] and not came["set_aside"] and not came["reboot_required"]
            assert host.whole() == (after if came["did"] == "finished" else before), (number, came)
            seen.add(came["did"])
        _settled(host)
    assert seen == {"undone", "finished"}


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_after_a_boot_in_between_files_and_kernel_agree(folder, action):
    before, after = _ends(folder, ACTIONS[action])
    for number, host in _killings(folder, ACTIONS[action], 2):
        host.reboot()
        came = host.recover()
        files, rules, settings = host.whole()
        locked = settings["enabled"] == 2
        assert files in (before[0], after[0]), number
        if came is not None:
            assert files == (after[0] if came["did"] == "finished" else before[0])
        if came is None or not came["reboot_required"]:
            assert rules == host.lines(), number
        # What is on disk to be locked is locked, and nothing else is.
        assert locked is (hosts.LOCK in host.merged()), number
        _settled(host)


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_recovery_can_be_killed_as_often_as_one_likes(folder, action):
    before, after = _ends(folder, ACTIONS[action])
    for number, host in _killings(folder, ACTIONS[action], 5):
        chance = random.Random(number)
        for again in range(1, MOST):
            if hosts.killed_at(chance.randint(1, 5 + 5 * again), host.recover):
                break
        assert host.whole() in (before, after), number
        _settled(host)


def test_every_moment_of_recovery_from_the_middle_of_the_switch_and_of_the_files(folder):
    before, after = _ends(folder, _load)
    for wanted, end in (("remove c", before), ("put ", after)):
        for again in range(1, MOST, 2):
            host = hosts.fresh(folder)
            hosts.load_killed(host, wanted)
            ended = hosts.killed_at(again, host.recover)
            host.recover()
            assert host.whole() == end, (wanted, again)
            _settled(host)
            if ended:
                break
        assert again > 10


def test_the_record_is_there_after_a_load_that_was_finished_and_can_be_rolled_back(folder):
    before, _after = _ends(folder, _load)
    for _number, host in _killings(folder, _load, 4):
        told = recovery.interrupted(host.store)
        if told is None or told["would"] != "finish":
            continue
        came = host.recover()
        record = transaction.latest(host.store)
        assert (record["id"], record["state"]) == (came["transaction"], transaction.PENDING)
        assert record["counts"] == {"added": 3, "removed": 2, "moved": 0}
        transaction.roll_back(record["id"], host.kernel, host.store)
        assert host.whole() == before
        assert transaction.latest(host.store) is None


def test_the_next_load_waits_until_what_was_left_is_brought_to_an_end(folder):
    for _number, host in _killings(folder, _load):
        if journal.load(host.store) is None:
            continue
        with pytest.raises(Exception) as refused:
            _load(host)(None)
        assert "did not come to its end" in str(refused.value)
        return
    raise AssertionError("it never left a journal")
