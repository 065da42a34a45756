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
RUNS = {"/proc/77/comm": "audisp-remote\n", "/proc/76/comm": "audisp-syslog\n"}
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
        ("if $hostname == 'x' then @@logs.example\n", "logs.example", 514, "tcp", None),
        ("if $programname == 'x' then @@logs.example\n", None, None, None, None),
        ('ruleset(name="r") {\n  action(type="omfwd" target="logs.example")\n}\n', "logs.example", 514, "udp", None),
        ("user.* stop\n*.* @@logs.example\n", None, None, None, None),
        ("# *.* @@logs.example\n", None, None, None, None),
        ("*.* @@logs.example:" + "9" * 5000 + "\n", "logs.example", None, "tcp", True),
        ("*.* @@127.0.0.1:1514\n", "127.0.0.1", 1514, "tcp", False),
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
        "$ActionQueueType LinkedList\n$ActionResumeRetryCount -1\n*.* @@(o)logs.example:6514;RSYSLOG_ForwardFormat\n"
    )
    (route,) = by_syslog(tmp_path, text)["routes"]
    assert (route["server"], route["encrypted"], route["loses"]) == ("logs.example", True, [])


def test_destinations_of_syslog_ng(tmp_path):
    text = (
        "source s { system(); };\n"
        'destination d_net { network("logs.example" port(6514) transport("tls")\n'
        '  tls(cert-file("/etc/ssl/web1.pem")) disk-buffer(reliable(yes))); };\n'
        'destination d_unused { udp("other.example"); };\n'
        "log { source(s); destination(d_net); flags(flow-control); };\n"
    )
    files = {"/usr/sbin/syslog-ng": "", "/etc/syslog-ng/syslog-ng.conf": text, "/proc/41/comm": "syslog-ng\n"}
    (route,) = collected(tmp_path, plugin="audisp-syslog", files=files)["routes"]
    assert (route["server"], route["port"], route["encrypted"]) == ("logs.example", 6514, True)
    assert (route["identity"], route["loses"], route["daemon"]) == ("/etc/ssl/web1.pem", [], "syslog-ng")


@pytest.mark.parametrize(
    ("flags", "loses"),
    [(" flags(final, flow-control);", []), (" flags(final);", ["disk-buffer without flags(flow-control)"])],
)
def test_a_full_buffer_of_syslog_ng_drops_messages_unless_the_source_waits(tmp_path, flags, loses):
    text = 'destination d {{ network("logs.example" disk-buffer(reliable(yes))); }};\n'
    text = (text + "log {{ source(s); destination(d);{0} }};\n").format(flags)
    files = {"/usr/sbin/syslog-ng": "", "/etc/syslog-ng/syslog-ng.conf": text, "/proc/41/comm": "syslog-ng\n"}
    (route,) = collected(tmp_path, plugin="audisp-syslog", files=files)["routes"]
    assert [one.split(":")[0] for one in route["loses"]] == loses


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


@pytest.mark.parametrize(
    ("more", "verified"),
    [
        ("", False),
        ("verifyChain = yes\n", False),
        ("verify = 2\n", False),
        ("verifyChain = yes\ncheckHost = logs.example\n", True),
        ("verify = 2\ncheckIP = 192.0.2.9\n", True),
        ("checkHost = logs.example\n", False),
        ("verifyPeer = yes\n", True),
        ("verify = 4\n", True),
        ("PSKsecrets = /etc/stunnel/psk\n", True),
    ],
)
def test_a_tunnel_that_believes_whoever_answers_gives_no_identity(tmp_path, more, verified):
    files = {"/etc/stunnel/audit.conf": TUNNEL + more, "/proc/78/comm": "stunnel4\n"}
    found = collected(tmp_path, "remote_server = 127.0.0.1\nport = 1060\n", files=files)
    assert found["routes"][0]["verified"] is verified
    assert found["encrypted"] is True and found["identity"] is verified


def test_every_way_counts_for_encryption_and_identity(tmp_path):
    for folder, text, encrypted, identity in (
        ("a", SENT, False, False),
        ("b", "if $hostname == 'x' then @@logs.example\n", None, None),
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
    (why,) = [text for text in found["not_seen"] if name in text]
    assert why.startswith("not known: {0} runs; whether it sends audit records".format(name))
    assert "look there, then waive" in why


def test_an_agent_beside_an_encrypted_way_is_named_with_what_would_settle_it(tmp_path):
    files = {"/proc/90/comm": "filebeat\n"}
    found = collected(tmp_path, PSK, files=files, version=(4, 2, 1))
    assert found["active"] is True and found["encrypted"] is None and found["identity"] is None
    assert any("filebeat runs" in text and "its own configuration" in text for text in found["not_seen"])


def test_an_agent_does_not_hide_a_way_in_the_clear(tmp_path):
    found = by_syslog(tmp_path, SENT, **{"/proc/90/comm": "filebeat\n"})
    assert found["active"] is True and found["encrypted"] is False and found["identity"] is False


def test_without_auditd_the_ways_are_not_known(tmp_path):
    posture = audited.make(tmp_path, auditd=None)
    found = audited.checked("shipping", shipping.collect(audited.context(tmp_path), posture))
    assert found["routes"] is None and found["active"] is None and found["collector"]["listens"] is None


@pytest.mark.parametrize(
    ("more", "verified"),
    [
        ("", False),
        (' StreamDriverAuthMode="x509/name"', True),
        (' StreamDriverAuthMode="x509/fingerprint" StreamDriverPermittedPeers="SHA256:AB"', True),
        (' StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="*"', False),
        (' StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="*.logs.example"', True),
        (' StreamDriverAuthMode="x509/certvalid"', False),
        (' StreamDriverAuthMode="anon"', False),
    ],
)
def test_rsyslog_makes_sure_of_the_other_side_only_if_it_is_told_to(tmp_path, more, verified):
    text = (
        'global(DefaultNetstreamDriver="gtls" DefaultNetstreamDriverCertFile="/etc/ssl/web1.pem")\n'
        '*.* action(type="omfwd" target="logs.example" protocol="tcp" StreamDriverMode="1"{0})\n'.format(more)
    )
    found = by_syslog(tmp_path, text)
    assert (found["routes"][0]["verified"], found["encrypted"], found["identity"]) == (verified, True, verified)


@pytest.mark.parametrize(("mode", "verified"), [("name", True), ("fingerprint", True), ("certvalid", False)])
def test_relp_makes_sure_of_a_name_or_a_fingerprint(tmp_path, mode, verified):
    text = '*.* action(type="omrelp" target="logs.example" port="20514" tls="on" tls.authmode="{0}")\n'.format(mode)
    assert by_syslog(tmp_path, text)["routes"][0]["verified"] is verified


HERE = {
    "/proc/sys/kernel/hostname": "web1.example\n",
    "/etc/hosts": "127.0.0.1 localhost\n127.0.1.1 relay.example # ours\n192.0.2.9 logs.example\n192.0.2.5 us.example\n",
    "/proc/net/fib_trie": "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 192.0.2.5\n        /32 host LOCAL\n"
    "     |-- 192.0.2.255\n        /32 link BROADCAST\n",
    "/proc/net/if_inet6": "20010db8000000000000000000000005 02 40 00 80 eth0\n",
}
OWN = (
    "localhost",
    "127.0.0.1",
    "127.0.1.1",
    "127.1",
    "::1",
    "[::1]",
    "::ffff:127.0.0.1",
    "0.0.0.0",
    "::",
    "ip6-localhost",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
)
OWN += ("localhost.localdomain", "WEB1.example", "web1", "relay.example", "us.example", "192.0.2.5", "2001:db8::5")
OTHERS = (
    "logs.example",
    "192.0.2.9",
    "192.0.2.255",
    "2001:db8::6",
    "localhost.example",
    "web2",
    "128.0.0.1",
    "face",
    "0x80000001",
)


@pytest.mark.parametrize(("server", "active"), [(one, False) for one in OWN] + [(one, True) for one in OTHERS])
def test_what_is_sent_to_this_host_itself_has_not_left_it(tmp_path, server, active):
    found = collected(tmp_path, "remote_server = {0}\n".format(server), files=HERE)
    (route,) = found["routes"]
    assert (found["active"], route["active"], route["local"]) == (active, active, not active)
    assert (route["server"], route["running"]) == (server, True)


@pytest.mark.parametrize(("server", "active"), [("127.0.0.1", False), ("web1.example", False), ("logs.example", True)])
def test_syslog_ng_to_this_host_itself_is_no_way_out(tmp_path, server, active):
    text = 'destination d {{ network("{0}" port(601)); }};\nlog {{ source(s); destination(d); }};\n'.format(server)
    files = {"/usr/sbin/syslog-ng": "", "/etc/syslog-ng/syslog-ng.conf": text, "/proc/41/comm": "syslog-ng\n"}
    found = collected(tmp_path, plugin="audisp-syslog", files=dict(HERE, **files))
    assert found["active"] is active


@pytest.mark.parametrize(
    ("accept", "transport", "active"),
    [("127.0.0.1:1060", "stunnel", True), ("1060", "stunnel", True), ("1061", "tcp", False)],
)
def test_a_syslog_daemon_may_use_a_tunnel_too(tmp_path, accept, transport, active):
    tunnel = TUNNEL.replace("127.0.0.1:1060", accept)
    files = {"/etc/stunnel/audit.conf": tunnel, "/proc/78/comm": "stunnel\n"}
    found = by_syslog(tmp_path, "*.* @@localhost:1060\n", **files)
    assert (found["routes"][0]["transport"], found["active"]) == (transport, active)


QUEUED = 'queue.type="LinkedList" queue.filename="fwd"'


@pytest.mark.parametrize(
    ("queue", "mode", "loses"),
    [
        (QUEUED, "forward", []),
        ('queue.type="FixedArray" queue.filename="fwd" queue.saveOnShutdown="on"', "forward", []),
        ('queue.type="Disk" queue.filename="fwd" queue.timeoutEnqueue="3000"', "forward", []),
        ('queue.type="Direct" queue.filename="fwd"', "immediate", ["no queue on disk"]),
        ('queue.filename="fwd"', "immediate", ["no queue on disk"]),
        ('queue.type="LinkedList"', "immediate", ["no queue on disk"]),
        (QUEUED + ' queue.saveOnShutdown="off"', "forward", ["queue.saveOnShutdown = off"]),
        (QUEUED + ' queue.timeoutEnqueue="0"', "forward", ["queue.timeoutEnqueue = 0"]),
        (QUEUED + ' queue.maxDiskSpace="1g"', "forward", ["queue.maxDiskSpace = 1g"]),
        (QUEUED + ' queue.maxDiskSpace="0"', "forward", []),
        (QUEUED + ' queue.size="10"', "forward", ["queue.size = 10"]),
        (QUEUED + ' queue.discardMark="500" queue.discardSeverity="4"', "forward", ["queue.discardSeverity = 4"]),
        (QUEUED + ' queue.discardSeverity="8"', "forward", []),
        (QUEUED + ' queue.samplingInterval="10"', "forward", ["queue.samplingInterval = 10"]),
        (QUEUED + ' action.execOnlyEveryNthTime="3"', "forward", ["action.execonlyeverynthtime = 3"]),
    ],
)
def test_a_queue_of_rsyslog_is_on_disk_and_drops_nothing(tmp_path, queue, mode, loses):
    text = '*.* action(type="omfwd" target="logs.example" protocol="tcp" action.resumeRetryCount="-1" {0})\n'
    found = by_syslog(tmp_path, text.format(queue))
    (route,) = found["routes"]
    assert route["mode"] == mode and [one.split(":")[0] for one in route["loses"]] == loses
    assert found["lossless"] is (mode == "forward" and not loses)


@pytest.mark.parametrize(
    ("directives", "loses"),
    [
        ("$ActionQueueType LinkedList\n", []),
        ("", ["no queue on disk"]),
        ("$ActionQueueType Direct\n", ["no queue on disk"]),
        ("$ActionQueueType LinkedList\n$ActionQueueSaveOnShutdown off\n", ["queue.saveOnShutdown = off"]),
        ("$ActionQueueType LinkedList\n$ActionQueueMaxDiskSpace 1k\n", ["queue.maxDiskSpace = 1k"]),
        ("$ActionQueueType LinkedList\n$ActionQueueTimeoutEnqueue 0\n", ["queue.timeoutEnqueue = 0"]),
        ("$ActionQueueType LinkedList\nmail.* /var/log/mail\n", ["no queue on disk"]),
    ],
)
def test_old_directives_of_a_queue_are_for_the_next_action_alone(tmp_path, directives, loses):
    text = "$ActionQueueFileName fwd\n" + directives + "$ActionResumeRetryCount -1\n*.* @@logs.example\n"
    (route,) = by_syslog(tmp_path, text)["routes"]
    assert [one.split(":")[0] for one in route["loses"]] == loses


def uploads(tmp_path, text, receives=True, runs=True, plugin="audisp-af_unix", files=None):
    given = {
        "/etc/systemd/journal-upload.conf": "[Upload]\n" + text,
        "/etc/audit/plugins.d/a.conf": PLUGIN.format(plugin),
    }
    given.update(files or {})
    links = {}
    if plugin == "audisp-syslog":
        given["/proc/76/comm"] = plugin + "\n"
    if runs:
        given["/proc/88/comm"], links["/proc/88/exe"] = "systemd-journal\n", "/usr/lib/systemd/systemd-journal-upload"
    roots.make(tmp_path, {"/sbin/" + plugin: ""}, links)
    os.chmod(str(tmp_path) + "/sbin/" + plugin, 0o755)
    posture = audited.make(tmp_path, audited.AUDITD, given)
    listeners = [{"pid": 7, "comm": "systemd-journal", "exe": None}] if receives else []
    posture["daemon"] = {"listeners": None if receives is None else listeners}
    return audited.checked("shipping", shipping.collect(audited.context(tmp_path), posture))


@pytest.mark.parametrize(
    ("receives", "runs", "plugin", "active"),
    [
        (True, True, "audisp-af_unix", True),
        (False, True, "audisp-af_unix", False),
        (None, True, "audisp-af_unix", None),
        (True, False, "audisp-af_unix", False),
        (False, True, "audisp-syslog", True),
    ],
)
def test_records_leave_with_the_journal_where_they_come_into_it(tmp_path, receives, runs, plugin, active):
    found = uploads(tmp_path, "URL=https://logs.example\n", receives, runs, plugin)
    (route,) = [one for one in found["routes"] if one["via"] == "systemd-journal-upload"]
    assert (found["active"], route["active"], route["running"]) == (active, active, runs)
    assert (route["server"], route["port"], route["line"]) == ("logs.example", 19532, 2)
    assert route["loses"] and found["lossless"] is (None if not active else False)


@pytest.mark.parametrize(
    ("text", "transport", "encrypted", "identity", "verified"),
    [
        ("URL=https://logs.example:443\n", "https", True, None, True),
        ("URL=logs.example\n", "https", True, None, True),
        ("URL=http://logs.example\n", "http", False, None, None),
        ("URL=https://[2001:db8::1]:19532/x\nServerCertificateFile=/c.pem\n", "https", True, "/c.pem", True),
        ("URL=https://l.e\nServerKeyFile=-\nServerCertificateFile=/c.pem\n", "https", True, None, True),
        ("URL=https://l.e\nTrustedCertificateFile=all\n", "https", True, None, False),
        ("URL=https://l.e\nTrustedCertificateFile=/ca.pem\n", "https", True, None, True),
    ],
)
def test_how_the_journal_is_uploaded(tmp_path, text, transport, encrypted, identity, verified):
    found = uploads(tmp_path, text)
    (route,) = found["routes"]
    assert (route["transport"], route["encrypted"], route["identity"], route["verified"]) == (
        transport, encrypted, identity, verified,
    )  # fmt: skip
    assert found["encrypted"] is encrypted and found["identity"] is (identity is not None)


def test_the_usual_certificate_of_the_uploader_is_its_identity_where_it_is_there(tmp_path):
    found = uploads(tmp_path, "URL=https://logs.example\n", files={"/etc/ssl/certs/journal-upload.pem": "x"})
    assert found["identity"] is True and found["routes"][0]["identity"] == "/etc/ssl/certs/journal-upload.pem"


def test_a_drop_in_names_the_server_of_the_journal(tmp_path):
    files = {"/etc/systemd/journal-upload.conf.d/x.conf": "[Upload]\nURL=http://logs.example\n"}
    found = uploads(tmp_path, "", files=files)
    assert found["active"] is True and found["routes"][0]["file"] == "/etc/systemd/journal-upload.conf.d/x.conf"


def test_a_journal_that_is_uploaded_to_this_host_has_not_left_it(tmp_path):
    found = uploads(tmp_path, "URL=http://localhost:19532\n")
    assert found["active"] is False and found["routes"][0]["local"] is True


def test_an_uploader_without_a_url_in_its_file_leaves_it_open(tmp_path):
    found = uploads(tmp_path, "")
    assert found["active"] is None and found["routes"][0]["server"] is None
    assert any("without a URL" in text for text in found["not_seen"])


ZOS = "server = zos.example\nport = 1389\nuser = RACF\n"


@pytest.mark.parametrize(
    ("text", "process", "server", "active"),
    [
        (ZOS, "audispd-zos-rem", "zos.example", True),
        (ZOS, None, "zos.example", False),
        (ZOS.replace("zos.example", "zos_server.localdomain"), "audispd-zos-rem", "zos_server.localdomain", False),
        (ZOS.replace("zos.example", "127.0.0.1"), "audispd-zos-rem", "127.0.0.1", False),
        ("# server = zos.example\n", "audispd-zos-rem", None, False),
        (None, "audispd-zos-rem", None, False),
    ],
)
def test_the_plugin_for_zos_ships_by_its_file_and_its_process(tmp_path, text, process, server, active):
    files = {"/etc/audit/zos-remote.conf": text, "/proc/79/comm": process and process + "\n"}
    found = collected(tmp_path, plugin="audispd-zos-remote", files=files)
    (route,) = found["routes"]
    assert (route["via"], route["server"], route["active"]) == ("audispd-zos-remote", server, active)
    assert (found["active"], route["encrypted"], found["lossless"]) == (active, False, False if active else None)


def test_the_plugin_for_zos_may_be_given_another_file(tmp_path):
    files = {"/etc/zos.conf": ZOS, "/proc/79/comm": "audispd-zos-rem\n"}
    files["/etc/audit/plugins.d/au-remote.conf"] = PLUGIN.format("audispd-zos-remote") + "args = /etc/zos.conf\n"
    found = collected(tmp_path, plugin="audispd-zos-remote", files=files)
    assert (found["routes"][0]["port"], found["routes"][0]["line"], found["active"]) == (1389, 1, True)
