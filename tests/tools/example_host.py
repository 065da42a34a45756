# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host of docs/examples/gaps.json, beside its files: Debian 12, well begun, with the gaps that many hosts have.

generate_example.py makes the posture. The parts here are those that no file in /etc/audit tells of.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.auditops.trail.tests.unit.postures_whole import entry

VERSION = (3, 0, 9)
KERNEL = "6.1.0-37-amd64"
NOW = "2026-11-22T09:30:00Z"
_LOG = "/var/log/audit/audit.log"
_SHIPPED = "2023-02-09T09:36:04Z"

MISSING = {
    "/etc/NetworkManager", "/etc/anacrontab", "/etc/at.allow", "/etc/at.deny", "/etc/audisp", "/etc/authselect",
    "/etc/auto.master", "/etc/auto.master.d", "/etc/bashrc", "/etc/chrony.conf", "/etc/chrony.d", "/etc/chrony.keys",
    "/etc/containerd", "/etc/containers", "/etc/crio", "/etc/cron.allow", "/etc/cron.deny", "/etc/crypttab",
    "/etc/csh.cshrc", "/etc/csh.login", "/etc/dnf", "/etc/doas.conf", "/etc/docker", "/etc/dracut.conf.d",
    "/etc/exports", "/etc/exports.d", "/etc/firewalld", "/etc/hosts.allow", "/etc/hosts.deny", "/etc/inittab",
    "/etc/iptables", "/etc/krb5.conf", "/etc/krb5.conf.d", "/etc/krb5.keytab", "/etc/kubernetes",
    "/etc/ld.so.preload", "/etc/netplan", "/etc/nftables", "/etc/nslcd.conf", "/etc/ntp.conf", "/etc/ntpd.conf",
    "/etc/ntpsec", "/etc/openldap", "/etc/pam.conf", "/etc/pki", "/etc/rc.d", "/etc/rc.local", "/etc/rsyslog.conf",
    "/etc/rsyslog.d", "/etc/samba", "/etc/securetty", "/etc/security/pwquality.conf", "/etc/selinux", "/etc/sssd",
    "/etc/sudo_logsrvd.conf", "/etc/sysconfig", "/etc/syslog-ng", "/etc/systemd/journal-upload.conf",
    "/etc/systemd/journald.conf.d", "/etc/systemd/timesyncd.conf.d", "/etc/ufw", "/etc/wireguard", "/etc/yum.conf",
    "/etc/yum.repos.d", "/etc/zsh", "/etc/zshenv", "/etc/zshrc", "/etc/zypp", "/run/faillock", "/usr/bin/aptitude",
    "/usr/bin/auvirt", "/usr/bin/buildah", "/usr/bin/chacl", "/usr/bin/crictl", "/usr/bin/ctr", "/usr/bin/dnf-3",
    "/usr/bin/dnf5", "/usr/bin/docker", "/usr/bin/flatpak", "/usr/bin/kubectl", "/usr/bin/lxc", "/usr/bin/microdnf",
    "/usr/bin/nerdctl", "/usr/bin/rpm", "/usr/bin/rpm-ostree", "/usr/bin/setfacl", "/usr/bin/snap",
    "/usr/bin/zypper", "/usr/lib/aarch64-linux-gnu", "/usr/lib/arm-linux-gnueabihf", "/usr/lib/i386-linux-gnu",
    "/usr/lib/powerpc64le-linux-gnu", "/usr/lib/s390x-linux-gnu", "/usr/local/lib64", "/usr/local/lib/systemd",
    "/usr/sbin/aa-complain", "/usr/sbin/aa-disable", "/usr/sbin/aulast", "/usr/sbin/aulastlog", "/usr/sbin/dkms",
    "/usr/sbin/semanage", "/usr/sbin/semodule", "/usr/sbin/setenforce", "/usr/sbin/setfiles", "/usr/sbin/setsebool",
    "/usr/share/selinux", "/var/lib/kubelet", "/var/lib/selinux", "/var/lib/wtmpdb", "/var/log/faillog",
    "/var/log/tallylog", "/var/spool/anacron", "/var/spool/at", "/var/spool/atjobs",
}  # fmt: skip
"""Of what the controls name, what this host has not got; so is what lies below."""

_BASE = """\
# No -b: the kernel's own 64 records are all that the queue holds.
-D
-f 1
"""
_NOISE = """\
# log rotation changes the modes of its files every night
-a never,exit -F arch=b64 -S chmod,fchmod,fchmodat -F dir=/var/log
"""
_ADMIN = "-a always,exit -F arch=b64 -S execve -F euid=0 -F auid>=1000 -F auid!=unset -k admin_exec\n"
_TIME = """\
-a always,exit -F arch=b64 -S adjtimex,settimeofday -k time
-a always,exit -F arch=b64 -S clock_settime -F a0=0 -k time
"""
_PRELOAD = "-w /etc/ld.so.preload -p wa -k preload\n-w /etc/rc.local -p wa -k services\n"
_ATTRIBUTES = "-a always,exit -F arch=b64 -S chmod,fchmodat2 -F auid>=1000 -F auid!=unset -k attributes\n"

RULES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("10-base.rules", _BASE, ()),
    ("20-noise.rules", _NOISE, ()),
    ("30-identity.rules", "", ("identity.passwd_group", "identity.shadow", "identity.pam", "identity.sources",
                               "identity.defaults", "access.sshd_config", "access.ssh_keys")),
    ("40-admin.rules", _ADMIN, ("privilege.commands", "privilege.every_command", "sessions.records")),
    ("45-trail.rules", "", ("log.access", "log.read", "log.tools_exec", "log.config")),
    ("50-persistence.rules", _PRELOAD, ("persistence.cron", "persistence.services", "persistence.shell",
                                        "persistence.library_path")),
    ("55-calls.rules", _TIME, ("time.zone", "storage.mounts", "storage.config", "files.denied", "files.deletion",
                               "files.owners", "network.names", "network.config", "mac.policy")),
    ("60-attributes.rules", _ATTRIBUTES, ()),
    ("70-sudo.rules", "", ("privilege.sudoers", "privilege.other_policies")),
    ("75-modules.rules", "", ("modules.load", "modules.kexec", "modules.tools")),
    ("99-finalize.rules", "-e 2\n", ()),
)  # fmt: skip
"""By file of rules.d: its own lines, and the controls whose lines follow them."""

FORGOTTEN = ("-w /etc/gshadow -p wa",)
"""A line that nobody has written."""
TAKEN_OUT = ("-w /etc/crontab -p wa",)
"""A rule that somebody took out of the kernel by hand."""
BY_HAND = ("-w /srv/www -p wa -k web",)
"""A rule that somebody loaded by hand and wrote nowhere."""

AUDITD = """\
#
# This file controls the configuration of the audit daemon
#

local_events = yes
write_logs = yes
log_file = /var/log/audit/audit.log
log_group = adm
log_format = ENRICHED
flush = INCREMENTAL_ASYNC
freq = 50
max_log_file = 8
num_logs = 5
priority_boost = 4
name_format = HOSTNAME
max_log_file_action = ROTATE
space_left = 75
space_left_action = SYSLOG
verify_email = yes
action_mail_acct = root
admin_space_left = 50
admin_space_left_action = SUSPEND
disk_full_action = SUSPEND
disk_error_action = SUSPEND
q_depth = 2000
overflow_action = SYSLOG
max_restarts = 10
plugin_dir = /etc/audit/plugins.d
end_of_event_timeout = 2
"""
REMOTE = """\
remote_server = 192.0.2.60
port = 60
transport = tcp
mode = forward
queue_file = /var/spool/audit/remote.log
queue_depth = 2048
format = managed
network_retry_time = 1
max_tries_per_record = 3
max_time_per_record = 5
network_failure_action = stop
generic_error_action = syslog
overflow_action = syslog
"""
PLUGINS = {
    "au-remote.conf": "active = yes\ndirection = out\npath = /sbin/audisp-remote\ntype = always\nformat = string\n",
    "syslog.conf": "active = no\ndirection = out\npath = /sbin/audisp-syslog\ntype = always\nargs = LOG_INFO\n"
    "format = string\n",
}

STATUS = {
    "enabled": 1, "failure": 1, "pid": 512, "rate_limit": 0, "backlog_limit": 64, "lost": 37, "backlog": 0,
    "backlog_wait_time": 60000, "backlog_wait_time_actual": 0, "loginuid_immutable": 0, "loginuid_locked": 0,
}  # fmt: skip
HOST = {
    "nodename": "web1", "kernel": KERNEL, "machine": "x86_64", "auditctl_version": list(VERSION), "awk": "mawk",
    "uid_min": 1000, "user_arches": ["b64", "b32"], "io_uring_disabled": False, "boot_audit": True,
    "label_modules": ["apparmor"],
}  # fmt: skip


def _unit(name: str, main_pid: int | None, **more: Any) -> dict[str, Any]:
    told = {"name": name, "id": name, "load": "loaded", "active": "active", "sub": "running", "enabled": "enabled",
            "main_pid": main_pid, "refuse_manual_stop": False, "loads_rules": False,
            "wanted_by": ["multi-user.target"]}  # fmt: skip
    return dict(told, **more)


def _package(name: str, role: str) -> dict[str, Any]:
    return {"name": name, "version": "1:3.0.9-1", "role": role}


def _boot_entry(line: int, title: str, default: bool, kind: str = "entry") -> dict[str, Any]:
    return {
        "file": "/boot/grub/grub.cfg", "line": line, "kind": kind, "title": title, "default": default,
        "parameters": ["root=/dev/mapper/web1-root", "ro", "audit=1"], "audit": True, "backlog_limit": 0,
    }  # fmt: skip


def _rotated(number: int, mode: str, first: str, last: str) -> dict[str, Any]:
    path = _LOG + (f".{number}" if number else "")
    size = 8388700 if number else 4194301
    return entry(path, mode, gid=4, group="adm", size=size, modified=last, first=first, last=last, compressed=False)


def _program(path: str) -> dict[str, Any]:
    return entry(path, "0755", size=51544, modified=_SHIPPED)


def _command(path: str, mode: str = "4755", gid: int = 0) -> dict[str, Any]:
    return {
        "path": path, "mode": mode, "uid": 0, "gid": gid, "setuid": mode[0] == "4", "setgid": mode[0] == "2",
        "capabilities": None,
    }  # fmt: skip


_FILES = [
    _rotated(0, "0640", "2026-11-21T14:02:11Z", "2026-11-22T09:29:58Z"),
    _rotated(1, "0440", "2026-11-20T02:40:37Z", "2026-11-21T14:02:10Z"),
    _rotated(2, "0444", "2026-11-18T15:21:05Z", "2026-11-20T02:40:36Z"),
    _rotated(3, "0440", "2026-11-17T04:03:49Z", "2026-11-18T15:21:04Z"),
    _rotated(4, "0440", "2026-11-15T16:47:30Z", "2026-11-17T04:03:48Z"),
]
_AIDE = {
    "name": "aide", "installed": True, "config": "/etc/aide/aide.conf", "running": None, "baseline": None,
    "covers": {"log_directory": False, "configuration": True, "tools": True},
    "last_run": "2026-11-22T01:12:40Z", "age_days": 0.35, "scheduled": True, "own_way": False,
}  # fmt: skip
_JOURNAL = "/var/log/journal/4c1f0a7be2d34f5c8d6e90b1a2c3d4e5"
_SYSCALL = (
    "type=SYSCALL msg=audit(1795339801.226:48113): arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=55d0"
    " a2=20902 a3=0 items=1 ppid=20711 pid=20714 auid=1000 uid=0 gid=0 euid=0 tty=pts0 ses=212 comm=\"usermod\""
    " exe=\"/usr/sbin/usermod\" subj=unconfined key=\"identity\""
)  # fmt: skip
_LOGIN = (
    "type=USER_LOGIN msg=audit(1795338002.917:48020): pid=20650 uid=0 auid=1000 ses=212 subj=unconfined msg='op=login"
    " id=1000 exe=\"/usr/sbin/sshd\" hostname=192.0.2.17 addr=192.0.2.17 terminal=/dev/pts/0 res=success'"
)  # fmt: skip
_SUDO = (
    "type=USER_CMD msg=audit(1795339799.040:48101): pid=20710 uid=1000 auid=1000 ses=212 subj=unconfined"
    " msg='cwd=\"/home/anna\" cmd=7573657220 exe=\"/usr/bin/sudo\" terminal=pts/0 res=success'"
)  # fmt: skip
_FIELDS = ["identity", "type", "time", "result", "origin", "object"]


def _sample(kind: str, at: str, text: str) -> dict[str, Any]:
    return {"type": kind, "at": at, "text": text, "present": list(_FIELDS), "missing": []}


PARTS: dict[str, Any] = {
    "system": {
        "os": {"id": "debian", "version_id": "12", "name": "Debian GNU/Linux 12 (bookworm)", "id_like": []},
        "init": "systemd", "container": "none", "chroot": False, "boot_id": "7f0d6b5e-3c21-4d7a-9a40-5be1f1c2a3d4",
        "booted": "2026-10-30T04:10:02Z", "uptime_days": 23.22, "now": NOW, "timezone": "Etc/UTC",
        "installed": "2025-10-06T08:11:00Z", "installed_by": "/etc/machine-id", "age_days": 412.05, "not_seen": [],
    },
    "service": {
        "units": [
            _unit("auditd.service", 512, loads_rules=True),
            _unit("audit-rules.service", 0, load="not-found", active="inactive", sub="dead", enabled=None,
                  wanted_by=[]),
            _unit("augenrules.service", 0, load="not-found", active="inactive", sub="dead", enabled=None,
                  wanted_by=[]),
            _unit("systemd-journald-audit.socket", None, enabled="static", wanted_by=["sockets.target"]),
        ],
        "running": True, "enabled": True, "rules_at_boot": True, "loader": "augenrules", "main_pid": 512,
        "init": "systemd", "not_seen": [],
    },
    "packages": {
        "installed": [_package("audispd-plugins", "plugins"), _package("auditd", "audit"),
                      _package("libaudit-common", "libs"), _package("libaudit1", "libs")],
        "audit": {"name": "auditd", "version": "1:3.0.9-1"}, "audit_installed": True, "plugins_installed": True,
        "manager": "dpkg", "not_seen": [],
    },
    "kernel": {
        "release": KERNEL, "config": f"/boot/config-{KERNEL}", "x32": False, "ia32": True, "arches": ["b64", "b32"],
        "io_uring": "everyone", "syscall_audit": True, "lockdown": "none", "modules_disabled": False,
        "lsm": ["lockdown", "capability", "landlock", "yama", "apparmor"], "not_seen": [],
    },
    "daemon": {
        "pid": 512, "holder": {"pid": 512, "comm": "auditd", "exe": "/usr/sbin/auditd", "deleted": False,
                               "started": "2026-10-30T04:10:31Z", "packaged": True},
        "is_auditd": True, "is_service_main": True,
        "listeners": [{"pid": 1, "comm": "systemd", "exe": "/usr/lib/systemd/systemd"}], "not_seen": [],
    },
    "boot": {
        "loader": "grub", "loaders": ["grub"], "not_seen": [],
        "running": {"parameters": ["root=/dev/mapper/web1-root", "ro", "audit=1"], "audit": True, "backlog_limit": 0},
        "configured": {
            "audit": True, "backlog_limit": 0, "next": {"audit": True, "backlog_limit": 0},
            "kept": True,
            "left_out": [
                f"/boot/grub/grub.cfg:130: Debian GNU/Linux, with Linux {KERNEL} (recovery mode) (recovery)",
            ],
            "sources": [
                _boot_entry(107, "Debian GNU/Linux", True),
                _boot_entry(130, f"Debian GNU/Linux, with Linux {KERNEL} (recovery mode)", False, "recovery"),
            ],
        },
    },
    "logs": {
        "file": _LOG, "directory": entry("/var/log/audit", "0750", type="dir", gid=4, group="adm", size=4096),
        "files": _FILES, "oldest": "2026-11-15T16:47:30Z", "newest": "2026-11-22T09:29:58Z", "age_days": 6.7,
        "longest_gap_days": 0.0, "longest_gap": None, "bytes": 37749101,
        "bytes_per_day": 5634194, "capacity_bytes": 41943040, "retention_days": 5.96,
        "retention_bound": "rotation",
        "filesystem": {"mount": "/var/log", "fstype": "ext4", "options": ["rw", "nosuid", "nodev", "noexec"],
                       "separate": False, "bytes": 10464022528, "free": 8123740160, "free_percent": 77.6},
        "rotates": True, "keeps": False, "writes": True,
        "exposed": [f"{_LOG}.2: everybody can read it (0444)"], "exposed_above": [],
        "newest_age_days": 0.0, "not_seen": [],
    },
    "copies": {
        "journal": {
            "active": True, "storage": "auto", "persistent": True, "audit": True,
            "audit_at_start": "off", "audit_setting": None, "audit_file": None, "audit_line": None,
            "directory": entry("/var/log/journal", "2755", type="dir", gid=999, group="systemd-journal", size=4096),
            "files": [entry(_JOURNAL + "/system.journal", gid=999, group="systemd-journal", size=41943040)],
        },
        "syslog": {"plugin": False, "daemon": None, "files": []}, "elsewhere": [], "exposed": [],
        "group_readers": [{"group": "systemd-journal", "members": [], "paths": [_JOURNAL + "/system.journal"]}],
        "not_seen": [],
    },
    "permissions": {
        "configuration": [entry("/etc/audit", "0750", type="dir", size=4096), entry("/etc/audit/audisp-remote.conf"),
                          entry("/etc/audit/auditd.conf")],
        "rules": [entry("/etc/audit/audit.rules"), entry("/etc/audit/rules.d", "0750", type="dir", size=4096)]
        + [entry(f"/etc/audit/rules.d/{name}") for name, _text, _controls in RULES],
        "tools": [_program(f"/usr/sbin/{name}") for name in
                  ("auditctl", "auditd", "augenrules", "aureport", "ausearch", "autrace")],
        "plugins": [_program("/usr/sbin/audisp-remote"), _program("/usr/sbin/audisp-syslog")],
        "scripts": [], "exposed": [], "not_seen": [],
        "exposed_by": {name: [] for name in ("configuration", "rules", "tools", "plugins", "scripts", "folders")},
    },
    "clock": {
        "service": "chrony", "active": True, "enabled": True, "synchronised": True,
        "sources": [
            {"address": f"192.0.2.{last}", "kind": "server", "file": "/etc/chrony/sources.d/site.sources",
             "line": last - 122, "selected": last == 123}
            for last in (123, 124)
        ],
        "sources_file": "/etc/chrony/sources.d/site.sources", "offset_seconds": 0.000214, "kernel_synchronised": True,
        "max_error_seconds": 0.0118, "not_seen": [],
        "exposed": [],
        "config": [entry("/etc/chrony/chrony.conf", "0644"), entry("/etc/chrony/sources.d/site.sources", "0644"),
                   entry("/etc/localtime", "0644", link="/usr/share/zoneinfo/Etc/UTC")],
    },
    "fim": {"tools": [_AIDE], "active": _AIDE, "not_seen": []},
    "logins": {
        "accounts": {"number": 31, "duplicate_uids": [], "duplicate_gids": [], "duplicate_names": [],
                     "duplicate_group_names": [], "uid_zero": ["root"], "elsewhere": []},
        "homes": [
            {"user": user, "uid": uid, "home": home, "keys_directory": f"{home}/.ssh", "exists": True}
            for user, uid, home in (("root", 0, "/root"), ("anna", 1000, "/home/anna"))
        ],
        "key_directories": [
            {"path": f"{home}/.ssh", "user": user, "exists": True} for user, home in (("root", "/root"),
                                                                                      ("anna", "/home/anna"))
        ],
        "key_sources": [], "container_runtimes": [],
        "sshd": {
            "root_by_match": [], "others": [], "alone": True, "trustedusercakeys": "none",
            "authorizedkeyscommand": "none", "authorizedprincipalsfile": "none",
            "authorizedprincipalscommand": "none", "revokedkeys": "none",
            "source": "sshd -T", "permit_root_login": "prohibit-password", "use_pam": True, "log_level": "INFO",
            "authorized_keys_file": [".ssh/authorized_keys"], "installed": True, "problems": [],
            "authorized_keys": ["/home/anna/.ssh/authorized_keys", "/root/.ssh/authorized_keys"],
        },
        "pam": {"session_services": ["cron", "login", "sshd"], "loginuid_in": ["cron", "login", "sshd"],
                "loginuid_missing": [], "tty_audit": [], "faillock": False},
        "root": {"password_locked": True},
        "readers": {"log_group": "adm", "members": ["anna"],
                    "sudo": [{"file": "/etc/sudoers", "line": 50, "text": "%sudo ALL=(ALL:ALL) ALL"}]},
        "secrets_typed": False, "not_seen": [],
    },
    "trail": {
        "complete": True, "incomplete": None, "whole": True, "bounded": None, "file": _LOG,
        "files": [one["path"] for one in _FILES], "files_read": 5, "bytes_read": 37749101, "bytes_total": 37749101,
        "from": "2026-11-15T16:47:30Z", "to": "2026-11-22T09:29:58Z", "events": 61204, "malformed": 0,
        "records": {"CONFIG_CHANGE": 4, "CRED_ACQ": 2206, "CWD": 30911, "LOGIN": 2190, "PATH": 64120,
                    "PROCTITLE": 33415, "SERVICE_START": 1812, "SYSCALL": 33415, "USER_CMD": 418, "USER_LOGIN": 96},
        "starts": [], "ends": [], "unpaired_starts": [], "stops": [], "other_nodes": [],
        "rules_removed": [{"at": "2026-11-19T13:20:44Z", "key": "cron", "auid": 1000, "added_back": False,
                           "text": "op=remove_rule key=\"cron\" list=4 res=1"}],
        "enabled_changes": [], "lost_resets": [], "setting_changes": [],
        "counts": {"starts": 0, "ends": 0, "unpaired_starts": 0, "stops": 0, "rules_removed": 1, "enabled_changes": 0,
                   "rules_removed_for_good": 1,
                   "lost_resets": 0, "setting_changes": 0},
        "secrets": {"card_numbers": 0, "password_arguments": 2, "typed": 0,
                    "events": {"card_numbers": [], "typed": [],
                               "password_arguments": ["1795200364.118:44910", "1795286770.532:46871"]}},
        "samples": {
            "sample.login": _sample("USER_LOGIN", "2026-11-22T09:00:02Z", _LOGIN),
            "sample.sudo": _sample("USER_CMD", "2026-11-22T09:29:59Z", _SUDO),
            "sample.file_change": _sample("SYSCALL", "2026-11-22T09:30:01Z", _SYSCALL),
        },
        "not_seen": [],
    },
    "privileged": {
        "commands": [
            _command("/usr/bin/chage", "2755", 42), _command("/usr/bin/chfn"), _command("/usr/bin/chsh"),
            _command("/usr/bin/crontab", "2755", 101), _command("/usr/bin/expiry", "2755", 42),
            _command("/usr/bin/gpasswd"), _command("/usr/bin/mount"), _command("/usr/bin/newgrp"),
            _command("/usr/bin/passwd"), _command("/usr/bin/ssh-agent", "2755", 107), _command("/usr/bin/su"),
            _command("/usr/bin/sudo"), _command("/usr/bin/umount"),
            _command("/usr/lib/dbus-1.0/dbus-daemon-launch-helper", "4754", 106),
            _command("/usr/lib/openssh/ssh-keysign"), _command("/usr/sbin/unix_chkpwd", "2755", 42),
        ],
        "mounts": ["/"],
        "skipped": [{"mount": "/var/log", "reason": "mounted with nosuid: nothing there gives privileges"}],
        "entries": 61240, "seconds": 0.41, "complete": True, "stopped_by": None, "incomplete": None,
        "limits": {"entries": 1000000, "seconds": 20}, "not_seen": [],
    },
}  # fmt: skip
