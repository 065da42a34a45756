# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By which ways records leave the host, and what loses some."""

import os
import struct

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import shipping
from ansible_collections.auditops.trail.tests.unit import audited, roots

PLUGIN = "active = yes\ndirection = out\npath = /sbin/{0}\ntype = always\n"
REMOTE = "/etc/audit/audisp-remote.conf"
QUEUE = "/var/spool/audit/remote.log"
KEEPS = "generic_error_action = stop\noverflow_action = halt\n"


@pytest.fixture(autouse=True)
def root_owns_everything(monkeypatch):
    audited.owned_by_root(monkeypatch)


def collected(tmp_path, remote=None, plugin="audisp-remote", files=None, version=(3, 0, 9), auditd=audited.AUDITD):
    given = {"/etc/audit/plugins.d/au-remote.conf": PLUGIN.format(plugin)}
    if remote is not None:
        given[REMOTE] = remote
    given.update(files or {})
    roots.make(tmp_path, {"/sbin/" + plugin: ""})
    os.chmod(str(tmp_path) + "/sbin/" + plugin, 0o755)
    posture = audited.make(tmp_path, auditd, given, version)
    return audited.checked("shipping", shipping.collect(audited.context(tmp_path), posture))


def test_nothing_is_shipped(tmp_path):
    posture = audited.make(tmp_path)
    found = audited.checked("shipping", shipping.collect(audited.context(tmp_path), posture))
    assert found["routes"] == [] and found["active"] is False
    assert found["encrypted"] is None and found["identity"] is None and found["lossless"] is None
    assert found["collector"] == {"listens": False, "port": None, "transport": "tcp"}


def test_audisp_remote_as_shipped_sends_in_the_clear_and_loses(tmp_path):
    found = collected(tmp_path, "remote_server = logs.example\nport = 60\n")
    (route,) = found["routes"]
    assert (route["via"], route["server"], route["port"], route["transport"]) == (
        "audisp-remote", "logs.example", 60, "tcp",
    )  # fmt: skip
    assert (route["mode"], route["format"], route["line"]) == ("immediate", "managed", 1)
    assert route["loses"] == ["generic_error_action = syslog", "overflow_action = syslog"]
    assert found["active"] is True and found["encrypted"] is False
    assert found["identity"] is False and found["lossless"] is False and found["queue"] is None


@pytest.mark.parametrize(
    ("text", "loses"),
    [
        ("", []),
        ("network_failure_action = ignore\n", ["network_failure_action = ignore"]),
        ("disk_full_action = warn_once_continue\n", ["disk_full_action = warn_once_continue"]),
        ("disk_low_action = syslog\ngeneric_warning_action = ignore\n", []),
        ("overflow_action = suspend\n", ["overflow_action = suspend"]),
    ],
)
def test_what_takes_a_record_off_the_queue_unsent(tmp_path, text, loses):
    found = collected(tmp_path, "remote_server = logs.example\nmode = forward\n" + KEEPS + text)
    assert found["routes"][0]["loses"] == loses
    assert found["lossless"] is (not loses)


def test_immediate_mode_keeps_nothing_over_a_restart(tmp_path):
    assert collected(tmp_path, "remote_server = logs.example\n" + KEEPS)["lossless"] is False


@pytest.mark.parametrize(
    ("text", "version", "transport", "identity"),
    [
        ("transport = tls\ntls_psk_file = /k\ntls_psk_identity = web1\n", (4, 2, 1), "tls", "web1"),
        ("transport = krb5\nkrb5_client_name = web1\n", (3, 0, 9), "krb5", "web1"),
        ("transport = krb5\n", (3, 0, 9), "krb5", "auditd"),
        ("enable_krb5 = yes\n", (3, 0, 9), "krb5", "auditd"),
    ],
)
def test_encrypted_transports_and_who_the_host_is(tmp_path, text, version, transport, identity):
    found = collected(tmp_path, "remote_server = logs.example\n" + text, version=version)
    assert (found["routes"][0]["transport"], found["routes"][0]["identity"]) == (transport, identity)
    assert found["encrypted"] is True and found["identity"] is True


TUNNEL = "client = yes\n[audit]\naccept = 127.0.0.1:1060\nconnect = logs.example:6514\ncert = /etc/stunnel/web1.pem\n"


@pytest.mark.parametrize(
    ("tunnel", "server", "transport"),
    [
        (TUNNEL, "logs.example", "stunnel"),
        (TUNNEL.replace("127.0.0.1:1060", "1060"), "logs.example", "stunnel"),
        (TUNNEL.replace("1060", "1061"), "127.0.0.1", "tcp"),
        (TUNNEL.replace("client = yes", "client = no"), "127.0.0.1", "tcp"),
        (TUNNEL.replace("logs.example", "localhost"), "127.0.0.1", "tcp"),
    ],
)
def test_a_tunnel_on_this_host_is_told_by_where_it_leads(tmp_path, tunnel, server, transport):
    files = {"/etc/stunnel/audit.conf": tunnel}
    found = collected(tmp_path, "remote_server = 127.0.0.1\nport = 1060\n", files=files)
    (route,) = found["routes"]
    assert (route["server"], route["transport"]) == (server, transport)
    assert route["encrypted"] is (transport == "stunnel")
    assert route["identity"] == ("/etc/stunnel/web1.pem" if transport == "stunnel" else None)


@pytest.mark.parametrize("remote", ["port = 60\n", "remote_server = logs.example\nbogus = 1\n"])
def test_a_plugin_that_cannot_send_is_not_active(tmp_path, remote):
    found = collected(tmp_path, remote)
    assert found["routes"][0]["active"] is False and found["active"] is False


def test_the_queue_is_read_from_its_header(tmp_path):
    head = struct.pack(">14sBBIIII", b"\0audisp-remote", 0, 0, 200, 12288, 3, 150) + b"\0" * 64
    found = collected(tmp_path, "remote_server = a.b\nmode = forward\n", files={QUEUE: head})
    assert found["queue"] == {"file": QUEUE, "depth": 200, "length": 150, "entry_size": 12288}
    assert found["queue_fill"] == 0.75


@pytest.mark.parametrize("data", ["", "short", "\0audisp-remote" + "\0" * 14 + "\x01" * 4])
def test_what_is_no_queue_is_told(tmp_path, data):
    found = collected(tmp_path, "remote_server = a.b\nmode = forward\n", files={QUEUE: data})
    assert found["queue"] is None and found["queue_fill"] is None and found["not_seen"]


def test_the_process_and_its_last_report(tmp_path):
    state = "suspend = yes\ntransport_ok = no\nqueue_length = 12\ncurrent_time = 11/26/26 17:00:00\n"
    files = {"/run/audit/remote.state": state, "/proc/77/comm": "audisp-remote\n"}
    found = collected(tmp_path, "remote_server = a.b\n", files=files)
    assert found["running"] is True
    assert found["state"]["suspend"] is True and found["state"]["queue_length"] == 12
    assert found["state"]["at"].endswith("Z")


def test_a_collector_listens(tmp_path):
    found = collected(tmp_path, auditd=audited.AUDITD + "tcp_listen_port = 60\nname_format = HOSTNAME\n")
    assert found["collector"] == {"listens": True, "port": 60, "transport": "tcp"}
    assert found["name_format"] == "hostname"


def test_a_plugin_that_is_not_known_leaves_it_open(tmp_path):
    found = collected(tmp_path, plugin="laurel")
    assert [(route["via"], route["active"]) for route in found["routes"]] == [("other", None)]
    assert found["active"] is None


def test_a_plugin_that_keeps_its_records_here_is_no_way_out(tmp_path):
    assert collected(tmp_path, plugin="audisp-af_unix")["routes"] == []


RSYSLOG = {"/usr/sbin/rsyslogd": ""}


def by_syslog(tmp_path, text, **more):
    files = dict(RSYSLOG, **{"/etc/rsyslog.conf": text})
    files.update(more)
    return collected(tmp_path, plugin="audisp-syslog", files=files)


@pytest.mark.parametrize(
    ("text", "server", "port", "transport", "active"),
    [
        ("*.* @@logs.example:6514\n", "logs.example", 6514, "tcp", True),
        ("user.* @logs.example\n", "logs.example", 514, "udp", True),
        ("*.*;user.none @@[2001:db8::1]:514\n", None, None, None, None),
        ("mail.* @@logs.example\n", None, None, None, None),
        (
            '*.* action(type="omfwd" target="logs.example" port="601" protocol="tcp")\n',
            "logs.example",
            601,
            "tcp",
            True,
        ),
        (
            'action(type="omrelp"\n  target="logs.example"\n  port="20514" tls="on")\n',
            "logs.example",
            20514,
            "relp+tls",
            True,
        ),
        ("if $programname == 'x' then @@logs.example\n", "logs.example", 514, "tcp", None),
        ('ruleset(name="r") {\n  action(type="omfwd" target="logs.example")\n}\n', "logs.example", 514, "udp", None),
        ("user.* stop\n*.* @@logs.example\n", None, None, None, None),
        ("# *.* @@logs.example\n", None, None, None, None),
        ("*.* @@logs.example:" + "9" * 5000 + "\n", "logs.example", None, "tcp", True),
        ("*.* @@127.0.0.1:1514\n", None, None, None, None),
    ],
)
def test_rules_of_rsyslog(tmp_path, text, server, port, transport, active):
    found = by_syslog(tmp_path, text)
    told = [(one["server"], one["port"], one["transport"], one["active"]) for one in found["routes"]]
    assert told == ([] if server is None else [(server, port, transport, active)])


def test_rsyslog_encrypts_by_its_stream_driver(tmp_path):
    text = (
        'global(DefaultNetstreamDriver="gtls"\n  DefaultNetstreamDriverCertFile="/etc/ssl/web1.pem")\n'
        'include(file="/etc/rsyslog.d/*.conf")\n'
    )
    forward = (
        '*.* action(type="omfwd" target="logs.example" port="6514" protocol="tcp" StreamDriverMode="1"\n'
        '           queue.type="LinkedList" queue.filename="fwd" action.resumeRetryCount="-1")\n'
    )
    found = by_syslog(tmp_path, text, **{"/etc/rsyslog.d/fwd.conf": forward})
    (route,) = found["routes"]
    assert (route["transport"], route["encrypted"], route["identity"]) == ("tcp+tls", True, "/etc/ssl/web1.pem")
    assert (route["file"], route["line"], route["loses"]) == ("/etc/rsyslog.d/fwd.conf", 1, [])
    assert found["lossless"] is True


def test_old_directives_of_rsyslog(tmp_path):
    text = (
        "$DefaultNetstreamDriver gtls\n$ActionSendStreamDriverMode 1\n$ActionQueueFileName fwd\n"
        "$ActionResumeRetryCount -1\n*.* @@(o)logs.example:6514;RSYSLOG_ForwardFormat\n"
    )
    (route,) = by_syslog(tmp_path, text)["routes"]
    assert (route["server"], route["encrypted"], route["loses"]) == ("logs.example", True, [])


def test_destinations_of_syslog_ng(tmp_path):
    text = (
        "source s { system(); };\n"
        'destination d_net { network("logs.example" port(6514) transport("tls")\n'
        '  tls(cert-file("/etc/ssl/web1.pem")) disk-buffer(reliable(yes))); };\n'
        'destination d_unused { udp("other.example"); };\n'
        "log { source(s); destination(d_net); };\n"
    )
    files = {"/usr/sbin/syslog-ng": "", "/etc/syslog-ng/syslog-ng.conf": text}
    (route,) = collected(tmp_path, plugin="audisp-syslog", files=files)["routes"]
    assert (route["server"], route["port"], route["encrypted"]) == ("logs.example", 6514, True)
    assert (route["identity"], route["loses"], route["daemon"]) == ("/etc/ssl/web1.pem", [], "syslog-ng")


def test_a_pipe_in_the_place_of_the_queue_is_not_waited_for(tmp_path):
    roots.make(tmp_path, folders=("/var/spool/audit",))
    os.mkfifo(str(tmp_path) + QUEUE)
    found = collected(tmp_path, "remote_server = a.b\nmode = forward\n")
    assert found["queue"] is None and QUEUE + ": not a file" in found["not_seen"]
