# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states that guests are put into, one after the other, all of them real; and what the posture must show then."""

from typing import Any, Dict, NamedTuple, Sequence

from ansible_collections.auditops.trail.extensions.molecule.machines.recipes import USER

PARAMETERS = {"bullseye": "", "bookworm": "audit=1 audit_backlog_limit=8192", "trixie": "audit=1"}
"""What each release's kernel is booted with."""


class State(NamedTuple):
    """``script`` is for the guest's shell, as root; ``shows`` are JMESPath expressions and their values.

    Each state stays as it is while the later ones are made.
    """

    name: str
    script: str
    shows: Dict[str, Any]
    only: Sequence[str] = ("bullseye", "bookworm", "trixie")


# A time server of its own inside the guest (RFC 5905, figure 8), since nothing outside can be reached.
_TIME_SERVER = r"""
cat > /opt/time_server.py <<'END'
import socket, struct, sys, time
served = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
served.bind(("127.0.0.1", int(sys.argv[1])))
def stamp():
    now = time.time() + 2208988800
    return struct.pack("!II", int(now), int(now % 1 * 2 ** 32))
while True:
    asked, sender = served.recvfrom(512)
    received = stamp()
    head = struct.pack("!BBbbII4s", 0x24, 1, 3, -20, 0, 1, b"LOCL")
    served.sendto(head + received + asked[40:48] + received + stamp(), sender)
END
systemd-run --quiet --unit lab-time python3 /opt/time_server.py {port}
"""
_RULES = r"""
cat > /etc/audit/rules.d/50-lab.rules <<'END'
-w /etc/passwd -p wa -k identity
-w /etc/sudoers.d -p wa -k scope
-w /etc/no-such-file -p wa -k missing
-a always,exit -F arch=b64 -S execve -F auid>=1000 -F auid!=unset -k exec
-a always,exit -F arch=b32 -S execve -F auid>=1000 -F auid!=unset -k exec
-a always,exit -F arch=b64 -S adjtimex,settimeofday,clock_settime -k time-change
-a always,exit -F path=/usr/bin/sudo -F perm=x -F auid>=1000 -k privileged
-a always,exclude -F msgtype=CRYPTO_KEY_USER
END
augenrules --load > /dev/null 2>&1 || true
"""
_BOOT = {
    "bullseye": "echo 'U_BOOT_PARAMETERS=\"ro quiet\"' >> /etc/default/u-boot && u-boot-update",
    "bookworm": """
cat > /etc/default/grub <<'END'
GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX="audit=1 audit_backlog_limit=8192"
GRUB_DISABLE_OS_PROBER=true
END
mkdir -p /boot/grub && grub-mkconfig -o /boot/grub/grub.cfg""",
    "trixie": """
mkdir -p /boot/loader/entries /boot/$(cat /etc/machine-id)
echo 'root=/dev/vda ro quiet audit=1' > /etc/kernel/cmdline
BOOT_ROOT=/boot kernel-install add $(uname -r) /boot/vmlinuz-$(uname -r)""",
}
_CLOCK = {
    "bullseye": _TIME_SERVER.replace("{port}", "123")
    + """
mkdir -p /etc/systemd/timesyncd.conf.d
printf '[Time]\\nNTP=127.0.0.1\\n' > /etc/systemd/timesyncd.conf.d/lab.conf
systemctl restart systemd-timesyncd
for second in $(seq 60); do timedatectl show -p NTPSynchronized --value | grep -q yes && break; sleep 1; done""",
    "bookworm": _TIME_SERVER.replace("{port}", "11123")
    + """
sed -i 's/^pool/#pool/' /etc/chrony/chrony.conf
echo 'server 127.0.0.1 port 11123 iburst minpoll 0 maxpoll 2' > /etc/chrony/sources.d/lab.sources
systemctl restart chrony
chronyc waitsync 30 0 0 1 > /dev/null""",
    "trixie": "true",  # ntpsec, whose servers cannot be reached
}
_PRIVILEGED = f"""
install -m 4755 /bin/true /usr/local/bin/lab-setuid
install -m 2755 /bin/true /usr/local/bin/lab-setgid
install -m 0755 /bin/true /usr/local/bin/lab-capable && setcap cap_net_raw+ep /usr/local/bin/lab-capable
install -m 4755 /bin/true '/usr/local/bin/lab with blanks'
mkdir -p /srv/nosuid && mount -t tmpfs -o nosuid lab /srv/nosuid && install -m 4755 /bin/true /srv/nosuid/inert
mkdir -p /srv/exec && mount -t tmpfs lab /srv/exec && install -m 4755 /bin/true /srv/exec/alive
install -m 4755 -o {USER} /bin/true /home/{USER}/own
"""
_ROTATED = """
for times in 1 2 3; do kill -USR1 $(pidof auditd); sleep 2; auditctl -m "lab $times"; done
"""
# Another machine that cannot be reached, which is told at once: records stay in the queue.
_SHIPPING = """
ip route add unreachable 10.9.0.2/32
mkdir -m 0700 -p /var/spool/audit  # no Debian package makes it, and without it the plugin ends
cd /etc/audit
sed -i 's/^remote_server *=.*/remote_server = 10.9.0.2/; s/^mode *=.*/mode = forward/' audisp-remote.conf
sed -i 's/^queue_depth *=.*/queue_depth = 200/' audisp-remote.conf
sed -i 's/^active *=.*/active = yes/' plugins.d/au-remote.conf
kill -HUP $(pidof auditd); sleep 5
for number in $(seq 40); do auditctl -m "lab ships $number"; done
sleep 3
"""
_STOPPED = "kill -TERM $(pidof auditd); for second in $(seq 20); do pidof auditd > /dev/null || break; sleep 1; done"

PREPARED = "prepared"
STATES = (
    *(
        State(
            PREPARED,
            "\n".join((_RULES, _BOOT[name], _CLOCK[name])),
            {
                "drift.equal": True,
                "drift.differences": [],
                "service.running": True,
                "daemon.is_auditd": True,
                "boot.running.audit": "audit=1" in PARAMETERS[name],
                "boot.configured.audit": name != "bullseye",
                "clock.synchronised": name != "trixie",
                "shipping.active": False,
                "length(logs.files)": 1,
            },
            (name,),
        )
        for name in _BOOT
    ),
    State(
        "privileged",
        _PRIVILEGED,
        {
            "length(privileged.commands[?starts_with(path, '/usr/local/bin/lab')])": 4,
            "privileged.commands[?path == '/usr/local/bin/lab-capable'] | [0].setuid": False,
            "length(privileged.commands[?path == '/srv/nosuid/inert'])": 0,
            "length(privileged.commands[?path == '/srv/exec/alive'])": 1,
            f"length(privileged.commands[?path == '/home/{USER}/own'])": 1,
            "privileged.complete": True,
        },
    ),
    State("rotated", _ROTATED, {"length(logs.files)": 4, "logs.rotates": True}),
    State(
        "shipping",
        _SHIPPING,
        {
            "shipping.active": True,
            "shipping.encrypted": False,
            "shipping.running": True,
            "shipping.queue.file": "/var/spool/audit/remote.log",
            "shipping.queue_fill > `0`": True,
        },
    ),
    State(
        "drift",
        "echo '-w /etc/shadow -p wa -k identity' >> /etc/audit/rules.d/50-lab.rules\n"
        "auditctl -d never,task 2> /dev/null; auditctl -W /etc/passwd -p wa -k identity",
        {
            "drift.equal": False,
            "sort(drift.differences[].kind) | contains(@, 'not_loaded')": True,
            "drift.differences[?contains(rule, '/etc/shadow')] | [0].file": "/etc/audit/rules.d/50-lab.rules",
            "drift.differences[?contains(rule, '/etc/shadow')] | [0].line": 9,
            "length(drift.differences[?contains(rule, '/etc/passwd')]) > `0`": True,
        },
    ),
    State(
        "refused",
        "echo '-a always,exit -F arch=b64 -S no_such_call -k lab' > /etc/audit/rules.d/60-refused.rules\n"
        "augenrules --load > /dev/null 2>&1 || true",
        {
            "disk.rejected[0].file": "/etc/audit/rules.d/60-refused.rules",
            "disk.rejected[0].line": 1,
        },
    ),
    State(
        "stopped",
        _STOPPED,
        {
            "service.running": False,
            "status.pid": 0,
            "daemon.holder": None,
            "shipping.running": False,
        },
    ),
    State(
        "immutable",
        "rm /etc/audit/rules.d/60-refused.rules; systemctl start auditd; augenrules --load > /dev/null 2>&1; "
        "sleep 2; auditctl -e 2",
        {"status.enabled": 2, "service.running": True, "drift.equal": True},
    ),
)


def states_of(name: str) -> Sequence[State]:
    """The states of one release, in order."""
    return [state for state in STATES if name in state.only]
