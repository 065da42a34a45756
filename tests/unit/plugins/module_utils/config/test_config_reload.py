# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reload brings into force, release by release, as the sources of auditd have it."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.config.read import read
from ansible_collections.auditops.trail.plugins.module_utils.config.reload import restart_keys

SPACE = "space_left = 75\nadmin_space_left = 50\n"


def needed(before, after, version=(3, 0, 9), file="auditd", base=SPACE):
    return restart_keys(file, *(read(file, (base + text).encode(), version) for text in (before, after)), version)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("num_logs = 5\n", "num_logs = 9\n"),
        ("", "space_left_action = email\n"),
        ("", "log_file = /var/log/x/audit.log\nlog_group = adm\n"),
        ("", "name_format = user\nname = web1\n"),
        ("name_format = hostname\n", "name_format = none\n"),
        ("name_format = hostname\n", "name_format = hostname\nnum_logs = 9\n"),
        ("q_depth = 400\n", "q_depth = 1000\n"),
        ("", "NUM_LOGS = 0\n"),
        ("", "plugin_dir = /etc/x\noverflow_action = single\n"),
    ],
)
def test_most_is_taken_up_by_a_reload(before, after):
    assert needed(before, after) == []


@pytest.mark.parametrize(
    ("before", "after", "version", "keys"),
    [
        ("", "local_events = no\n", (4, 2, 1), ["local_events"]),
        ("", "name_format = hostname\n", (4, 0, 2), ["name_format"]),
        ("name_format = fqd\n", "name_format = fqd\nnum_logs = 9\n", (4, 2, 1), ["name_format"]),
        ("name_format = fqd\n", "name_format = fqd\n", (4, 2, 1), []),
        ("", "priority_boost = 5\n", (4, 2, 1), ["priority_boost"]),
        ("q_depth = 1000\n", "q_depth = 400\n", (4, 2, 1), ["q_depth"]),
        ("", "disp_qos = lossless\n", (2, 8, 5), ["disp_qos"]),
        ("", "tcp_listen_port = 60\n", (3, 0, 9), ["tcp_listen_port"]),
        ("", "tcp_listen_port = 60\n", (4, 0, 5), ["tcp_listen_port"]),
        ("", "tcp_listen_port = 60\n", (4, 1, 0), []),
        ("tcp_listen_port = 60\n", "", (4, 1, 0), ["tcp_listen_port"]),
        ("tcp_listen_port = 60\n", "tcp_listen_port = 61\n", (4, 2, 1), ["tcp_listen_port"]),
        ("tcp_listen_port = 60\n", "tcp_listen_port = 60\ntcp_listen_queue = 9\n", (3, 1, 5), ["tcp_listen_queue"]),
        ("tcp_listen_port = 60\n", "tcp_listen_port = 60\ntcp_listen_queue = 9\n", (4, 1, 4), []),
        ("", "tcp_listen_queue = 9\n", (3, 1, 5), []),
        ("", "transport = krb5\n", (3, 1, 5), []),
        (
            "tcp_listen_port = 60\n",
            "tcp_listen_port = 60\ntransport = krb5\n",
            (4, 1, 4),
            ["transport"],
        ),
        (
            "",
            "tcp_listen_port = 60\ntransport = tls\ntls_allowed_clients = /etc/x\n",
            (4, 2, 1),
            ["tcp_listen_port", "transport"],
        ),
        (
            "transport = tls\ntls_allowed_clients = /etc/x\n",
            "transport = tls\ntls_allowed_clients = /etc/y\n",
            (4, 2, 1),
            [],
        ),
    ],
)
def test_what_needs_a_restart(before, after, version, keys):
    assert needed(before, after, version) == keys


def test_audisp_remote_reads_nothing_again():
    assert needed("port = 60\n", "port = 61\nmode = forward\n", file="remote", base="") == ["port", "mode"]


@pytest.mark.parametrize(
    ("before", "after", "keys"),
    [
        ("active = no\n", "active = yes\nargs = new\n", []),
        ("active = yes\n", "active = no\n", []),
        ("active = yes\n", "active = yes\nargs = new\n", ["args"]),
        ("active = no\n", "active = no\nargs = new\n", []),
    ],
)
def test_a_plugin_that_runs_on_keeps_its_arguments(before, after, keys):
    assert needed(before, after, file="plugin", base="path = /sbin/x\n") == keys
