# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parsers check once all of a file is read: values that do not go together.

Sources: the ``sanity_check`` functions of the three parsers, setup_percentages
and resolve_node of src/auditd-config.c.
"""

import os
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.config.keys import Version
from ansible_collections.auditops.trail.plugins.module_utils.config.surroundings import Surroundings
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

Plain = Dict[str, Any]


class Finding(NamedTuple):
    """What is wrong; ``key`` is the one whose line is told."""

    key: str
    message: str
    fatal: bool
    remedy: str


Check = Callable[[Plain, Version, Optional[Surroundings]], Optional[Finding]]


def _space(values: Plain, version: Version, _host: Any) -> Optional[Finding]:
    left, admin = values["space_left"], values["admin_space_left"]
    if isinstance(left, int) != isinstance(admin, int):
        return None  # which is the larger depends on the size of the file system
    if _amount(left) > _amount(admin):
        return None
    fatal = isinstance(left, int)
    return Finding(
        "space_left",
        "space_left = {0} is not more than admin_space_left = {1}".format(left, admin),
        fatal,
        "raise space_left above admin_space_left: the first warning has to come before the last.",
    )


def _amount(value: Any) -> int:
    return value if isinstance(value, int) else int(value.rstrip("%"))


def _incremental(values: Plain, _version: Version, _host: Any) -> Optional[Finding]:
    if values["flush"] not in ("incremental", "incremental_async") or values["freq"]:
        return None
    return Finding(
        "flush",
        "flush = {0} with freq = 0".format(values["flush"]),
        True,
        "write freq = 50, or another flush.",
    )


def _freq_unused(values: Plain, _version: Version, _host: Any) -> Optional[Finding]:
    if values["flush"] not in ("data", "sync") or not values["freq"]:
        return None
    return Finding("freq", "freq has no effect with flush = {0}".format(values["flush"]), False, "write freq = 0.")


def _var_log(values: Plain, version: Version, host: Optional[Surroundings]) -> Optional[Finding]:
    group = values["log_group"]
    if version < (3, 0, 9) or os.path.dirname(values["log_file"]) != "/var/log" or group in ("root", "0"):
        return None
    if host is not None and not group[0].isdigit() and host.gid(group) == 0:
        return None
    return Finding(
        "log_file",
        "log_file lies directly in /var/log, whose group auditd would change to {0}".format(group),
        True,
        "write a directory of its own, such as /var/log/audit.",
    )


def _user_name(values: Plain, _version: Version, _host: Any) -> Optional[Finding]:
    if values["name_format"] != "user" or values["name"] is not None:
        return None
    return Finding("name_format", "name_format = user without a name", True, "write name = and the name.")


def _name_unused(values: Plain, _version: Version, _host: Any) -> Optional[Finding]:
    if values["name"] is None or values["name_format"] == "user":
        return None
    return Finding(
        "name",
        "name has no effect with name_format = {0}".format(values["name_format"]),
        False,
        "write name_format = user, or take name out.",
    )


def _rotation(values: Plain, _version: Version, _host: Any) -> Optional[Finding]:
    if values["max_log_file_action"] != "rotate" or not values["max_log_file"] or values["num_logs"] >= 2:
        return None
    return Finding(
        "num_logs",
        "max_log_file_action = rotate with num_logs = {0} never rotates".format(values["num_logs"]),
        False,
        "write num_logs = 2 or more.",
    )


def _listener_tls(values: Plain, _version: Version, _host: Any) -> Optional[Finding]:
    if values.get("transport") != "tls":
        return None
    key, allowed = values["tls_psk_file"], values["tls_allowed_clients"]
    if key is None and allowed is None:
        wanted = "tls_psk_file or tls_allowed_clients"
    elif key is not None and values["tls_psk_identity"] is None and allowed is None:
        wanted = "tls_psk_identity or tls_allowed_clients"
    else:
        return None
    return Finding("transport", "transport = tls without {0}".format(wanted), True, "write {0}.".format(wanted))


def _quantum(values: Plain, _version: Version, _host: Any) -> Optional[Finding]:
    if values.get("transport") != "tls" or not values["tls_require_pqc"] or values["tls_crypto_profile"] == "pqc":
        return None
    return Finding(
        "tls_crypto_profile",
        "tls_require_pqc = yes with tls_crypto_profile = {0} below it".format(values["tls_crypto_profile"]),
        True,
        "write tls_crypto_profile = pqc.",
    )


def _built_in(values: Plain, _version: Version, _host: Any) -> Optional[Finding]:
    if values.get("transport") not in ("tls", "krb5"):
        return None
    return Finding(
        "transport",
        "transport = {0} starts only where the audit programs are built with it".format(values["transport"]),
        False,
        "see that they are: without, the word is refused.",
    )


def _forward(values: Plain, _version: Version, _host: Any) -> Optional[Finding]:
    if values["mode"] != "forward" or values["format"] == "managed":
        return None
    return Finding("format", "mode = forward with format = ascii", True, "write format = managed.")


def _sender_tls(values: Plain, _version: Version, _host: Any) -> Optional[Finding]:
    if values["transport"] != "tls":
        return None
    lacking = [name for name in ("tls_psk_file", "tls_psk_identity") if values[name] is None]
    if lacking:
        return Finding(
            "transport", "transport = tls without {0}".format(lacking[0]), True, "write {0}.".format(lacking[0])
        )
    if values["format"] != "managed":
        return Finding("format", "transport = tls with format = ascii", True, "write format = managed.")
    return None


def _server(values: Plain, _version: Version, _host: Any) -> Optional[Finding]:
    if values["remote_server"] is not None:
        return None
    return Finding("remote_server", "no remote_server is named", False, "write remote_server = and the collector.")


def _path(values: Plain, version: Version, host: Optional[Surroundings]) -> Optional[Finding]:
    if not values["active"]:
        return None
    path = values["path"]
    if path is None:
        return Finding("active", "the plugin is active and no path is given", True, "write path = and the program.")
    if path.lower().startswith("builtin_") or host is None:
        return None
    try:
        seen = host.look(path)
    except EvidenceError:
        return None  # the reader of plugins says what could not be seen
    fault = "there is no such program" if seen is None else _program_fault(seen, version)
    if fault is None:
        return None
    return Finding(
        "path", "{0}: {1}".format(path, fault), True, "install it as its package does, or write active = no."
    )


def _program_fault(seen: Any, version: Version) -> Optional[str]:
    if not seen.regular:
        return "it is not a regular file"
    if seen.uid != 0:
        return "it is not owned by root"
    if version >= (4, 2) and seen.mode & 0o022:
        return "group or others can write it"
    needed = 0o550 if version >= (4, 0, 4) else 0o750
    if seen.mode & needed != needed:
        return "its mode is {0:04o}, without all of {1:04o}".format(seen.mode, needed)
    return None


CHECKS: Dict[str, Tuple[Check, ...]] = {
    "auditd": (
        _space,
        _incremental,
        _freq_unused,
        _var_log,
        _user_name,
        _name_unused,
        _rotation,
        _listener_tls,
        _quantum,
        _built_in,
    ),
    "audispd": (_user_name,),
    "remote": (_forward, _sender_tls, _quantum, _built_in, _server),
    "plugin": (_path,),
}


def check(file: str, values: Plain, version: Version, host: Optional[Surroundings]) -> List[Finding]:
    """What does not go together in the effective values of a file (auditd, audispd, remote, plugin)."""
    found = (one(values, version, host) for one in CHECKS[file])
    return [finding for finding in found if finding is not None]
