# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL at every step of a change of boot parameters, its programs' among them; and what a reboot does not mend."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.boot import change, words
from ansible_collections.auditops.trail.plugins.module_utils.deploy import change as deploy_change
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.tests.unit import roots
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.boot import test_boot_change as boots
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import hosts

pytestmark = pytest.mark.exhaustive

MOST = 1000

folder = pytest.fixture(hosts.folders, name="folder")


class Host(boots.Host):
    """Its programs can be killed before and after each file that they write; grubenv's boot has a number."""

    tick = None

    def write(self, path, text):
        if self.tick is not None:
            self.tick("a program writes {0}".format(path))
        super().write(path, text)

    def apply(self, audit=True, backlog_limit=8192, check=False, step=None):
        self.tick = step
        try:
            return change.apply(roots.context(self.root), audit, backlog_limit, self.store, check, self.run, step)
        finally:
            self.tick = None

    def boot(self, number, given="ro quiet"):
        roots.make(self.root, {"/proc/sys/kernel/random/boot_id": number + "\n", "/proc/cmdline": given + "\n"})


def fresh(folder, family):
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    host = Host(pathlib.Path(folder))
    host.make(*family())
    return host


def changing(host):
    return lambda step: host.apply(True, 8192, False, step)


def killings(folder, family, stride=1):
    for number in range(1, MOST, stride):
        host = fresh(folder, family)
        if hosts.killed_at(number, changing(host)):
            assert number > 20, "hardly anything is counted"
            return
        yield number, host
    raise AssertionError("it does not come to an end")


@pytest.mark.parametrize("family", [boots.debian, boots.rhel9, boots.rhel8, boots.systemd_boot, boots.u_boot])
def test_whenever_it_is_killed_the_next_run_finishes_it(folder, family):
    host = fresh(folder, family)
    host.apply()
    after = host.files()
    for number, host in killings(folder, family):
        left = deploy_change.left(host.store, deploy_change.BOOT)
        done = host.apply()
        found = host.files()
        # What grubby makes for kernels to come it has not made where it was killed before, and is not asked again.
        assert set(found) | {"/etc/kernel/cmdline"} == set(after) | {"/etc/kernel/cmdline"}, number
        for path, text in after.items():
            if path not in found:
                continue
            assert words.others(found[path]) == words.others(text), (number, path)
        assert found.get("/etc/default/grub") == after.get("/etc/default/grub"), number
        assert done.configured == {"audit": True, "backlog_limit": 8192}
        assert (done.recovered is None) is (left is None)
        if left is not None:
            assert (done.changed, done.recovered["did"], done.recovered["change"]) == (True, "finished", left.id)
            assert done.warnings == (done.recovered["text"],)
        again = host.apply()
        assert (again.changed, again.recovered) == (False, None)
        assert deploy_change.left(host.store, deploy_change.BOOT) is None
        assert not [path for path in host.files() if os.path.basename(path).startswith(".")]


def killed(host, at):
    def step(name):
        if name.startswith(at):
            hosts.children.die()

    assert not hosts.children.in_child(lambda: changing(host)(step))


def test_the_settings_that_grubby_spoils_are_those_of_before(folder):
    host = fresh(folder, boots.rhel9)
    killed(host, "put ")
    assert 'GRUB_CMDLINE_LINUX_DEFAULT="rhgb"' not in host.text("/etc/default/grub"), "grubby has spoilt it"
    done = host.apply()
    assert 'GRUB_CMDLINE_LINUX_DEFAULT="rhgb"' in host.text("/etc/default/grub")
    assert "/etc/default/grub had been changed since, what it held is kept as aside-" in done.recovered["text"]


def test_a_menu_that_was_written_meanwhile_is_made_anew_and_not_put_back(folder):
    host = fresh(folder, boots.debian)
    killed(host, "run ")
    host.write("/boot/grub/grub.cfg", boots.MENU.format("newer"))
    host.write("/etc/default/grub", host.text("/etc/default/grub").replace("quiet", "newer"))
    host.apply()
    assert host.ran == ["/usr/sbin/update-grub"]
    assert boots.ON in host.text("/boot/grub/grub.cfg")


def test_the_next_run_finishes_what_the_killed_one_was_asked_for(folder):
    host = fresh(folder, boots.debian)
    killed(host, "run ")
    told = host.apply(None, None, check=True)
    assert (told.changed, len(told.warnings)) == (True, 1)
    assert "would finish it first" in told.warnings[0]
    assert deploy_change.left(host.store, deploy_change.BOOT) is not None
    assert host.apply(None, 4096).configured == {"audit": True, "backlog_limit": 4096}


def test_where_it_cannot_be_finished_the_run_after_that_tries_again(folder):
    host = fresh(folder, boots.debian)
    killed(host, "run ")
    host.status = 1
    with pytest.raises(TrailError, match="ended with status 1"):
        host.apply()
    assert deploy_change.left(host.store, deploy_change.BOOT) is not None
    host.status = 0
    assert host.apply().recovered["did"] == "finished"


def test_a_reboot_that_changes_nothing_is_not_asked_for_again(folder):
    host = fresh(folder, boots.debian)
    host.boot("1")
    assert host.apply().reboot_required is True
    assert host.apply().reboot_required is True, "it has not been started anew yet"
    host.boot("2")
    for check in (True, False, False):
        again = host.apply(check=check)
        assert (again.changed, again.reboot_required, again.not_supported["loader"]) == (False, False, "grub")
        assert "was started anew since and has audit=0 audit_backlog_limit=0" in again.not_supported["what_to_do"]
        assert boots.ON in again.not_supported["what_to_do"]
    assert host.apply(True, 4096).reboot_required is True, "other parameters have not had their boot"
    host.boot("3", "ro audit=1 audit_backlog_limit=4096")
    done = host.apply(True, 4096)
    assert (done.reboot_required, done.not_supported) == (False, None)


def test_entries_that_were_right_before_this_module_came_have_their_boot_first(folder):
    host = fresh(folder, boots.debian)
    host.boot("1")
    host.apply()
    shutil.rmtree(host.store.folder)
    host.boot("2")
    assert host.apply(check=True).reboot_required is True
    assert not os.path.exists(host.store.folder)
    assert host.apply().reboot_required is True
    host.boot("3")
    assert host.apply().reboot_required is False


def test_a_program_ends_with_the_process_that_started_it(tmp_path, collections_path):
    pid, end = tmp_path / "pid", tmp_path / "end"
    program = "echo $$ > {0}.new; mv {0}.new {0}; sleep 3; touch {1}".format(pid, end)
    code = "import sys; from {0} import run; run(['sh', '-c', sys.argv[1]])".format(change.programs.__name__)
    environment = dict(os.environ, PYTHONPATH=collections_path)
    process = subprocess.Popen([sys.executable, "-c", code, program], env=environment)
    try:
        for _again in range(100):
            if pid.exists():
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for _again in range(50):
            if not os.path.exists("/proc/{0}".format(pid.read_text().strip())):
                break
            time.sleep(0.1)
        else:
            raise AssertionError("it goes on")
    finally:
        process.kill()
    assert not end.exists()


def test_a_boot_that_cannot_be_told_is_not_taken_for_another_one(folder):
    host = fresh(folder, boots.debian)
    host.boot("1")
    assert host.apply().reboot_required is True
    os.unlink(str(host.root) + "/proc/sys/kernel/random/boot_id")
    again = host.apply()
    assert (again.changed, again.reboot_required, again.not_supported) == (False, True, None)
