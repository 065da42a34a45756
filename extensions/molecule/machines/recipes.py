# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a disk image is made of, as data: Debian releases, packages, files and commands."""

from __future__ import annotations

import hashlib
import pathlib
from typing import NamedTuple

USER = "anna"
"""An ordinary user of every guest, beside root."""

MAINTAINED = ("bullseye", "bookworm", "trixie")
"""Verified by the keys of the machine that builds the image."""

UNRELEASED = ("forky", "sid")
"""Verified by the keys that the newest release ships; their stored Release files may be past their date."""

RELEASES = MAINTAINED + UNRELEASED

_SYSTEM = (
    "systemd-sysv,udev,dbus,kmod,procps,iproute2,util-linux,python3,openssh-server,sudo,cron,login,passwd,"
    "linux-image-cloud-amd64"
).split(",")
# What Ansible's apt module needs on the target, a boot loader whose configuration a role can change, and a clock.
_DEPLOYABLE = ("python3-apt", "grub2-common", "grub-pc-bin", "chrony", "dbus", "libcap2-bin")
# The site.yml of the scenarios brings a comparison of files, as a site does that is to pass a standard.
_OFFERED = ("auditd", "audispd-plugins", "python3-venv", "acl", "aide")

_NETWORK = "[Match]\nName=en* eth*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\nDNS=10.0.2.3\n"
_GRUB = """GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX="{parameters}"
GRUB_DISABLE_OS_PROBER=true
"""

PARAMETERS = "console=ttyS0 net.ifnames=0 no_timer_check panic=1"
"""Of every guest's kernel. On a busy machine the emulated timer misses its first ticks, for which a kernel panics
unless it is told not to look."""

AUDITED = {
    "bullseye": ("systemd-timesyncd", "rsyslog", "u-boot-menu"),
    "bookworm": ("chrony", "aide", "aide-common", "grub2-common", "grub-pc-bin"),
    "trixie": ("ntpsec", "rsyslog", "systemd-boot"),
}
"""What machines have whose posture is asked for: each kind of clock, logger and boot loader is met in one of them."""

COMPILED = "var/cache/auditops-compiled"
"""Where a guest's Python keeps what it has compiled of Ansible's modules: see compiled.py."""
_PYTHON = "usr/lib/python3/dist-packages/auditops_compiled"

PACKAGES = "/srv/packages"
"""Where an image keeps the packages that it offers to apt."""


class Recipe(NamedTuple):
    """One image. ``name`` is its folder.

    ``offered`` are packages that are not installed: apt finds them, and what they depend on, in PACKAGES.
    ``boots_itself``: the disk has a boot loader, so that a changed kernel command line counts after a reboot. Otherwise
    QEMU loads the kernel.
    """

    name: str
    release: str
    packages: tuple[str, ...]
    offered: tuple[str, ...] = ()
    boots_itself: bool = False

    def files(self) -> dict[str, str]:
        """The text of each file that is written into the tree, by its path below the root."""
        device = "/dev/vda1" if self.boots_itself else "/dev/vda"
        root = "no" if self.boots_itself else "prohibit-password"
        files = {
            "etc/hostname": f"{self.release}\n",
            "etc/hosts": f"127.0.0.1 localhost {self.release}\n",
            # Not that of the machine which builds the image; where a guest reaches nothing, a name costs it one second.
            "etc/resolv.conf": "nameserver 10.0.2.3\noptions timeout:1 attempts:1\n",
            "etc/fstab": f"{device} / ext4 defaults 0 1\n",
            # Fresh images have no machine-id; each boot would be a first boot with presets.
            "etc/machine-id": hashlib.md5(self.release.encode(), usedforsecurity=False).hexdigest() + "\n",
            "etc/systemd/network/10-lab.network": _NETWORK,
            "etc/ssh/sshd_config.d/lab.conf": f"PermitRootLogin {root}\nUseDNS no\n",
            f"{_PYTHON}.py": pathlib.Path(__file__).with_name("compiled.py").read_text(encoding="utf-8"),
            f"{_PYTHON}.pth": "import auditops_compiled\n",
            f"{COMPILED}/README": "Of the lab: compiled.py in extensions/molecule/machines of auditops.trail.\n",
        }
        if self.boots_itself:
            files["etc/default/grub"] = _GRUB.format(parameters=PARAMETERS)
            files["etc/sudoers.d/lab"] = f"{USER} ALL=(ALL:ALL) NOPASSWD: ALL\n"
        if self.offered:
            files["etc/apt/sources.list"] = f"deb [trusted=yes] file:{PACKAGES} ./\n"
            files["etc/apt/apt.conf.d/90lab"] = 'Acquire::Languages "none";\n'
        return files

    def commands(self) -> tuple[str, ...]:
        """What is run in the tree, in this order."""
        home = f"/home/{USER}"
        audited = " auditd" if "auditd" in self.packages else ""
        # What update-grub does for other systems takes a minute of an emulated machine's time.
        boot = ("find /etc/grub.d -name [23]0_* -exec chmod a-x {} +", "chmod 0440 /etc/sudoers.d/lab")
        return (
            *(boot if self.boots_itself else ()),
            f"useradd --create-home --shell /bin/bash {USER}",
            f"install -d -m 0700 -o {USER} -g {USER} {home}/.ssh",
            f"install -m 0600 -o {USER} -g {USER} /root/.ssh/authorized_keys {home}/.ssh/authorized_keys",
            f"systemctl enable systemd-networkd ssh{audited}",
            "systemctl mask systemd-networkd-wait-online apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer",
        )


def bare(release: str) -> Recipe:
    """A machine as it is before any role has run: no audit package, but apt can install them without a network.

    Its user logs in and becomes root by sudo, as the standards want it.
    """
    return Recipe(f"{release}-bare", release, (*_SYSTEM, *_DEPLOYABLE), _OFFERED, boots_itself=True)


def audited(release: str) -> Recipe:
    """A machine with the audit packages and, beside them, what AUDITED names."""
    packages = (*_SYSTEM, "auditd", "audispd-plugins", "libcap2-bin", "gawk", *AUDITED[release])
    return Recipe(release, release, packages)
