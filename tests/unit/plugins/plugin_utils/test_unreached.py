# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that were not assessed: each cause once, its hosts, and what helps."""

import pytest

pytest.importorskip("yaml", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils import unreached  # noqa: E402

pytestmark = pytest.mark.controller

SSH = "unreachable: Failed to connect to the host via ssh: "
REFUSED = SSH + "ssh: connect to host {0} port 22: Connection refused"


def causes(*reasons):
    hosts = ["web{0}".format(number) for number in range(1, len(reasons) + 1)]
    return unreached.causes([{"host": host, "reason": reason} for host, reason in zip(hosts, reasons)])


def test_one_cause_is_told_once_for_all_its_hosts():
    (cause,) = causes(REFUSED.format("192.0.2.1"), REFUSED.format("192.0.2.2"))
    assert cause.text == "unreachable: ssh: connect to host … port 22: Connection refused"
    assert cause.hosts == ["web1", "web2"]
    assert "sshd" in cause.remedy


def test_the_address_stays_where_there_is_one():
    (cause,) = causes(REFUSED.format("192.0.2.1"), REFUSED.format("192.0.2.1"))
    assert "192.0.2.1 port 22" in cause.text


def test_different_causes_stay_apart_in_the_order_of_their_hosts():
    unknown = SSH + "ssh: Could not resolve hostname web2: Name or service not known"
    told = causes(REFUSED.format("a"), unknown, REFUSED.format("b"))
    assert [cause.hosts for cause in told] == [["web1", "web3"], ["web2"]]


def test_what_ansible_and_ssh_put_around_the_error_is_left_out():
    noisy = SSH + "Warning: Permanently added '192.0.2.1' to the list of known hosts.\r\nNo entry without leave!\r\n"
    noisy += "root@192.0.2.1: Permission denied (publickey,password).\r\n"
    framed = noisy.replace("unreachable: ", "unreachable: Task failed: ")
    (cause,) = causes(noisy, framed)
    assert cause.text == "unreachable: root@192.0.2.1: Permission denied (publickey,password)."
    assert "ansible_user" in cause.remedy


@pytest.mark.parametrize(
    "reason, helps",
    [
        (SSH + "ssh: Could not resolve hostname x: Temporary failure in name resolution", "ansible_host"),
        (SSH + "ssh: connect to host x port 22: Connection timed out", "firewall"),
        (SSH + "ssh: connect to host x port 22: No route to host", "firewall"),
        (SSH + "Host key verification failed.", "known_hosts"),
        (SSH + "x@y: Permission denied (publickey).", "--private-key"),
        ("Missing sudo password", "--ask-become-pass"),
        ("Timeout (12s) waiting for privilege escalation prompt: ", "--ask-become-pass"),
        ("Premature end of stream waiting for become success.\n/bin/sh: 1: sudo: not found", "ansible_become_method"),
        ("Premature end of stream waiting for become success.\n/bin/sh: 1: sudo: Permission denied", "become_method"),
        ("The module interpreter '/x/python' was not found.", "ansible_python_interpreter"),
        ("MODULE FAILURE\nSee stdout/stderr for the exact error: /bin/sh: 1: /x/python3.9: not found", "Python 3"),
        ("unreachable: nobody answers", "ansible web1 -m ansible.builtin.ping -vvv"),
        (SSH.strip(), "ansible web1 -m ansible.builtin.ping -vvv"),
    ],
)
def test_each_has_a_remedy(reason, helps):
    (cause,) = causes(reason)
    assert helps in cause.remedy
    assert cause.text
    assert "\n" not in cause.text and "stdout" not in cause.text


def test_a_remedy_that_came_with_the_reason_is_the_remedy():
    (cause,) = causes("/x/y.json: cannot be read. To mend it: give another file.")
    assert (cause.text, cause.remedy) == ("/x/y.json: cannot be read.", "give another file.")
