# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in a log are counted and masked, and numbers that only look like them are not."""

import time

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import trail_masks, trail_records, trail_secrets

CARD = "4111111111111111"


def hexed(text):
    return text.encode("utf-8").hex().upper()


def counted(*lines):
    data = "\n".join(lines).encode("utf-8", "surrogateescape")
    secrets = trail_masks.Secrets()
    secrets.take(trail_records.Scan(trail_masks.TYPES).chunk(data), data)
    return secrets.told()


def record(kind, rest, serial=7):
    return "type={0} msg=audit(1764000000.123:{1}): {2}".format(kind, serial, rest)


@pytest.mark.parametrize(
    "text",
    [
        CARD,
        "pay " + CARD + " now",
        "card" + CARD + ".txt",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "378282246310005",
        "3782 822463 10005",
        "5555555555554444",
        "2223003122003222",
        "6011111111111117",
        "3530111333300000",
        "30569309025904",
        "6200000000000005",
    ],
)
def test_a_card_number_is_found(text):
    assert len(trail_secrets.card_numbers(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # the check digit
        "1764000000000008",  # no issuer
        "41111111111111111111",  # too long
        "411111111111",  # too short
        "ab4111111111111111",  # part of a hexadecimal word
        "0.4111111111111111",
        "4111-1111-1111-111111111111",
        "4111 1111-1111 1111",
        "550e8400-4111-1111-1111-111111111111",
        "",
    ],
)
def test_what_only_looks_like_a_card_number_is_not_one(text):
    assert trail_secrets.card_numbers(text) == []


@pytest.mark.parametrize(
    "command, secret",
    [
        ("mysql -psecret", "secret"),
        ("/usr/bin/mysqldump -uroot -psecret db", "secret"),
        ("tool --password=secret", "secret"),
        ("tool --password secret", "secret"),
        ("tool --db-password=secret x", "secret"),
        ("java -Dapp.password=secret -jar x", "secret"),
        ("PGPASSWORD=secret psql", "secret"),
        ("env PASSWORD=secret run", "secret"),
        ("AWS_SECRET_ACCESS_KEY=secret aws", "secret"),
        ("kubectl create secret generic x --from-literal=password=secret", "secret"),
        ("mount -o username=a,password=secret //x /y", "secret"),
        ("sshpass -p secret ssh host", "secret"),
        ("sshpass -psecret ssh host", "secret"),
        ("curl -u me:secret https://x", "secret"),
        ("curl --user me:secret https://x", "secret"),
        ("git clone https://me:secret@x/y", "secret"),
        ("openssl rsa -passin pass:secret", "secret"),
        ("docker login -u a -p secret", "secret"),
        ("ldapsearch -x -w secret", "secret"),
        ("redis-cli -a secret", "secret"),
        ("usermod -p $6$hash bob", "$6$hash"),
        ("tool --api-key secret", "secret"),
        ("sudo mysql -psecret", "secret"),
    ],
)
def test_a_password_among_arguments_is_found_in_words_and_in_one_text(command, secret):
    for argv in (command.split(), ["sh", "-c", command]):
        spans = trail_secrets.password_arguments(argv)
        assert [argv[at][start:end] for at, start, end in spans] == [secret]
        assert trail_secrets.likely([" ".join(argv).encode("ascii")]) == [True]


@pytest.mark.parametrize(
    "command",
    [
        "mysql -p",
        "mysql -u root -p db",
        "ssh -p 22 host",
        "mkdir -p /srv/x",
        "docker run -p 80:80 x",
        "curl -u me https://x",
        "env PWD=/root OLDPWD=/ ls",
        "tool --password-file=/etc/x",
        "tool --token-ttl=5",
        "tool --password=$PASS",
        "tool --password ****",
        "tool --password --verbose",
        "passwd root",
        "cat /etc/passwd",
        "grep password= /etc/x",
        "sshd -o PasswordAuthentication=no",
        "openssl rsa -passin file:/x",
        "chpasswd",
        "",
    ],
)
def test_what_is_no_password_is_not_taken_for_one(command):
    for argv in (command.split(), ["sh", "-c", command]):
        assert trail_secrets.password_arguments(argv) == []


def test_each_program_of_the_table_passes_the_fast_test():
    for name in trail_secrets.PROGRAMS:
        assert trail_secrets.likely([name.encode("ascii") + b" -p x"]) == [True]


def test_a_header_with_credentials_is_found():
    assert trail_secrets.password_arguments(["curl", "-H", "Authorization: Bearer abc"]) == [(2, 22, 25)]


# -- counting -------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, rest",
    [
        ("EXECVE", 'argc=2 a0="pay" a1="{0}"'.format(CARD)),
        ("EXECVE", 'argc=2 a0="pay" a1={0}'.format(hexed("to " + CARD))),
        ("EXECVE", 'argc=2 a0="pay" a1[0]="41111111" a1[1]="11111111"'),
        ("PROCTITLE", "proctitle=" + hexed("pay\0" + CARD)),
        ("PATH", 'item=0 name="/data/{0}.txt" inode=5'.format(CARD)),
        ("PATH", "item=0 name={0} inode=5".format(hexed("/data/a " + CARD))),
        ("PATH", "item=0 name={0} inode=5".format(hexed("/data/4111-1111-1111-1111"))),
        ("PATH", "item=0 name={0} inode=5".format(hexed("/data/4111 1111 1111 1111"))),
        ("USER_CMD", "msg='cwd=\"/\" cmd={0} terminal=pts/0 res=success'".format(hexed("pay " + CARD))),
    ],
)
def test_card_numbers_are_counted_in_texts_as_they_are_and_in_hexadecimal(kind, rest):
    assert counted(record(kind, rest))["card_numbers"] == 1


@pytest.mark.parametrize(
    "kind, rest",
    [
        ("PATH", 'item=0 name="/x" inode={0}'.format(CARD)),
        ("SYSCALL", "a0={0} a1={0}".format(CARD)),
        ("EOE", ""),
        ("PATH", 'item=0 name="/x"\x1dOUID="{0}"'.format(CARD)),
    ],
)
def test_numbers_in_fields_of_numbers_are_no_card_numbers(kind, rest):
    assert counted(record(kind, rest))["card_numbers"] == 0


def test_the_records_of_one_event_count_once():
    told = counted(
        record("EXECVE", 'argc=2 a0="mysql" a1="-psecret{0}"'.format("4111111111111111")),
        record("PROCTITLE", "proctitle=" + hexed("mysql\0-psecret4111111111111111")),
        record("EXECVE", 'argc=2 a0="mysql" a1="-psecret"', 8),
    )
    assert (told["card_numbers"], told["password_arguments"]) == (1, 2)
    assert told["events"]["password_arguments"] == ["1764000000.123:7", "1764000000.123:8"]
    assert "secret" not in repr(told)


def test_what_was_typed_is_counted_where_there_is_any():
    told = counted(
        record("TTY", 'tty pid=1 uid=0 auid=0 major=4 minor=1 comm="bash" data=6C730D'),
        record("USER_TTY", "pid=1 data=6C73", 8),
        record("TTY", "tty pid=1", 9),
    )
    assert told["typed"] == 2


def test_bytes_that_are_no_utf8_are_no_fault():
    told = counted(record("EXECVE", 'argc=2 a0="x\udcff" a1="--password=\udcfe"'), "\udcff" + "0" * 20)
    assert told["password_arguments"] == 1


# -- masking --------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, rest, shown",
    [
        ("EXECVE", 'argc=2 a0="mysql" a1="-psecret"', 'argc=2 a0="mysql" a1="-p****"'),
        ("EXECVE", 'argc=3 a0="x" a1="--password" a2="secret"', 'argc=3 a0="x" a1="--password" a2="****"'),
        ("EXECVE", 'argc=3 a0="sh" a1="-c" a2=' + hexed("mysql -psecret"), 'argc=3 a0="sh" a1="-c" a2="mysql -p****"'),
        ("EXECVE", 'argc=1 a0[0]="--password=sec" a0[1]="ret"', 'argc=1 a0[0]="****" a0[1]="****"'),
        ("PROCTITLE", "proctitle=" + hexed("mysql\0-psecret"), 'proctitle="mysql -p****"'),
        ("USER_CMD", "msg='cmd=" + hexed("mysql -psecret") + " res=success'", "msg='cmd=\"mysql -p****\" res=success'"),
        ("TTY", "data=6C73", 'data="****"'),
        ("PATH", 'name="/x/4111111111111111" inode=5', 'name="/x/****" inode=5'),
        ("PATH", "name=" + hexed("/x 4111111111111111") + " inode=5", 'name="/x ****" inode=5'),
        ("EXECVE", 'argc=2 a0="ls" a1=2D6C20', 'argc=2 a0="ls" a1=2D6C20'),
        ("SYSCALL", "a0=4111111111111111", "a0=4111111111111111"),
    ],
)
def test_the_value_that_holds_a_secret_is_masked_and_nothing_else(kind, rest, shown):
    assert trail_masks.masked(record(kind, rest), kind) == record(kind, shown)


# -- hostile records ------------------------------------------------------------

LONG = 65536
HOSTILE = (
    ("--pass" + "a_" * LONG)[:LONG],
    "-" * LONG,
    "-a" * (LONG // 2),
    ("4111111111111111" * LONG)[:LONG] + "a",
    "4111111111111111a" * (LONG // 17),
    "4111 " * (LONG // 5),
    "a" * LONG,
    "a." * (LONG // 2),
    "pass" * (LONG // 4),
    "pass_" * (LONG // 5),
    "--password_" * (LONG // 11),
    "a=" * (LONG // 2),
    ",pass-" * (LONG // 6),
    "a://" * (LONG // 4),
    "a://b:" * (LONG // 6),
    "://" + ":" * LONG,
    "authorization:" + " " * LONG,
    "authorization: basic" + "\t" * LONG,
    "$" + "a" * LONG,
    "x" * LONG + "y",
    "sh -c " + "'" * LONG,
    "a " * (LONG // 2),
    "mysql -p " * (LONG // 9),
    "\0" * LONG,
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_the_time_for_a_record_grows_with_its_length_alone(text):
    # Each took seconds to minutes when an expression was tried at every place, and that for each record of a log.
    began = time.perf_counter()
    for argv in ([text], [text] * 2):
        trail_secrets.password_arguments(argv)
        trail_secrets.likely([" ".join(argv).encode("ascii")])
    trail_secrets.card_numbers(text)
    for kind, rest in (
        ("EXECVE", 'argc=2 a0="{0}" a1="x"'),
        ("USER_CMD", "msg='cmd=\"{0}\" res=success'"),
        ("X", "{0}"),
    ):
        line = record(kind, rest.format(text))
        trail_masks.masked(line, kind)
        counted(line)
    counted(record("PROCTITLE", "proctitle=" + hexed(text)))
    assert time.perf_counter() - began < 5.0


def test_an_argument_in_very_many_pieces_is_put_together_once():
    began = time.perf_counter()
    line = record("EXECVE", "argc=1 " + " ".join('a0[{0}]="=4111111111111111,"'.format(at) for at in range(4000)))
    assert trail_masks.masked(line, "EXECVE").count("****") == 4000
    assert counted(line)["card_numbers"] == 1
    assert time.perf_counter() - began < 2.0


@pytest.mark.parametrize("word", ["--" + "a" * 250 + "_password=x", "--my-db-password=x", "--db_api-key=x"])
def test_a_name_of_several_words_is_looked_at_as_a_whole(word):
    assert len(trail_secrets.password_arguments([word])) == (1 if len(word) < 256 else 0)
