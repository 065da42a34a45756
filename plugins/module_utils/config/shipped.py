# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration files that the packages of audit bring along, for a host on which they are not yet installed.

Without them check mode on a bare host would judge the given settings against
compiled defaults that no package leaves in force. Source: init.d/auditd.conf and
audisp/plugins/ of each release; Debian and Ubuntu set log_group to adm.
"""

import os
from typing import Dict, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.config.keys import Version, holds, release

_Row = Tuple[str, str, str]
"""A line, the first release with it, the first one without it again; empty where there is no such bound."""

_AUDITD: Tuple[_Row, ...] = (
    ("#", "", ""),
    ("# This file controls the configuration of the audit daemon", "", ""),
    ("#", "", ""),
    ("", "", ""),
    ("local_events = yes", "", ""),
    ("write_logs = yes", "", ""),
    ("log_file = /var/log/audit/audit.log", "", ""),
    ("log_group = root", "", ""),
    ("log_format = RAW", "", "3.0"),
    ("log_format = ENRICHED", "3.0", ""),
    ("flush = INCREMENTAL_ASYNC", "", ""),
    ("freq = 50", "", ""),
    ("max_log_file = 8", "", ""),
    ("num_logs = 5", "", ""),
    ("priority_boost = 4", "", ""),
    ("disp_qos = lossy", "", "3.0"),
    ("dispatcher = /sbin/audispd", "", "3.0"),
    ("name_format = NONE", "", ""),
    ("##name = mydomain", "", ""),
    ("max_log_file_action = ROTATE", "", ""),
    ("space_left = 75", "", ""),
    ("space_left_action = SYSLOG", "", ""),
    ("verify_email = yes", "", ""),
    ("action_mail_acct = root", "", ""),
    ("admin_space_left = 50", "", ""),
    ("admin_space_left_action = SUSPEND", "", ""),
    ("disk_full_action = SUSPEND", "", ""),
    ("disk_error_action = SUSPEND", "", ""),
    ("report_interval = 0", "4.0.5", ""),
    ("use_libwrap = yes", "", ""),
    ("##tcp_listen_port = 60", "", ""),
    ("tcp_listen_queue = 5", "", ""),
    ("tcp_max_per_addr = 1", "", ""),
    ("##tcp_client_ports = 1024-65535", "", ""),
    ("tcp_client_max_idle = 0", "", ""),
    ("enable_krb5 = no", "", "3.0"),
    ("transport = TCP", "3.0", ""),
    ("krb5_principal = auditd", "", ""),
    ("##krb5_key_file = /etc/audit/audit.key", "", ""),
    ("distribute_network = no", "", ""),
    ("q_depth = 400", "3.0", "3.0.3"),
    ("q_depth = 1200", "3.0.3", "3.0.9"),
    ("q_depth = 2000", "3.0.9", ""),
    ("overflow_action = SYSLOG", "3.0", ""),
    ("max_restarts = 10", "3.0", ""),
    ("plugin_dir = /etc/audit/plugins.d", "3.0", ""),
    ("end_of_event_timeout = 2", "3.0.2", ""),
)
_REMOTE: Tuple[_Row, ...] = (
    ("port = 60", "", ""),
    ("transport = tcp", "", ""),
    ("queue_file = /var/spool/audit/remote.log", "", ""),
    ("mode = immediate", "", ""),
    ("queue_depth = 10240", "", ""),
    ("format = managed", "", ""),
    ("network_retry_time = 1", "", ""),
    ("max_tries_per_record = 3", "", ""),
    ("max_time_per_record = 5", "", ""),
    ("heartbeat_timeout = 0", "", ""),
    ("network_failure_action = stop", "", ""),
    ("disk_low_action = ignore", "", ""),
    ("disk_full_action = warn_once", "", ""),
    ("disk_error_action = warn_once", "", ""),
    ("remote_ending_action = reconnect", "", ""),
    ("generic_error_action = syslog", "", ""),
    ("generic_warning_action = syslog", "", ""),
    ("queue_error_action = stop", "", ""),
    ("overflow_action = syslog", "", ""),
    ("startup_failure_action = warn_once_continue", "3.0", ""),
)
_DIRECTION = ("direction = out", "", "4.1.2")
_PLUGINS: Dict[str, Tuple[_Row, ...]] = {
    "au-remote.conf": (
        ("active = no", "", ""),
        _DIRECTION,
        ("path = /sbin/audisp-remote", "", ""),
        ("type = always", "", ""),
        ("format = string", "", ""),
    ),
    "syslog.conf": (
        ("active = no", "", ""),
        _DIRECTION,
        ("path = builtin_syslog", "", "3.0"),
        ("type = builtin", "", "3.0"),
        ("path = /sbin/audisp-syslog", "3.0", ""),
        ("type = always", "3.0", ""),
        ("args = LOG_INFO", "", ""),
        ("format = string", "", ""),
    ),
    "af_unix.conf": (
        ("active = no", "", ""),
        _DIRECTION,
        ("path = builtin_af_unix", "", "3.1.1"),
        ("type = builtin", "", "3.1.1"),
        ("path = /sbin/audisp-af_unix", "3.1.1", ""),
        ("type = always", "3.1.1", ""),
        ("args = 0640 /var/run/audispd_events", "", "4.0.4"),
        ("args = 0640 /var/run/audispd_events string", "4.0.4", "4.1.2"),
        ("args = 0640 /run/audit/audispd_events string", "4.1.2", ""),
        ("format = string", "", "4.0.4"),
        ("format = binary", "4.0.4", ""),
    ),
    "filter.conf": (
        ("active = no", "4.0.1", ""),
        ("direction = out", "4.0.1", "4.1.2"),
        ("path = /sbin/audisp-filter", "4.0.1", ""),
        ("type = always", "4.0.1", ""),
        ("args = allowlist /etc/audit/audisp-filter.conf /sbin/audisp-syslog LOG_USER LOG_INFO interpret", "4.0.1", ""),
        ("format = string", "4.0.1", ""),
    ),
}
_OF_DEBIAN = ("log_group = root", "log_group = adm")


def shipped(file: str, path: str, version: Optional[Version], root: str = "/") -> bytes:
    """What a package of this release puts at a path; empty where it is not known to put anything there.

    Args:
        file: auditd, audispd, remote or plugin.
        path: Its place; of plugins the name decides.
        version: The release, or None for the newest.
        root: The host's root folder.
    """
    rows = {"auditd": _AUDITD, "remote": _REMOTE, "plugin": _PLUGINS.get(os.path.basename(path), ())}.get(file, ())
    wanted = release(version)
    lines = [line for line, since, until in rows if holds(wanted, since, until)]
    if os.path.exists(os.path.join(root, "etc/debian_version")):
        lines = [_OF_DEBIAN[1] if line == _OF_DEBIAN[0] else line for line in lines]
    return "".join(line + "\n" for line in lines).encode("ascii")
