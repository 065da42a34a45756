# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts, sshd, PAM and readers of the log, on made-up hosts; what cannot be read is told and never guessed."""

import builtins
import json
import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import forms, logins
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

PASSWD = """root:x:0:0:root:/root:/bin/bash
daemon:x:1:1::/usr/sbin:/usr/sbin/nologin
sync:x:4:65534:sync:/bin:/bin/sync
bob:x:1000:1000:Bob:/home/bob/:/bin/zsh
eve:x:1001:4:Eve:/home/eve:
odd:x:1002:1002::relative:/bin/sh
+::::::
broken
"""
GROUP = "root:x:0:\nadm:x:4:syslog,bob\nbob:x:1000:\n"
LOGINUID = "session required pam_loginuid.so\n"


def refuse(*_arguments):
    raise EvidenceError("there is nothing to run")


@pytest.fixture(name="host")
def fixture_host(tmp_path):
    class Host:
        def __init__(self):
            self.root = tmp_path
            self.write("/etc/passwd", PASSWD)
            self.write("/etc/group", GROUP)
            self.write("/etc/pam.d/login", LOGINUID)

        def write(self, path, text):
            place = tmp_path / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)

        def collect(self, posture=None, run=refuse):
            found = logins.collect(Context(root=str(tmp_path), run=run), posture or {})
            forms.checked(forms.PARTS["logins"], found, "logins")
            return found

        def deny(self, monkeypatch, *paths):
            denied = [str(tmp_path / path.lstrip("/")) for path in paths]
            opened = builtins.open

            def refusing(file, *arguments, **more):
                if str(file) in denied:
                    raise PermissionError(13, "Permission denied")
                return opened(file, *arguments, **more)

            monkeypatch.setattr(builtins, "open", refusing)

    return Host()


# -- accounts -------------------------------------------------------------------


def test_accounts_are_counted_and_broken_lines_are_not(host):
    accounts = host.collect()["accounts"]
    assert accounts["number"] == 6
    assert (accounts["duplicate_uids"], accounts["duplicate_gids"], accounts["uid_zero"]) == ([], [], ["root"])


def test_shared_numbers_and_names_are_told(host):
    host.write("/etc/passwd", PASSWD + "toor:x:0:0::/root:/bin/sh\nbob:x:7:7::/home/b2:/bin/sh\n")
    host.write("/etc/group", GROUP + "staff:x:4:\n")
    accounts = host.collect()["accounts"]
    assert accounts["duplicate_uids"] == [{"uid": 0, "names": ["root", "toor"]}]
    assert accounts["duplicate_gids"] == [{"gid": 4, "names": ["adm", "staff"]}]
    assert accounts["duplicate_names"] == ["bob"]
    assert accounts["uid_zero"] == ["root", "toor"]


@pytest.mark.parametrize(
    "line, name, uid, home",
    [
        ("toor::0:0", "toor", 0, "/"),
        ("toor::0:0:", "toor", 0, "/"),
        ("toor:x:0:0:gecos:/root", "toor", 0, "/root"),
        ("  toor:x:+0:0::/root:/bin/sh:more:fields", "toor", 0, "/root"),
        ("toor:x: 0:0::/root:/bin/sh", "toor", 0, "/root"),
    ],
)
def test_a_line_that_the_c_library_takes_is_an_account(host, line, name, uid, home):
    host.write("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n" + line + "\n")
    found = host.collect()
    assert (found["accounts"]["number"], found["accounts"]["uid_zero"]) == (2, ["root", name])
    assert [(one["uid"], one["home"]) for one in found["homes"]] == [(0, "/root"), (uid, home)]


@pytest.mark.parametrize(
    "line", ["toor", "toor:x", "toor:x:0", "toor:x:0:", "toor:x:x:0::/:", "toor:x:0_0:0", "#t:x:0:0"]
)
def test_a_line_that_the_c_library_leaves_out_is_none(host, line):
    host.write("/etc/passwd", line + "\nroot:x:0:0:root:/root:/bin/bash\n")
    assert host.collect()["accounts"]["uid_zero"] == ["root"]


def test_a_group_without_its_last_field_is_one(host):
    host.write("/etc/group", GROUP + "also:x:4\n")
    assert host.collect()["accounts"]["duplicate_gids"] == [{"gid": 4, "names": ["adm", "also"]}]


def test_directories_that_hold_more_accounts_are_named(host):
    host.write("/etc/nsswitch.conf", "passwd: files systemd [NOTFOUND=return] sss # more\ngroup: files ldap\n")
    assert host.collect()["accounts"]["elsewhere"] == ["sss"]


def test_a_home_is_one_of_who_gets_a_shell(host):
    host.write("/home/bob/.ssh/authorized_keys", "")
    homes = host.collect()["homes"]
    assert [(home["user"], home["keys_directory"], home["exists"]) for home in homes] == [
        ("root", "/root/.ssh", False),
        ("bob", "/home/bob/.ssh", True),
        ("eve", "/home/eve/.ssh", False),
    ]


@pytest.mark.parametrize(
    "field, locked", [("!", True), ("*", True), ("!$6$x$hash", True), ("$6$x$hash", False), ("", False)]
)
def test_whether_root_has_a_password_is_told_without_the_password(host, field, locked):
    host.write("/etc/shadow", "root:{0}:19000:0:99999:7:::\nbob:$6$y$other:1::::::\n".format(field))
    found = host.collect()
    assert found["root"] == {"password_locked": locked}
    assert "$6$" not in json.dumps(found) and "hash" not in json.dumps(found)


def test_without_shadow_it_is_not_known_whether_root_has_a_password(host, monkeypatch):
    assert host.collect()["root"]["password_locked"] is None
    host.write("/etc/shadow", "root:!:1::::::\n")
    host.deny(monkeypatch, "/etc/shadow")
    found = host.collect()
    assert found["root"]["password_locked"] is None
    assert "/etc/shadow: Permission denied" in found["not_seen"]


def test_without_passwd_nothing_about_accounts_is_known(host, monkeypatch):
    host.deny(monkeypatch, "/etc/passwd")
    found = host.collect()
    assert (found["accounts"]["duplicate_uids"], found["accounts"]["uid_zero"], found["homes"]) == (None, None, None)
    assert found["readers"]["members"] is None
    assert "/etc/passwd: Permission denied" in found["not_seen"]


# -- sshd -----------------------------------------------------------------------


def test_a_host_without_sshd_has_nothing_to_tell(host):
    sshd = host.collect()["sshd"]
    assert (sshd["installed"], sshd["source"], sshd["permit_root_login"]) == (False, None, None)


def test_sshd_itself_is_asked_first(host):
    host.write("/usr/sbin/sshd", "")
    host.write("/etc/ssh/sshd_config", "PermitRootLogin no\n")
    answer = (
        "port 22\npermitrootlogin without-password\nusepam yes\nloglevel VERBOSE\nauthorizedkeysfile .ssh/a /k/%u\n"
    )
    sshd = host.collect(run=lambda command: (0, answer) if list(command)[1:] == ["-T"] else (1, ""))["sshd"]
    assert (sshd["source"], sshd["permit_root_login"], sshd["use_pam"]) == ("sshd -T", "prohibit-password", True)
    assert sshd["log_level"] == "VERBOSE"
    assert sshd["authorized_keys_file"] == [".ssh/a", "/k/%u"]
    assert sshd["authorized_keys"] == [
        "/home/bob/.ssh/a",
        "/home/eve/.ssh/a",
        "/k/bob",
        "/k/eve",
        "/k/root",
        "/root/.ssh/a",
    ]


def test_an_older_sshd_is_asked_for_one_connection(host):
    host.write("/usr/sbin/sshd", "")
    asked = []

    def run(command):
        asked.append(command[2:])
        return (0, "permitrootlogin no\n") if len(command) > 2 else (255, "")

    assert host.collect(run=run)["sshd"]["permit_root_login"] == "no"
    assert asked[-1] == ("-C", "user=root,host=localhost,addr=127.0.0.1")


@pytest.mark.parametrize(
    "text, permit",
    [
        ("", "prohibit-password"),
        ("#PermitRootLogin no\n", "prohibit-password"),
        ("permitrootlogin=no\nPermitRootLogin yes\n", "no"),
        ("PermitRootLogin  Without-Password # why\n", "prohibit-password"),
        ('PermitRootLogin "forced-commands-only"\n', "forced-commands-only"),
        ("Match User bob\nPermitRootLogin no\nMatch all\nPermitRootLogin yes\n", "yes"),
        ("Include conf.d/*.conf\nPermitRootLogin no\n", "yes"),
        ("PermitRootLogin no\nInclude /etc/ssh/conf.d/*.conf\n", "no"),
        ("Match User bob\nInclude conf.d/*.conf\n", "prohibit-password"),
    ],
)
def test_in_the_files_the_first_value_outside_of_a_match_counts(host, text, permit):
    host.write("/etc/ssh/sshd_config", text)
    host.write("/etc/ssh/conf.d/10.conf", "PermitRootLogin yes\n")
    sshd = host.collect()["sshd"]
    assert (sshd["source"], sshd["permit_root_login"]) == ("files", permit)


def test_a_match_block_that_lets_root_in_is_told_and_one_that_does_not_is_not(host):
    host.write(
        "/etc/ssh/sshd_config",
        "PermitRootLogin prohibit-password\nMatch Address 10.0.0.0/8\n  PermitRootLogin yes\n"
        "Match Address 192.0.2.1\n  PermitRootLogin no\nMatch User bob,r*,!root\nPermitRootLogin yes\n"
        "Match User eve Address 10.0.0.1\nPermitRootLogin yes\n"
        "Match user=ro* address 10.1.0.0/16\nPermitRootLogin yes\n",
    )
    sshd = host.collect()["sshd"]
    assert [text[: text.index("P")] for text in sshd["root_by_match"]] == [
        "/etc/ssh/sshd_config:3: under `Match Address 10.0.0.0/8` ",
        "/etc/ssh/sshd_config:11: under `Match user=ro* address 10.1.0.0/16` ",
    ]
    assert sshd["problems"] == []


def test_a_value_that_sshd_does_not_know_is_a_problem(host):
    host.write("/etc/ssh/sshd_config", "PermitRootLogin maybe\n")
    assert host.collect()["sshd"]["problems"] == ["/etc/ssh/sshd_config:1: PermitRootLogin maybe is no value of it"]


def test_what_stands_in_a_file_that_cannot_be_read_is_not_known_though_sshd_answers(host, monkeypatch):
    host.write("/usr/sbin/sshd", "")
    host.write("/etc/ssh/sshd_config", "Include /etc/ssh/more.conf\n")
    host.write("/etc/ssh/more.conf", "Match Address 10.0.0.0/8\nPermitRootLogin yes\n")
    host.deny(monkeypatch, "/etc/ssh/more.conf")
    found = host.collect(run=lambda command: (0, "permitrootlogin no\n"))
    sshd = found["sshd"]
    assert (sshd["source"], sshd["permit_root_login"]) == ("sshd -T", "no")
    assert (sshd["problems"], sshd["root_by_match"], found["key_directories"]) == (None, None, None)


def directories(found):
    return [(one["path"], one["user"], one["exists"]) for one in found["key_directories"]]


def test_without_sshd_the_keys_are_looked_for_where_it_takes_them_by_default(host):
    host.write("/home/bob/.ssh/authorized_keys", "")
    host.write("/root/.profile", "")
    found = host.collect()
    assert (found["sshd"]["problems"], found["sshd"]["root_by_match"]) == ([], [])
    assert directories(found) == [("/home/bob/.ssh", "bob", True), ("/root/.ssh", "root", False)]


def test_a_directory_of_keys_that_is_not_there_yet_is_told_where_the_home_is(host):
    host.write("/home/bob/x", "")
    host.write("/usr/sbin/x", "")  # the home of daemon, who cannot log in
    host.write("/etc/passwd", PASSWD + "web:x:33:33::/nonexistent:/bin/sh\ntop:x:34:34::/:/bin/sh\n")
    assert directories(host.collect()) == [("/.ssh", "top", False), ("/home/bob/.ssh", "bob", False)]


def test_keys_of_an_account_without_a_shell_count_where_their_directory_is_there(host):
    host.write("/usr/sbin/.ssh/authorized_keys", "")
    assert directories(host.collect()) == [("/usr/sbin/.ssh", "daemon", True)]


def test_the_directories_of_keys_are_those_that_sshd_reads(host):
    host.write("/etc/ssh/keys/bob", "")
    for name in ("/home/bob/x", "/home/eve/.config/x", "/root/x", "/srv/100%/0/a"):
        host.write(name, "")
    host.write(
        "/etc/ssh/sshd_config",
        "AuthorizedKeysFile /etc/ssh/keys/%u %h/k/deep/a /srv/100%%/%U/a\n"
        "Match User eve\nAuthorizedKeysFile none .config/keys\n",
    )
    assert directories(host.collect()) == [
        ("/etc/ssh/keys", None, True),
        ("/home/bob/k", "bob", False),  # without k a watch on k/deep cannot be set
        ("/home/eve/.config", "eve", True),
        ("/home/eve/k", "eve", False),
        ("/root/k", "root", False),
        ("/srv/100%/0", "root", True),
        ("/srv/100%/1000", "bob", False),
        ("/srv/100%/1001", "eve", False),
    ]


def trusted(found):
    return [(one["path"], one["what"], one["exists"]) for one in found["key_sources"]]


def test_what_vouches_for_keys_beside_the_lists_is_told(host):
    for name in ("/etc/ssh/ca.pub", "/home/bob/x", "/root/x", "/usr/bin/x"):
        host.write(name, "")
    host.write(
        "/etc/ssh/sshd_config",
        "AuthorizedKeysFile none\nTrustedUserCAKeys /etc/ssh/ca.pub\nAuthorizedKeysCommand /usr/bin/sss_keys %u\n"
        "AuthorizedPrincipalsFile /etc/ssh/principals/%u\nRevokedKeys none\n"
        "Match User bob\nTrustedUserCAKeys /etc/ssh/bob/ca.pub\nAuthorizedPrincipalsFile .ssh/principals\n"
        "AuthorizedPrincipalsCommand /usr/local/bin/who %u /etc/x\n",
    )
    found = host.collect()
    assert found["key_directories"] == []
    assert trusted(found) == [
        ("/etc/ssh/bob", "TrustedUserCAKeys", False),
        ("/etc/ssh/ca.pub", "TrustedUserCAKeys", True),
        ("/etc/ssh/principals", "AuthorizedPrincipalsFile", False),
        ("/home/bob/.ssh", "AuthorizedPrincipalsFile", False),
        ("/usr/bin/sss_keys", "AuthorizedKeysCommand", False),
        ("/usr/local", "AuthorizedPrincipalsCommand", False),
    ]


def test_sshd_itself_is_believed_about_its_certificate_authorities(host):
    host.write("/usr/sbin/sshd", "")
    host.write("/etc/ssh/sshd_config", "TrustedUserCAKeys /etc/ssh/old.pub\n")
    answer = (
        "permitrootlogin no\ntrustedusercakeys /etc/ssh/ca.pub\nauthorizedkeyscommand none\nrevokedkeys /etc/ssh/r\n"
    )
    found = host.collect(run=lambda command: (0, answer))
    assert trusted(found) == [("/etc/ssh/ca.pub", "TrustedUserCAKeys", False), ("/etc/ssh/r", "RevokedKeys", False)]
    assert found["sshd"]["trustedusercakeys"] == "/etc/ssh/ca.pub"


@pytest.mark.parametrize("text", ["", "TrustedUserCAKeys none\nAuthorizedKeysCommand none\n"])
def test_a_host_that_trusts_lists_of_keys_alone_has_no_other_source_of_them(host, text):
    host.write("/etc/ssh/sshd_config", text)
    assert host.collect()["key_sources"] == []


@pytest.mark.parametrize(
    "files, others",
    [
        ({"/proc/1/comm": "systemd\n", "/usr/sbin/dropbear": ""}, []),  # to unlock a disk
        ({"/proc/1/comm": "systemd\n", "/proc/7/comm": "dropbear\n"}, ["dropbear"]),
        (
            {"/proc/1/comm": "systemd\n", "/etc/systemd/system/sockets.target.wants/tinysshd.socket": ""},
            ["tinysshd"],
        ),
        ({"/usr/sbin/dropbear": ""}, ["dropbear"]),  # the processes are hidden
        ({}, []),
    ],
)
def test_an_ssh_server_of_another_make_leaves_unknown_how_people_get_in(host, files, others):
    for path, text in files.items():
        host.write(path, text)
    found = host.collect()
    assert (found["sshd"]["others"], found["sshd"]["alone"]) == (others, None if others else True)
    assert any("settings are not read" in text for text in found["not_seen"]) is bool(others)


def test_where_there_is_no_configuration_of_sshd_the_directories_are_not_known(host):
    host.write("/usr/sbin/sshd", "")
    found = host.collect()
    assert (found["key_directories"], found["key_sources"]) == (None, None)
    host.write("/home/bob/x", "")
    assert len(host.collect(run=lambda command: (0, "permitrootlogin no\n"))["key_directories"]) == 1


def test_where_sshd_takes_no_keys_from_files_there_is_no_directory(host):
    host.write("/etc/ssh/sshd_config", "AuthorizedKeysFile none\n")
    assert host.collect()["key_directories"] == []


def test_files_of_sshd_that_cannot_be_read_leave_it_unknown(host, monkeypatch):
    host.write("/etc/ssh/sshd_config", "PermitRootLogin no\n")
    host.deny(monkeypatch, "/etc/ssh/sshd_config")
    found = host.collect()
    assert (found["sshd"]["installed"], found["sshd"]["permit_root_login"]) == (True, None)
    assert (found["sshd"]["problems"], found["sshd"]["root_by_match"], found["key_directories"]) == (None, None, None)
    assert "/etc/ssh/sshd_config: Permission denied" in found["not_seen"]


def test_a_file_that_includes_itself_ends_and_is_told(host):
    host.write("/etc/ssh/sshd_config", "Include sshd_config\nPermitRootLogin no\n")
    found = host.collect()
    assert found["sshd"]["permit_root_login"] is None, "sshd refuses it"
    assert "/etc/ssh/sshd_config: it includes itself" in found["not_seen"]


def test_copies_of_a_file_in_the_folder_that_it_reads_end(host):
    main = "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin no\n"
    for path in ["/etc/ssh/sshd_config"] + ["/etc/ssh/sshd_config.d/{0}.conf".format(n) for n in range(9)]:
        host.write(path, main)
    assert any("more than 1000 files are included" in text for text in host.collect()["not_seen"])


def test_a_file_may_be_included_more_than_once(host):
    host.write("/etc/ssh/sshd_config", "Match User bob\nInclude x\nMatch User root\nInclude x\n")
    host.write("/etc/ssh/x", "PermitRootLogin yes\n")
    found = host.collect()
    assert len(found["sshd"]["root_by_match"]) == 1
    assert not any("/etc/ssh" in text for text in found["not_seen"])


# -- PAM ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "session required pam_loginuid.so\n",
        "-session optional /lib/security/pam_loginuid.so\n",
        "session [success=ok ignore=ignore default=bad] pam_loginuid.so require_auditd\n",
        "@include common\n",
        "session include common\n",
        "session substack common\n",
        "session required \\\n  pam_loginuid.so\n",
    ],
)
def test_a_service_that_sets_the_login_uid_is_known_through_what_it_includes(host, text):
    host.write("/etc/pam.d/sshd", text)
    host.write("/etc/pam.d/common", LOGINUID)
    host.write("/usr/lib/x86_64-linux-gnu/security/pam_loginuid.so", "")
    pam = host.collect()["pam"]
    assert (pam["loginuid_in"], pam["loginuid_missing"]) == (["login", "sshd"], [])


@pytest.mark.parametrize(
    "text, missing",
    [
        ("-session optional pam_loginuid.so\n", True),
        ("-session required pam_loginuid.so\n", True),
        ("session optional pam_loginuid.so\n", True),
        ("session [default=ignore] pam_loginuid.so\n", True),
        ("session [success=ok module_unknown=ignore default=bad] pam_loginuid.so\n", True),
        ("session [success=ok ignore=ignore default=bad] pam_loginuid.so\n", False),
        ("session requisite pam_loginuid.so\n", False),
    ],
)
def test_a_module_that_is_not_there_is_relied_on_only_where_its_absence_refuses_the_session(host, text, missing):
    host.write("/etc/pam.d/sshd", text)
    assert host.collect()["pam"]["loginuid_missing"] == (["sshd"] if missing else [])
    host.write("/lib64/security/pam_loginuid.so", "")
    assert host.collect()["pam"]["loginuid_missing"] == []


@pytest.mark.parametrize(
    "text, missing",
    [
        ("session sufficient pam_permit.so\n" + LOGINUID, True),
        ("session [success=done default=ignore] pam_x.so\n" + LOGINUID, True),
        ("session [default=DONE] pam_x.so\n" + LOGINUID, True),
        ("auth sufficient pam_unix.so\n" + LOGINUID, False),
        (LOGINUID + "session sufficient pam_permit.so\n", False),
        ("session include enough\n" + LOGINUID, True),
        ("@include enough\n" + LOGINUID, True),
        ("session substack enough\n" + LOGINUID, False),
        ("session substack behind\n", True),
        ("session substack twofold\n" + LOGINUID, False),
        ("session requisite pam_x.so\n" + LOGINUID, False),
    ],
)
def test_a_module_behind_one_that_can_end_the_stack_is_not_relied_on(host, text, missing):
    host.write("/etc/pam.d/sshd", text)
    host.write("/etc/pam.d/enough", "session sufficient pam_permit.so\n")
    host.write("/etc/pam.d/behind", "session sufficient pam_permit.so\n" + LOGINUID)
    host.write("/etc/pam.d/twofold", "session substack enough\nsession sufficient pam_permit.so\n")
    assert host.collect()["pam"]["loginuid_missing"] == (["sshd"] if missing else [])


@pytest.mark.parametrize(
    "text",
    [
        "#session required pam_loginuid.so\n",
        "auth required pam_loginuid.so\n",
        "auth include common\n",
        "session required pam_unix.so pam_loginuid.so\n",
        "",
    ],
)
def test_a_service_that_does_not_set_it_is_told(host, text):
    host.write("/etc/pam.d/sshd", text)
    host.write("/etc/pam.d/common", LOGINUID)
    assert host.collect()["pam"]["loginuid_missing"] == ["sshd"]


@pytest.mark.parametrize(
    "text, missing",
    [
        ("session [default=1] pam_permit.so\n" + LOGINUID, True),
        ("session [default=1] pam_permit.so\nsession required pam_deny.so\n" + LOGINUID, False),
        ("session [success=2 default=ignore] pam_x.so\nsession required pam_deny.so\n" + LOGINUID, True),
        ("auth [success=5 default=ignore] pam_unix.so\n" + LOGINUID, False),
        ("session [success=ok default=1] pam_x.so\nsession substack two\n" + LOGINUID, False),
        ("session [success=ok default=1] pam_x.so\nsession include two\n" + LOGINUID, False),
        ("session [success=ok default=2] pam_x.so\nsession substack two\n" + LOGINUID, True),
        ("session [default=1] pam_x.so\nsession substack uid\n", True),
        ("session substack jump\n" + LOGINUID, False),
        ("session include jump\n" + LOGINUID, True),
        ("session [default=1] pam_x.so\n" + LOGINUID + LOGINUID, False),
    ],
)
def test_a_module_that_another_can_jump_over_is_not_relied_on(host, text, missing):
    host.write("/etc/pam.d/sshd", text)
    host.write("/etc/pam.d/two", "session optional pam_a.so\nsession optional pam_b.so\n")
    host.write("/etc/pam.d/uid", LOGINUID)
    host.write("/etc/pam.d/jump", "session [default=9] pam_x.so\n")
    assert host.collect()["pam"]["loginuid_missing"] == (["sshd"] if missing else [])


def test_a_folder_among_the_services_is_none_and_hides_none(host):
    host.write("/etc/pam.d/backup/sshd", "x")
    host.write("/etc/pam.d/sshd/x", "")
    host.write("/usr/lib/pam.d/sshd", LOGINUID)
    host.write("/proc/1/comm", "systemd\n")
    found = host.collect()
    assert found["pam"]["loginuid_in"] == ["login", "sshd"]
    assert found["not_seen"] == []


def test_su_sudo_and_leftovers_are_no_services_that_begin_a_session(host):
    for name in ("su", "sudo", "sshd.rpmsave", "cron~"):
        host.write("/etc/pam.d/" + name, "")
    assert host.collect()["pam"]["session_services"] == ["login"]


def test_the_manager_by_which_timers_of_people_run_begins_sessions(host):
    host.write("/usr/lib/pam.d/systemd-user", "session required pam_limits.so\n")
    assert host.collect()["pam"]["loginuid_missing"] == ["systemd-user"]
    host.write("/usr/lib/pam.d/systemd-user", "session required pam_selinux.so close\n" + LOGINUID)
    assert host.collect()["pam"]["loginuid_missing"] == []


def test_a_service_of_the_vendor_counts_until_there_is_one_in_etc(host):
    host.write("/usr/lib/pam.d/sshd", "")
    assert host.collect()["pam"]["loginuid_missing"] == ["sshd"]
    host.write("/etc/pam.d/sshd", LOGINUID)
    assert host.collect()["pam"]["loginuid_missing"] == []


def test_files_of_pam_that_cannot_be_read_leave_it_unknown(host, monkeypatch):
    host.write("/etc/pam.d/sshd", "")
    host.deny(monkeypatch, "/etc/pam.d/sshd")
    found = host.collect()
    assert set(found["pam"].values()) == {None}
    assert found["secrets_typed"] is None


@pytest.mark.parametrize(
    "arguments, secret", [("enable=*", False), ("disable=* enable=root log_passwd", True), ("log_passwd", False)]
)
def test_whether_typed_passwords_are_logged_is_told_with_the_line(host, arguments, secret):
    host.write("/etc/pam.d/common", "# first\nsession required pam_tty_audit.so {0}\n".format(arguments))
    found = host.collect()
    assert found["secrets_typed"] is secret
    assert [(line["file"], line["line"]) for line in found["pam"]["tty_audit"]] == [("/etc/pam.d/common", 2)]


def test_faillock_is_there_only_when_every_door_has_it(host):
    lock = "auth required pam_faillock.so preauth\n" + LOGINUID
    host.write("/etc/pam.d/login", lock)
    assert host.collect()["pam"]["faillock"] is True
    host.write("/etc/pam.d/sshd", LOGINUID)
    assert host.collect()["pam"]["faillock"] is False


def test_services_that_include_each_other_end(host):
    host.write("/etc/pam.d/sshd", "@include login\n")
    host.write("/etc/pam.d/login", "@include sshd\n")
    found = host.collect()
    assert found["pam"]["loginuid_missing"] is None, "libpam refuses them"
    assert "/etc/pam.d/sshd: it includes itself" in found["not_seen"]


def test_a_service_that_includes_itself_again_and_again_ends(host):
    host.write("/etc/pam.d/login", LOGINUID + "@include login\n" * 50)
    assert "/etc/pam.d/login: it includes itself" in host.collect()["not_seen"]


# -- readers --------------------------------------------------------------------


def test_the_logs_group_and_its_members_are_told(host):
    host.write("/etc/audit/auditd.conf", "log_group = adm\n")
    readers = host.collect()["readers"]
    assert (readers["log_group"], readers["members"]) == ("adm", ["bob", "eve", "syslog"])


def test_the_group_is_that_of_the_configuration_or_the_default(host):
    posture = {"config": {"auditd": {"values": {"log_group": "adm"}}}}
    assert host.collect(posture)["readers"]["log_group"] == "adm"
    assert host.collect()["readers"]["log_group"] == "root"


def test_a_group_that_is_in_no_file_has_unknown_members(host):
    host.write("/etc/audit/auditd.conf", "log_group = ldapgroup\n")
    assert host.collect()["readers"]["members"] is None


def test_aliases_of_aliases_are_followed_once_each(host):
    lines = ["Cmnd_Alias A{0} = A{1}, A{1}".format(at, at + 1) for at in range(3000)]
    lines += ["Cmnd_Alias A3000 = A0, /usr/bin/less", "ops ALL=A0"]
    host.write("/etc/sudoers", "\n".join(lines) + "\n")
    assert [line["text"] for line in host.collect()["readers"]["sudo"]] == ["ops ALL=A0"]


SUDOERS = """# who may
Defaults env_reset
Cmnd_Alias PAGERS = /usr/bin/less, /usr/bin/more : SERVICES = /bin/systemctl
root ALL=(ALL:ALL) ALL
%adm ALL=(root) NOPASSWD: /usr/sbin/ausearch, \\
     /bin/true
bob ALL=(ALL) /bin/systemctl restart cron
web ALL=NOPASSWD: SERVICES
ops ALL=PAGERS
eve ALL=/usr/bin/id, !/bin/cat
mon ALL=sha256:0123abc /usr/bin/tail /x
dir ALL=/opt/tools/
log ALL=/opt/show /var/log/audit/audit.log
@includedir /etc/sudoers.d
"""


def test_the_lines_of_sudoers_that_grant_reading_are_told_with_their_place(host):
    host.write("/etc/sudoers", SUDOERS)
    host.write("/etc/sudoers.d/more", "\n#1000 ALL=(ALL) ALL\n")
    host.write("/etc/sudoers.d/not.read", "x ALL=ALL\n")
    found = {(line["file"], line["line"]): line["text"] for line in host.collect()["readers"]["sudo"]}
    assert sorted(found) == [
        ("/etc/sudoers", 4),
        ("/etc/sudoers", 5),
        ("/etc/sudoers", 9),
        ("/etc/sudoers", 11),
        ("/etc/sudoers", 12),
        ("/etc/sudoers", 13),
        ("/etc/sudoers.d/more", 2),
    ]
    assert found[("/etc/sudoers", 5)] == "%adm ALL=(root) NOPASSWD: /usr/sbin/ausearch, /bin/true"
    assert "0123abc" not in found[("/etc/sudoers", 11)]


@pytest.mark.parametrize(
    "line, grants",
    [
        ("%wheel ALL=(ALL) TYPE=sysadm_t ROLE=sysadm_r ALL", True),
        ("anna ALL=(ALL) NOTBEFORE=20260101000000Z NOTAFTER=20300101000000Z ALL", True),
        ("anna ALL=(ALL) CHROOT=/x CWD=* NOPASSWD: ALL", True),
        ("anna ALL=TIMEOUT=5m /usr/bin/cat", True),
        ("anna ALL=TIMEOUT = 5m NOEXEC:SETENV: /usr/bin/cat", True),
        ("anna h1=/bin/ls : h2=ALL", True),
        ("anna h1=ALL : h2=/bin/ls", True),
        ("anna h1=/bin/ls : WEB=/bin/ls, /bin/cat", True),
        ("anna 2001:db8::1=(ALL:ALL) ALL", True),
        ("anna ALL=^/usr/bin/(cat|less)$", True),
        ("anna ALL=/usr/bin/python3.11", True),
        ("anna ALL=/usr/bin/vim.gtk3", True),
        ("anna h1=/bin/ls : h2=/bin/df", False),
        ("anna ALL=(ALL) ROLE=ALL CWD=/bin/cat /bin/ls", False),
        ("anna ALL=/bin/ls a\\:b\\=ALL", False),
    ],
)
def test_options_tags_and_further_hosts_hide_no_grant(host, line, grants):
    host.write("/etc/sudoers", line + "\n")
    assert bool(host.collect()["readers"]["sudo"]) is grants


@pytest.mark.parametrize(
    "include, path",
    [
        ("@include /etc/sudo\\ ers.x", "/etc/sudo ers.x"),
        ('@include "/etc/sudo ers.x"', "/etc/sudo ers.x"),
        ("#include sudoers.local # ours", "/etc/sudoers.local"),
        ("@include /etc/sudoers.%h", "/etc/sudoers.web1"),
        ("@includedir /etc/sudoers.d", "/etc/sudoers.d/x"),
    ],
)
def test_what_sudoers_includes_is_read(host, include, path):
    host.write("/proc/sys/kernel/hostname", "web1.example\n")
    host.write("/etc/sudoers", include + "\n")
    host.write(path, "z ALL=ALL\n")
    (host.root / "etc" / "sudoers.d" / "folder").mkdir(parents=True)
    assert [line["file"] for line in host.collect()["readers"]["sudo"]] == [path]


def test_an_include_by_a_name_of_the_host_that_is_not_known_leaves_the_list_unknown(host):
    host.write("/etc/sudoers", "@include /etc/sudoers.%h\n")
    found = host.collect()
    assert found["readers"]["sudo"] is None
    assert "/etc/sudoers.%h: the host's name in it is not known" in found["not_seen"]


@pytest.mark.parametrize("copies", [1, 12])
def test_copies_of_sudoers_in_the_folder_that_it_reads_end(host, copies):
    for path in ["/etc/sudoers"] + ["/etc/sudoers.d/{0}".format(number) for number in range(copies)]:
        host.write(path, "root ALL=(ALL) ALL\n#includedir /etc/sudoers.d\n")
    found = host.collect()
    assert found["readers"]["sudo"] is None
    assert "/etc/sudoers.d/0: it includes itself" in found["not_seen"]


def test_sudoers_that_cannot_be_read_leave_the_list_unknown(host, monkeypatch):
    host.write("/etc/sudoers", SUDOERS)
    host.deny(monkeypatch, "/etc/sudoers")
    assert host.collect()["readers"]["sudo"] is None


def test_a_host_without_sudo_grants_nothing(host):
    assert host.collect()["readers"]["sudo"] == []


def test_odd_files_are_no_fault(host):
    for path in ("/etc/passwd", "/etc/group", "/etc/sudoers", "/etc/ssh/sshd_config", "/etc/pam.d/sshd"):
        (host.root / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (host.root / path.lstrip("/")).write_bytes(
            b"\xff\x00: = \\\n=,:\n \"'\nMatch\nInclude\nx ALL=\n:::::::\n@include\\"
        )
    os.mkfifo(str(host.root / "etc" / "shadow"))
    found = host.collect()
    assert found["root"]["password_locked"] is None


# -- containers -----------------------------------------------------------------


@pytest.mark.parametrize(
    "files, found",
    [
        ({}, []),
        ({"/usr/bin/podman": ""}, ["/usr/bin/podman"]),
        ({"/usr/local/bin/k3s": ""}, ["/usr/local/bin/k3s"]),
        ({"/usr/local/bin/containerd": ""}, ["/usr/local/bin/containerd"]),
        ({"/var/lib/rancher/rke2/data/v1/bin/kubelet": ""}, ["/var/lib/rancher/rke2/data/v1/bin/kubelet"]),
        ({"/snap/docker/current/bin/dockerd": ""}, ["/snap/docker/current/bin/dockerd"]),
        ({"/proc/9/comm": "containerd-shim\n"}, ["containerd-shim"]),
        ({"/proc/9/comm": "systemd-nspawn\n"}, ["systemd-nspawn"]),
        ({"/usr/sbin/lxd": "#!/bin/sh\nexec /usr/share/lxd-installer/install lxd\n"}, []),  # Ubuntu's stub
        ({"/usr/sbin/lxd": "#!/bin/sh\nexec /opt/lxd\n"}, ["/usr/sbin/lxd"]),
        ({"/usr/bin/docker": "", "/proc/9/comm": "dockers\n"}, []),  # the client alone runs none
    ],
)
def test_what_runs_containers_is_found_where_it_is_installed_and_where_it_runs(host, files, found):
    for path, text in dict(files, **{"/proc/1/comm": "systemd\n"}).items():
        host.write(path, text)
    assert host.collect()["container_runtimes"] == found


def test_where_not_all_processes_show_a_host_without_a_known_program_may_run_containers(host):
    found = host.collect()
    assert found["container_runtimes"] is None
    assert any("may run containers" in text for text in found["not_seen"])
    host.write("/usr/bin/podman", "")
    assert host.collect()["container_runtimes"] == ["/usr/bin/podman"]
