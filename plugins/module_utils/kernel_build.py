# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the running kernel was built and booted to do: which kinds of call a process can make, and io_uring."""

import gzip
import os
from typing import Dict, List, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.host import kernel_release, open_file
from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_parameters as command_line

# The kinds of call that each machine always has.
_OWN = {
    "x86_64": ("b64",),
    "i386": ("b32",),
    "aarch64": ("b64",),
    "arm": ("b32",),
    "ppc64le": ("b64",),
    "s390x": ("b64",),
}
# The build option that adds 32-bit calls (arch/*/Kconfig). audit has no 32-bit
# table for little-endian Power, and its 32-bit binaries are big-endian.
_COMPAT = {"x86_64": "CONFIG_IA32_EMULATION", "aarch64": "CONFIG_COMPAT", "s390x": "CONFIG_COMPAT"}
_WITHOUT_EVIDENCE = {"x86_64": ("b64", "b32"), "aarch64": ("b64", "b32"), "s390x": ("b64", "b32")}
_FALSE = ("0", "n", "no", "off", "false")
_TRUE = ("1", "y", "yes", "on", "true", "")


def build_options(root: str = "/", release: Optional[str] = None) -> Optional[Dict[str, str]]:
    """The options this kernel was built with (``CONFIG_X`` to ``y``, ``m``, …), or None where nothing tells."""
    found = build_config(root, release)
    return None if found is None else found[1]


def build_config(root: str = "/", release: Optional[str] = None) -> Optional[Tuple[str, Dict[str, str]]]:
    """The file that tells how this kernel was built, and the options in it; None where there is none.

    Looked for where distributions put it: /proc/config.gz, /boot/config-RELEASE, /lib/modules/RELEASE/config.
    """
    release = release or os.uname().release
    for name in ("proc/config.gz", "boot/config-" + release, "lib/modules/{0}/config".format(release)):
        path = os.path.join(root, name)
        try:
            with open_file(path) as file:
                content = gzip.GzipFile(fileobj=file).read() if path.endswith(".gz") else file.read()
            text = content.decode("utf-8", "replace")
        except (OSError, EOFError):
            continue
        pairs = (line.partition("=") for line in text.splitlines() if line.startswith("CONFIG_"))
        found = {name: value for name, _sign, value in pairs}
        if found:
            return "/" + name, found
    return None


def boot_parameters(root: str = "/") -> List[str]:
    """What the kernel takes its command line for (posture/boot_parameters.py); empty where it cannot be read."""
    try:
        with open(os.path.join(root, "proc/cmdline"), encoding="utf-8", errors="replace") as file:
            return command_line.split(file.read())
    except OSError:
        return []


def user_arches(machine: str, options: Optional[Dict[str, str]], parameters: Sequence[str]) -> Tuple[str, ...]:
    """The kinds of call a process can make here (b64, b32, x32), by evidence.

    Args:
        machine: As in :class:`Dialect`.
        options: :func:`build_options`; None (no evidence) gives b64 and b32 where the machine can have both.
        parameters: :func:`boot_parameters`; ``ia32_emulation=`` (6.7+) and Debian's ``syscall.x32=`` are heeded.
    """
    own = _OWN[machine]
    if options is None:
        return _WITHOUT_EVIDENCE.get(machine, own)
    arches = list(own)
    compat = _COMPAT.get(machine)
    if compat and options.get(compat) == "y":
        by_default = options.get("CONFIG_IA32_EMULATION_DEFAULT_DISABLED") != "y"
        if machine != "x86_64" or _switch(_last(parameters, "ia32_emulation"), by_default):
            arches.append("b32")
    # Debian builds x32 in and leaves it off (CONFIG_X86_X32_DISABLED); elsewhere built in is on.
    x32 = "y" in (options.get("CONFIG_X86_X32_ABI"), options.get("CONFIG_X86_X32"))
    if machine == "x86_64" and x32:
        x32 = _switch(_last(parameters, "syscall.x32"), options.get("CONFIG_X86_X32_DISABLED") != "y")
        arches += ["x32"] if x32 else []
    return tuple(arches)


def io_uring_disabled(options: Optional[Dict[str, str]], root: str = "/") -> Optional[bool]:
    """Whether nobody at all can make an io_uring; None where nothing tells.

    kernel.io_uring_disabled (6.6) is 2 for nobody; 1 still lets a group and the
    privileged. Before it, and without io_uring in the kernel at all, the build
    and the release tell.
    """
    try:
        with open(os.path.join(root, "proc/sys/kernel/io_uring_disabled"), encoding="ascii") as file:
            return int(file.read()) == 2
    except (OSError, ValueError):
        pass
    if options is not None:
        return options.get("CONFIG_IO_URING") != "y"
    return True if kernel_release() < (5, 1) else None


def label_modules(root: str = "/") -> Optional[Tuple[str, ...]]:
    """The security modules that give processes and files labels here: selinux, smack, apparmor; None where unknown.

    SELinux and Smack register their filesystems only where they are on (init_sel_fs, init_smk_fs).
    """
    try:
        with open(os.path.join(root, "proc/filesystems"), encoding="ascii", errors="replace") as file:
            known = {line.split()[-1] for line in file if line.split()}
    except OSError:
        return None
    found = [name for name in ("selinux", "smack") if name + "fs" in known]
    try:
        with open(os.path.join(root, "sys/module/apparmor/parameters/enabled"), encoding="ascii") as file:
            found += ["apparmor"] if file.read().strip() == "Y" else []
    except PermissionError:
        return None  # it is there, on or off
    except OSError:
        pass
    return tuple(found)


def boot_audit(parameters: Sequence[str]) -> Optional[bool]:
    """Whether audit was on from the first process on; None without any boot parameters."""
    return command_line.audit(parameters) if parameters else None


def _last(parameters: Sequence[str], name: str) -> Optional[str]:
    """The value of a parameter, the last where it is there twice; empty where it has none, None where it is not there.

    The kernel takes - and _ in names for the same (parameqn, kernel/params.c).
    """
    pairs = [word.partition("=") for word in parameters]
    values = [value for found, _sign, value in pairs if found.replace("-", "_") == name]
    return values[-1] if values else None


def _switch(told: Optional[str], default: bool) -> bool:
    if told is not None and told.lower() in _FALSE:
        return False
    if told is not None and told.lower() in _TRUE:
        return True
    return default
