# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shipping: by which ways records leave this host, whether encrypted and as whom, and what loses some."""

import os
from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    agents,
    configuration,
    evidence,
    journal,
    journal_upload,
    remote_queue,
    syslog_daemon,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.flags import all_of, any_of
from ansible_collections.auditops.trail.plugins.module_utils.posture.onward import Leaving, Onward
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import COMM_LENGTH
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import Daemon, Target, hosts, others

Plain = Dict[str, Any]

_DROPPING = ("ignore", "syslog", "exec", "warn_once_continue")
"""do_action of audisp-remote.c returns success for these, and the record is taken off the queue as if it were sent."""

_ACTIONS = (
    "network_failure_action",
    "disk_full_action",
    "disk_error_action",
    "generic_error_action",
    "remote_ending_action",
)
"""Actions on answers, or none, that mean that the collector has not stored the record. On disk_low and generic_warning
it has; startup_failure and queue_error concern no single record."""

_OVERFLOW_DROPPING = ("ignore", "syslog", "suspend")
"""A record that finds the queue full is lost by every action; single and halt let none be made after it."""

_STAY = ("audisp-af_unix", "builtin_af_unix", "audisp-filter", "audisp-ids", "audisp-statsd", "laurel", "sedispatch")
"""Plugins whose records stay on the host."""

_REMOTE = "audisp-remote"
_ZOS = "audispd-zos-remote"
_ZOS_CONFIGURATION = "/etc/audit/zos-remote.conf"
_ZOS_PORT = 389
_ZOS_SAMPLE = "zos_server.localdomain"
"""The server of the file as it is shipped: nobody has set one."""
_OPEN = ("agent", "other")
"""Ways of which the configuration is not read."""
_NAMES = ("name_format", "name")

_AGENT_RUNS = (
    "not known: {0} runs; whether it sends audit records, and whether encrypted and as whom, stands in its own "
    "configuration: look there, then waive this control for the hosts that it is right on, or stop {0} where it has "
    "no use"
)
_OWN_LISTENERS = ("systemd-journal", "systemd", "auditd")
_JOURNAL_ROTATES = "SystemMaxUse: the journal drops what is oldest when it is full, sent or not"


def collect(context: Context, posture: Plain) -> Plain:
    """The part ``shipping`` as docs/reference/posture.md describes it.

    Raises:
        EvidenceError: the configuration could not be collected.
    """
    evidence.require(posture, "config")
    config = posture["config"]
    looker = Complete(context)
    onward = Onward(looker)
    plugins = config["plugins"]
    if plugins is None:
        looker.miss("plugins.d", "not read, so that not every way is known")
    routes: List[Plain] = []
    for plugin in plugins or ():
        routes += _routes(looker, onward, posture, plugin)
    routes += _watched(looker, onward, posture) + _journal(looker, onward, posture)
    routes += _of_journal(looker, onward, posture, routes) + _agents(looker, posture)
    # A way that may be in use counts: records could leave by it in the clear.
    live = [route for route in routes if route["active"] is not False]
    remote = config["remote"]
    values = None if remote is None else remote["values"]
    queue = remote_queue.queue(looker, values["queue_file"]) if values and values["mode"] == "forward" else None
    found: Plain = {
        "routes": routes if plugins is not None else None,
        "active": any_of([route["active"] for route in routes], plugins is not None),
        "encrypted": all_of([_sure(route, route["encrypted"]) for route in live]),
        "identity": all_of([_sure(route, _identified(route)) for route in live]),
        "lossless": any_of([_lossless(route) if route["active"] else None for route in live], bool(live)),
        "running": looker.running((_REMOTE,)),
        "queue": queue,
        "queue_fill": round(queue["length"] / queue["depth"], 4) if queue and queue["depth"] else None,
        "state": remote_queue.state(looker),
        "collector": _collector(config["auditd"]),
    }
    named = config["dispatcher"] or config["auditd"]
    found.update({name: ((named or {}).get("values") or {}).get(name) for name in _NAMES})
    found["not_seen"] = looker.not_seen
    return found


def _routes(looker: Complete, onward: Onward, posture: Plain, plugin: Plain) -> List[Plain]:
    program = os.path.basename(plugin["path"] or "").lower()
    # What another daemon takes in auditd's place does not come to the plugins.
    plugin = dict(plugin, active=all_of([plugin["active"], None if _holder(posture) else True]))
    if program == _REMOTE:
        remote = posture["config"]["remote"]
        return [] if remote is None else [_remote(looker, onward, plugin, remote)]
    if program in ("audisp-syslog", "builtin_syslog"):
        daemon = syslog_daemon.daemon(looker, posture)
        plugin["active"] = all_of([plugin["active"], syslog_daemon.fed(looker, plugin)])
        return [] if daemon is None else _by_syslog(looker, onward, plugin, daemon)
    if program in _STAY or plugin["active"] is False:
        return []
    if program == _ZOS:
        return [_zos(looker, onward, plugin)]
    # Of a plugin that is not known here it is not known either whether it sends records away.
    looker.not_seen.append(
        "not known: whether the plugin {0}, which is active, sends records away".format(plugin["name"])
    )
    return [_route(via="other", active=None, plugin=plugin["name"])]


def _watched(looker: Complete, onward: Onward, posture: Plain) -> List[Plain]:
    """The ways of a syslog daemon that reads auditd's log by itself."""
    values = configuration.auditd_values(posture)
    daemon = None if values is None else syslog_daemon.watching(looker, values["log_file"])
    if values is None or daemon is None:
        return []
    # Where auditd writes no log there is nothing to read.
    plugin = {"name": None, "active": all_of([values["write_logs"], None if _holder(posture) else True])}
    return _by_syslog(looker, onward, plugin, daemon)


def _of_journal(looker: Complete, onward: Onward, posture: Plain, known: List[Plain]) -> List[Plain]:
    """The ways of a syslog daemon that takes audit records out of the journal, those aside that are ``known`` to be in
    use."""
    taken = journal.receives(posture)
    daemon = None if taken is False else syslog_daemon.of_journal(looker)
    if daemon is None:
        return []
    used = [(route["file"], route["line"], route["server"]) for route in known if route["active"]]
    targets = tuple(one for one in daemon.targets if (one.file, one.line, one.name) not in used)
    found = _by_syslog(looker, onward, {"name": None, "active": taken}, daemon._replace(targets=targets))
    for route in found:
        if route["via"] == "syslog" and route["active"] is None:
            looker.miss(
                route["file"],
                "line {0}: whether {1} sends the audit records of the journal is not known".format(
                    route["line"], daemon.name
                ),
            )
    return found


def _by_syslog(looker: Complete, onward: Onward, plugin: Plain, daemon: Daemon) -> List[Plain]:
    routes = [_syslog(onward, plugin, daemon, target) for target in hosts(daemon)]
    for target in others(daemon):
        active = all_of([plugin["active"], daemon.running, None])
        if active is None:
            looker.miss(
                target.file,
                "line {0}: whether {1} of {2} sends audit records away is not known".format(
                    target.line, target.name, daemon.name
                ),
            )
        known = _route(via="other", active=active, plugin=plugin["name"], daemon=daemon.name, running=daemon.running)
        routes.append(dict(known, transport=target.name, file=target.file, line=target.line))
    return routes


def _holder(posture: Plain) -> Optional[str]:
    """The name of the process that takes the kernel's records, if that is not called auditd."""
    holder = (posture.get("daemon") or {}).get("holder")
    return holder["comm"] if holder and holder["comm"] != "auditd" else None


def _agents(looker: Complete, posture: Plain) -> List[Plain]:
    """Programs that may send records away: known ones, and whoever takes them from the kernel or from auditd of 2.8
    in the place of auditd, audispd and journald."""
    found = agents.running(looker)
    others_here = [_holder(posture), _dispatcher(posture)]
    for reader in (posture.get("daemon") or {}).get("listeners") or ():
        others_here.append(reader["comm"] if reader["comm"] not in _OWN_LISTENERS else None)
    short = [name[:COMM_LENGTH] for name in found]
    found += sorted({name for name in others_here if name and name not in short})
    for name in found:
        looker.not_seen.append(_AGENT_RUNS.format(name))
    return [_route(via="agent", active=None, daemon=name, running=True) for name in found]


def _dispatcher(posture: Plain) -> Optional[str]:
    """The program that auditd of 2.8 gives its records to, if it is not audispd."""
    if posture["config"]["dispatcher"] is None or configuration.starts_audispd(posture["config"]["auditd"]):
        return None
    values = configuration.auditd_values(posture) or {}
    return os.path.basename(values.get("dispatcher") or "") or None


def _route(**known: Any) -> Plain:
    route: Plain = dict.fromkeys(
        ("plugin", "daemon", "running", "server", "port", "transport", "encrypted", "identity", "verified", "mode")
        + ("format", "file", "line")
    )
    return dict(dict(route, loses=[], local=False), **known)


def _remote(looker: Complete, onward: Onward, plugin: Plain, remote: Plain) -> Plain:
    values = remote["values"]
    server, transport = values["remote_server"], values["transport"]
    encrypted = transport in ("tls", "krb5")
    identity = values.get("tls_psk_identity") if transport == "tls" else None
    verified = True if encrypted else None
    if transport == "krb5" or values["enable_krb5"]:
        # Without krb5_client_name the client is auditd (audisp-remote.conf(5)).
        transport, encrypted, identity = "krb5", True, values["krb5_client_name"] or "auditd"
        verified = True  # both sides prove who they are, as by a shared key
    configured = plugin["active"] and remote["usable"] and server is not None
    known = _route(via=_REMOTE, active=configured, running=looker.running((_REMOTE,)))
    known.update(
        plugin=plugin["name"],
        server=server,
        port=values["port"],
        transport=transport,
        encrypted=encrypted,
        identity=identity,
        verified=verified,
        mode=values["mode"],
        format=values["format"],
        loses=_loses(values),
        file=remote["file"],
        line=remote["written"].get("remote_server", {}).get("line"),
    )
    return _leaving(known, onward.of(server, values["port"]))


def _leaving(route: Plain, leaving: Leaving) -> Plain:
    """The route as far as it is one: its program runs, and it leads to another machine, be it by a tunnel."""
    if leaving.tunnel is not None:
        tunnel = leaving.tunnel
        route.update(server=tunnel.server, port=tunnel.server_port, transport="stunnel", encrypted=True)
        route.update(identity=tunnel.identity, verified=tunnel.verifies)
        route["running"] = all_of([route["running"], leaving.leaves])
    elif leaving.local:
        route["local"] = True
    return dict(route, active=all_of([route["active"], route["running"], leaving.leaves]))


def _zos(looker: Complete, onward: Onward, plugin: Plain) -> Plain:
    """zos-remote.conf(5). It speaks LDAP in the clear, and what waits is in memory (zos-remote-ldap.c and -queue.c)."""
    file = plugin["args"][0] if plugin["args"] else _ZOS_CONFIGURATION
    values: Dict[str, str] = {}
    before, server_line = len(looker.not_seen), None
    for number, line in looker.lines(file):
        name, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            values[name.strip().lower()] = value.strip()
            server_line = number if name.strip().lower() == "server" else server_line
    server = values.get("server")
    configured: Optional[bool] = server not in (None, "", _ZOS_SAMPLE)
    if not configured and len(looker.not_seen) > before:
        configured = None
    port = values.get("port", "")
    known = _route(via=_ZOS, active=configured, plugin=plugin["name"], running=looker.running((_ZOS,)))
    known.update(
        server=server or None,
        port=int(port) if port.isdigit() and len(port) < 6 else _ZOS_PORT,
        transport="ldap",
        encrypted=False,
        mode="immediate",
        loses=["q_depth: the queue is in memory, and lost with the plugin"],
        file=file,
        line=server_line,
    )
    return _leaving(known, onward.of(server or None, known["port"]))


def _journal(looker: Complete, onward: Onward, posture: Plain) -> List[Plain]:
    """The way of systemd-journal-upload, for records that come into the journal: from the kernel, or by syslog."""
    upload, runs = journal_upload.upload(looker), journal_upload.running(looker)
    if upload is None and not runs:
        return []
    # journald takes what is written to syslog (systemd-journald.service(8), /run/systemd/journal/dev-log).
    plugin = syslog_daemon.plugin(posture)
    by_syslog = False if plugin is None else all_of([plugin["active"], syslog_daemon.fed(looker, plugin)])
    taken = any_of([journal.receives(posture), by_syslog])
    if upload is None:
        looker.not_seen.append("not known: {0} runs without a URL in its file".format(journal_upload.PROGRAM))
        upload, taken = {}, False if taken is False else None
    known = _route(via=journal_upload.PROGRAM, active=taken, daemon="systemd-journald", running=runs)
    known.update(
        dict(upload),
        mode="forward" if journal.is_persistent(looker) else "immediate",
        format="journal",
        loses=[_JOURNAL_ROTATES],
    )
    return [_leaving(known, onward.of(known["server"], known["port"], known["transport"]))]


def _loses(values: Plain) -> List[str]:
    lost = [name for name in _ACTIONS if values[name] in _DROPPING]
    if values["overflow_action"] in _OVERFLOW_DROPPING:
        lost.append("overflow_action")
    return ["{0} = {1}".format(name, values[name]) for name in lost]


def _syslog(onward: Onward, plugin: Plain, daemon: Daemon, target: Target) -> Plain:
    loses = []
    if target.transport == "udp":
        loses.append("udp: what is lost on the way is not sent again")
    if not target.disk_queue:
        loses.append("no queue on disk: what waits is lost with the daemon")
    if target.retries != -1:
        loses.append("action.resumeRetryCount = {0}: what cannot be sent is dropped".format(target.retries))
    loses += target.loses
    active = all_of([plugin["active"], target.reached])
    known = _route(via="syslog", active=active, plugin=plugin["name"], daemon=daemon.name, running=daemon.running)
    known.update(
        server=target.name,
        port=target.port,
        transport=target.transport,
        encrypted=target.encrypted,
        identity=target.identity,
        verified=target.verified,
        mode="forward" if target.disk_queue else "immediate",
        format="syslog",
        loses=loses,
        file=target.file,
        line=target.line,
    )
    return _leaving(known, onward.of(target.name, target.port, target.transport))


def _lossless(route: Plain) -> Optional[bool]:
    return None if route["via"] in _OPEN else route["mode"] == "forward" and not route["loses"]


def _identified(route: Plain) -> Optional[bool]:
    """Whether both ends of a route know each other."""
    if route["via"] in _OPEN:
        return None
    return route["identity"] is not None and route["verified"] is not False


def _sure(route: Plain, flag: Optional[bool]) -> Optional[bool]:
    """What a route lacks is not known to matter where it is not known to be in use."""
    return flag if flag or route["active"] else None


def _collector(auditd: Optional[Plain]) -> Plain:
    if auditd is None or auditd["values"] is None:
        return {"listens": None, "port": None, "transport": None}
    port = auditd["values"]["tcp_listen_port"]
    return {"listens": port is not None, "port": port, "transport": auditd["values"].get("transport")}
