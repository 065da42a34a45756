# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other programs tell of auditd's configuration, the log, its copies and where it is sent."""

import collections
import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.auditops.trail.tests.lab.comparison import (
    Answer,
    Comparison,
    decimal,
    keyed,
    near,
    number,
    same,
    sorted_lines,
    succeeds,
    text,
    within,
)

_FOLDER = "/etc/audit"
_LOG = "/var/log/audit/audit.log"
_STAT = "stat -L -c '%n %a %U %G %u %g'"


def plain(answer: Answer) -> Any:
    """A configuration value as the posture spells it: numbers, yes and no, words in lower case."""
    value = answer[1].strip()
    if re.match(r"\d+\Z", value):
        return int(value)
    lower = value.lower()
    return {"yes": True, "no": False, "": None}.get(lower, value if "/" in value else lower)


def _setting(file: str, part: str, key: str) -> Comparison:
    return Comparison(f"config.{part}.values.{key}", f"cat {_FOLDER}/{file}", keyed(key, "=", plain))


_AUDITD = (
    "local_events write_logs log_file log_group log_format flush freq max_log_file num_logs priority_boost name_format "
    "max_log_file_action space_left space_left_action verify_email action_mail_acct admin_space_left "
    "admin_space_left_action disk_full_action disk_error_action q_depth overflow_action max_restarts plugin_dir "
    "distribute_network use_libwrap tcp_listen_queue tcp_max_per_addr tcp_client_max_idle transport krb5_principal"
).split()
_REMOTE = (
    "remote_server port transport mode queue_file queue_depth format network_retry_time max_tries_per_record "
    "heartbeat_timeout network_failure_action disk_full_action queue_error_action overflow_action"
).split()


def _active(answer: Answer) -> List[List[Any]]:
    """``file:active = yes`` of grep as [[file, True]]."""
    return sorted(
        [line.split(":")[0], line.split("=")[1].strip() == "yes"] for line in answer[1].splitlines() if "=" in line
    )


_CONFIG = (
    *(_setting("auditd.conf", "auditd", key) for key in _AUDITD),
    *(_setting("audisp-remote.conf", "remote", key) for key in _REMOTE),
    Comparison(
        "sort_by(config.plugins, &file)[].[file, active]", f"grep -i '^active' {_FOLDER}/plugins.d/*.conf", _active
    ),
    Comparison(
        "sort(config.plugins[].path)",
        f"sed -n 's/^path *= *//p' {_FOLDER}/plugins.d/*.conf",
        sorted_lines,
    ),
    # A daemon that runs has a usable configuration; one that was stopped says nothing.
    Comparison("config.auditd.usable", "pidof auditd", succeeds, lambda ours, theirs: ours or not theirs),
)


def owned(answer: Answer) -> List[List[Any]]:
    """Lines of ``stat`` as lists [path, mode, owner, group, uid, gid], by path."""
    found = []
    for line in answer[1].splitlines():
        path, mode, owner, group, uid, gid = line.rsplit(" ", 5)
        found.append([path, mode.rjust(4, "0"), owner, group, int(uid), int(gid)])
    return sorted(found)


def entries(field: str, command: str) -> Comparison:
    """A list of ENTRYs and the files that the command tells of by ``stat``."""
    return Comparison(f"sort_by({field}, &path)[].[path, mode, owner, group, uid, gid]", command, owned, same)


def _instant(answer: Answer) -> Optional[str]:
    return text(answer)


# ausearch leaves out what it cannot parse (AppArmor's AVC without a call among it): the files have all.
_RAW = f"cat $(ls -r {_LOG}*)"
_SECONDS = _RAW + " | sed -n 's/.*msg=audit(\\([0-9]*\\)\\..*/\\1/p'"
_TIMES = _SECONDS + " | sort -n"
_LOGS = (
    Comparison("logs.file", f"sed -n 's/^log_file *= *//p' {_FOLDER}/auditd.conf", text),
    Comparison(
        "logs.directory.[path, mode, owner, group, uid, gid]",
        f"{_STAT} $(dirname {_LOG})",
        lambda answer: owned(answer)[0],
    ),
    entries("logs.files", f"{_STAT} {_LOG}*"),
    # The kernel keeps what it records before auditd is there: it comes after auditd's own, and is older.
    Comparison("logs.oldest", f"date -u -d @$({_TIMES} | head -n 1) '+%F %T'", text, near(2)),
    Comparison("logs.newest", f"date -u -d @$({_TIMES} | tail -n 1) '+%F %T'", text, near(60)),
    Comparison(
        "logs.age_days",
        f"echo $(date +%s) $({_TIMES} | head -n 1) | awk '{{print ($1 - $2) / 86400}}'",
        decimal,
        within(0.01),
    ),
    Comparison("logs.bytes", f"cat {_LOG}* | wc -c", number, within(4000)),
    Comparison(
        "logs.capacity_bytes",
        f"echo $(sed -n 's/^max_log_file *= *//p; s/^num_logs *= *//p' {_FOLDER}/auditd.conf) "
        "| awk '{print $1 * $2 * 1048576}'",
        number,
    ),
    Comparison("logs.filesystem.mount", f"findmnt -n -o TARGET -T {_LOG}", text),
    Comparison("logs.filesystem.fstype", f"findmnt -n -o FSTYPE -T {_LOG}", text),
    Comparison("sort(logs.filesystem.options)", f"findmnt -n -o OPTIONS -T {_LOG} | tr , '\\n'", sorted_lines),
    Comparison("logs.filesystem.bytes", f"df -B1 --output=size {_LOG} | tail -n 1", number),
    Comparison("logs.filesystem.free", f"df -B1 --output=avail {_LOG} | tail -n 1", number, within(1 << 20)),
    Comparison(
        "logs.filesystem.free_percent",
        f"df -B1 --output=avail,size {_LOG} | awk 'END {{print 100 * $1 / $2}}'",
        decimal,
        within(1),
    ),
    Comparison("logs.filesystem.separate", "mountpoint -q /var/log/audit", succeeds),
    Comparison("logs.rotates", f"grep -qi '^max_log_file_action *= *rotate' {_FOLDER}/auditd.conf", succeeds),
    Comparison("logs.keeps", f"grep -qi '^max_log_file_action *= *keep_logs' {_FOLDER}/auditd.conf", succeeds),
)

_JOURNALS = "find /var/log/journal /run/log/journal -name '*.journal*' -type f"
_COPIES = (
    Comparison("copies.journal.active", "systemctl is-active systemd-journald", succeeds),
    Comparison(
        "copies.journal.storage",
        "systemd-analyze cat-config systemd/journald.conf | sed -n 's/^Storage=//p' | tail -n 1 | grep . || echo auto",
        text,
    ),
    Comparison("copies.journal.persistent", "journalctl --header -n 0 | grep -q 'File path: /var/log'", succeeds),
    Comparison("copies.journal.audit", "journalctl -q -b _TRANSPORT=audit -n 1 | grep -q .", succeeds),
    entries("copies.journal.files", f"{_STAT} $({_JOURNALS})"),
    Comparison("copies.syslog.plugin", f"grep -qi '^active *= *yes' {_FOLDER}/plugins.d/syslog.conf", succeeds),
    Comparison("copies.syslog.daemon", "systemctl is-active --quiet rsyslog && echo rsyslog", text),
)
_OPEN = "find {} -perm /o+w -o -perm /g+w | grep -q ."
_PROGRAMS = f"sed -n 's/^path *= *//p' {_FOLDER}/plugins.d/*.conf | grep /"
_PERMISSIONS = (
    entries("permissions.rules", f"{_STAT} {_FOLDER}/audit.rules {_FOLDER}/audit-stop.rules {_FOLDER}/rules.d/*.rules"),
    Comparison(
        f"permissions.configuration[?path == '{_FOLDER}/auditd.conf'] | [0].[mode, owner, group]",
        f"stat -c '0%a %U %G' {_FOLDER}/auditd.conf",
        lambda answer: answer[1].split(),
    ),
    *(
        Comparison(
            f"permissions.tools[?ends_with(path, '/{tool}')] | [0].[mode, owner, group]",
            f"stat -L -c '0%a %U %G' $(command -v {tool})",
            lambda answer: answer[1].split() or None,
        )
        for tool in ("auditctl", "auditd", "ausearch", "aureport", "autrace", "augenrules")
    ),
    entries("permissions.plugins", f"{_STAT} $({_PROGRAMS} | xargs readlink -f | sort -u)"),
    Comparison(
        "permissions.exposed",
        f"find {_FOLDER} -type f -perm /027; find {_FOLDER} /sbin/au* -follow -perm /022",
        sorted_lines,
        lambda ours, theirs: sorted({line.split(": ")[0] for line in ours}) == sorted(set(theirs)),
    ),
)

_PLUGIN = f"{_FOLDER}/plugins.d/au-remote.conf"
_QUEUE = "$(sed -n 's/^queue_file *= *//p' /etc/audit/audisp-remote.conf)"
_SHIPPING = (
    Comparison("shipping.active", f"grep -qi '^active *= *yes' {_PLUGIN} && pidof audisp-remote", succeeds),
    Comparison("shipping.running", "pidof audisp-remote", succeeds),
    Comparison("shipping.name_format", f"sed -n 's/^name_format *= *//p' {_FOLDER}/auditd.conf", plain),
    Comparison("shipping.queue.file", f"ls {_QUEUE} 2> /dev/null", text),
    # The ring's header: 16 bytes, then depth, size of an entry, position, length (audisp/plugins/remote/queue.c).
    Comparison(
        "shipping.queue.[depth, entry_size]",
        f"od -A n -t u4 --endian=big -j 16 -N 8 {_QUEUE} 2> /dev/null",
        lambda answer: [int(word) for word in answer[1].split()] or None,
    ),
    Comparison("shipping.queue.length", f"od -A n -t u4 --endian=big -j 28 -N 4 {_QUEUE} 2> /dev/null", number, same),
    Comparison("shipping.collector.listens", "ss -Hltnp | grep -q auditd", succeeds),
)
_ALERTS = (
    *(
        Comparison(f"alerts.actions.{key}", f"cat {_FOLDER}/auditd.conf", keyed(key, "=", plain))
        for key in _AUDITD
        if key in ("space_left_action", "admin_space_left_action", "disk_full_action", "disk_error_action")
    ),
    Comparison("alerts.account", f"sed -n 's/^action_mail_acct *= *//p' {_FOLDER}/auditd.conf", text),
    Comparison("alerts.resolves", "getent passwd root", succeeds),
    Comparison("alerts.mta", "ls /usr/lib/sendmail /usr/sbin/sendmail 2> /dev/null | head -n 1", text),
)


def _types(answer: Answer) -> Dict[str, int]:
    return dict(collections.Counter(re.findall(r"(?m)^(?:node=\S+ )?type=(\S+)", answer[1])))


def _similar(ours: Dict[str, int], theirs: Dict[str, int]) -> bool:
    """The same types, and each number of them up to what was written between the two looks."""
    return set(ours) == set(theirs) and all(abs(ours[name] - theirs[name]) <= 10 for name in theirs)


_TRAIL = (
    Comparison("trail.records", _RAW, _types, _similar),
    Comparison(
        "trail.events",
        _RAW + " | grep -o 'audit([0-9.]*:[0-9]*)' | sort -u | wc -l",
        number,
        within(20),
    ),
    Comparison("length(trail.starts)", _RAW + " | grep -c '^type=DAEMON_START'", number),
    Comparison("length(trail.ends)", _RAW + " | grep -c '^type=DAEMON_END'", number),
    Comparison("trail.malformed", _RAW + " | grep -c -v 'type=[A-Z_0-9\\[\\]*]* msg=audit('", number),
    Comparison("trail.bytes_total", f"cat {_LOG}* | wc -c", number, within(4000)),
    Comparison("trail.from", f"date -u -d @$({_TIMES} | head -n 1) '+%F %T'", text, near(2)),
    Comparison("trail.to", f"date -u -d @$({_TIMES} | tail -n 1) '+%F %T'", text, near(60)),
)

COMPARISONS: Tuple[Comparison, ...] = (
    *_CONFIG,
    *_LOGS,
    *_COPIES,
    *_PERMISSIONS,
    *_SHIPPING,
    *_ALERTS,
    *_TRAIL,
)
