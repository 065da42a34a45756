# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys are changed in place, all else stays, and what a release would refuse is refused with its place."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.config.edit import Target, edit
from ansible_collections.auditops.trail.plugins.module_utils.config.keys import keys_of
from ansible_collections.auditops.trail.plugins.module_utils.config.read import read
from ansible_collections.auditops.trail.plugins.module_utils.config.surroundings import Seen, Surroundings
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

DEBIAN = (3, 0, 9)
RELEASES = ((2, 8, 5), (3, 0), (3, 0, 9), (3, 1, 5), (4, 0, 2), (4, 0, 5), (4, 1, 4), (4, 2, 1))
BASE = "# mine\nspace_left = 75\nadmin_space_left = 50\nnum_logs = 5\n"


def target(version=DEBIAN, file="auditd", host=None):
    return Target(file, "/etc/audit/x.conf", version, host)


def made(text, version=DEBIAN, file="auditd", host=None, **settings):
    return edit(target(version, file, host), text.encode(), settings)


def text(*arguments, **settings):
    return made(*arguments, **settings).data.decode()


def refusal(*arguments, **settings):
    with pytest.raises(TrailError) as caught:
        made(*arguments, **settings)
    return caught.value


def test_one_value_changes_and_all_else_stays_byte_by_byte():
    before = "# a remark\n\n  NUM_logs   =  5  \n#num_logs = 9\nspace_left = 75\n\nadmin_space_left = 50\n##name = x\n"
    assert text(before, num_logs=7) == before.replace("=  5  ", "=  7")


def test_what_is_there_already_is_no_change_however_it_is_written():
    before = "flush = INCREMENTAL_Async\nfreq = 050\nwrite_logs = YES\n" + BASE
    edited = made(before, flush="incremental_async", freq=50, write_logs=True, num_logs="5")
    assert edited.data == before.encode()
    assert edited.settings["flush"] == {"before": "INCREMENTAL_Async", "after": "INCREMENTAL_Async"}


def test_case_counts_in_names_and_paths():
    assert "name = Web1\n" in text(BASE + "name = web1\nname_format = user\n", name="Web1")


def test_new_keys_come_at_the_end_in_the_order_given():
    assert text(BASE, max_log_file=8, freq=20) == BASE + "max_log_file = 8\nfreq = 20\n"


def test_a_key_is_taken_away_and_its_default_holds():
    edited = made(BASE, num_logs=None)
    assert edited.data.decode() == BASE.replace("num_logs = 5\n", "")
    assert edited.settings == {"num_logs": {"before": "5", "after": None}}
    assert edited.after["values"]["num_logs"] == 0


def test_taking_away_what_is_not_there_changes_nothing():
    assert text(BASE, name=None, no_such_key=None) == BASE


def test_a_key_that_no_release_has_and_no_line_is_told_since_another_may_be_meant():
    told = "tcp_listen_prt: no release has such a key, and no line of it is there; is tcp_listen_port meant?"
    assert made(BASE, tcp_listen_prt=None, report_interval=None).strange == [told]


def test_a_key_that_no_release_has_can_be_taken_away():
    assert text(BASE + "bogus = 1\n", bogus=None) == BASE


def test_of_several_lines_the_last_is_left_and_the_others_are_told():
    before = "num_logs = 3\n" + BASE + "freq = 1\nnum_logs = 5\n"
    edited = made(before, num_logs=9)
    assert edited.data.decode() == BASE.replace("num_logs = 5\n", "") + "freq = 1\nnum_logs = 9\n"
    assert edited.notes == ["num_logs stood in lines 1, 5 too; of line 7, which counts, one is left"]


def test_the_last_line_that_the_parser_heeds_is_the_one_that_counts():
    long_line = "num_logs = 7" + " " * 200
    assert text(BASE + long_line + "\n", num_logs=6) == BASE.replace("num_logs = 5", "num_logs = 6")


@pytest.mark.parametrize(
    "line", ["num_logs=5", "num_logs\t=\t5", "num_logs", "num_logs =", "num_logs = 5\r", "num_logs ="]
)
def test_a_line_that_no_parser_takes_is_mended_where_its_key_is_set(line):
    assert text(BASE.replace("num_logs = 5", line), num_logs=6) == BASE.replace("num_logs = 5", "num_logs = 6")


def test_the_empty_remote_server_of_the_package_is_filled_in():
    assert text("remote_server = \nport = 60\n", file="remote", remote_server="10.0.0.1") == (
        "remote_server = 10.0.0.1\nport = 60\n"
    )


def test_a_last_line_without_newline_gets_one_before_others_are_added():
    assert text(BASE + "freq = 7", max_log_file=8) == BASE + "freq = 7\nmax_log_file = 8\n"


def test_a_last_line_without_newline_counts_only_once_it_has_one():
    edited = made(BASE.rstrip("\n"), num_logs=5)
    assert edited.data.decode() == BASE
    assert edited.settings["num_logs"] == {"before": None, "after": "5"}


def test_nothing_is_touched_where_nothing_is_set():
    assert text(BASE + "freq = 7") == BASE + "freq = 7"


def test_verify_email_comes_before_the_account_that_it_is_for():
    account = BASE + "action_mail_acct = x!y\n"
    assert text(account, verify_email=False) == BASE + "verify_email = no\naction_mail_acct = x!y\n"
    assert text(BASE, action_mail_acct="x!y", verify_email=False) == (
        BASE + "verify_email = no\naction_mail_acct = x!y\n"
    )


def test_verify_email_that_stands_too_low_is_moved():
    before = "action_mail_acct = root\n" + BASE + "verify_email = yes\n"
    assert text(before, verify_email=False) == "verify_email = no\naction_mail_acct = root\n" + BASE


def test_a_list_stands_for_words():
    assert "args = 0640 /run/x\n" in text("active = no\n", file="plugin", args=["0640", "/run/x"])


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"num_logs": True}, "true or false"),
        ({"num_logs": 1.5}, "neither text nor a whole number"),
        ({"num_logs": {}}, "neither text nor a whole number"),
        ({"num_logs": [5]}, "a list"),
        ({"num_logs": ""}, "empty"),
        ({"name": "a\nspace_left = 0"}, "control character"),
        ({"name": "a\tb"}, "control character"),
        ({"num logs": 5}, "not the name of a key"),
        ({"num_logs": 5, "NUM_LOGS": 6}, "given twice"),
        ({"space_left_action": ["exec", "/bin/a b"]}, "blank"),
    ],
)
def test_what_cannot_stand_in_a_line_is_refused(settings, reason):
    with pytest.raises(TrailError, match=reason):
        edit(target(), BASE.encode(), settings)


# -- the fault: a value that the daemon refuses; key, line, legal values, releases ------------------------------------


def test_a_refused_value_is_told_with_key_line_and_legal_values():
    error = refusal(BASE, num_logs=1000)
    assert (error.file, error.line) == ("/etc/audit/x.conf", 4)
    assert "num_logs = 1000" in error.message
    assert "legal values of num_logs in audit 3.0.9 are numbers from 0 to 999" in error.message


def test_a_new_line_has_the_number_that_it_would_have():
    assert refusal(BASE, flush="often").line == 5
    assert "none, incremental, incremental_async, data, sync" in refusal(BASE, flush="often").message


def test_the_line_is_that_of_the_file_as_it_is():
    error = refusal("num_logs = 1\n" + BASE + "flush = often\n", num_logs=7)
    assert error.line == 6
    assert "flush = often" in error.message


def test_a_key_of_a_later_release_says_since_when():
    error = refusal(BASE, report_interval="1h")
    assert "report_interval" in error.message and "from 4.0.5 on" in error.message
    assert error.line == 5 and "up to 40d" in error.message
    assert "3.0.9" in error.message


def test_a_key_of_an_older_release_says_until_when():
    error = refusal("", (4, 2, 1), "audispd", q_depth=80)
    assert "before 3.0" in error.message


def test_an_unknown_key_is_told_with_the_line_where_it_stands():
    error = refusal(BASE + "numlogs = 5\n", numlogs=6)
    assert error.line == 5
    assert error.remedy == "write num_logs."


def test_a_word_of_other_releases_says_of_which():
    assert "halt is one in releases before 4.0.4" in refusal(BASE, (4, 0, 5), space_left_action="halt").message
    assert "tls is one from 4.2 on" in refusal(BASE, (4, 1, 4), transport="tls").message


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"space_left": 40}, ("space_left", "admin_space_left")),
        ({"admin_space_left": 75}, ("space_left", "admin_space_left")),
        ({"flush": "incremental", "freq": 0}, ("flush", "freq")),
        ({"name_format": "user"}, ("name_format", "name")),
        ({"log_file": "/var/log/audit.log", "log_group": "4"}, ("log_file", "/var/log")),
    ],
)
def test_values_that_do_not_go_together_are_refused(settings, names):
    error = refusal(BASE, **settings)
    for name in names:
        assert name in error.message


def test_a_fault_elsewhere_in_the_file_is_told_before_anything_is_written():
    error = refusal(BASE + "bogus = 1\n", num_logs=6)
    assert error.line == 5 and "bogus" in error.message


def test_a_value_that_another_line_overrules_is_no_success():
    error = refusal("transport = tcp\nenable_krb5 = yes\n" + BASE, transport="tcp", num_logs=6)
    assert "krb5" in error.message


@pytest.mark.parametrize(("version", "most"), [((3, 0, 9), 158), ((4, 1, 2), 158), ((4, 1, 3), 510)])
def test_a_line_that_is_too_long_for_the_release_is_refused(version, most):
    room = most - len("name = ")
    fits = made(BASE + "name_format = user\n", version, name="x" * room)
    assert fits.after["values"]["name"] == "x" * room
    error = refusal(BASE + "name_format = user\n", version, name="x" * (room + 1))
    assert "name" in error.message and str(most) in error.message and error.line == 6


def test_audisp_remote_reads_shorter_lines_still():
    assert "126" in refusal("port = 60\n", (4, 2, 1), "remote", remote_server="x" * 200).message


def test_what_a_value_names_is_looked_up_on_the_host():
    host = Surroundings({"/var/log/audit": Seen(False, True, 0, 0o700)}.get, {"root": 0, "adm": 4}.get)
    assert "log_group = adm\n" in text(BASE, host=host, log_group="adm")
    assert "no group nobody-such" in refusal(BASE, host=host, log_group="nobody-such").message
    assert "no directory /data/audit" in refusal(BASE, host=host, log_file="/data/audit/audit.log").message


CASES = {  # of each kind of value: one that every release takes, and one that none does
    "local_events": ("no", "maybe"),
    "log_format": ("enriched", "xml"),
    "flush": ("sync", "soon"),
    "freq": (100, -1),
    "num_logs": (999, 1000),
    "name_format": ("hostname", "dns"),
    "max_log_file": (64, "8M"),
    "max_log_file_action": ("keep_logs", "email"),
    "space_left": (500, "100%"),
    "space_left_action": ("email", "reboot"),
    "admin_space_left": (60, "a lot"),
    "admin_space_left_action": ("halt", "stop"),
    "disk_full_action": ("single", "email"),
    "disk_error_action": ("suspend", "rotate"),
    "priority_boost": (5, 2**31),
    "tcp_listen_port": (60, 0),
    "tcp_listen_queue": (8, 0),
    "tcp_max_per_addr": (1024, 1025),
    "use_libwrap": (True, "on"),
    "tcp_client_ports": ("1024-65535", "9-3"),
    "tcp_client_max_idle": (3600, "1h"),
    "action_mail_acct": ("root@example.com", "root@localhost"),
    "distribute_network": (False, "never"),
    "krb5_key_file": ("/etc/audit/audit.key", "two words"),
}


@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize("name", sorted(CASES))
def test_each_release_takes_the_legal_value_and_the_other_is_refused_by_name(name, version):
    good, bad = CASES[name]
    edited = made("freq = 0\n" + BASE, version, **{name: good})
    assert edited.after["usable"]
    assert read("auditd", edited.data, version)["written"][name]["value"].lower() == _spelled(good)
    assert name in refusal("freq = 0\n" + BASE, version, **{name: bad}).message


def _spelled(value):
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize("file", ["auditd", "remote", "plugin"])
def test_a_second_edit_with_the_same_settings_changes_nothing(file, version):
    keys = keys_of(file, version)
    wanted = {name: good for name, (good, _bad) in CASES.items() if name in keys and file == "auditd"}
    wanted.update({"remote": {"port": 61, "mode": "forward"}, "plugin": {"active": False, "args": "a"}}.get(file, {}))
    start = BASE if file == "auditd" else ""
    once = made(start, version, file, **wanted)
    assert made(once.data.decode(), version, file, **wanted).data == once.data
