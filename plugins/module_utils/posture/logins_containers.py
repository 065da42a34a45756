# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs containers on this host: a login inside of one sets an audit uid, which a locked one would refuse."""

from typing import List, Optional

from ansible_collections.auditops.trail.plugins.module_utils import host
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

_PROGRAMS = ("containerd", "crio", "dockerd", "incusd", "k0s", "k3s", "kubelet", "lxc-start", "lxd", "podman", "rke2")
_BEGINNING = 2048
_FOLDERS = (
    "/usr/bin",
    "/usr/sbin",
    "/usr/lib/cri-o-runc/sbin",
    "/usr/libexec/incus",
    "/usr/lib/incus",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/opt/bin",
    "/opt/*/bin",
    "/opt/incus/bin",
    "/snap/*/current/bin",
    "/snap/*/current/usr/bin",
    "/snap/*/current",
    "/var/lib/snapd/snap/*/current/bin",
    "/var/lib/rancher/k3s/data/*/bin",
    "/var/lib/rancher/rke2/data/*/bin",
    "/var/lib/rancher/rke2/bin",
    "/var/lib/k0s/bin",
)
"""Where distributions, the projects' own installers (k3s, rke2, k0s, docker's static builds) and snaps put them."""
_PROCESSES = (
    *_PROGRAMS,
    "conmon",
    "containerd-shim",
    "docker-containerd",
    "k3s-agent",
    "k3s-server",
    "kubelite",
    "systemd-nspawn",
)
"""Also what stands beside each container, whatever started it; kubelite is MicroK8s."""


def _installs_it(seen: Seen, path: str) -> bool:
    """Whether it is no program yet: Ubuntu's lxd-installer puts a script in the place of lxd, which fetches it."""
    try:
        with host.open_file(seen.context.path(path)) as file:
            beginning = file.read(_BEGINNING)
    except OSError:
        return False
    return beginning.startswith(b"#!") and b"lxd-installer" in beginning


def collect(seen: Seen) -> Optional[List[str]]:
    """The programs that are there, by path, and the processes that run, by name; both make containers.

    None where nothing was found and not all was seen.
    """
    before = len(seen.not_seen)
    found = {
        folder + "/" + name
        for pattern in _FOLDERS
        for folder in seen.matching(pattern)
        for name in _PROGRAMS
        if seen.exists(folder + "/" + name) and not _installs_it(seen, folder + "/" + name)
    }
    running = [name for name in _PROCESSES if seen.running((name,))]
    if seen.running(()) is None and not found:
        seen.miss("/proc", "not all processes show, and any of them may run containers")
    whole = len(seen.not_seen) == before
    return sorted(found) + sorted(running) if found or running or whole else None
