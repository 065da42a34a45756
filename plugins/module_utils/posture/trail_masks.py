# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many secrets an audit log holds, and a record with its secrets masked."""

import re
from binascii import unhexlify
from typing import Any, Callable, Container, Dict, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import trail_fields, trail_secrets
from ansible_collections.auditops.trail.plugins.module_utils.posture.trail_records import Chunk, head

Plain = Dict[str, Any]

COMMANDS = ("EXECVE", "PROCTITLE", "USER_CMD")
"""The records that hold a command's arguments."""
TYPED = ("TTY", "USER_TTY")
"""The records of pam_tty_audit: what was typed, in ``data``."""
TYPES = frozenset(COMMANDS + TYPED)
MASK = "****"
MOST_NAMED = 5
"""So many events are named for each kind, the newest."""

_MOST_KEPT = 20000
_IN_HEXADECIMAL = re.compile(rb"=((?:[0-9A-F]{2})+)(?=\s|\Z)")
_PIECES = re.compile(rb"\"? a\d+\[[1-9]\d*\]=\"?")
_FAILED = ("failed", "no", "0")
_COMMAND_OF_USER = re.compile(rb"\bcmd=(\"[^\"]*\"|[0-9A-F]+)")


class _Found(NamedTuple):
    cards: Tuple[str, ...]
    password: bool


_NOTHING = _Found((), False)


class Secrets:
    """Counts from chunk to chunk; what is found is compared within an event, and not kept."""

    def __init__(self, is_spent: Callable[[], bool] = lambda: False) -> None:
        self._is_spent = is_spent
        self._cards: Set[Tuple[bytes, str]] = set()
        self._passwords: Set[bytes] = set()
        self._typed = 0
        self._named: Dict[str, List[str]] = {"card_numbers": [], "password_arguments": [], "typed": []}
        self._known: Dict[bytes, _Found] = {}

    def take(self, chunk: Chunk, data: bytes) -> None:
        """The lines of a chunk, and the same as one piece. Where the time is spent it ends early."""
        self._commands(chunk)
        for start in trail_secrets.digits(data):
            if self._is_spent():
                return
            if data.startswith((b"type=PROCTITLE ", b"type=EXECVE "), start):
                continue
            end = data.find(b"\n", start)
            line = data[start:] if end < 0 else data[start:end]
            beginning = head(line)
            if beginning is not None and beginning.type not in COMMANDS:
                numbers = _cards(line.decode("utf-8", "surrogateescape"), beginning.type)
                if numbers:
                    self._add(line, _Found(tuple(numbers), False))
        for name in TYPED:
            for at in chunk.picked.get(name, ()):
                line = chunk.lines[at]
                if re.search(rb"\bdata=[^\s']", line):
                    self._typed += 1
                    self._name("typed", line)

    def _commands(self, chunk: Chunk) -> None:
        """Commands come again and again: each is looked into once."""
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        known = self._known
        new: Dict[bytes, str] = {}
        lines = []
        for name in COMMANDS:
            for at in chunk.picked.get(name, ()):
                rest = chunk.lines[at].partition(b"): ")[2]
                if rest not in known:
                    new[rest] = name
                lines.append((rest, at))
        suspicious = trail_secrets.likely([_plain(name, rest) for rest, name in new.items()])
        for (rest, name), likely in zip(new.items(), suspicious):
            if likely and self._is_spent():
                return
            known[rest] = _looked_into(name, rest) if likely else _NOTHING
        for rest, at in lines:
            found = known[rest]
            if found is not _NOTHING:
                self._add(chunk.lines[at], found)

    def _add(self, line: bytes, found: _Found) -> None:
        beginning = head(line)
        if beginning is None:
            return
        for number in found.cards:
            if (beginning.event, number) not in self._cards:
                self._cards.add((beginning.event, number))
                self._name("card_numbers", line)
        if found.password and beginning.event not in self._passwords:
            self._passwords.add(beginning.event)
            self._name("password_arguments", line)

    def _name(self, kind: str, line: bytes) -> None:
        beginning = head(line)
        named = self._named[kind]
        if beginning is not None and (not named or named[-1] != beginning.named):
            named.append(beginning.named)
            del named[:-MOST_NAMED]

    def told(self) -> Plain:
        """``card_numbers, password_arguments, typed`` (numbers), and ``events``: where the newest of each are."""
        return {
            "card_numbers": len(self._cards),
            "password_arguments": len(self._passwords),
            "typed": self._typed,
            "events": {kind: list(named) for kind, named in self._named.items()},
        }


def _plain(name: str, rest: bytes) -> bytes:
    """The arguments of a record, with what is in hexadecimal decoded."""
    rest = rest.partition(b"\x1d")[0]
    if name == "USER_CMD":
        command = _COMMAND_OF_USER.search(rest)
        rest = b"cmd=" + command.group(1) if command else b""
    elif b"[0]=" in rest:
        rest = _PIECES.sub(b"", rest)
    return _IN_HEXADECIMAL.sub(lambda match: b"=" + unhexlify(match.group(1)), rest)


def _looked_into(name: str, rest: bytes) -> _Found:
    text = rest.decode("utf-8", "surrogateescape")
    fields = trail_fields.fields(text, name)
    argv = [argument for argument, _parts in commands(name, fields)]
    password = bool(trail_secrets.password_arguments(argv))
    numbers = {re.sub(r"\D", "", one[start:end]) for one in argv for start, end in trail_secrets.card_numbers(one)}
    return _Found(tuple(sorted(numbers)), password) if password or numbers else _NOTHING


def _cards(text: str, record_type: str) -> Set[str]:
    return {
        re.sub(r"\D", "", field.value[start:end])
        for field in trail_fields.fields(text, record_type)
        if field.is_text
        for start, end in trail_secrets.card_numbers(field.value)
    }


Command = Tuple[str, List[trail_fields.Field]]


def commands(name: str, fields: List[trail_fields.Field]) -> List[Command]:
    """The arguments of a command in a record, each with the fields that hold it."""
    if name == "EXECVE":
        return trail_fields.arguments(fields)
    if name == "PROCTITLE":
        title = [field for field in fields if field.name == "proctitle"]
        return [(part, title) for field in title[:1] for part in field.value.split("\0")]
    return [(field.value, [field]) for field in fields if field.name == "cmd"]


def masked(text: str, record_type: str, accounts: Optional[Container[str]] = None) -> str:
    """A record's line with ``****`` for each value that holds a secret; a text in hexadecimal is looked into first.

    Args:
        text: The line.
        record_type: Its type.
        accounts: The names of accounts; None where they are not known. The name of a login that failed is shown only
            where there is such an account, because it may be a password that was typed too early.
    """
    fields = trail_fields.fields(text, record_type)
    hidden: Dict[Tuple[int, int], str] = {}
    argv = commands(record_type, fields) if record_type in COMMANDS else []
    spans: Dict[int, List[Tuple[int, int]]] = {}
    for at, start, end in trail_secrets.password_arguments([argument for argument, _parts in argv]):
        spans.setdefault(at, []).append((start, end))
    arguments = []
    for at, (argument, parts) in enumerate(argv):
        found = spans.get(at, []) + trail_secrets.card_numbers(argument)
        arguments.append(_cut(argument, found))
        if found and record_type != "PROCTITLE":
            for field in parts:
                # Of an argument in several pieces no piece is shown.
                hidden[(field.start, field.end)] = arguments[-1] if len(parts) == 1 else MASK
    if record_type == "PROCTITLE" and argv and arguments != [argument for argument, _parts in argv]:
        hidden[(argv[0][1][0].start, argv[0][1][0].end)] = " ".join(arguments)
    failed = trail_fields.value(fields, "res") in _FAILED or trail_fields.value(fields, "success") in _FAILED
    for field in fields:
        if failed and field.name == "acct" and not _is_account(field.value, accounts):
            hidden[(field.start, field.end)] = MASK
        if (field.start, field.end) in hidden or not field.is_text:
            continue
        if record_type in TYPED and field.name == "data":
            hidden[(field.start, field.end)] = MASK
            continue
        cards = trail_secrets.card_numbers(field.value)
        if cards:
            hidden[(field.start, field.end)] = _cut(field.value, cards)
    pieces, at = [], 0
    for (start, end), shown in sorted(hidden.items()):
        pieces += [text[at:start], '"', shown, '"']
        at = end
    return "".join(pieces) + text[at:]


def _is_account(name: str, accounts: Optional[Container[str]]) -> bool:
    """Whether the name of a login tells nothing but who it is: an account, or what sshd writes for want of one."""
    if name in ("", "?") or (name[0] == "(" and name[-1] == ")"):
        return True
    return accounts is not None and name in accounts


def _cut(text: str, spans: List[Tuple[int, int]]) -> str:
    """The text with each span masked; spans may overlap."""
    out, at = "", 0
    for start, end in sorted(spans):
        if end <= at:
            continue
        if start >= at:
            out += text[at:start] + MASK
        at = end
    return out + text[at:]
