# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel and disk change together or not at all, against a kernel that behaves as the real one."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy import files
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status
from ansible_collections.auditops.trail.plugins.module_utils.settings import telling
from ansible_collections.auditops.trail.plugins.module_utils.settings.apply import MOST, Plan, Request, apply, checked

START = Status(
    enabled=1, failure=1, pid=5, rate_limit=0, backlog_limit=64, lost=0, backlog=0, backlog_wait_time=15000
)  # fmt: skip


class Kernel:
    """audit_receive_msg (kernel/audit.c): one value after the other, EPERM while locked, EINVAL for what it bounds."""

    def __init__(self, deaf=(), refuses=(), **values):
        self.status = START._replace(**values)
        self.asked = []
        self._deaf, self._refuses = deaf, refuses

    off = None

    def read(self):
        return self.status

    def set(self, values):
        self.asked.append(dict(values))
        for name, value in sorted(values.items(), key=lambda item: item[0] == "enabled"):
            if self.status.enabled == 2:
                raise TrailError("EPERM")
            if name in self._refuses and value != getattr(START, name):
                raise TrailError("EINVAL {0}".format(name))
            if name not in self._deaf:
                self.status = self.status._replace(**{name: value})

    def reset_lost(self):
        lost, self.status = self.status.lost, self.status._replace(lost=0)
        return lost

    def boot_id(self):
        return "1"


class Host:
    def __init__(self, folder):
        self.store = Store(str(folder / "state"))
        self.file = str(folder / "a.rules")
        self.other = str(folder / "b.rules")
        with open(self.file, "wb") as out:
            out.write(b"-b 64\n")
        os.chmod(self.file, 0o600)
        self.plan = Plan(
            {self.file: b"-b 8192\n", self.other: b"-f 1\n"},
            ({"file": self.file, "line": 1, "before": "-b 64", "after": "-b 8192"},),
        )

    def apply(self, kernel, request, check=False):
        return apply(request, kernel, lambda: self.plan, self.store, check)

    @property
    def now(self):
        return {path: files.look(path).data for path in (self.file, self.other)}


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


OLD = (b"-b 64\n", None)
NEW = (b"-b 8192\n", b"-f 1\n")


def test_kernel_and_files_change_and_are_read_back(host):
    kernel = Kernel()
    outcome = host.apply(kernel, Request({"backlog_limit": 8192, "failure": 1}))
    assert (outcome.changed, outcome.reboot_required, outcome.lost) == (True, False, None)
    assert (outcome.before, outcome.after) == (START, START._replace(backlog_limit=8192))
    assert kernel.asked == [{"backlog_limit": 8192}], "what is so already is not set: a locked kernel would refuse it"
    assert tuple(host.now.values()) == NEW
    assert outcome.files == {host.file: (OLD[0], NEW[0]), host.other: (None, NEW[1])}
    assert os.stat(host.file).st_mode & 0o777 == 0o600
    assert host.store.read(outcome.backup)[host.file].data == OLD[0]


def test_a_second_run_changes_nothing_and_asks_for_nothing(host):
    kernel = Kernel(backlog_limit=8192)
    host.plan = Plan()
    outcome = host.apply(kernel, Request({"backlog_limit": 8192}, reset_lost=True))
    assert (outcome.changed, kernel.asked, outcome.lost, outcome.backup) == (False, [], 0, None)
    assert not os.path.exists(host.store.folder)


def test_check_mode_foretells_and_touches_nothing(host):
    kernel = Kernel(lost=3)
    request = Request({"backlog_limit": 8192, "enabled": 2}, reset_lost=True)
    outcome = host.apply(kernel, request, check=True)
    assert (outcome.changed, outcome.lost, outcome.backup) == (True, 3, None)
    assert outcome.after == START._replace(backlog_limit=8192, enabled=2, lost=0)
    assert (kernel.status, kernel.asked, tuple(host.now.values())) == (START._replace(lost=3), [], OLD)
    assert not os.path.exists(host.store.folder)
    done = host.apply(kernel, request)
    assert done.after == outcome.after
    assert telling.diff(request, done) == telling.diff(request, outcome)


def test_the_lock_comes_when_all_else_is_done(host):
    kernel = Kernel()
    host.apply(kernel, Request({"enabled": 2, "backlog_limit": 8192}))
    assert kernel.asked == [{"backlog_limit": 8192}, {"enabled": 2}]


def test_without_persist_no_file_is_written(host):
    kernel = Kernel()
    outcome = host.apply(kernel, Request({"backlog_limit": 8192}, persist=False))
    assert (outcome.changed, kernel.status.backlog_limit, tuple(host.now.values())) == (True, 8192, OLD)
    assert (outcome.persisted, outcome.files) == ((), {})


def test_a_locked_kernel_gets_the_files_alone_and_the_reboot_is_told(host):
    kernel = Kernel(enabled=2)
    outcome = host.apply(kernel, Request({"backlog_limit": 8192}))
    assert (outcome.changed, outcome.reboot_required, kernel.asked) == (True, True, [])
    assert (outcome.after.backlog_limit, tuple(host.now.values())) == (64, NEW)
    host.plan = Plan()
    again = host.apply(kernel, Request({"backlog_limit": 8192}))
    assert (again.changed, again.reboot_required) == (False, True)


def test_a_locked_kernel_that_has_it_all_needs_no_reboot(host):
    host.plan = Plan()
    outcome = host.apply(Kernel(enabled=2), Request({"backlog_limit": 64, "enabled": 2}, on_immutable="fail"))
    assert (outcome.changed, outcome.reboot_required) == (False, False)


@pytest.mark.parametrize("request_", [
    Request({"backlog_limit": 8192}, on_immutable="fail"),
    Request({"backlog_limit": 8192}, persist=False),
])  # fmt: skip
def test_a_locked_kernel_where_nothing_would_come_of_it_is_an_error_with_the_way_out(host, request_):
    kernel = Kernel(enabled=2, lost=3)
    with pytest.raises(TrailError, match="immutable until the next boot.*backlog_limit is 64.*reboot"):
        host.apply(kernel, request_)
    assert (kernel.asked, tuple(host.now.values()), kernel.status.lost) == ([], OLD, 3)


class SwitchedOff(Kernel):
    off = "the kernel was started with audit=0"

    def read(self):
        return Status()


def test_a_kernel_that_was_started_without_audit_gets_the_files_alone(host):
    kernel = SwitchedOff()
    told = host.apply(kernel, Request({"backlog_limit": 8192}), check=True)
    done = host.apply(kernel, Request({"backlog_limit": 8192}, reset_lost=True))
    for one in (told, done):
        assert (one.changed, one.reboot_required, one.after) == (True, True, Status())
    assert (kernel.asked, tuple(host.now.values())) == ([], NEW)
    host.plan = Plan()
    again = host.apply(kernel, Request({"backlog_limit": 8192}))
    assert (again.changed, again.reboot_required) == (False, True)
    with pytest.raises(TrailError, match="started with audit=0") as refused:
        host.apply(kernel, Request({"backlog_limit": 8192}, on_immutable="fail"))
    assert "audit_boot" in refused.value.remedy


def test_the_counter_is_reset_while_the_kernel_is_locked(host):
    kernel = Kernel(enabled=2, lost=12)
    outcome = host.apply(kernel, Request(reset_lost=True))
    assert (outcome.changed, outcome.lost, outcome.before.lost, outcome.after.lost) == (True, 12, 12, 0)


@pytest.mark.parametrize(
    ("values", "kernel", "message"),
    [
        ({"backlog_limit": 8192, "failure": 2}, Kernel(refuses=["failure"]), "EINVAL failure"),
        ({"backlog_limit": 8192}, Kernel(deaf=["backlog_limit"]), "does not show them: backlog_limit is 64"),
        ({"backlog_limit": 8192, "enabled": 2}, Kernel(refuses=["enabled"]), "EINVAL enabled"),
    ],
)
def test_what_the_kernel_refuses_leaves_all_as_it_was(host, values, kernel, message):
    with pytest.raises(TrailError, match=message):
        host.apply(kernel, Request(values))
    assert (kernel.status, tuple(host.now.values())) == (START, OLD)
    assert [name for name in os.listdir(os.path.dirname(host.file)) if name.startswith(".")] == []


def test_a_counter_that_was_reset_by_a_run_that_failed_is_told(host):
    with pytest.raises(TrailError, match="EINVAL enabled.*stood at 7 and is reset"):
        host.apply(Kernel(refuses=["enabled"], lost=7), Request({"enabled": 2}, reset_lost=True))


@pytest.mark.parametrize("step", ["prepare", "apply"])
@pytest.mark.parametrize("which", [0, 1])
def test_a_disk_that_fails_leaves_all_as_it_was(host, monkeypatch, step, which):
    kernel = Kernel()
    real = getattr(files, step)
    calls = []

    def fails(*arguments):
        calls.append(arguments)
        if len(calls) == which + 1:
            raise TrailError("is full")
        return real(*arguments)

    monkeypatch.setattr(files, step, fails)
    with pytest.raises(TrailError, match="is full"):
        host.apply(kernel, Request({"backlog_limit": 8192}))
    assert (kernel.status, tuple(host.now.values())) == (START, OLD)
    assert [name for name in os.listdir(os.path.dirname(host.file)) if name.startswith(".")] == []


def test_what_cannot_be_undone_is_told(host, monkeypatch):
    def fails(*_arguments):
        raise TrailError("is full")

    with monkeypatch.context() as patch:
        patch.setattr(files, "apply", fails)
        patch.setattr(files, "restore", fails)
        with pytest.raises(TrailError, match="is full; and this could not be put back: is full"):
            host.apply(Kernel(), Request({"backlog_limit": 8192}))
    kernel = Kernel()
    done = host.apply(kernel, Request({"backlog_limit": 8192}))
    assert done.recovered["did"] == "undone", "the next run begins with what is left"
    assert tuple(host.now.values()) == NEW


def test_what_a_killed_run_has_left_is_taken_away(host):
    left = files.stage(host.file, b"x")
    host.apply(Kernel(), Request({"backlog_limit": 8192}))
    assert not os.path.exists(left)


def test_two_runs_do_not_overlap(host):
    with Store(host.store.folder).lock(), pytest.raises(TrailError, match="another run is at work"):
        host.apply(Kernel(), Request({"backlog_limit": 8192}))
    assert tuple(host.now.values()) == OLD


def test_a_setting_that_this_kernel_lacks_is_an_error(host):
    with pytest.raises(TrailError, match="this kernel has no backlog_wait_time"):
        host.apply(Kernel(backlog_wait_time=None), Request({"backlog_wait_time": 1}))


@pytest.mark.parametrize("value", [-1, MOST + 1])
def test_a_value_that_does_not_fit_is_an_error(value):
    with pytest.raises(TrailError, match="backlog_limit cannot be"):
        checked({"backlog_limit": value})


def test_the_diff_shows_kernel_and_files_and_nothing_that_stays(host):
    request = Request({"backlog_limit": 8192})
    parts = telling.diff(request, host.apply(Kernel(), request))
    assert [(part["before_header"], part["before"], part["after"]) for part in parts] == [
        ("the kernel", "backlog_limit 64\n", "backlog_limit 8192\n"),
        (host.file, "-b 64\n", "-b 8192\n"),
        (host.other, "", "-f 1\n"),
    ]
    host.plan = Plan()
    assert telling.diff(request, host.apply(Kernel(backlog_limit=8192), request)) == []
