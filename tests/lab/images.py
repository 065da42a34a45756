# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disk images of Debian releases with the audit system, by mmdebstrap and mke2fs; kept until the recipe changes."""

import hashlib
import os
import pathlib
import shutil
import subprocess
from typing import Dict, NamedTuple, Optional, Tuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = pathlib.Path(os.environ.get("AUDITOPS_LAB_DIR") or ROOT / ".cache" / "lab")
MIRROR = os.environ.get("AUDITOPS_LAB_MIRROR") or "http://deb.debian.org/debian"
TIMEOUT = 1200  # seconds for one image; on an idle machine it is one minute
USER = "anna"

_COMMON = (
    "systemd-sysv,udev,dbus,kmod,procps,iproute2,util-linux,python3,openssh-server,auditd,audispd-plugins,sudo,cron,"
    "libcap2-bin,login,passwd,linux-image-cloud-amd64,gawk"
).split(",")


class Release(NamedTuple):
    """One Debian release; they differ on purpose, so that each kind of program is met in one of them."""

    name: str
    packages: Tuple[str, ...]


RELEASES: Dict[str, Release] = {
    release.name: release
    for release in (
        Release("bullseye", ("systemd-timesyncd", "rsyslog", "u-boot-menu")),
        Release("bookworm", ("chrony", "aide", "aide-common", "grub2-common", "grub-pc-bin")),
        Release("trixie", ("ntpsec", "rsyslog", "systemd-boot")),
    )
}

_NETWORK = "[Match]\nName=en* eth*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n"
_FILES = {
    "etc/hostname": "{name}\n",
    "etc/hosts": "127.0.0.1 localhost {name}\n",
    "etc/fstab": "/dev/vda / ext4 defaults 0 1\n",
    "etc/systemd/network/10-lab.network": _NETWORK,
    "etc/ssh/sshd_config.d/lab.conf": "PermitRootLogin prohibit-password\nUseDNS no\n",
}
_COMMANDS = (
    "useradd --create-home --shell /bin/bash " + USER,
    f"install -d -m 0700 -o {USER} -g {USER} /home/{USER}/.ssh",
    f"install -m 0600 -o {USER} -g {USER} /root/.ssh/authorized_keys /home/{USER}/.ssh/authorized_keys",
    "systemctl enable systemd-networkd ssh auditd",
    "systemctl mask systemd-networkd-wait-online apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer",
)


class Image(NamedTuple):
    """What QEMU boots: read only, each guest writes into a copy of its own."""

    disk: pathlib.Path
    kernel: pathlib.Path
    initrd: pathlib.Path
    key: pathlib.Path


def key() -> pathlib.Path:
    """The private key that opens every guest, made once."""
    path = FOLDER / "key"
    if not path.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(path)]
        subprocess.run(command, check=True, timeout=60)
    return path


def _recipe(release: Release) -> str:
    """What tells whether an image is still the one that would be built."""
    parts = (release, _COMMON, sorted(_FILES.items()), _COMMANDS, MIRROR, key().with_suffix(".pub").read_text())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def found(name: str) -> Optional[Image]:
    """The image of a release if it lies there and was built by this recipe."""
    folder = FOLDER / name
    stamp = folder / "recipe"
    if not stamp.is_file() or stamp.read_text() != _recipe(RELEASES[name]):
        return None
    return Image(folder / "disk.img", folder / "vmlinuz", folder / "initrd.img", key())


def build(name: str) -> Image:
    """The image of a release, built where it is not there yet (root and a Debian mirror are needed).

    Raises:
        subprocess.SubprocessError: a program failed or took too long; its output is in FOLDER/NAME/build.log.
    """
    image = found(name)
    if image is not None:
        return image
    release, folder = RELEASES[name], FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tree = folder / "tree"
    with open(folder / "build.log", "wb") as log:

        def call(*command: str) -> None:
            subprocess.run(command, check=True, stdout=log, stderr=log, stdin=subprocess.DEVNULL, timeout=TIMEOUT)

        packages = ",".join((*_COMMON, *release.packages))
        call("mmdebstrap", "--variant=minbase", "--include=" + packages, name, str(tree), f"deb {MIRROR} {name} main")
        _furnish(tree, name)
        for command in _COMMANDS:
            call("chroot", str(tree), *command.split())
        for kind in ("vmlinuz", "initrd.img"):
            shutil.copy(next((tree / "boot").glob(kind + "-*")), folder / kind)
        call("mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", str(tree), str(folder / "disk.img"), "4G")
    shutil.rmtree(tree)
    (folder / "recipe").write_text(_recipe(release))
    return Image(folder / "disk.img", folder / "vmlinuz", folder / "initrd.img", key())


def _furnish(tree: pathlib.Path, name: str) -> None:
    for path, text in _FILES.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text.format(name=name) if path in ("etc/hostname", "etc/hosts") else text)
    keys = tree / "root" / ".ssh" / "authorized_keys"
    keys.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(key().with_suffix(".pub"), keys)
    keys.chmod(0o600)
    # Fresh images have no machine-id; each boot would be a first boot with presets.
    (tree / "etc" / "machine-id").write_text(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest() + "\n")
