# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For each control on a state: what is wrong on a host on which it fails, and what the reason then says."""

from __future__ import annotations

from typing import Any, NamedTuple


class Case(NamedTuple):
    """``change`` holds values by dotted path; ``given`` those without which the control does not apply.

    ``says`` is part of the reason. ``also`` are the controls that the change cannot but fail too.
    """

    change: dict[str, Any]
    says: str
    given: dict[str, Any] = {}
    also: tuple[str, ...] = ()


_AIDE = {"name": "aide", "scheduled": True, "last_run": "2026-11-22T03:00:00Z", "age_days": 0.3, "own_way": False}
_ALL = {"log_directory": True, "configuration": True, "tools": True}
_ROUTE = {"active": True, "identity": "web1", "mode": "forward", "loses": []}
_NOON = "2026-11-02T12:00:00Z"
_FOLDER = ("log.directory_permissions",)
"""Without it its control is an error: what is not there cannot be looked at."""
_ALONE = {"shipping.active": False}

CASES: dict[str, list[Case]] = {
    "auth.direct_root": [
        Case({"logins.sshd.permit_root_login": "prohibit-password"}, "PermitRootLogin prohibit-password; wanted:"),
        Case({"logins.sshd.root_by_match": ["sshd_config:90: Match Address 10.0.0.0/8: yes"]}, "sshd_config:90: Match"),
    ],
    "auth.sshd_uses_pam": [Case({"logins.sshd.use_pam": False}, "wanted: UsePAM yes")],
    "auth.pam_loginuid": [
        Case({"logins.pam.loginuid_missing": ["login"]}, "/etc/pam.d/login; wanted:"),
        Case({"logins.pam.loginuid_in": []}, "no service sets it; wanted:"),
    ],
    "auth.unique_uid": [
        Case({"logins.accounts.duplicate_uids": [{"uid": 1000, "names": ["anna", "ben"]}]}, "uid 1000: anna, ben"),
        Case({"logins.accounts.duplicate_names": ["anna"]}, "twice: anna"),
        Case({"logins.accounts.uid_zero": ["root", "toor"]}, "uid 0: toor; wanted:"),
        Case({"logins.accounts.uid_zero": []}, "root does not have uid 0; wanted:"),
    ],
    "kernel.enabled": [Case({"status.enabled": 0}, "status.enabled is 0", also=("kernel.immutable",))],
    "kernel.journald": [
        Case({"copies.journal.audit_at_start": "off"}, "no Audit= is in force, and this journald was built to"),
        Case(
            {
                "copies.journal.audit_at_start": "off",
                "copies.journal.audit_setting": "no",
                "copies.journal.audit_file": "/etc/systemd/journald.conf",
                "copies.journal.audit_line": 22,
            },
            "Audit=no in /etc/systemd/journald.conf:22; wanted: Audit=yes",
        ),
    ],
    "kernel.immutable": [Case({"status.enabled": 1}, "status.enabled is 1; wanted: status.enabled = 2")],
    "kernel.lost": [Case({"status.lost": 7}, "status.lost is 7")],
    "kernel.lost_in_period": [
        Case({"lost_in_period.rise": 7}, "7 records lost since 2026-11-21T09:30:00Z; wanted: none"),
        Case({"lost_in_period.restarted": "reset"}, "the count was set back since; wanted:"),
    ],
    "kernel.backlog_limit": [
        Case({"status.backlog_limit": 8191}, "status.backlog_limit is 8191; wanted: status.backlog_limit >= 8192")
    ],
    "kernel.backlog": [Case({"status.backlog": 8192}, "status.backlog is 8192")],
    "kernel.backlog_wait": [Case({"status.backlog_wait_time": 0}, "status.backlog_wait_time is 0")],
    "kernel.rate_limit": [Case({"status.rate_limit": 100}, "status.rate_limit is 100")],
    "kernel.failure": [Case({"status.failure": 0}, "status.failure is 0")],
    "kernel.loginuid_immutable": [Case({"status.loginuid_immutable": 0}, "status.loginuid_immutable is 0")],
    "kernel.syscall_audit": [Case({"kernel.syscall_audit": False}, "CONFIG_AUDITSYSCALL")],
    "kernel.daemon_is_auditd": [
        Case(
            {"daemon.is_auditd": False, "daemon.holder": {"pid": 7, "comm": "auditbeat"}}, "auditbeat (pid 7); wanted"
        ),
        Case({"daemon.is_auditd": False, "daemon.holder": None}, "nobody (pid 0); wanted"),
    ],
    "packages.audit": [Case({"packages.audit_installed": False}, "wanted: the package auditd")],
    "service.running": [Case({"service.running": False}, "wanted: auditd active")],
    "service.enabled": [Case({"service.enabled": False}, "wanted: auditd enabled")],
    "service.rules_at_boot": [Case({"service.rules_at_boot": False}, "wanted: audit-rules.service enabled")],
    "service.own_daemon": [Case({"daemon.is_service_main": False}, "wanted: one process for both")],
    "boot.audit_running": [Case({"boot.running.audit": False}, "wanted: audit=1 among")],
    "boot.audit_configured": [
        Case({"boot.configured.audit": False}, "an entry that can boot is without audit=1; wanted: audit=1 in every"),
        Case({"boot.configured.kept": False}, "the next update of the boot loader drops it; wanted:"),
        Case(
            {"boot.configured.audit": False, "boot.configured.left_out": ["grub.cfg:9: Debian (recovery)"]},
            "audit=1, not judged: grub.cfg:9: Debian (recovery); wanted:",
        ),
    ],
    "boot.backlog_limit": [
        Case({"boot.running.backlog_limit": 0}, "boot.running.backlog_limit is 0"),
        Case({"boot.configured.backlog_limit": 64}, "wanted: audit_backlog_limit=8192 or more"),
    ],
    "config.usable": [
        Case(
            {
                "config.auditd.usable": False,
                "config.auditd.problems": [{"line": 7, "message": "unknown key", "fatal": True, "remedy": None}],
            },
            "7: unknown key; wanted:",
        ),
        Case(
            {
                "config.auditd.usable": False,
                "config.auditd.problems": [{"line": None, "message": "no file", "fatal": True, "remedy": None}],
            },
            "no file; wanted:",
        ),
    ],
    "rules.loaded": [],  # no rule at all fails every control on events: see test_controls.py
    "rules.drift": [
        Case(
            {"drift.equal": False, "drift.differences": [{"kind": "not_loaded", "text": "10.rules:3 is not loaded"}]},
            "10.rules:3 is not loaded; wanted:",
        )
    ],
    "rules.task_never": [],  # a rule of the kernel's: see test_controls.py
    "rules.filesystem_never": [],
    "rules.complete_records": [],
    "limits.x32": [Case({"kernel.x32": True}, "wanted: a kernel without x32")],
    "log.written": [
        Case({"config.auditd.values.write_logs": False}, "write_logs = no, the newest record is of 2026-11-22"),
        Case({"config.auditd.values.local_events": False}, "local_events = no"),
        Case({"logs.newest_age_days": 1.01, "logs.newest": _NOON}, f"record is of {_NOON}; wanted: write_logs"),
        Case({"logs.newest_age_days": -3.0, "logs.newest": _NOON}, f"record is of {_NOON}; wanted"),
        Case(
            {"logs.files": [], "logs.newest": None, "logs.newest_age_days": None},
            "there is no audit log; wanted:",
            also=("log.file_permissions",),
        ),
    ],
    "log.format": [Case({"config.auditd.values.log_format": "raw"}, "is raw; wanted: log_format = ENRICHED")],
    "log.flush": [
        Case({"config.auditd.values.flush": "none"}, "is none, "),
        Case({"config.auditd.values.freq": 2147483647}, "wanted: flush = INCREMENTAL_ASYNC with freq = 100 or less"),
    ],
    "log.overflow": [
        Case({"config.auditd.values.overflow_action": "ignore"}, "ignore; wanted: overflow_action = one of syslog,"),
        Case(
            {
                "config.auditd.values.overflow_action": None,
                "config.dispatcher": {"values": {"overflow_action": "ignore"}},
            },
            "ignore; wanted: overflow_action = one of syslog,",
        ),
    ],
    "log.directory_permissions": [
        Case(
            {"logs.exposed": ["/var/log/audit: its group is users"]},
            "/var/log/audit: its group is users; wanted: owner root, group root or log_group, mode 0750 or stricter",
        ),
        Case({"logs.exposed": ["/var/log/audit: everybody can change it (0777)"]}, "everybody can change it (0777)"),
        Case(
            {"logs.exposed_above": ["/var/log: its group can change it (0775)"]},
            "/var/log: its group can change it (0775); wanted:",
        ),
    ],
    "log.file_permissions": [
        Case(
            {"logs.exposed": ["/var/log/audit/audit.log.1: its group is users"]},
            "/var/log/audit/audit.log.1: its group is users; wanted:",
        ),
        Case({"logs.files": []}, "there is no audit log; wanted:", also=("log.written",)),
        Case(
            {"logs.files": [], "logs.directory": None, "logs.exposed": None},
            "there is no audit log",
            also=("log.written", *_FOLDER),
        ),
    ],
    "log.copies": [Case({"copies.exposed": ["/var/log/syslog: 0644"]}, "/var/log/syslog: 0644; wanted:")],
    "log.card_numbers": [Case({"trail.secrets.card_numbers": 2}, "trail.secrets.card_numbers is 2")],
    "log.secrets": [Case({"trail.secrets.password_arguments": 1}, "trail.secrets.password_arguments is 1")],
    "log.typed": [
        Case({"trail.secrets.typed": 1}, "trail.secrets.typed is 1"),
        Case({"logins.secrets_typed": True}, "logins.secrets_typed is true"),
    ],
    "log.fim": [
        Case({"fim.active": None}, "no tool that compares files is installed and set up; wanted:"),
        Case({"fim.active": dict(_AIDE, covers=dict(_ALL, log_directory=False))}, "aide does not cover the log"),
        Case({"fim.active": dict(_AIDE, covers=dict(_ALL, configuration=False))}, "aide does not cover /etc/audit"),
        Case({"fim.active": dict(_AIDE, covers=dict(_ALL, tools=False))}, "aide does not cover the audit tools"),
        Case({"fim.active": dict(_AIDE, covers=_ALL, scheduled=False)}, "aide does not run by itself at least weekly"),
        Case({"fim.active": dict(_AIDE, covers=_ALL, age_days=7.5)}, "aide ran last: 2026-11-22T03:00:00Z"),
        Case({"fim.active": dict(_AIDE, covers=_ALL, age_days=None, last_run=None)}, "aide ran last: never"),
        Case({"alerts.mta": None, "alerts.syslog_forwarded": False}, "nobody would hear of it: no mail program"),
    ],
    "protection.configuration": [
        Case(
            {"permissions.exposed_by.configuration": ["/etc/audit/auditd.conf: its group is users"]},
            "/etc/audit/auditd.conf: its group is users; wanted:",
        ),
        Case({"permissions.exposed_by.rules": ["/etc/audit/audit.rules: its owner is news"]}, "audit.rules: its owner"),
        Case({"permissions.configuration": []}, "there is no audit configuration; wanted:"),
    ],
    "protection.tools": [
        Case(
            {"permissions.exposed_by.tools": ["/usr/sbin/auditctl: everybody can change it (0757)"]},
            "/usr/sbin/auditctl: everybody can change it (0757); wanted:",
        ),
        Case({"permissions.exposed_by.plugins": ["/usr/sbin/audisp-remote: its owner is news"]}, "remote: its owner"),
        Case({"permissions.exposed_by.scripts": ["/opt/tell: its owner is news"]}, "/opt/tell: its owner is news"),
        Case({"permissions.exposed_by.folders": ["/usr: its group can change it (0775)"]}, "/usr: its group can"),
        Case({"permissions.tools": []}, "there are no audit tools; wanted:"),
    ],
    "retention.at_hand": [
        Case({"logs.retention_days": 7.2}, "7 days, bound by rotation; wanted: at least 90 days"),
    ],
    "retention.forecast": [
        Case({"logs.retention_days": 364.9}, "364 days, bound by rotation; wanted: at least 365 days", _ALONE),
    ],
    "retention.observed": [
        Case({"logs.age_days": 6.5}, "the oldest record is 6 days old, this host 235, and the longest time without a"),
        Case({"logs.longest_gap_days": 7.1}, "record 8 days; wanted: 365 days (90 where records are shipped)"),
        Case({"logs.age_days": 100.0, "shipping.active": False}, "is 100 days old", also=("ship.configured",)),
    ],
    "retention.held": [
        Case(
            {"logs.age_days": 364.9},
            "the oldest record is 364 days old, and the longest time without a record 2 days; wanted: 365 days",
            {**_ALONE, "logs.age_days": 365.0, "system.age_days": 500.0},
            also=("retention.observed",),
        ),
        Case(
            {"logs.longest_gap_days": 396.0},
            "the oldest record is 400 days old, and the longest time without a record 396 days; wanted: 365 days",
            {**_ALONE, "logs.age_days": 400.0, "system.age_days": 500.0},
            also=("retention.observed",),
        ),
    ],
    "retention.rotation": [Case({"logs.rotates": False}, "logs.rotates is false")],
    "space.left": [
        Case({"config.auditd.values.space_left_action": "ignore"}, "space_left_action = one of syslog, email"),
        Case({"config.auditd.values.space_left": 0}, "space_left is 0; wanted: "),
    ],
    "space.almost_full": [
        Case({"config.auditd.values.admin_space_left_action": "suspend"}, "is suspend, "),
        Case({"config.auditd.values.admin_space_left": "0%"}, "with 0 it is never taken"),
    ],
    "space.full": [
        Case({"config.auditd.values.disk_full_action": "suspend"}, "is suspend; wanted: disk_full_action =")
    ],
    "space.error": [
        Case({"config.auditd.values.disk_error_action": "suspend"}, "is suspend; wanted: disk_error_action =")
    ],
    "ship.configured": [
        Case({"shipping.active": False, "shipping.routes": []}, "wanted: an active route to another machine"),
        Case(
            {
                "shipping.active": False,
                "shipping.routes": [dict(_ROUTE, via="syslog", server="10.0.0.9", active=False, running=False)],
            },
            "syslog to 10.0.0.9 is set up, and its program does not run; wanted:",
        ),
        Case(
            {
                "shipping.active": False,
                "shipping.routes": [dict(_ROUTE, via="syslog", server="127.0.0.1", active=False, local=True)],
            },
            "syslog to 127.0.0.1 ends on this host: no tunnel",
        ),
    ],
    "ship.transit": [
        Case(
            {
                "shipping.encrypted": False,
                "shipping.routes": [
                    {
                        "via": "audisp-remote",
                        "active": True,
                        "server": "10.0.0.9",
                        "transport": "tcp",
                        "encrypted": False,
                    }
                ],
            },
            "audisp-remote to 10.0.0.9 by tcp; wanted: Kerberos, or TLS",
            also=("ship.identity",),
        ),
        Case(
            {
                "shipping.routes": [
                    dict(_ROUTE, via="syslog", server="10.0.0.9", transport="tls", encrypted=True, verified=False)
                ]
            },
            "syslog to 10.0.0.9 does not verify the collector; wanted:",
        ),
    ],
    "ship.identity": [
        Case(
            {
                "shipping.identity": False,
                "shipping.routes": [dict(_ROUTE, via="syslog", server="10.0.0.9", verified=False, encrypted=True)],
            },
            "syslog to 10.0.0.9 shows its identity to a collector that is not verified; wanted:",
            also=("ship.transit",),
        ),
        Case(
            {
                "shipping.identity": False,
                "shipping.routes": [{"via": "syslog", "active": True, "server": "10.0.0.9", "identity": None}],
            },
            "syslog to 10.0.0.9; wanted:",
            also=("ship.transit",),
        ),
        Case(
            {
                "shipping.routes": [
                    dict(_ROUTE, via="audisp-remote", verified=True),
                    dict(_ROUTE, via="syslog", server="10.0.0.9", verified=True, identity=None),
                ]
            },
            "syslog to 10.0.0.9; wanted:",
        ),
    ],
    "ship.lossless": [
        Case(
            {
                "shipping.lossless": False,
                "shipping.routes": [dict(_ROUTE, verified=True, loses=["network_failure_action = ignore"])],
            },
            "network_failure_action = ignore; wanted:",
        )
    ],
    "ship.running": [Case({"shipping.running": False}, "wanted: audisp-remote running")],
    "ship.queue": [Case({"shipping.queue_fill": 0.97}, "shipping.queue_fill is 0.97; wanted: less than half")],
    "ship.name": [Case({"shipping.name_format": "none"}, "is none; wanted: name_format = HOSTNAME")],
    "alert.path": [
        Case(
            {"alerts.path": False, "alerts.mta": None, "alerts.unheard": ["space_left_action = email"]},
            "nobody hears of space_left_action = email; action_mail_acct is root, mail program: none; wanted:",
        )
    ],
    "time.config": [
        Case({"clock.exposed": ["/etc/chrony.conf: everybody can change it (0666)"]}, "change it (0666); wanted:"),
        Case({"clock.config": []}, "no configuration of a time service was found; wanted:"),
    ],
    "time.synchronised": [
        Case({"clock.active": False}, "clock.active is false"),
        Case({"clock.synchronised": False}, "clock.synchronised is false"),
    ],
    "time.sources": [
        Case({"clock.sources": []}, "there is no source; wanted: at least one source", also=("time.designated",)),
        Case(
            {"clock.sources": [{"address": "127.127.1.0", "kind": "local", "selected": True}]},
            "local 127.127.1.0; wanted:",
            also=("time.designated",),
        ),
        Case({"clock.sources": [{"address": "192.0.2.1", "kind": "fallback"}]}, "fallback 192.0.2.1; wanted:"),
    ],
    "time.designated": [
        Case(
            {
                "clock.sources": [
                    {"address": "192.0.2.2", "kind": "server"},
                    {"address": "pool.example", "kind": "pool"},
                    {"address": "127.127.1.0", "kind": "local"},
                ]
            },
            "pool.example; wanted: none but 192.0.2.1, 192.0.2.2",
        )
    ],
    "time.offset": [
        Case({"clock.offset_seconds": 1.5}, "clock.offset_seconds is 1.5; wanted: at most 1 s"),
        Case({"clock.offset_seconds": -1.5}, "clock.offset_seconds is -1.5"),
    ],
    "trail.continuity": [
        Case({"trail.unpaired_starts": [{"at": _NOON, "after": None}]}, f"started at {_NOON} without an end"),
        Case(
            {"trail.unpaired_starts": [{"at": _NOON, "after": None, "reboot": True}]}, f"booted at {_NOON} without an"
        ),
        Case({"trail.stops": [{"from": _NOON, "to": None, "seconds": None}]}, f"stopped from {_NOON} to now; wanted:"),
        Case(
            {"trail.stops": [{"from": _NOON, "to": _NOON, "seconds": 301, "reboot": False}]}, "300 s but for a shutdown"
        ),
        Case(
            {"trail.stops": [{"from": None, "to": _NOON, "seconds": None, "reboot": False}]},
            f"stopped from ? to {_NOON}; wanted:",
        ),
        Case({"trail.enabled_changes": [{"at": _NOON, "old": 1, "new": 0, "auid": 1000}]}, f"switched off at {_NOON}"),
    ],
    "trail.rules_removed": [
        Case(
            {
                "trail.rules_removed": [{"at": _NOON, "key": "k", "auid": 1000, "text": "", "added_back": False}],
                "trail.counts.rules_removed_for_good": 1,
            },
            f"{_NOON} k by auid 1000; wanted:",
        ),
        Case({"trail.counts.rules_removed_for_good": 101}, "trail.counts.rules_removed_for_good is 101"),
    ],
    "trail.lost_resets": [
        Case({"trail.lost_resets": [{"at": _NOON, "old": 42}]}, f"{_NOON}: 42 lost records before; wanted: none")
    ],
}
