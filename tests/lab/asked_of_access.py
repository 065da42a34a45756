# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other programs tell of the clock, logins, privileged commands and file integrity."""

from typing import Tuple

from ansible_collections.auditops.trail.tests.lab.comparison import (
    Answer,
    Comparison,
    decimal,
    is_,
    number,
    sorted_lines,
    succeeds,
    text,
    within,
)

_SERVICES = {"bullseye": "systemd-timesyncd", "bookworm": "chrony", "trixie": "ntpsec"}
_CLOCK = (
    *(
        Comparison("clock.service", f"systemctl is-active --quiet {name} && echo {name}", text, _named, (release,))
        for release, name in _SERVICES.items()
        for _named in (lambda ours, theirs: theirs.rstrip("d") in ours or ours.rstrip("d") in theirs,)
    ),
    Comparison("clock.active", "systemctl is-active systemd-timesyncd chrony ntpsec | grep -q ^active", succeeds),
    Comparison("clock.synchronised", "timedatectl show -p NTPSynchronized --value", is_("yes")),
    Comparison("clock.sources[].address", "chronyc -c -n sources | cut -d, -f3", sorted_lines, on=("bookworm",)),
    Comparison(
        "clock.sources[?selected] | [0].address",
        "chronyc -c -n sources | grep '^.,[*]' | cut -d, -f3",
        text,
        on=("bookworm",),
    ),
    Comparison("clock.offset_seconds", "chronyc -c tracking | cut -d, -f5", decimal, within(0.05), on=("bookworm",)),
    Comparison(
        "clock.sources[?kind != 'fallback'].address",
        "timedatectl show-timesync -p SystemNTPServers --value | tr ' ' '\\n'",
        sorted_lines,
        on=("bullseye",),
    ),
    Comparison(
        "clock.sources[].address",
        "sed -n 's/^\\(pool\\|server\\) *\\([^ ]*\\).*/\\2/p' /etc/ntpsec/ntp.conf",
        sorted_lines,
        on=("trixie",),
    ),
)


def _options(answer: Answer) -> str:
    return answer[1].split(None, 1)[1].strip()


def _twice(column: str) -> str:
    return f"getent passwd | cut -d: -f{column} | sort | uniq -d"


_HOMES = "getent passwd | awk -F: '$7 !~ /(nologin|false|sync)$/ {print $1 \":\" $6}'"
_LOGINS = (
    Comparison("logins.accounts.number", "wc -l < /etc/passwd", number),
    Comparison("logins.accounts.duplicate_uids[].uid", _twice("3"), lambda a: [int(uid) for uid in a[1].split()]),
    Comparison("logins.accounts.duplicate_names", _twice("1"), lambda a: a[1].split()),
    Comparison(
        "logins.accounts.duplicate_gids[].gid",
        "getent group | cut -d: -f3 | sort | uniq -d",
        lambda a: [int(gid) for gid in a[1].split()],
    ),
    Comparison("logins.accounts.uid_zero", "getent passwd | awk -F: '$3 == 0 {print $1}'", sorted_lines),
    Comparison("sort(logins.homes[].join(':', [user, home]))", _HOMES, sorted_lines),
    Comparison("logins.sshd.installed", "command -v sshd", succeeds),
    Comparison(
        "logins.sshd.permit_root_login",
        "sshd -T | grep -i '^permitrootlogin '",
        _options,
        lambda ours, theirs: (
            ours.replace("without-password", "prohibit-password")
            == theirs.replace("without-password", "prohibit-password")
        ),
    ),
    Comparison("logins.sshd.use_pam", "sshd -T | sed -n 's/^usepam //p'", is_("yes")),
    Comparison(
        "logins.sshd.log_level", "sshd -T | sed -n 's/^loglevel //p'", text, lambda o, t: o.lower() == t.lower()
    ),
    Comparison(
        "logins.sshd.authorized_keys_file", "sshd -T | sed -n 's/^authorizedkeysfile //p'", lambda a: a[1].split()
    ),
    Comparison(
        "sort(logins.pam.loginuid_in)",
        "grep -l '^session.*pam_loginuid.so' /etc/pam.d/* /usr/lib/pam.d/* | xargs -n 1 basename",
        sorted_lines,
    ),
    Comparison("logins.pam.tty_audit", "grep -h pam_tty_audit /etc/pam.d/*", lambda answer: answer[1].splitlines()),
    Comparison("logins.pam.faillock", "grep -q '^[^#]*pam_faillock' /etc/pam.d/*", succeeds),
    Comparison("logins.root.password_locked", "passwd -S root | cut -d' ' -f2", lambda a: a[1].strip() in ("L", "LK")),
    Comparison("logins.readers.log_group", "sed -n 's/^log_group *= *//p' /etc/audit/auditd.conf", text),
    Comparison(
        "logins.readers.members",
        "getent group adm | cut -d: -f4 | tr , '\\n' | grep . || true",
        sorted_lines,
    ),
)

_WITHOUT = "nosuid|noexec|hugetlbfs|binfmt_misc|autofs"
_WHERE = f"$(findmnt -n -l -o TARGET,FSTYPE,OPTIONS | grep -v -w -E '{_WITHOUT}' | awk '{{print $1}}')"
_SETUID = f"find {_WHERE} -xdev -type f -perm /4000 -perm /111"
# Without execution by the group the bit means a mandatory lock.
_SETGID = f"find {_WHERE} -xdev -type f -perm -2010"
_PRIVILEGED = (
    Comparison("sort(privileged.commands[?setuid].path)", _SETUID, sorted_lines),
    Comparison("sort(privileged.commands[?setgid].path)", _SETGID, sorted_lines),
    Comparison(
        "sort(privileged.commands[?capabilities].path)",
        f"getcap -r {_WHERE} 2> /dev/null | sed 's/ *\\(=\\|cap_\\).*//'",
        sorted_lines,
    ),
    Comparison(
        "sort_by(privileged.commands[?setuid || setgid], &path)[].[path, mode, uid, gid]",
        "{ " + "; ".join(command + " -printf '%p|%m|%U|%G\\n'" for command in (_SETUID, _SETGID)) + "; } | sort -u",
        lambda answer: sorted(
            [path, mode.rjust(4, "0"), int(uid), int(gid)]
            for path, mode, uid, gid in (line.split("|") for line in answer[1].splitlines())
        ),
    ),
    Comparison("sort(privileged.mounts)", f"printf '%s\\n' {_WHERE}", sorted_lines),
    Comparison("privileged.entries", f"find {_WHERE} -xdev -mindepth 1 | wc -l", number, within(60)),
)
_FIM = (
    Comparison("fim.tools[?name == 'aide'] | [0].installed || `false`", "command -v aide", succeeds),
    Comparison(
        "fim.tools[?name == 'aide'] | [0].scheduled",
        "systemctl is-active dailyaidecheck.timer || ls /etc/cron.daily/aide",
        succeeds,
        on=("bookworm",),
    ),
    Comparison(
        "fim.active.baseline", "ls /var/lib/aide/aide.db", succeeds, lambda ours, theirs: (ours is not None) == theirs
    ),
)

COMPARISONS: Tuple[Comparison, ...] = (*_CLOCK, *_LOGINS, *_PRIVILEGED, *_FIM)
