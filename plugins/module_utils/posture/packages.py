# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages of audit, as the host's package manager knows them."""

import os
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence, host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
DPKG_STATUS = "/var/lib/dpkg/status"
MOST_BYTES = 128 << 20  # tens of thousands of packages make some tens of megabytes
_DPKG_LISTS = "/var/lib/dpkg/info"
_RPM_DATABASES = ("/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm")
_MANAGERS: Dict[str, Optional[str]] = {
    "debian": "dpkg", "ubuntu": "dpkg", "rhel": "rpm", "fedora": "rpm", "centos": "rpm", "suse": "rpm", "sles": "rpm",
    "opensuse": "rpm", "amzn": "rpm", "ol": "rpm", "mariner": "rpm", "azurelinux": "rpm", "photon": "rpm",
    "arch": None, "archarm": None, "alpine": None, "postmarketos": None, "wolfi": None, "chainguard": None,
    "gentoo": None, "nixos": None, "guix": None, "void": None, "slackware": None, "solus": None,
    "clear-linux-os": None, "exherbo": None, "chimera": None, "buildroot": None,
}  # fmt: skip
"""By ID and ID_LIKE of os-release(5): a Debian host can have rpm installed, and the other way round. None: by another
manager, whatever database a program such as debootstrap has left."""
ROLES = {
    "audit": ("auditd", "audit"),
    "plugins": ("audispd-plugins", "audispd-plugins-zos", "audit-audispd-plugins", "laurel"),
    "libs": (
        "libaudit1", "libaudit-common", "libauparse0", "libauparse0t64", "audit-libs", "python3-audit",
        "system-group-audit",
    ),
    "rules": ("audit-rules",),
    "report": ("audit-viewer", "aushape"),
}  # fmt: skip
"""Names by what they are for: Debian and Ubuntu, then RHEL and Fedora (audit-rules from EL 10 on), then SUSE."""
_ROLE_OF = {name: role for role, names in ROLES.items() for name in names}


def collect(context: Context, posture: Plain) -> Plain:
    """``manager, installed, audit, audit_installed, plugins_installed, not_seen``; null is what could not be seen.

    ``installed`` holds ``name, version, role`` (one of ROLES), ``audit`` the package of auditd itself.

    Raises:
        EvidenceError: the part ``system`` could not be collected, or rpm cannot be run.
    """
    evidence.require(posture, "system")
    unseen: List[str] = []
    manager = _manager(context, posture["system"]["os"])
    found: Optional[List[Tuple[str, str]]] = None
    if manager is None:
        unseen.append("the packages: neither dpkg nor rpm manages those of this host")
    else:
        found = (_by_dpkg if manager == "dpkg" else _by_rpm)(context, unseen)
    if found is None:
        return dict(_answer(None), manager=manager, not_seen=unseen)
    installed = [{"name": name, "version": version, "role": _ROLE_OF[name]} for name, version in sorted(found)]
    return dict(_answer(installed), manager=manager, not_seen=unseen)


def _answer(installed: Optional[List[Plain]]) -> Plain:
    if installed is None:
        return {"installed": None, "audit": None, "audit_installed": None, "plugins_installed": None}
    audit = next((package for package in installed if package["role"] == "audit"), None)
    return {
        "installed": installed,
        "audit": None if audit is None else {"name": audit["name"], "version": audit["version"]},
        "audit_installed": audit is not None,
        "plugins_installed": any(package["role"] == "plugins" for package in installed),
    }


def _manager(context: Context, system: Optional[Plain]) -> Optional[str]:
    here = {
        "dpkg": host_files.there(context, DPKG_STATUS),
        "rpm": any(host_files.there(context, path) for path in _RPM_DATABASES) and context.program("rpm") is not None,
    }
    told = [] if system is None else [system["id"]] + system["id_like"]
    wanted = [_MANAGERS[name] for name in told if name in _MANAGERS]
    if wanted and wanted[0] is None:
        return None
    return next((manager for manager in wanted + ["dpkg", "rpm"] if manager is not None and here[manager]), None)


def _by_dpkg(context: Context, unseen: List[str]) -> Optional[List[Tuple[str, str]]]:
    """Read from dpkg's own file: a search for names in megabytes is faster than a program that parses all of it."""
    before = len(unseen)
    content = host_files.data(context, DPKG_STATUS, unseen, MOST_BYTES)
    if content is None or len(unseen) > before:
        return None
    data = b"\n" + content
    found = []
    for name in _ROLE_OF:
        at = data.find("\nPackage: {0}\n".format(name).encode("ascii"))
        while at != -1:  # one stanza for each architecture
            stanza = data[at + 1 : data.find(b"\n\n", at + 1) + 1 or len(data)].decode("utf-8", "replace")
            fields = dict(line.partition(": ")[::2] for line in stanza.splitlines() if line[:1].strip())
            if fields.get("Status", "").endswith(" installed"):
                found.append((name, fields.get("Version", "")))
                break
            at = data.find("\nPackage: {0}\n".format(name).encode("ascii"), at + 1)
    return found


def _by_rpm(context: Context, unseen: List[str]) -> Optional[List[Tuple[str, str]]]:
    program = str(context.program("rpm"))
    form = "%{NAME}\\t%{VERSION}-%{RELEASE}\\n"
    _status, answer = context.run([program, "-q", "--qf", form] + sorted(_ROLE_OF))
    lines = answer.splitlines()
    found = [(line.partition("\t")[0], line.partition("\t")[2]) for line in lines if "\t" in line]
    # rpm answers for each name, if only that it is not installed; it says nothing where its database cannot be read.
    if len({name for name, _version in found}) + sum("is not installed" in line for line in lines) < len(_ROLE_OF):
        unseen.append("rpm -q does not answer for every package")
        return None
    newest = dict(found)  # several of one name are listed in the order of their installation
    return [(name, version) for name, version in newest.items() if name in _ROLE_OF]


def owns(context: Context, posture: Plain, path: str) -> Optional[bool]:
    """Whether a file belongs to one of these packages; None where the package manager does not tell.

    Asked of the lists that dpkg keeps, or of rpm. /sbin may be a link to /usr/sbin: both spellings count.
    """
    part = posture.get("packages") or {}
    if not part.get("installed"):
        return None
    spellings = {path, path[4:] if path.startswith("/usr/") else "/usr" + path}
    if part["manager"] == "rpm":
        program = context.program("rpm")
        if program is None:
            return None
        _status, answer = context.run([program, "-qf", "--qf", "%{NAME}\\n", path])
        owners = [line for line in answer.splitlines() if line and " " not in line]
        return any(name in _ROLE_OF for name in owners)
    names = {package["name"] for package in part["installed"]}
    listed: List[str] = []
    for name in host_files.names(context, _DPKG_LISTS, []):
        # auditd.list, or libaudit1:amd64.list where several architectures can be installed.
        if name.endswith(".list") and name[: -len(".list")].partition(":")[0] in names:
            listed += (host_files.text(context, os.path.join(_DPKG_LISTS, name), []) or "").splitlines()
    return bool(spellings & set(listed)) if listed else None
