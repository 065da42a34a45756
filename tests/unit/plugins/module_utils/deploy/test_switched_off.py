# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kernel that was started with audit=0: how it is told, and what is deployed on it."""

import errno

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import kernel_build
from ansible_collections.auditops.trail.plugins.module_utils.deploy import switched_off
from ansible_collections.auditops.trail.plugins.module_utils.deploy.switched_off import SwitchedOff
from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_parameters
from ansible_collections.auditops.trail.plugins.module_utils.rules import netlink
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import task_host
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy.task_host import PASSWD

host = pytest.fixture(task_host.hosts, name="host")


@pytest.fixture
def started(monkeypatch):
    """``started("audit=0", errno.ECONNREFUSED)``: the kernel's command line, and what a question to it is answered."""

    def start(line, status=None):
        def read_status():
            if status is not None:
                raise netlink.refused(status, "ask")

        monkeypatch.setattr(kernel_build, "boot_parameters", lambda: boot_parameters.split(line))
        monkeypatch.setattr(switched_off.kernel, "read_status", read_status)

    return start


def test_a_kernel_that_was_started_with_audit_0_gets_the_files_for_the_next_boot(host, started):
    started("quiet audit=0", errno.EPROTONOSUPPORT)
    off = SwitchedOff(switched_off.reason(), host.wire)
    asked = {"immutable": True, "on_immutable": "fail", "kernel": off}
    told = host.run(("30-a.rules", PASSWD), **asked)
    assert (told["changed"], told["reboot_required"], told["immutable"]) == (True, True, False)
    assert "audit=0" in told["reboot_reason"]
    assert (told["rules"], told["kernel"], told["proof"]["equal"]) == ({"file": 1, "kernel": None}, None, False)
    assert host.run(state="committed", kernel=off)["transaction_state"] == "committed"
    assert host.disk()["audit.rules"].splitlines()[-1] == "-e 2"
    again = host.run(("30-a.rules", PASSWD), **asked)
    assert (again["changed"], again["reboot_required"]) == (False, True)
    assert host.loaded() == []


@pytest.mark.parametrize(
    "line, off",
    [
        ("audit=0", True),
        ("audit=OFF", True),
        ("audit=1", False),
        ("quiet", False),
        ("audit=0 audit=1", True),
        ("audit=1 audit=0", True),
        ('"audit=0"', True),
        ("audit=1 -- audit=0", False),
    ],
)
def test_what_switches_audit_off_at_boot(started, line, off):
    started(line, errno.ECONNREFUSED)
    assert (switched_off.reason() is not None) is off


@pytest.mark.parametrize("status", [None, errno.EPERM])
def test_a_kernel_that_takes_questions_is_not_off_whatever_it_was_given(started, status):
    started("audit=0", status)
    assert switched_off.reason() is None
