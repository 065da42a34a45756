# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transactions over the real kernel's side, whose kernel is played in a file: killed at every request that it makes."""

import os
import pickle

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy import files, recovery, transaction
from ansible_collections.auditops.trail.plugins.module_utils.deploy.kernel_side import Kernel
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.deploy.transaction import Change
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Origin
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import Line
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate
from ansible_collections.auditops.trail.tests.unit import children
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import fake_wire, hosts

OLD = ("-b 64", "-w /a -p wa -k a", "-a never,exit -F path=/b", "-w /c -p wa -k c", "-a exclude,always -F msgtype=CWD")
# b's never goes behind c's watch, which is in both: it moves; the exclude rule goes and a new watch comes.
NEW = ("-b 8192", "-f 2", "-w /c -p wa -k c", "-w /d -p wa -k d", "-a never,exit -F path=/b")

folder = pytest.fixture(hosts.folders, name="folder")


class SavedWire(fake_wire.FakeWire):
    """Each change is in the file before the next request; another process goes on from there."""

    def __init__(self, file):
        super().__init__()
        self.file = file
        if os.path.exists(file):
            with open(file, "rb") as read:
                self.lists, self.now = pickle.load(read)
        self.watcher = self._save

    def set_status(self, **values):
        super().set_status(**values)
        self._save()

    def _save(self):
        with open(self.file + ".new", "wb") as out:
            pickle.dump((self.lists, self.now), out)
        os.replace(self.file + ".new", self.file)


class Host:
    def __init__(self, folder):
        hosts.shutil.rmtree(folder, ignore_errors=True)
        self.rules_dir, self.folder = os.path.join(folder, "rules.d"), folder
        os.makedirs(self.rules_dir)
        self.file = os.path.join(self.rules_dir, "all.rules")
        files.write(self.file, _text(OLD))
        self.kernel.switch(_load(OLD, self.file), folder, lambda _name: None)

    @property
    def kernel(self):
        return Kernel(fake_wire.DIALECT, SavedWire(os.path.join(self.folder, "kernel")))

    @property
    def store(self):
        return Store(os.path.join(self.folder, "state"))

    def load(self, step=lambda _name: None, lines=NEW, kernel=None):
        change = Change(
            {self.file: _text(lines)},
            _load(lines, self.file),
            lock=True,
            rules_dir=self.rules_dir,
            scratch=os.path.join(self.folder, ".scratch"),
        )
        return transaction.load(change, kernel or self.kernel, self.store, step=step)

    def whole(self):
        now = self.kernel.snapshot()
        return files.look(self.file).data, now.rules, now.settings

    def recover(self, step=None):
        return recovery.recover(self.kernel, self.store, step)


def _text(lines):
    return "".join(line + "\n" for line in lines).encode()


def _load(lines, file):
    load = simulate([Line(Origin(file, number, line)) for number, line in enumerate(lines, 1)], fake_wire.DIALECT)
    assert not load.rejected
    return load


def _roll_back(host):
    identifier = transaction.latest(host.store)["id"]
    return lambda step: transaction.roll_back(identifier, host.kernel, host.store, step=step)


def test_there_and_back_the_kernel_holds_what_the_files_say(folder):
    host = Host(folder)
    before = host.whole()
    record = host.load()
    assert record["counts"]["moved"] == 1
    assert host.kernel.differences(_load(NEW, host.file)) == []
    assert host.whole()[0] == _text(NEW)
    transaction.roll_back(record["id"], host.kernel, host.store)
    assert host.whole() == before


def test_the_commit_locks(folder):
    host = Host(folder)
    record = host.load()
    transaction.commit(record["id"], host.kernel, host.store)
    assert host.kernel.locked()
    assert transaction.roll_back(record["id"], host.kernel, host.store)["reboot_required"] is True
    deferred = host.load(lines=NEW + ("-w /e -p wa",))
    assert deferred["deferred"] and deferred["reboot_required"]


@pytest.mark.exhaustive
@pytest.mark.parametrize("action", ["load", "roll_back"])
def test_killed_at_any_request_the_next_run_makes_it_whole(folder, action):
    def ready():
        host = Host(folder)
        if action == "load":
            return host, host.load
        host.load()
        return host, _roll_back(host)

    host, work = ready()
    before = host.whole()
    work(lambda _name: None)
    after = host.whole()
    seen = set()
    for number in range(1, 1000):
        host, work = ready()
        if hosts.killed_at(number, work):
            break
        came = host.recover()
        if came is None:
            assert host.whole() in (before, after)
        else:
            seen.add(came["did"])
            assert host.whole() == (after if came["did"] == "finished" else before), (number, came)
        assert host.recover() is None
    assert seen == {"undone", "finished"} and number > 20


def test_an_auditctl_that_loads_nothing_and_says_nothing_is_found_out_by_line(folder):
    host = Host(folder)
    before, kernel = host.whole(), host.kernel
    kernel._wire.silent = True
    with pytest.raises(TrailError) as refused:
        host.load(kernel=kernel)
    assert (refused.value.file, refused.value.line) == (host.file, 4)
    assert "Files and kernel are as they were" in refused.value.message
    assert host.whole() == before and host.recover() is None


def test_a_rule_whose_directory_is_missing_is_named_by_its_line(folder):
    host = Host(folder)
    before, kernel = host.whole(), host.kernel
    kernel._wire.missing = ("/d",)
    with pytest.raises(TrailError) as refused:
        host.load(kernel=kernel)
    assert (refused.value.file, refused.value.line) == (host.file, 4)
    assert host.whole() == before and host.recover() is None


def test_a_proven_load_is_finished_after_a_boot_though_a_directory_of_its_rules_is_gone(folder):
    host = Host(folder)

    def step(name):
        if name.startswith("put "):
            children.die()

    assert not children.in_child(lambda: host.load(step))
    kernel = host.kernel
    kernel._wire.boot_id = lambda: "the next boot"
    kernel._wire.lists = {name: [] for name in kernel._wire.lists}
    kernel._wire.missing = ("/d",)
    came = recovery.recover(kernel, host.store)
    assert came["did"] == "finished" and ["/d" in text for text in came["gone"]] == [True]
    assert files.look(host.file).data == _text(NEW)
    assert [one["line"] for one in kernel.differences(_load(NEW, host.file))] == [4]
    assert host.recover() is None


def test_a_roll_back_puts_back_all_but_the_rules_whose_directory_is_gone(folder):
    host = Host(folder)
    before = files.look(host.file).data
    record = host.load()
    kernel = host.kernel
    kernel._wire.missing = ("/a",)
    record = transaction.roll_back(record["id"], kernel, host.store)
    assert record["state"] == "rolled_back" and ["/a" in text for text in record["gone"]] == [True]
    assert record["moved_back"] == {"added": 1, "removed": 1, "moved": 2}
    assert files.look(host.file).data == before and host.recover() is None
    assert [one["line"] for one in kernel.differences(_load(OLD, host.file))] == [2]
