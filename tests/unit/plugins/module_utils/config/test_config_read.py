# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration files are read as the parsers of the audit programs read them, release by release."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.config.read import read
from ansible_collections.auditops.trail.plugins.module_utils.config.surroundings import Seen, Surroundings
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

DEBIAN = (3, 0, 9)
SPACE = "space_left = 75\nadmin_space_left = 50\n"
FOLDER = Seen(False, True, 0, 0o700)


def host(files=None, groups=("root", "adm")):
    seen = {"/var/log/audit": FOLDER}
    seen.update(files or {})
    return Surroundings(seen.get, lambda name: groups.index(name) if name in groups else None)


def conf(text, version=DEBIAN, surroundings=None, space=True):
    return read("auditd", ((SPACE if space else "") + text).encode(), version, surroundings)


def fatal(found):
    return [(problem["line"], problem["message"]) for problem in found["problems"] if problem["fatal"]]


def doubts(found):
    return [problem["message"] for problem in found["problems"] if not problem["fatal"]]


def test_a_file_as_debian_ships_it_is_typed():
    found = conf(
        "local_events = yes\nlog_group = adm\nflush = INCREMENTAL_ASYNC\nfreq = 50\nmax_log_file_action = ROTATE\n"
        "max_log_file = 8\nnum_logs = 5\nname_format = NONE\n##name = mydomain\ntcp_client_max_idle = 0\n",
        surroundings=host(),
    )
    assert found["usable"] and found["problems"] == []
    assert found["values"]["flush"] == "incremental_async"
    assert found["values"]["local_events"] is True
    assert found["values"]["max_log_file"] == 8
    assert found["values"]["space_left"] == 75
    assert found["values"]["tcp_listen_port"] is None
    assert found["written"]["flush"] == {"value": "INCREMENTAL_ASYNC", "line": 5}


def test_where_there_is_no_file_the_compiled_defaults_hold():
    found = read("auditd", None, DEBIAN)
    assert found["usable"] and not found["exists"] and found["written"] == {}
    assert found["values"]["log_file"] == "/var/log/audit/audit.log"
    assert found["values"]["max_log_file_action"] == "ignore"
    assert found["values"]["log_format"] == "enriched"
    assert read("auditd", None, (2, 8, 5))["values"]["log_format"] == "raw"


def test_an_empty_file_is_usable_and_one_remark_is_not():
    """The checks at the end are made only where a line was read; the defaults do not pass them."""
    assert conf("", space=False)["usable"]
    assert not conf("# nothing\n", space=False)["usable"]


@pytest.mark.parametrize(
    "line", ["num_logs=5", "num_logs =5", "num_logs\t=\t5", "num_logs", "num_logs =", "num_logs == 5"]
)
def test_a_line_without_blanks_around_the_equal_sign_stops_auditd(line):
    found = conf(line + "\n")
    assert not found["usable"]
    assert fatal(found)[0][0] == 3


@pytest.mark.parametrize("line", ["bogus = 1", "num_logs = 5 # five", "num_logs = 1000", "num_logs = 5\r", "freq = -1"])
def test_what_the_parser_refuses_stops_auditd(line):
    found = conf(line + "\n")
    assert [place for place, _message in fatal(found)] == [3]


def test_the_last_line_needs_a_newline():
    found = conf("num_logs = 7")
    assert found["values"]["num_logs"] == 0
    assert "newline" in doubts(found)[0]


@pytest.mark.parametrize(
    ("version", "length", "counts"),
    [
        ((3, 0, 9), 158, True),
        ((3, 0, 9), 159, False),
        ((4, 1, 2), 159, False),
        ((4, 1, 3), 510, True),
        ((4, 1, 3), 511, False),
    ],
)
def test_a_line_that_is_too_long_is_skipped(version, length, counts):
    line = "num_logs = 7"
    found = conf(line + " " * (length - len(line)) + "\nfreq = 3\n", version)
    assert found["values"]["num_logs"] == (7 if counts else 0)
    assert found["values"]["freq"] == 3
    assert found["usable"]
    assert (doubts(found) == []) == counts


def test_audisp_remote_reads_the_rest_of_a_long_line_as_a_line():
    found = read("remote", b"# " + b"long " * 30 + b"\n", DEBIAN)
    assert not found["usable"]
    assert any("as a line of its own" in message for message in doubts(found))


@pytest.mark.parametrize(
    ("text", "version", "usable"),
    [
        ("space_left_action = halt", (4, 0, 3), True),
        ("space_left_action = halt", (4, 0, 4), False),
        ("admin_space_left_action = halt", (4, 2, 1), True),
        ("max_log_file_action = exec /bin/x", (4, 2, 1), False),
        ("report_interval = 2h", (4, 0, 5), True),
        ("report_interval = 2h", (4, 0, 4), False),
        ("report_interval = 41d", (4, 0, 5), False),
        ("space_left = 25%", (2, 8, 4), False),
        ("space_left = 25%", (2, 8, 5), True),
        ("space_left = 100%", (3, 0, 9), False),
        ("q_depth = 0", (3, 0, 9), True),
        ("q_depth = 0", (4, 2, 0), False),
        ("dispatcher = /sbin/audispd", (4, 2, 1), True),
        ("q_depth = 600", (2, 8, 5), False),
        ("end_of_event_timeout = 2", (3, 0), False),
        ("transport = tls\ntls_psk_file = /etc/x\ntls_psk_identity = me", (4, 1, 4), False),
        ("transport = tls\ntls_psk_file = /etc/x\ntls_psk_identity = me", (4, 2, 1), True),
        ("transport = tls", (4, 2, 1), False),
        ("tls_require_pqc = yes\ntransport = tls\ntls_allowed_clients = /etc/x", (4, 2, 1), True),
        ("disk_full_action = email", (3, 0, 9), False),
        ("disk_error_action = rotate", (3, 0, 9), False),
        ("flush = incremental", (3, 0, 9), False),
        ("flush = sync\nfreq = 5", (3, 0, 9), True),
        ("name_format = user", (3, 0, 9), False),
        ("name_format = user\nname = web1", (3, 0, 9), True),
        ("admin_space_left = 75", (3, 0, 9), False),
        ("admin_space_left = 90%\nspace_left = 5%", (3, 0, 9), True),
        ("log_group = 4\nlog_file = /var/log/audit.log", (3, 0, 8), True),
        ("log_group = 4\nlog_file = /var/log/audit.log", (3, 0, 9), False),
        ("tcp_client_ports = 9-3", (3, 0, 9), False),
        ("tcp_listen_port = 0", (3, 0, 9), False),
        ("tcp_max_per_addr = 1025", (3, 0, 9), False),
        ("log_file = /x", (3, 0, 9), False),
    ],
)
def test_what_each_release_starts_with(text, version, usable):
    assert conf(text + "\n", version)["usable"] is usable


def test_a_key_of_another_release_is_told_as_one():
    assert "from 4.0.5 on" in fatal(conf("report_interval = 1h\n"))[0][1]
    assert "no key" in fatal(conf("bogus = 1h\n"))[0][1]


@pytest.mark.parametrize(
    ("account", "version", "usable"),
    [
        ("root", DEBIAN, True),
        ("a", DEBIAN, False),
        ("ops@example.com", DEBIAN, True),
        ("ops@example", DEBIAN, False),
        ("ops+a@example.com", (4, 0, 4), False),
        ("ops+a@example.com", (4, 0, 5), True),
    ],
)
def test_the_mail_account_is_verified(account, version, usable):
    assert conf("action_mail_acct = {0}\n".format(account), version)["usable"] is usable
    assert conf("verify_email = no\naction_mail_acct = {0}\n".format(account), version)["usable"]


def test_verify_email_below_the_account_comes_too_late():
    assert not conf("action_mail_acct = a\nverify_email = no\n")["usable"]
    assert any("too late" in message for message in doubts(conf("action_mail_acct = root\nverify_email = no\n")))


def test_the_later_of_two_lines_counts_and_is_doubted():
    found = conf("num_logs = 5\nNUM_LOGS = 6\n")
    assert found["values"]["num_logs"] == 6
    assert found["written"]["num_logs"]["line"] == 4
    assert "line 3" in doubts(found)[0]


@pytest.mark.parametrize(
    ("seen", "version", "usable"),
    [
        (Seen(True, False, 0, 0o750), DEBIAN, True),
        (Seen(True, False, 0, 0o555), DEBIAN, True),
        (Seen(True, False, 0, 0o555), (2, 8, 5), False),
        (Seen(True, False, 0, 0o550), (4, 1, 3), False),
        (Seen(True, False, 0, 0o550), (4, 1, 4), True),
        (Seen(True, False, 0, 0o700), DEBIAN, False),
        (Seen(True, False, 7, 0o750), DEBIAN, False),
        (Seen(False, True, 0, 0o750), DEBIAN, False),
        (None, DEBIAN, False),
    ],
)
def test_the_program_of_an_exec_action_is_checked(seen, version, usable):
    text = "space_left_action = EXEC /usr/sbin/tell\n"
    found = conf(text, version, host({"/usr/sbin/tell": seen}))
    assert found["usable"] is usable
    assert found["values"]["space_left_exe"] == ("/usr/sbin/tell" if usable else None)
    assert found["values"]["space_left_action"] == ("exec" if usable else "ignore")
    assert conf(text, version)["usable"], "without the host it is not looked at"


def test_what_cannot_be_looked_at_is_told_and_is_no_fault():
    def refuse(path):
        raise EvidenceError("cannot be looked at: Permission denied", path)

    unseen = []
    found = read(
        "auditd",
        b"log_file = /var/log/audit/audit.log\n" + SPACE.encode(),
        DEBIAN,
        Surroundings(refuse, lambda name: 0),
        unseen=unseen,
    )
    assert found["usable"]
    assert unseen[0] == "/var/log/audit: cannot be looked at: Permission denied"


def test_the_log_directory_and_group_must_be_there():
    assert not conf("log_file = /srv/audit/audit.log\n", surroundings=host())["usable"]
    assert not conf("log_group = nobody\n", surroundings=host())["usable"]
    assert conf("log_group = 4\n", surroundings=host())["usable"]


@pytest.mark.parametrize(
    "state", [Seen(True, False, 5, 0o640), Seen(True, False, 0, 0o642), Seen(True, False, 0, 0o640, True)]
)
def test_a_file_that_others_control_is_not_read(state):
    assert not read("auditd", SPACE.encode(), DEBIAN, state=state)["usable"]
    assert read("auditd", SPACE.encode(), DEBIAN, state=Seen(True, False, 0, 0o660))["usable"]


def test_a_carriage_return_belongs_to_the_value():
    found = conf("name_format = user\nname = web1\r\n")
    assert found["values"]["name"] == "web1\r"
    assert "control character" in doubts(found)[0]


def test_krb5_by_the_old_key_sets_the_transport():
    assert conf("enable_krb5 = yes\n")["values"]["transport"] == "krb5"
    assert "transport" not in conf("enable_krb5 = yes\n", (2, 8, 5))["values"]
    assert conf("log_format = NOLOG\n")["values"]["write_logs"] is False


def test_audisp_remote_as_debian_ships_it():
    found = read("remote", b"remote_server = \nport = 60\n", DEBIAN)
    assert not found["usable"], "an empty value is no value"
    found = read("remote", b"remote_server = logs.example\nlocal_port = any\nqueue_depth = 10240\n", DEBIAN)
    assert found["usable"]
    assert found["values"]["network_failure_action"] == "stop"
    assert found["values"]["queue_file"] == "/var/spool/audit/remote.log"
    assert found["values"]["queue_depth"] == 10240
    assert "tls_psk_file" not in found["values"]


@pytest.mark.parametrize(
    ("text", "version", "usable"),
    [
        ("mode = forward\nformat = ascii", DEBIAN, False),
        ("mode = forward", DEBIAN, True),
        ("queue_depth = 0", DEBIAN, False),
        ("queue_file = spool", DEBIAN, False),
        ("startup_failure_action = stop", DEBIAN, False),
        ("startup_failure_action = warn_once", (2, 8, 5), False),
        ("remote_ending_action = reconnect", DEBIAN, True),
        ("network_failure_action = reconnect", DEBIAN, False),
        ("transport = tls\ntls_psk_file = /k", (4, 2, 1), False),
        ("transport = tls\ntls_psk_file = /k\ntls_psk_identity = me", (4, 2, 1), True),
        ("tls_allowed_clients = /k", (4, 2, 1), False),
    ],
)
def test_what_audisp_remote_starts_with(text, version, usable):
    assert read("remote", (text + "\n").encode(), version)["usable"] is usable


@pytest.mark.parametrize(
    ("mode", "version", "usable"),
    [(0o755, DEBIAN, True), (0o550, DEBIAN, False), (0o550, (4, 0, 4), True), (0o770, (4, 2), False)],
)
def test_a_plugins_program_needs_its_mode(mode, version, usable):
    data = b"active = yes\ndirection = out\npath = /sbin/audisp-syslog\nargs = LOG_INFO LOG_LOCAL6\n"
    found = read("plugin", data, version, host({"/sbin/audisp-syslog": Seen(True, False, 0, mode)}))
    assert found["usable"] is usable
    assert found["values"]["args"] == ["LOG_INFO", "LOG_LOCAL6"]
    assert found["values"]["active"] is True


def test_no_bytes_make_the_reader_fail():
    junk = bytes(bytearray(range(256))) * 3
    for file in ("auditd", "audispd", "remote", "plugin"):
        for version in ((2, 8), DEBIAN, (4, 2, 1)):
            found = read(file, junk + b"\nnum_logs = \xff\n= = =\nname = \xc3\xa4\n", version)
            assert isinstance(found["problems"], list)


@pytest.mark.parametrize(
    ("version", "fatal"), [((3, 0, 9), True), ((4, 1, 4), True), ((4, 2, 1), True), ((4, 3), False), (None, False)]
)
def test_exec_at_the_size_of_the_log_is_fatal_where_the_release_is_known(version, fatal):
    found = read("auditd", b"max_log_file_action = exec /bin/x\n", version)
    (problem,) = [one for one in found["problems"] if "max_log_file_action" in one["message"]]
    assert problem["fatal"] is fatal
    assert found["values"]["max_log_file_action"] == "ignore"
