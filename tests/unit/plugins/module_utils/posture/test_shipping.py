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
RUNS = {"/proc/77/comm": "audisp-remote\n"}
KEEPS = "generic_error_action = stop\noverflow_action = halt\n"


@pytest.fixture(autouse=True)
def root_owns_everything(monkeypatch):
    audited.owned_by_root(monkeypatch)


def collected(tmp_path, remote=None, plugin="audisp-remote", files=None, version=(3, 0, 9), auditd=audited.AUDITD):
    given = dict(RUNS, **{"/etc/audit/plugins.d/au-remote.conf": PLUGIN.format(plugin)})
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
    files = {"/etc/stunnel/audit.conf": tunnel, "/proc/78/comm": "stunnel\n"}
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
    files = {"/run/audit/remote.state": state}
    found = collected(tmp_path, "remote_server = a.b\n", files=files)
    assert found["running"] is True
    assert found["state"]["suspend"] is True and found["state"]["queue_length"] == 12
    assert found["state"]["at"].endswith("Z")


def test_a_collector_listens(tmp_path):
    found = collected(tmp_path, auditd=audited.AUDITD + "tcp_listen_port = 60\nname_format = HOSTNAME\n")
    assert found["collector"] == {"listens": True, "port": 60, "transport": "tcp"}
    assert found["name_format"] == "hostname"


def test_a_plugin_that_is_not_known_leaves_it_open(tmp_path):
    found = collected(tmp_path, plugin="vendor-sender")
    assert [(route["via"], route["active"]) for route in found["routes"]] == [("other", None)]
    assert found["active"] is None


@pytest.mark.parametrize("plugin", ["audisp-af_unix", "laurel"])
def test_a_plugin_that_keeps_its_records_here_is_no_way_out(tmp_path, plugin):
    found = collected(tmp_path, plugin=plugin)
    assert found["routes"] == [] and found["active"] is False


RSYSLOG = {"/usr/sbin/rsyslogd": "", "/proc/40/comm": "rsyslogd\n"}


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
    files = {"/usr/sbin/syslog-ng": "", "/etc/syslog-ng/syslog-ng.conf": text, "/proc/41/comm": "syslog-ng\n"}
    (route,) = collected(tmp_path, plugin="audisp-syslog", files=files)["routes"]
    assert (route["server"], route["port"], route["encrypted"]) == ("logs.example", 6514, True)
    assert (route["identity"], route["loses"], route["daemon"]) == ("/etc/ssl/web1.pem", [], "syslog-ng")


def test_a_pipe_in_the_place_of_the_queue_is_not_waited_for(tmp_path):
    roots.make(tmp_path, folders=("/var/spool/audit",))
    os.mkfifo(str(tmp_path) + QUEUE)
    found = collected(tmp_path, "remote_server = a.b\nmode = forward\n")
    assert found["queue"] is None and QUEUE + ": not a file" in found["not_seen"]


SENT = "*.* @@logs.example:6514\n"
PSK = "remote_server = logs.example\ntransport = tls\ntls_psk_file = /k\ntls_psk_identity = web1\n"


@pytest.mark.parametrize("process", [None, "/proc/1/comm"])
def test_a_daemon_that_does_not_run_ships_nothing_and_one_that_may_is_not_known(tmp_path, process):
    gone = {"/proc/40/comm": None, "/proc/77/comm": None}
    if process:
        gone[process] = None
    found = by_syslog(tmp_path, SENT, **gone)
    assert found["routes"][0]["running"] is (None if process else False)
    assert found["active"] is (None if process else False)
    assert found["encrypted"] is None


@pytest.mark.parametrize(("uid", "running"), [(0, True), (104, True), (65534, True), (1000, False), (250000, False)])
def test_a_process_of_a_users_own_is_no_daemon(tmp_path, uid, running):
    status = "Name:\taudisp-remote\nUid:\t{0}\t0\t0\t0\n".format(uid)
    found = collected(tmp_path, "remote_server = a.b\n", files={"/proc/77/status": status})
    assert found["running"] is running and found["active"] is running


def test_a_tunnel_that_does_not_run_carries_nothing(tmp_path):
    files = {"/etc/stunnel/audit.conf": TUNNEL}
    found = collected(tmp_path, "remote_server = 127.0.0.1\nport = 1060\n", files=files)
    assert (found["routes"][0]["running"], found["active"]) == (False, False)


@pytest.mark.parametrize(("more", "verified"), [("", False), ("verifyChain = yes\n", True)])
def test_a_tunnel_that_believes_whoever_answers_gives_no_identity(tmp_path, more, verified):
    files = {"/etc/stunnel/audit.conf": TUNNEL + more, "/proc/78/comm": "stunnel4\n"}
    found = collected(tmp_path, "remote_server = 127.0.0.1\nport = 1060\n", files=files)
    assert found["routes"][0]["verified"] is verified
    assert found["encrypted"] is True and found["identity"] is verified


def test_every_way_counts_for_encryption_and_identity(tmp_path):
    for folder, text, encrypted, identity in (
        ("a", SENT, False, False),
        ("b", "if $programname == 'x' then @@logs.example\n", None, None),
        ("c", "mail.* @@logs.example\n", True, True),
    ):
        files = dict(RSYSLOG, **{"/etc/rsyslog.conf": text, REMOTE: PSK})
        files["/etc/audit/plugins.d/syslog.conf"] = PLUGIN.format("audisp-syslog")
        roots.make(tmp_path / folder, {"/sbin/audisp-syslog": ""})
        os.chmod(str(tmp_path / folder) + "/sbin/audisp-syslog", 0o755)
        found = collected(tmp_path / folder, files=files, version=(4, 2, 1))
        assert found["active"] is True
        assert (found["encrypted"], found["identity"]) == (encrypted, identity), text


@pytest.mark.parametrize(
    ("text", "active"),
    [
        ('input(type="imfile" File="/var/log/audit/audit.log" Tag="audit")\nlocal0.* @@logs.example\n', True),
        ('input(type="imfile" File="/var/log/audit/*.log" Facility="local6")\nlocal6.* @@logs.example\n', True),
        ('input(type="imfile" File="/var/log/audit/audit.log" ruleset="r")\n*.* @@logs.example\n', None),
        ("$InputFileName /var/log/audit/audit.log\n$InputFileFacility local6\n$InputRunFileMonitor\n" + SENT, True),
        ('input(type="imfile" File="/var/log/audit/audit.log")\nmail.* @@logs.example\n', False),
        ('input(type="imfile" File="/var/log/other.log")\n*.* @@logs.example\n', False),
    ],
)
def test_rsyslog_may_read_the_log_itself(tmp_path, text, active):
    found = collected(tmp_path, plugin="audisp-af_unix", files=dict(RSYSLOG, **{"/etc/rsyslog.conf": text}))
    assert found["active"] is active
    assert [route["via"] for route in found["routes"]] == ([] if active is False else ["syslog"])


def test_a_source_of_syslog_ng_that_reads_the_log_leaves_it_open(tmp_path):
    text = (
        'source s { file("/var/log/audit/audit.log"); };\n'
        'destination d { network("logs.example"); };\nlog { source(s); destination(d); };\n'
    )
    files = {"/usr/sbin/syslog-ng": "", "/etc/syslog-ng/syslog-ng.conf": text, "/proc/41/comm": "syslog-ng\n"}
    assert collected(tmp_path, plugin="audisp-af_unix", files=files)["active"] is None


@pytest.mark.parametrize(
    ("comm", "name"),
    [("filebeat", "filebeat"), ("amazon-cloudwat", "amazon-cloudwatch-agent"), ("td-agent", "fluentd")],
)
def test_an_agent_that_runs_leaves_it_open(tmp_path, comm, name):
    found = collected(tmp_path, plugin="laurel", files={"/proc/90/comm": comm + "\n"})
    (route,) = found["routes"]
    assert (route["via"], route["daemon"], route["active"], route["encrypted"]) == ("agent", name, None, None)
    assert found["active"] is None and found["encrypted"] is None and found["identity"] is None
    assert "not known: {0} runs; what it sends is its own configuration".format(name) in found["not_seen"]


def test_an_agent_does_not_hide_a_way_in_the_clear(tmp_path):
    found = by_syslog(tmp_path, SENT, **{"/proc/90/comm": "filebeat\n"})
    assert found["active"] is True and found["encrypted"] is False and found["identity"] is False


def test_without_auditd_the_ways_are_not_known(tmp_path):
    posture = audited.make(tmp_path, auditd=None)
    found = audited.checked("shipping", shipping.collect(audited.context(tmp_path), posture))
    assert found["routes"] is None and found["active"] is None and found["collector"]["listens"] is None


@pytest.mark.parametrize(
    ("more", "verified"),
    [("", False), (' StreamDriverAuthMode="x509/name"', True), (' StreamDriverAuthMode="anon"', False)],
)
def test_rsyslog_makes_sure_of_the_other_side_only_if_it_is_told_to(tmp_path, more, verified):
    text = (
        'global(DefaultNetstreamDriver="gtls" DefaultNetstreamDriverCertFile="/etc/ssl/web1.pem")\n'
        '*.* action(type="omfwd" target="logs.example" protocol="tcp" StreamDriverMode="1"{0})\n'.format(more)
    )
    found = by_syslog(tmp_path, text)
    assert (found["routes"][0]["verified"], found["encrypted"], found["identity"]) == (verified, True, verified)
