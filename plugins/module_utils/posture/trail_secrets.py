# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in texts of the audit log: numbers of payment cards, and passwords among a command's arguments.

Only their places are told; nothing here keeps what it finds.
"""

import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

Span = Tuple[int, int]

ISSUERS: Tuple[Tuple[str, int, int, Tuple[int, ...]], ...] = (
    # name, first and last prefix, lengths (ISO/IEC 7812; the issuers' published ranges)
    ("visa", 4, 4, (13, 16, 19)),
    ("mastercard", 51, 55, (16,)),
    ("mastercard", 2221, 2720, (16,)),
    ("american express", 34, 34, (15,)),
    ("american express", 37, 37, (15,)),
    ("discover", 6011, 6011, (16, 17, 18, 19)),
    ("discover", 644, 649, (16, 17, 18, 19)),
    ("discover", 65, 65, (16, 17, 18, 19)),
    ("jcb", 3528, 3589, (16, 17, 18, 19)),
    ("diners club", 300, 305, (14, 16, 17, 18, 19)),
    ("diners club", 36, 36, (14, 16, 17, 18, 19)),
    ("diners club", 38, 39, (14, 16, 17, 18, 19)),
    ("unionpay", 62, 62, (16, 17, 18, 19)),
    ("mir", 2200, 2204, (16, 17, 18, 19)),
    ("maestro", 5018, 5018, (13, 14, 15, 16, 17, 18, 19)),
    ("maestro", 5020, 5020, (13, 14, 15, 16, 17, 18, 19)),
    ("maestro", 5038, 5038, (13, 14, 15, 16, 17, 18, 19)),
    ("maestro", 5893, 5893, (13, 14, 15, 16, 17, 18, 19)),
    ("maestro", 6304, 6304, (13, 14, 15, 16, 17, 18, 19)),
    ("maestro", 6759, 6763, (13, 14, 15, 16, 17, 18, 19)),
)

_NUMBERS = (
    # On its own, and not the decimals of a fraction.
    re.compile(r"(?<![0-9])(?<![0-9]\.)[0-9]{13,19}(?![0-9])"),
    # As it is printed on the card.
    re.compile(r"(?<![0-9A-Za-z-])[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{1,4}(?:\1[0-9]{3})?(?![0-9A-Za-z-])"),
    re.compile(r"(?<![0-9A-Za-z-])[0-9]{4}([ -])[0-9]{6}\1[0-9]{4,5}(?![0-9A-Za-z-])"),
)
_WORD = re.compile(r"[0-9A-Za-z]*")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+\Z")
_AROUND = 64
"""So much before and after a number is looked at: a checksum has no more digits in one word (SHA-256)."""


def card_numbers(text: str) -> List[Span]:
    """Where a text holds what passes for the number of a payment card.

    13 to 19 digits in a row or in the groups of a card, an issuer's prefix and
    length, and the check digit (Luhn). Digits inside a hexadecimal word
    (the identity of a container, a checksum) are none.
    """
    found: List[Span] = []
    for form in _NUMBERS:
        for match in form.finditer(text):
            digits = re.sub(r"[ -]", "", match.group())
            if _is_card(digits) and not _in_hexadecimal(text, match.start(), match.end()):
                found.append(match.span())
    return sorted(set(found))


def _is_card(digits: str) -> bool:
    return luhn(digits) and any(
        len(digits) in lengths and first <= int(digits[: len(str(first))]) <= last
        for _name, first, last, lengths in ISSUERS
    )


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def _in_hexadecimal(text: str, start: int, end: int) -> bool:
    before = _word(text[max(0, start - _AROUND) : start][::-1])[::-1]
    word = before + text[start:end] + _word(text[end : end + _AROUND])
    return not word.isdigit() and _HEXADECIMAL.match(word) is not None


def _word(text: str) -> str:
    """What of a text is letters and digits, from its beginning on."""
    found = _WORD.match(text)
    return found.group() if found else ""


# -- arguments ----------------------------------------------------------------
# Anybody can put anything into an argument. So every expression here is tried where something begins, and once: the
# time grows with the length of a record and not with its square.

MOST_NAME = 256
"""Characters of the name of an option or a variable; what is longer is none."""

_SECRET = re.compile(
    r"(?<![^_.-])(?:pass(?:word|wd|phrase|code)?|passw|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credentials?)(?![^_.-])",
    re.IGNORECASE,
)
# --password-file=, --token-ttl=, --pass-through: what the word is followed by says that no secret comes.
_OTHER = re.compile(
    r"file|path|dir|stdin|prompt|command|cmd|fd|store|ttl|type|name|url|uri|length|policy|through|age", re.IGNORECASE
)
_ASSIGNED = re.compile(r"(?:\A|(?<=[,=]))(?:--?|/)?(?P<name>[\w.-]{1,256})[=:](?=.)", re.DOTALL)
_COMPACT = ("PASSWORD", "PASSWD", "SECRET", "TOKEN", "APIKEY")
_URL = re.compile(r"(?<=[A-Za-z0-9+.-])://[^/\s:@]*:(?P<secret>[^/\s@]+)@")
_HEADER = "authorization:"
_SCHEME = re.compile(r"\s*(?:(?:basic|bearer|token|digest)(?=\s))?", re.IGNORECASE)
# A name of a variable, a place to read it from, nothing, or what has been masked already.
_NO_SECRET = re.compile(
    r"(?:\$[A-Za-z_{(].*|[%<{@].*|-|\*+|x{3,}|file:.*|env:.*|fd:.*|stdin|true|false|yes|no|none|null)\Z", re.IGNORECASE
)


class _Options(NamedTuple):
    """Short options of a program that take a secret: ``attached`` (-pX), ``next`` (-p X), ``pair`` (-u name:X)."""

    attached: str = ""
    next: str = ""
    pair: str = ""


PROGRAMS: Dict[str, _Options] = {
    "7z": _Options(attached="p"),
    "7za": _Options(attached="p"),
    "cqlsh": _Options(next="p"),
    "curl": _Options(next="", pair="uU"),
    "docker": _Options(next="p"),
    "ipmitool": _Options(next="P"),
    "ldapadd": _Options(attached="w", next="w"),
    "ldapdelete": _Options(attached="w", next="w"),
    "ldapmodify": _Options(attached="w", next="w"),
    "ldappasswd": _Options(attached="w", next="wsa"),
    "ldapsearch": _Options(attached="w", next="w"),
    "ldapwhoami": _Options(attached="w", next="w"),
    "mariadb": _Options(attached="p"),
    "mariadb-admin": _Options(attached="p"),
    "mariadb-dump": _Options(attached="p"),
    "mongo": _Options(next="p"),
    "mongodump": _Options(next="p"),
    "mongorestore": _Options(next="p"),
    "mongosh": _Options(next="p"),
    "mysql": _Options(attached="p"),
    "mysqladmin": _Options(attached="p"),
    "mysqldump": _Options(attached="p"),
    "mysqlimport": _Options(attached="p"),
    "mysqlshow": _Options(attached="p"),
    "podman": _Options(next="p"),
    "rar": _Options(attached="p"),
    "redis-cli": _Options(next="a"),
    "rpcclient": _Options(pair="U"),
    "smbclient": _Options(pair="U"),
    "snmpget": _Options(next="AX"),
    "snmpwalk": _Options(next="AX"),
    "sqlcmd": _Options(attached="P", next="P"),
    "sshpass": _Options(attached="p", next="p"),
    "unzip": _Options(next="P"),
    "useradd": _Options(next="p"),
    "usermod": _Options(next="p"),
    "zip": _Options(next="P"),
}
_OF_LOGIN = ("docker", "podman")  # their -p is a port, but in `login`
_PAIRED = re.compile(r"[:%]")
_PAIRS = ("--user", "--proxy-user")
_OPENSSL = "pass:"
_OPTION_NAME = re.compile(r"[\w.-]+\Z")
_TOKEN = re.compile(r"[^\s;|&()]+")
_QUOTES = "'\""


class _Token(NamedTuple):
    """A word of a command: of which argument, from where to where in it."""

    argument: int
    start: int
    end: int
    text: str


def password_arguments(argv: Sequence[str]) -> List[Tuple[int, int, int]]:
    """Where the arguments of a command hold a password: ``(argument, start, end)`` of each.

    An argument that is a command of its own (``sh -c``, what sudo records) is looked into.
    """
    found: List[Tuple[int, int, int]] = []
    options, follows, login = _Options(), "", False
    for token in _tokens(argv):
        secret = _secret_of(token, options, follows)
        if secret is not None:
            found.append((token.argument, secret[0], secret[1]))
        follows = ""
        name = token.text.rpartition("/")[2]
        if name in PROGRAMS:
            options = PROGRAMS[name] if name not in _OF_LOGIN else _Options()
            login = name in _OF_LOGIN
        elif login and token.text == "login":
            options = _Options(next="p")
        elif secret is None:
            follows = _expects(token.text, options)
    return found


_WORDS = (b"pass", b"pwd", b"secret", b"token", b"key", b"credential")
_ANY_WORD = re.compile(rb"pass|pwd|secret|token|key|cred")
_RUN = re.compile(rb"[\w.-]+[=:]?")
_SIGNS = tuple(
    sign.encode("ascii")
    for sign in "://;authorization:;7z;cqlsh;curl;docker;ipmitool;ldap;mariadb;mongo;mysql;podman;rar;redis-cli;rpcclient;"
    "smbclient;snmp;sqlcmd;sshpass;useradd;usermod;zip".split(";")
)


_ZEROS = bytes.maketrans(b"0123456789", b"0" * 10)
# What a card's number is once every digit is a zero: in a row, in groups, and with the groups in hexadecimal.
_DIGITS = (
    b"0" * 13,
    b"0000-0000-0000",
    b"0000 0000 0000",
    b"000000000D000000000D00000000",
    b"0000-000000-0000",
    b"0000 000000 0000",
    b"000000000D0000000000000D",
)


def digits(data: bytes) -> List[int]:
    """Where the lines begin that hold as many digits as a card's number, as they are or in hexadecimal."""
    zeros = data.translate(_ZEROS)
    starts = set()
    for needle in _DIGITS:
        at = zeros.find(needle)
        while at >= 0:
            starts.add(zeros.rfind(b"\n", 0, at) + 1)
            end = zeros.find(b"\n", at)
            at = zeros.find(needle, end) if end >= 0 else -1
    return sorted(starts)


def likely(commands: Sequence[bytes]) -> List[bool]:
    """Of each command, whether it can hold a secret that is found here at all.

    What no command holds is looked for in all of them at once: that is fast,
    and most logs hold none of it.
    """
    low = b"\n".join(commands).lower()
    signs = [sign for sign in _SIGNS if sign in low]
    words = any(word in low for word in _WORDS)
    zeros = low.translate(_ZEROS)
    needles = [needle for needle in _DIGITS if needle.lower() in zeros]
    told = []
    for command in commands:
        text = command.lower()
        found = any(sign in text for sign in signs) or (words and _names_a_secret(text))
        if not found and needles:
            counted = text.translate(_ZEROS)
            found = any(needle.lower() in counted for needle in needles)
        told.append(found)
    return told


def _names_a_secret(text: bytes) -> bool:
    """Whether one of the words is assigned to, or is in an option: in the path /etc/passwd it is neither."""
    if _ANY_WORD.search(text) is None:
        return False
    for run in _RUN.finditer(text):
        word = run.group()
        if _ANY_WORD.search(word) is None:
            continue
        dash = word.find(b"-")
        if word[-1:] in b"=:" or (dash >= 0 and _ANY_WORD.search(word, dash) is not None):
            return True
    return False


def _tokens(argv: Sequence[str]) -> List[_Token]:
    """The words of all arguments, without quotes around them."""
    found = []
    for number, argument in enumerate(argv):
        if not re.search(r"\s", argument):
            found.append(_Token(number, 0, len(argument), argument))
            continue
        for match in _TOKEN.finditer(argument):
            start, end = match.span()
            while start < end and argument[start] in _QUOTES:
                start += 1
            while end > start and argument[end - 1] in _QUOTES:
                end -= 1
            found.append(_Token(number, start, end, argument[start:end]))
        if _is_header(argument):
            found.append(_Token(number, 0, len(argument), argument))
    return found


def _expects(text: str, options: _Options) -> str:
    """What the next word is, after this one: ``secret``, ``pair`` or nothing that is looked for."""
    if len(text) == 2 and text[0] == "-" and text[1] in options.next:
        return "secret"
    if options.pair and (text in _PAIRS or (len(text) == 2 and text[0] == "-" and text[1] in options.pair)):
        return "pair"
    return "secret" if _is_option(text) else ""


def _secret_of(token: _Token, options: _Options, follows: str) -> Optional[Span]:
    text = token.text
    if follows == "secret":
        if text[:1] != "-" and not _NO_SECRET.match(text):
            return token.start, token.end
        return None
    at: Optional[int] = None
    if follows == "pair":
        pair = _PAIRED.search(text)
        at = pair.end() if pair else None
    elif len(text) > 2 and text[0] == "-" and text[1] in options.attached and text[1] != "-":
        return token.start + 2, token.end
    elif "=" not in text and ":" not in text:
        return None
    end = len(text)
    if at is None or at >= end:
        at, end = _valued(text)
    if at is None or text.upper().startswith(("PWD=", "OLDPWD=")) or _NO_SECRET.match(text[at:end]):
        return None
    return token.start + at, token.start + end


def _valued(text: str) -> Tuple[Optional[int], int]:
    """From where to where the value is that a word gives to something that is named as a secret."""
    end = len(text)
    if _is_header(text):
        scheme = _SCHEME.match(text, len(_HEADER))
        rest = text[scheme.end() :] if scheme else ""
        if rest.strip():
            return end - len(rest.lstrip()), end
    for assigned in _ASSIGNED.finditer(text):
        if _named(assigned.group("name")) is not None:
            return assigned.end(), end
    name, sign, secret = text.partition("=")
    if sign and secret and len(name) <= MOST_NAME and _is_compact(name):
        return len(name) + 1, end
    if text.startswith(_OPENSSL) and end > len(_OPENSSL):
        return len(_OPENSSL), end
    url = _URL.search(text)
    return (None, end) if url is None else url.span("secret")


def _named(name: str) -> Optional[int]:
    """Where the last word of a name ends that says that it stands for a secret; None where it does not."""
    last = None
    for found in _SECRET.finditer(name, 0, MOST_NAME):
        last = found
    return None if last is None or _OTHER.search(name, last.start()) else last.end()


def _is_compact(name: str) -> bool:
    """PGPASSWORD, MYTOKEN: the word is the end of the name, and something is before it."""
    whole = name.upper()
    return whole.isalnum() and whole.endswith(_COMPACT) and whole not in _COMPACT


def _is_option(text: str) -> bool:
    """``--password``, ``-db.pass``: the value is the next word."""
    if text[:1] != "-" or len(text) > MOST_NAME:
        return False
    name = text[2:] if text.startswith("--") else text[1:]
    return _OPTION_NAME.match(name) is not None and _named(name) == len(name)


def _is_header(text: str) -> bool:
    return text[: len(_HEADER)].lower() == _HEADER
