# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL at every step and before every system call that changes a file: what the next run makes of the settings."""

import json
import os
import shutil

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy import change, files
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status
from ansible_collections.auditops.trail.plugins.module_utils.settings import running
from ansible_collections.auditops.trail.plugins.module_utils.settings.apply import Plan, Request, apply
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import hosts

pytestmark = pytest.mark.exhaustive

MOST = 1000
START = {"enabled": 1, "failure": 1, "rate_limit": 0, "backlog_limit": 64, "backlog_wait_time": 15000}
OLD = {"a.rules": "backlog_limit 64\n", "b.rules": None, "c.rules": "failure 1\n"}
NEW = {"a.rules": "backlog_limit 8192\n", "b.rules": "rate_limit 5\n", "c.rules": "failure 2\n"}
WANTED = {"backlog_limit": 8192, "rate_limit": 5, "failure": 2}

folder = pytest.fixture(hosts.folders, name="folder")


class Kernel:
    """A kernel in a file: it outlives who changes it, takes one value after the other, and none while it is locked."""

    def __init__(self, path):
        self.path = path

    off = None

    def state(self):
        with open(self.path) as read:
            return json.load(read)

    def put(self, **values):
        state = dict(self.state() if os.path.exists(self.path) else dict(START, boot="1"), **values)
        with open(self.path + ".new", "w") as out:
            json.dump(state, out)
        os.replace(self.path + ".new", self.path)

    def read(self):
        values = {name: value for name, value in self.state().items() if name != "boot"}
        return Status(pid=5, lost=0, backlog=0, **values)

    def set(self, values):
        for name, value in sorted(values.items(), key=lambda item: item[0] == "enabled"):
            if self.state()["enabled"] == 2:
                raise TrailError("EPERM")
            self.put(**{name: value})

    def boot_id(self):
        return self.state()["boot"]


class Host:
    def __init__(self, folder, **values):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.join(folder, "rules.d"))
        self.folder = folder
        self.store = Store(os.path.join(folder, "state"))
        for name, text in OLD.items():
            self.write(name, text)
        self.kernel = Kernel(os.path.join(folder, "kernel"))
        self.kernel.put(**values)

    def path(self, name):
        return os.path.join(self.folder, "rules.d", name)

    def write(self, name, text):
        if text is not None:
            with open(self.path(name), "w") as out:
                out.write(text)

    def disk(self):
        found = {
            name: files.look(self.path(name)).data for name in sorted(os.listdir(os.path.join(self.folder, "rules.d")))
        }
        return {name: data.decode() for name, data in found.items()}

    def plan(self):
        now = self.disk()
        return Plan({self.path(name): text.encode() for name, text in NEW.items() if now.get(name) != text})

    def apply(self, values=None, step=None):
        """A new store each time, as each run has."""
        store = Store(self.store.folder)
        return apply(Request(dict(values or WANTED)), self.kernel, self.plan, store, False, step)

    def recover(self, step=None):
        return running.recover(Store(self.store.folder), self.kernel, step)

    def whole(self):
        return self.disk(), self.kernel.state()

    def reboot(self):
        """The kernel has what the files say, and the defaults of what they do not."""
        values = {}
        for text in self.disk().values():
            name, value = text.split()
            values[name] = int(value)
        self.kernel.put(boot=str(int(self.kernel.boot_id()) + 1), **dict(START, **values))


def lock(host):
    return lambda step: host.apply(dict(WANTED, enabled=2), step)


def plain(host):
    return lambda step: host.apply(None, step)


def locked_before(host):
    host.kernel.put(enabled=2)
    return plain(host)


ACTIONS = {"plain": plain, "lock": lock, "locked_before": locked_before}


def ends(folder, prepare):
    host = Host(folder)
    work = prepare(host)
    before = host.whole()
    work(None)
    return before, host.whole()


def killings(folder, prepare, stride=1):
    for number in range(1, MOST, stride):
        host = Host(folder)
        if hosts.killed_at(number, prepare(host)):
            assert number > 20, "hardly anything is counted"
            return
        yield number, host
    raise AssertionError("it does not come to an end")


def settled(host):
    assert change.left(host.store, change.SETTINGS) is None
    assert host.recover() is None
    assert [name for name in os.listdir(os.path.join(host.folder, "rules.d")) if name.startswith(".")] == []


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_whenever_it_is_killed_the_next_run_makes_it_whole(folder, action):
    before, after = ends(folder, ACTIONS[action])
    assert before != after
    seen = set()
    for number, host in killings(folder, ACTIONS[action]):
        left = change.left(host.store, change.SETTINGS)
        came = host.recover()
        if left is None:
            assert host.whole() in (before, after), number
        else:
            assert (came["change"], bool(came["step"])) == (left.id, True)
            assert "changed since" not in came["text"]
            assert host.whole() == (after if came["did"] == "finished" else before), (number, came)
            records = host.store.ids(change.SETTINGS)
            assert records == ([left.id] if came["did"] == "finished" else []), "what never was has no backup"
            seen.add(came["did"])
        settled(host)
    assert seen == ({"undone", "finished"} if action == "lock" else {"undone"})


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_the_same_task_again_undoes_tells_and_does_it(folder, action):
    _before, after = ends(folder, ACTIONS[action])
    for number, host in killings(folder, ACTIONS[action], 3):
        left = change.left(host.store, change.SETTINGS)
        asked = dict(WANTED, enabled=2) if action == "lock" else WANTED
        done = host.apply(asked)
        assert host.whole() == after, number
        assert (done.recovered is None) is (left is None)
        assert done.changed is True or left is None
        again = host.apply(asked)
        assert (again.changed, again.recovered, again.warnings) == (False, None, ())
        settled(host)


def test_after_a_boot_in_between_the_kernel_has_what_the_files_say(folder):
    before, after = ends(folder, plain)
    for number, host in killings(folder, plain, 2):
        host.reboot()
        host.recover()
        assert host.disk() in (before[0], after[0]), number
        held = dict(host.kernel.state())
        host.reboot()
        assert dict(host.kernel.state(), boot=0) == dict(held, boot=0), number
        settled(host)


def test_recovery_can_be_killed_as_often_as_one_likes(folder):
    before, after = ends(folder, plain)
    for number, host in killings(folder, plain, 4):
        for again in range(1, MOST, 3):
            if hosts.killed_at(again, host.recover):
                break
        assert host.whole() in (before, after), number
        settled(host)


def killed(host, at):
    def step(name):
        if name.startswith(at):
            hosts.children.die()

    assert not hosts.children.in_child(lambda: host.apply(None, step))


def test_what_somebody_has_written_meanwhile_is_kept_aside_and_told(folder):
    host = Host(folder)
    killed(host, "put {0}".format(host.path("c.rules")))
    host.write("a.rules", "backlog_limit 7\n")
    came = host.recover()
    assert host.disk()["a.rules"] == OLD["a.rules"]
    assert "a.rules had been changed since, what it held is kept as aside-" in came["text"]
    kept = host.store.read(host.store.ids("aside")[0])
    assert kept[host.path("a.rules")].data == b"backlog_limit 7\n"


def test_a_kernel_that_was_locked_meanwhile_is_told(folder):
    host = Host(folder)
    killed(host, "put {0}".format(host.path("c.rules")))
    host.kernel.put(enabled=2)
    came = host.recover()
    assert host.disk() == {name: text for name, text in OLD.items() if text}
    assert "the kernel is locked, and keeps" in came["text"]
    settled(host)


def test_check_mode_tells_what_is_left_and_touches_nothing(folder):
    host = Host(folder)
    killed(host, "put {0}".format(host.path("c.rules")))
    there = host.whole()
    told = apply(Request(WANTED), host.kernel, host.plan, Store(host.store.folder), True)
    assert told.changed is True
    assert "was interrupted" in told.warnings[0] and "would end it first" in told.warnings[0]
    assert host.whole() == there
    assert change.left(host.store, change.SETTINGS) is not None
