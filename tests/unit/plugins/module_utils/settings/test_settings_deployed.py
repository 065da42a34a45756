# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings on a host whose rules are deployed: what audit_rules left open, was killed at, or decides itself."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy import journal, transaction
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status
from ansible_collections.auditops.trail.plugins.module_utils.settings import deployed
from ansible_collections.auditops.trail.plugins.module_utils.settings.apply import Plan, Request, apply
from ansible_collections.auditops.trail.plugins.module_utils.settings.disk import Disk
from ansible_collections.auditops.trail.tests.unit import roots
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import hosts, task_host
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.settings import test_settings_killed

FACTS = {"auditctl_version": [3, 0, 9], "awk": "gawk", "machine": "x86_64", "kernel": "6.1.0-18-amd64"}

folder = pytest.fixture(hosts.folders, name="folder")
rules_host = pytest.fixture(task_host.hosts, name="rules_host")


class Running:
    def __init__(self):
        self.backlog_limit = 64

    off = None

    def read(self):
        return Status(enabled=1, failure=1, pid=5, rate_limit=0, backlog_limit=self.backlog_limit, lost=0, backlog=0)

    def set(self, values):
        self.backlog_limit = values["backlog_limit"]

    def boot_id(self):
        return "1"


@pytest.fixture
def host(folder):
    return hosts.fresh(folder)


def ask(host, check=False, persist=True, written=True):
    plan = Plan({host.path("10-base.rules"): b"-b 8192\n"} if written else {})
    request = Request({"backlog_limit": 8192}, persist=persist)
    return apply(request, Running(), lambda: plan, host.store, check, rules_kernel=host.kernel)


def loaded(host):
    return transaction.load(host.change(), host.kernel, host.store)["id"]


@pytest.mark.parametrize("check", [True, False])
def test_no_file_is_written_between_a_load_and_its_commit(host, check):
    identifier = loaded(host)
    before = host.whole()
    with pytest.raises(TrailError, match="{0} are loaded and not committed".format(identifier)) as refused:
        ask(host, check)
    assert "state committed or rolled_back" in refused.value.remedy
    assert host.whole() == before
    transaction.commit(identifier, host.kernel, host.store)


def test_what_writes_no_file_goes_on_between_the_two(host):
    identifier = loaded(host)
    assert ask(host, written=False).changed is True
    assert ask(host, persist=False).changed is True
    transaction.commit(identifier, host.kernel, host.store)
    assert ask(host).changed is True


def test_an_interrupted_change_of_rules_is_brought_to_its_end_first(host):
    before = host.whole()
    hosts.load_killed(host, "remove c")
    told = ask(host, check=True)
    assert "a run outside check mode would undo it first" in told.warnings[0]
    assert journal.load(host.store) is not None
    done = ask(host)
    assert "what it left was undone" in done.warnings[0]
    assert journal.load(host.store) is None
    assert host.whole()[1:] == before[1:], "the kernel has the rules of before"
    with open(host.path("10-base.rules")) as file:
        assert file.read() == "-b 8192\n"


def test_a_change_of_rules_that_was_finished_so_is_pending_and_refused(host):
    hosts.load_killed(host, "put ")
    with pytest.raises(TrailError, match="are loaded and not committed"):
        ask(host)
    assert journal.load(host.store) is None
    assert transaction.latest(host.store)["state"] == transaction.PENDING


def test_the_files_that_audit_rules_deploys_are_known(host):
    assert deployed.files(host.store) == frozenset()
    loaded(host)
    ours = {os.path.basename(path) for path in deployed.files(host.store)}
    assert ours == {"10-base.rules", "40-link.rules", "50-ours.rules", "audit.rules"}


OWN = {"/audit/rules.d/10-auditops.rules": "-D\n-b 16384\n", "/audit/rules.d/20-theirs.rules": "-f 1\n"}


def plan(root, values, unless):
    roots.make(root, OWN)
    disk = Disk(Context(configuration=str(root / "audit"), loader="augenrules"), FACTS)
    return disk.plan(values, False, {str(root / "audit" / "rules.d" / "10-auditops.rules")}, unless)


def test_a_setting_that_a_deployed_file_decides_is_left_to_it_where_that_is_asked(tmp_path):
    values = {"backlog_limit": 8192, "failure": 2}
    found = plan(tmp_path, values, ["backlog_limit", "failure"])
    assert found.left == ("backlog_limit",)
    assert [one["after"] for one in found.persisted] == ["-f 2"]
    assert found.warnings == ()
    assert plan(tmp_path, {"backlog_limit": 8192}, ["backlog_limit"]).changes == {}


def test_one_that_is_asked_for_all_the_same_is_written_and_told(tmp_path):
    found = plan(tmp_path, {"backlog_limit": 8192}, [])
    assert [one["before"] for one in found.persisted] == ["-b 16384"]
    assert "10-auditops.rules is deployed by audit_rules" in found.warnings[0]


def test_what_is_left_is_not_set_in_the_kernel_either(host):
    running = Running()
    request = Request({"backlog_limit": 8192}, unless_deployed=("backlog_limit",))
    done = apply(request, running, lambda: Plan(left=("backlog_limit",)), host.store)
    assert (done.changed, done.left, running.backlog_limit) == (False, ("backlog_limit",), 64)


def test_audit_rules_undoes_what_an_interrupted_change_of_settings_left(rules_host, folder, monkeypatch):
    other = test_settings_killed.Host(folder)
    other.store = rules_host.store
    test_settings_killed.killed(other, "put {0}".format(other.path("c.rules")))
    monkeypatch.setattr(deployed.running, "LiveKernel", lambda: other.kernel)
    own = ("30-a.rules", task_host.PASSWD)
    told = rules_host.run(own, check_mode=True)
    assert "a run outside check mode would end it first" in told["warnings"][-1]
    assert other.disk()["a.rules"] == test_settings_killed.NEW["a.rules"]
    done = rules_host.run(own)
    assert (done["changed"], "what it left was undone" in done["warnings"][-1]) == (True, True)
    assert other.disk() == {name: text for name, text in test_settings_killed.OLD.items() if text}
    assert other.kernel.state()["backlog_limit"] == 64
    assert rules_host.run(own)["warnings"] == []
