# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often the socket of the audit daemon was full."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import audit_sockets
from ansible_collections.auditops.trail.tests.unit import roots

HEADER = "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
ROW = "0000000085a6d367 {0:<3} {1:<10} 00000000 0        0        0     2        {2:<8} {3}\n"
TABLE = HEADER + ROW.format(9, 512, 19, 4711) + ROW.format(9, 88, 7, 4712) + ROW.format(15, 512, 5, 4713)


@pytest.fixture(name="host")
def fixture_host(tmp_path):
    roots.make(tmp_path, {"/proc/net/netlink": TABLE})
    return tmp_path


def holds(host, *inodes):
    links = {"/proc/512/fd/{0}".format(turn): "socket:[{0}]".format(one) for turn, one in enumerate(inodes)}
    roots.make(host, links=links)


@pytest.mark.parametrize(
    ("inodes", "found"), [((4711,), 19), ((4711, 4712), 26), ((4713,), None), ((4711, 4713), 19), ((), None)]
)
def test_what_counts_are_the_audit_sockets_of_the_daemon(host, inodes, found):
    holds(host, *inodes)
    assert audit_sockets.refused(roots.context(host), 512) == found


def test_nobody_has_no_socket_and_one_that_is_unseen_no_count(host):
    holds(host, 4711)
    assert audit_sockets.refused(roots.context(host), 0) is None
    assert audit_sockets.refused(roots.context(host), 513) is None
    (host / "proc/net/netlink").unlink()
    assert audit_sockets.refused(roots.context(host), 512) is None
