# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other programs tell of the host, the kernel, the rules and the audit daemon."""

import re
from typing import List, Optional, Tuple

from ansible_collections.auditops.trail.tests.lab.calls import X32, ia32_command
from ansible_collections.auditops.trail.tests.lab.comparison import (
    Answer,
    Comparison,
    decimal,
    is_,
    keyed,
    near,
    number,
    sorted_lines,
    succeeds,
    text,
    within,
    words,
)

_UNITS = ("auditd.service", "audit-rules.service", "augenrules.service", "systemd-journald-audit.socket")
_PACKAGES = ("auditd", "audispd-plugins")


def _version(answer: Answer) -> Optional[List[int]]:
    """1:3.0.9-1 as [3, 0, 9]."""
    found = re.match(r"(?:\d+:)?(\d+(?:\.\d+)+)", answer[1])
    return [int(part) for part in found.group(1).split(".")] if found else None


def _status(name: str) -> Comparison:
    return Comparison(f"status.{name}", "auditctl -s", keyed(name, read=number))


_HOST = (
    Comparison("host.nodename", "uname -n", text),
    Comparison("host.kernel", "uname -r", text),
    Comparison("host.machine", "uname -m", text),
    Comparison("host.auditctl_version", "dpkg-query -W -f '${Version}' auditd", _version),
    Comparison("host.awk", "basename $(readlink -f $(command -v awk))", text),
    Comparison("host.uid_min", "sed -n 's/^UID_MIN[[:space:]]*//p' /etc/login.defs", number),
    Comparison("contains(host.user_arches, 'x32')", X32, succeeds),
    Comparison("contains(host.user_arches, 'b32')", ia32_command(), succeeds),
)
_FIELDS = "enabled failure pid rate_limit backlog_limit lost backlog backlog_wait_time backlog_wait_time_actual"
_KERNEL_STATUS = tuple(_status(name) for name in _FIELDS.split())

_LISTED = "auditctl -l | grep -v '^No rules' || true"
_KEYS = _LISTED.replace(" ||", " | grep -o -e '-k [^ ]*' -e '-F key=[^ ]*' | sed 's/.*[ =]//' ||")
# What augenrules makes of rules.d, read by the kernel: every line that is no setting and was not refused.
_ON_DISK = "cat /etc/audit/rules.d/*.rules | grep -c -e '^-[aAw] '"
_RULES = (
    Comparison("length(rules.loaded)", _LISTED.replace(" ||", " | wc -l ||"), number),
    Comparison("sort(rules.loaded[].keys[])", _KEYS, sorted_lines),
    Comparison("length(rules.loaded[?list == 'exclude'])", _LISTED.replace(" ||", " | grep -c ,exclude ||"), number),
    Comparison("length([disk.rules, disk.rejected][])", _ON_DISK, number),
    *(
        Comparison(
            f"disk.settings.{name}.value",
            f"cat /etc/audit/rules.d/*.rules | sed -n 's/^-{option} *//p' | tail -n 1",
            number,
        )
        for name, option in (("backlog_limit", "b"), ("failure", "f"))
    ),
    Comparison(
        'paths.objects."/etc/passwd".[type, inode, links]',
        "stat -c '%F %i %h' /etc/passwd | sed 's/regular file/file/'",
        lambda answer: [answer[1].split()[0], *(int(word) for word in answer[1].split()[1:])],
    ),
    Comparison(
        'paths.objects."/etc/passwd".device',
        "mountpoint -d /",
        text,
    ),
    Comparison(
        'paths.objects."/etc/no-such-file".type',
        "test -e /etc/no-such-file",
        lambda answer: "missing" if answer[0] else "file",
    ),
    Comparison("sort(paths.mounts[].point)", "findmnt -n -l -o TARGET", lambda answer: sorted(answer[1].split())),
)

_SYSTEM = (
    *(
        Comparison(f"system.os.{field}", f". /etc/os-release; echo ${name}", text)
        for field, name in (("id", "ID"), ("version_id", "VERSION_ID"), ("name", "PRETTY_NAME"))
    ),
    Comparison("system.os.id_like", ". /etc/os-release; echo $ID_LIKE", words),
    Comparison("system.init", "ps -o comm= -p 1", text),
    Comparison("system.container", "systemd-detect-virt --container", text),
    Comparison("system.boot_id", "sysctl -n kernel.random.boot_id", text),
    Comparison("system.uptime_days", "awk '{print $1 / 86400}' /proc/uptime", decimal, within(0.01)),
    Comparison("system.booted", "uptime -s", text, near(5)),
    Comparison("system.now", "date -u '+%F %T'", text, near(300)),
    Comparison("system.timezone", "timedatectl show -p Timezone --value", text),
    Comparison("system.installed", "date -u -d @$(stat -c %W /) '+%F %T'", text, near(3600)),
    Comparison(
        "system.age_days", "echo $(date +%s) $(stat -c %W /) | awk '{print ($1 - $2) / 86400}'", decimal, within(0.1)
    ),
)


_PROPERTIES = {
    "load": "LoadState",
    "active": "ActiveState",
    "sub": "SubState",
    "enabled": "UnitFileState",
    "refuse_manual_stop": "RefuseManualStop",
}


def _shown(unit: str, field: str) -> Comparison:
    """A property of a unit; a unit that is not there may be left out of the list."""
    return Comparison(
        f"service.units[?name == '{unit}'] | [0].{field}",
        f"systemctl show -p {','.join(_PROPERTIES.values())} {unit}",
        keyed(_PROPERTIES[field], "=", is_("yes") if field == "refuse_manual_stop" else text),
        lambda ours, theirs: ours == theirs or (ours is None and theirs in (None, "not-found", "inactive", "dead")),
    )


_SERVICE = (
    Comparison("service.init", "ps -o comm= -p 1", text),
    Comparison("service.running", "systemctl is-active auditd", succeeds),
    Comparison("service.enabled", "systemctl is-enabled auditd", succeeds),
    Comparison("service.main_pid", "systemctl show -p MainPID --value auditd", number),
    *(
        _shown(unit, field)
        for unit in _UNITS
        for field in _PROPERTIES
        if unit not in ("audit-rules.service", "augenrules.service") or field != "refuse_manual_stop"
    ),
)
_PACKAGED = (
    Comparison("packages.manager", "command -v dpkg > /dev/null && echo dpkg", text),
    *(
        Comparison(
            f"packages.installed[?name == '{name}'] | [0].version", f"dpkg-query -W -f '${{Version}}' {name}", text
        )
        for name in _PACKAGES
    ),
    Comparison("packages.audit_installed", "dpkg -s auditd", succeeds),
    Comparison("packages.plugins_installed", "dpkg -s audispd-plugins", succeeds),
)


_DAEMON = (
    Comparison("daemon.pid", "auditctl -s | sed -n 's/^pid //p'", number),
    Comparison("daemon.holder.pid", "pidof auditd", number),
    Comparison("daemon.holder.comm", "ps -o comm= -C auditd", text),
    Comparison("daemon.holder.exe", "readlink /proc/$(pidof auditd)/exe", text),
    Comparison(
        "daemon.is_auditd", "test $(auditctl -s | sed -n 's/^pid //p') = $(pidof auditd || echo none)", succeeds
    ),
    Comparison(
        "daemon.is_service_main",
        "pidof auditd && test $(auditctl -s | sed -n 's/^pid //p') = $(systemctl show -p MainPID --value auditd)",
        succeeds,
        lambda ours, theirs: ours == theirs or (ours is None and theirs),
    ),
    # systemd opens the socket and hands it to the journal, which reads it; both hold it.
    Comparison(
        "sort(daemon.listeners[].comm)",
        "systemctl is-active systemd-journald-audit.socket > /dev/null && ps -o comm= -p 1 -C systemd-journald",
        sorted_lines,
    ),
)
_KERNEL = (
    Comparison("kernel.release", "uname -r", text),
    Comparison("kernel.config", "ls /boot/config-$(uname -r)", text),
    Comparison("kernel.x32", X32, succeeds),
    Comparison("kernel.ia32", ia32_command(), succeeds),
    Comparison("kernel.syscall_audit", "grep -q CONFIG_AUDITSYSCALL=y /boot/config-$(uname -r)", succeeds),
    Comparison(
        "kernel.lockdown", "sed -n 's/.*\\[\\(.*\\)\\].*/\\1/p' /sys/kernel/security/lockdown 2> /dev/null", text
    ),
    Comparison("kernel.modules_disabled", "sysctl -n kernel.modules_disabled", is_("1")),
    Comparison("kernel.lsm", "tr , ' ' < /sys/kernel/security/lsm", words),
    Comparison(
        "kernel.io_uring",
        "sysctl -n kernel.io_uring_disabled 2> /dev/null || echo 0",
        lambda answer: {"0": "everyone", "1": "group", "2": "nobody"}[answer[1].strip()],
    ),
)

_ENTRIES = {
    "bullseye": "grep -h '^[[:space:]]*append' /boot/extlinux/extlinux.conf",
    "bookworm": "grep -h '^[[:space:]]*linux[[:space:]]' /boot/grub/grub.cfg",
    "trixie": "grep -h '^options' /boot/loader/entries/*.conf",
}
_LOADERS = {"bullseye": "extlinux", "bookworm": "grub", "trixie": "bls"}


def _least_backlog(answer: Answer) -> Optional[int]:
    found = [re.search(r"\baudit_backlog_limit=(\d+)", line) for line in answer[1].splitlines()]
    return min(int(one.group(1)) if one else 0 for one in found) if found else None


def _every_audits(answer: Answer) -> bool:
    return all(re.search(r"\saudit=1\b", line) for line in answer[1].splitlines())


def _same_but_masked(ours: List[str], theirs: List[str]) -> bool:
    """The same parameters, of which the posture masks values that may be secret; never audit's own."""
    masked = [word.partition("=")[0] + "=…" for word in theirs]
    pairs = list(zip(ours, theirs, masked))
    return len(ours) == len(theirs) and all(
        word == told or (word == hidden and not told.startswith("audit")) for word, told, hidden in pairs
    )


_BOOT = (
    Comparison("boot.running.parameters", "cat /proc/cmdline", words, _same_but_masked),
    Comparison("boot.running.audit", "grep -qw audit=1 /proc/cmdline", succeeds),
    Comparison(
        "boot.running.backlog_limit",
        "grep -o 'audit_backlog_limit=[0-9]*' /proc/cmdline | grep -o '[0-9]*$' || echo 0",
        number,
    ),
    *(Comparison("boot.loader", f"echo {_LOADERS[name]}", text, on=(name,)) for name in _ENTRIES),
    *(Comparison("boot.configured.audit", command, _every_audits, on=(name,)) for name, command in _ENTRIES.items()),
    *(
        Comparison("boot.configured.backlog_limit", command, _least_backlog, on=(name,))
        for name, command in _ENTRIES.items()
    ),
    *(
        Comparison(
            "length(boot.configured.sources[?kind != 'setting'])",
            command,
            lambda answer: len(answer[1].splitlines()),
            on=(name,),
        )
        for name, command in _ENTRIES.items()
    ),
)
# augenrules compares the files; of the kernel no other program tells, so the states say what must come out.
_DRIFT = (
    Comparison(
        "length(drift.differences[?kind == 'not_in_audit_rules' || kind == 'not_in_rules_dir']) == `0`",
        "augenrules --check",
        lambda answer: "No change" in answer[1],
    ),
)

COMPARISONS: Tuple[Comparison, ...] = (
    *_HOST,
    *_KERNEL_STATUS,
    *_RULES,
    *_SYSTEM,
    *_SERVICE,
    *_PACKAGED,
    *_DAEMON,
    *_KERNEL,
    *_BOOT,
    *_DRIFT,
)
