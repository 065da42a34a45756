# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which changes auditd takes up when it reads its configuration again (SIGHUP), and which need a restart.

Sources, read in 2.8.5 to 4.2.1: reconfigure of src/auditd-event.c (from 4.2 on
src/auditd-reconfigure.c), auditd_tcp_listen_reconfigure of src/auditd-listen.c,
copy_config and reconfigure of audisp/audispd.c, increase_queue_depth of
audisp/queue.c and reload_config of audisp/plugins/remote/audisp-remote.c.
"""

from typing import Any, Callable, Dict, List, Mapping, Optional

from ansible_collections.auditops.trail.plugins.module_utils.config.keys import Version, release

Plain = Dict[str, Any]
Needs = Callable[[Plain, Plain, Version], bool]
"""Whether a change needs a restart, by the effective values before and after."""

_LISTENER_SINCE = (4, 1)
"""From here on a reload starts a listener where there was none, and another queue for one that is there."""


def _always(_before: Plain, _after: Plain, _version: Version) -> bool:
    return True


def _shrinks(name: str) -> Needs:
    """A queue grows on reload, and never shrinks."""
    return lambda before, after, _version: (after[name] or 0) < (before[name] or 0)


def _listens(before: Plain, after: Plain, version: Version) -> bool:
    return version < _LISTENER_SINCE or not _starts_listening(before, after)


def _queue(before: Plain, after: Plain, version: Version) -> bool:
    return version < _LISTENER_SINCE and bool(after["tcp_listen_port"] or before["tcp_listen_port"])


def _transport(before: Plain, after: Plain, version: Version) -> bool:
    ports = bool(before["tcp_listen_port"] or after["tcp_listen_port"])
    return ports and (version < _LISTENER_SINCE or not _starts_listening(before, after))


def _starts_listening(before: Plain, after: Plain) -> bool:
    """Up to 4.2.1 a listener with TLS does not start on reload, which it says in its log."""
    return not before["tcp_listen_port"] and bool(after["tcp_listen_port"]) and after.get("transport") != "tls"


def _with_tls(before: Plain, after: Plain, _version: Version) -> bool:
    return "tls" in (before.get("transport"), after.get("transport"))


def _with_krb5(before: Plain, after: Plain, _version: Version) -> bool:
    return "krb5" in (before.get("transport"), after.get("transport")) or bool(before.get("enable_krb5"))


def _while_active(before: Plain, after: Plain, _version: Version) -> bool:
    """A plugin that is switched on gets its new line of arguments; one that runs on keeps the old one."""
    return bool(before["active"]) and bool(after["active"])


_LOOKED_UP = ("hostname", "fqd", "numeric")
_FORGETS_SINCE = (4, 2)
"""From here on a reload replaces a name that was looked up by none, whatever has changed."""


def _looked_up(_before: Plain, after: Plain, _version: Version) -> bool:
    """resolve_node is called at the start alone: after a reload records come with ``node=(null)`` (seen in 4.0.2)."""
    return after["name_format"] in _LOOKED_UP


_NEEDS: Dict[str, Dict[str, Needs]] = {
    "auditd": {
        "name_format": _looked_up,
        "local_events": _always,  # "This can only be set at start up"
        "priority_boost": _always,  # nice(2) adds to what is in force: a reload would give the sum of both
        "disp_qos": _always,  # 2.8: the pipe to the dispatcher is made at the start
        "q_depth": _shrinks("q_depth"),
        "tcp_listen_port": _listens,
        "tcp_listen_queue": _queue,
        "transport": _transport,
        "enable_krb5": _with_krb5,
        "krb5_principal": _with_krb5,
        "krb5_key_file": _with_krb5,
        "tls_psk_file": _with_tls,
        "tls_psk_identity": _with_tls,
        "tls_cipher_suites": _with_tls,
        "tls_key_exchange": _with_tls,
        "tls_require_pqc": _with_tls,
        "tls_auth": _with_tls,
        "tls_crypto_profile": _with_tls,
    },
    # priority_boost, max_restarts and plugin_dir of audispd.conf are read at its start alone.
    "audispd": {
        "q_depth": _shrinks("q_depth"),
        "priority_boost": _always,
        "max_restarts": _always,
        "plugin_dir": _always,
    },
    "plugin": {"path": _while_active, "type": _while_active, "args": _while_active, "format": _while_active},
}


def restart_keys(
    file: str, before: Mapping[str, Any], after: Mapping[str, Any], version: Optional[Version]
) -> List[str]:
    """The changed keys that a reload of auditd does not bring into force.

    Args:
        file: auditd, audispd, remote or plugin.
        before: What ``read`` made of the old content: its effective ``values``.
        after: The same of the new content.
        version: The audit release, or None for the newest.

    Returns:
        Their names, in the order of the keys; ``[]`` where a reload suffices. ``name_format`` is among them where a
        reload, for whatever change, would take the host's name out of the records. audisp-remote takes up nothing: on
        SIGHUP it closes its connection, and does not read its file again.
    """
    old, new = before["values"], after["values"]
    changed = [name for name in new if old.get(name) != new[name]]
    if file == "remote":
        return changed
    needs, known = _NEEDS[file], release(version)
    found = [name for name in changed if name in needs and needs[name](old, new, known)]
    forgets = file == "auditd" and known >= _FORGETS_SINCE and new["name_format"] in _LOOKED_UP
    return found + (["name_format"] if changed and forgets and "name_format" not in found else [])
