# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of which every part is known and that every shipped control passes on, for tests that change one thing."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.compliance.calls_here import here
from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import object_paths, parse_requirement
from ansible_collections.auditops.trail.plugins.module_utils.posture.templates import fill
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.plugin_utils import plans
from ansible_collections.auditops.trail.tests.unit import postures

PARAMETERS = {"cardholder_paths": ["/srv/cards"], "time_servers": ["192.0.2.1", "192.0.2.2"]}
"""What a site has stated for this host."""
VERSION = (3, 0, 9)
KERNEL = "6.1.0-37-amd64"
NOT_INSTALLED = {"/usr/bin/dockerd", "/usr/bin/containerd", "/usr/bin/crio", "/usr/bin/kubelet", "/usr/bin/podman"}
FOLDERS = {
    "/etc/apparmor", "/etc/apt", "/etc/audisp", "/etc/audit", "/etc/authselect", "/etc/chrony", "/etc/containerd",
    "/etc/containers", "/etc/crio", "/etc/cron.daily", "/etc/cron.hourly", "/etc/cron.monthly", "/etc/cron.weekly",
    "/etc/dnf", "/etc/docker", "/etc/firewalld", "/etc/initramfs-tools", "/etc/iptables", "/etc/kubernetes",
    "/etc/ldap", "/etc/netplan", "/etc/network", "/etc/NetworkManager", "/etc/nftables", "/etc/ntpsec",
    "/etc/openldap", "/etc/pki/rpm-gpg", "/etc/polkit-1", "/etc/samba", "/etc/selinux", "/etc/skel", "/etc/sssd",
    "/etc/sysconfig/network-scripts", "/etc/syslog-ng", "/etc/systemd/network", "/etc/systemd/system",
    "/etc/systemd/user", "/etc/ufw", "/etc/wireguard", "/etc/zsh", "/etc/zypp", "/home/anna/.ssh", "/root/.ssh",
    "/run/faillock", "/srv/cards", "/usr/bin", "/usr/lib64", "/usr/lib/systemd/system", "/usr/lib/systemd/user",
    "/usr/libexec", "/usr/local/bin", "/usr/local/lib",
    "/usr/local/lib64", "/usr/local/lib/systemd", "/usr/local/sbin", "/usr/sbin",
    "/usr/share/selinux", "/usr/lib/aarch64-linux-gnu", "/usr/lib/arm-linux-gnueabihf", "/usr/lib/i386-linux-gnu",
    "/usr/lib/powerpc64le-linux-gnu", "/usr/lib/s390x-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/var/lib/lastlog",
    "/var/lib/selinux", "/var/lib/wtmpdb", "/var/log/audit", "/var/spool/anacron", "/var/spool/at",
    "/var/spool/atjobs", "/var/spool/cron",
}  # fmt: skip
"""What is a directory of what the controls name, beside names that end in ``.d``."""


def entry(path: str, mode: str = "0640", **more: Any) -> dict[str, Any]:
    """A file of root's, as posture/entry.py tells of it."""
    bits = int(mode, 8)
    told = {
        "path": path, "type": "file", "mode": mode, "uid": 0, "gid": 0, "owner": "root", "group": "root", "size": 100,
        "modified": "2026-11-20T00:00:00Z", "group_write": bool(bits & 0o020), "other_access": bool(bits & 0o007),
        "other_write": bool(bits & 0o002),
    }  # fmt: skip
    return dict(told, **more)


def _file(name: str, **values: Any) -> dict[str, Any]:
    return {
        "file": f"/etc/audit/{name}",
        "exists": True,
        "values": values,
        "written": {},
        "problems": [],
        "usable": True,
    }


STATUS = {
    "enabled": 2, "failure": 1, "pid": 512, "rate_limit": 0, "backlog_limit": 8192, "lost": 0, "backlog": 0,
    "backlog_wait_time": 60000, "backlog_wait_time_actual": 0, "loginuid_immutable": 1,
}  # fmt: skip
AUDITD = {
    "write_logs": True, "local_events": True, "log_file": "/var/log/audit/audit.log", "log_format": "enriched",
    "log_group": "adm", "flush": "incremental_async", "freq": 50, "num_logs": 99, "name_format": "hostname",
    "max_log_file": 64, "max_log_file_action": "rotate", "space_left": "25%", "space_left_action": "email",
    "admin_space_left": "5%", "admin_space_left_action": "single", "disk_full_action": "halt",
    "disk_error_action": "halt", "overflow_action": "syslog", "action_mail_acct": "root",
}  # fmt: skip
FIELDS = ["identity", "type", "time", "result", "origin", "object"]
PARTS: dict[str, Any] = {
    "system": {
        "os": {"id": "debian", "version_id": "12", "name": "Debian", "id_like": []}, "init": "systemd",
        "container": "none", "boot_id": "b", "booted": "2026-11-01T00:00:00Z", "uptime_days": 21.0,
        "now": "2026-11-22T09:30:00Z", "timezone": "UTC", "installed": "2026-04-01T00:00:00Z", "age_days": 235.4,
        "chroot": False, "installed_by": "the root filesystem", "not_seen": [],
    },
    "service": {
        "init": "systemd", "units": [], "running": True, "enabled": True, "rules_at_boot": True, "loader": "augenrules",
        "main_pid": 512,
        "not_seen": [],
    },
    "packages": {
        "manager": "dpkg", "installed": [], "audit": {"name": "auditd", "version": "1:3.0.9-1"},
        "audit_installed": True, "plugins_installed": True, "not_seen": [],
    },
    "daemon": {
        "pid": 512, "holder": {"pid": 512, "comm": "auditd", "exe": "/usr/sbin/auditd", "started": None,
                               "deleted": False},
        "is_auditd": True, "is_service_main": True, "listeners": [], "not_seen": [],
    },
    "kernel": {
        "release": KERNEL, "config": "/boot/config", "x32": False, "ia32": True, "io_uring": "everyone",
        "syscall_audit": True, "lockdown": None, "modules_disabled": False, "lsm": ["apparmor"],
        "arches": ["b64", "b32"], "not_seen": [],
    },
    "boot": {
        "loader": "grub", "loaders": ["grub"], "not_seen": [],
        "running": {"parameters": ["audit=1"], "audit": True, "backlog_limit": 8192},
        "configured": {"sources": [], "audit": True, "backlog_limit": 8192, "next": None,
                       "kept": True, "left_out": []},
    },
    "drift": {"compared": ["rules_dir", "audit_rules", "kernel"], "equal": True, "differences": [], "not_seen": []},
    "config": {"auditd": _file("auditd.conf", **AUDITD), "remote": None, "dispatcher": None, "plugins": [
        {"name": "au-remote", "file": "/etc/audit/plugins.d/au-remote.conf", "active": True, "problems": [],
         "path": "/sbin/audisp-remote", "direction": "out", "type": "always", "args": [], "format": "string"},
    ]},
    "logs": {
        "file": "/var/log/audit/audit.log", "directory": entry("/var/log/audit", "0750", type="dir"),
        "files": [
            entry("/var/log/audit/audit.log", first="2026-11-20T00:00:00Z", last="2026-11-22T09:30:00Z",
                  compressed=False),
            entry("/var/log/audit/audit.log.1", "0440", first="2026-04-01T10:00:00Z", last="2026-11-20T00:00:00Z",
                  compressed=False),
        ],
        "oldest": "2026-04-01T10:00:00Z", "newest": "2026-11-22T09:30:00Z", "age_days": 235.0, "bytes": 1000000,
        "longest_gap_days": 1.2, "longest_gap": {"from": "2026-08-01T00:00:00Z", "to": "2026-08-02T04:48:00Z"},
        "bytes_per_day": 5000, "capacity_bytes": 6000000000, "retention_days": 400.0, "retention_bound": "rotation",
        "rotates": True, "keeps": False, "writes": True, "exposed": [], "exposed_above": [],
        "newest_age_days": 0.0,
    },
    "copies": {
        "journal": {
            "active": True,
            "audit_at_start": "on",
            "audit_setting": None,
            "audit_file": None,
            "audit_line": None,
        },
        "syslog": {},
        "elsewhere": [],
        "exposed": [],
        "group_readers": [],
    },
    "permissions": {
        "configuration": [entry("/etc/audit", "0750", type="dir"), entry("/etc/audit/auditd.conf")],
        "rules": [entry("/etc/audit/audit.rules")],
        "tools": [entry("/usr/sbin/auditctl", "0755")],
        "plugins": [entry("/usr/sbin/audisp-remote", "0750")], "scripts": [], "exposed": [],
        "exposed_by": {name: [] for name in ("configuration", "rules", "tools", "plugins", "scripts", "folders")},
    },
    "shipping": {
        "routes": [{
            "via": "audisp-remote", "active": True, "server": "collector", "port": 60, "transport": "krb5",
            "encrypted": True, "identity": "host/web1", "mode": "forward", "format": "managed", "loses": [],
            "running": True, "verified": True,
        }],
        "active": True, "encrypted": True, "identity": True, "lossless": True, "name_format": "hostname",
        "running": True, "queue": {"file": "/var/spool/audit/remote.log", "depth": 2048, "length": 0,
                                   "entry_size": 12288}, "queue_fill": 0.0, "state": None,
    },
    "alerts": {
        "actions": {}, "account": "root", "resolves": True, "mta": "postfix", "mail_works": True,
        "syslog_forwarded": True, "path": True, "ways": ["space_left_action = email: mail to root"], "unheard": [],
    },
    "clock": {
        "service": "chrony", "active": True, "synchronised": True, "offset_seconds": -0.002,
        "sources": [{"address": "192.0.2.1", "kind": "server", "selected": True}],
        "config": [entry("/etc/chrony/chrony.conf", "0644"), entry("/etc/chrony/chrony.keys", "0640")],
        "exposed": [],
    },
    "logins": {
        "accounts": {"number": 30, "duplicate_uids": [], "duplicate_gids": [], "duplicate_names": [],
                     "uid_zero": ["root"], "elsewhere": []},
        "homes": [
            {"user": "root", "uid": 0, "home": "/root", "keys_directory": "/root/.ssh", "exists": True},
            {"user": "anna", "uid": 1000, "home": "/home/anna", "keys_directory": "/home/anna/.ssh", "exists": True},
        ],
        "key_directories": [
            {"path": "/root/.ssh", "user": "root", "exists": True},
            {"path": "/home/anna/.ssh", "user": "anna", "exists": True},
        ],
        "key_sources": [{"path": "/etc/ssh/ca.pub", "what": "TrustedUserCAKeys", "exists": True}],
        "sshd": {"installed": True, "source": "sshd -T", "permit_root_login": "no", "root_by_match": [],
                 "use_pam": True, "log_level": "VERBOSE", "others": [], "alone": True,
                 "authorized_keys": ["/root/.ssh/authorized_keys"], "problems": []},
        "pam": {"session_services": ["login", "sshd"], "loginuid_in": ["login", "sshd"], "loginuid_missing": [],
                "tty_audit": [], "faillock": True},
        "root": {"password_locked": True},
        "readers": {"log_group": "adm", "members": ["anna"], "sudo": []},
        "container_runtimes": [],
        "secrets_typed": False,
    },
    "privileged": {
        "commands": [
            {"path": path, "mode": "4755", "uid": 0, "gid": 0, "setuid": True, "setgid": False, "capabilities": None}
            for path in ("/usr/bin/mount", "/usr/bin/ssh-agent")
        ],
        "mounts": [], "skipped": [],
        "entries": 100, "seconds": 0.1, "complete": True, "stopped_by": None,
        "limits": {"entries": 1000000, "seconds": 20},
    },
    "fim": {
        "tools": [], "active": {
            "name": "aide", "installed": True, "config": "/etc/aide/aide.conf", "scheduled": True,
            "covers": {"log_directory": True, "configuration": True, "tools": True},
            "last_run": "2026-11-22T03:00:00Z", "age_days": 0.3, "own_way": False,
        },
    },
    "trail": {
        "complete": True, "incomplete": None, "whole": True, "bounded": None,
        "files_read": 2, "bytes_read": 1000, "bytes_total": 1000, "from": "2026-04-01T10:00:00Z",
        "to": "2026-11-22T09:30:00Z", "events": 10, "records": {}, "malformed": 0, "starts": [], "ends": [],
        "other_nodes": [],
        "unpaired_starts": [], "rules_removed": [
            {"at": "2026-11-05T00:00:00Z", "key": "k", "auid": 0, "text": "", "added_back": True},
        ], "enabled_changes": [{"at": "2026-11-01T00:00:09Z", "old": 1, "new": 2, "auid": None}],
        "stops": [
            {"from": "2026-11-01T00:00:00Z", "to": "2026-11-01T00:01:00Z", "seconds": 60, "reboot": False},
            {"from": "2026-11-02T00:00:00Z", "to": "2026-11-03T00:00:00Z", "seconds": 86400, "reboot": True},
        ],
        "lost_resets": [{"at": "2026-11-01T00:00:10Z", "old": 0}],
        "counts": {"rules_removed": 1, "rules_removed_for_good": 0},
        "secrets": {"card_numbers": 0, "password_arguments": 0, "typed": 0},
    },
    "lost_in_period": {"now": 0, "before": 0, "since": "2026-11-21T09:30:00Z", "rise": 0, "restarted": None,
                       "boot_id": "b"},
}  # fmt: skip


def lines_of(selection: Any, parts: dict[str, Any] | None = None) -> dict[str, list[str]]:
    """By control, the lines that this host is held to: made from its lists, without calls that it does not have."""
    dialect = Dialect(VERSION, users=(), groups=())
    found = {}
    for control in plans.of(selection)["controls"]:
        if control.get("record"):
            lines = fill(control, dict(parts or PARTS, host={"uid_min": 1000})).lines
            found[control["id"]] = [one.text for one in (here(line, dialect, KERNEL) for line in lines) if one.text]
    return found


def path_state(lines: dict[str, list[str]]) -> dict[str, Any]:
    """The state of every path that these lines name: all are there, but for the programs that run containers."""
    dialect = Dialect(VERSION, users=(), groups=())
    named = {path for own in lines.values() for line in own for path in object_paths(parse_requirement(line, dialect))}
    folders = {path for path in named if path in FOLDERS or path.endswith(".d")}
    return postures.path_state(
        files=sorted(named - folders - NOT_INSTALLED), folders=sorted(folders), missing=sorted(named & NOT_INSTALLED)
    )


def rules_of(lines: dict[str, list[str]]) -> list[str]:
    """The lines of all controls, each once."""
    return list(dict.fromkeys(line for own in lines.values() for line in own))


def whole(selection: Any, rules: list[str] | None = None) -> dict[str, Any]:
    """The posture of the host, with the lines of these controls loaded, or with ``rules``."""
    lines = lines_of(selection)
    rules = rules_of(lines) if rules is None else rules
    parts = copy.deepcopy(PARTS)
    parts["trail"]["samples"] = {
        control.id: {"type": control.sample["types"][0], "at": "2026-11-22T09:00:00Z", "text": "…",
                     "present": list(control.sample["fields"]), "missing": []}
        for control in selection.controls if control.sample
    }  # fmt: skip
    return postures.posture(rules, rules, path_state(lines), version=VERSION, status=STATUS, **parts)


def put(posture: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a dotted path."""
    *steps, last = path.split(".")
    for step in steps:
        posture = posture[step]
    posture[last] = value
