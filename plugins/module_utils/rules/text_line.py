# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line of options, read in getopt_long's order: settings, and what ends a line early.

The loop is glibc's getopt_long with ``setopt`` of src/auditctl.c (2.8.5 to
4.2.1): words without an option are moved to the end and refused there; long
options may be abbreviated; some options end the line.
"""

from typing import Callable, Dict, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Origin, Statement
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_fields import MOST_KEY
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_numbers import (
    DIGITS,
    long_bits,
    overflows,
    unsigned,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_rule import KEY_SEPARATOR, Draft
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_tables import Tables

WITH_VALUE = frozenset("CefrbaAdSFmRwWkpq")
WITHOUT_VALUE = frozenset("hicslDvt")
EXAMPLES = {
    "a": "-a always,exit", "A": "-A always,exit", "d": "-d always,exit", "S": "-S open,openat", "F": "-F auid>=1000",
    "C": "-C uid!=euid", "w": "-w /etc/passwd", "W": "-W /etc/passwd", "p": "-p wa", "k": "-k identity",
    "e": "-e 1", "f": "-f 1", "b": "-b 8192", "r": "-r 0", "q": "-q /mnt,/mnt/sub", "m": "-m text",
    "R": "-R /etc/audit/audit.rules",
}  # fmt: skip
"""Each option that takes a value, as it may be written."""

_HANDLERS = (4, 0, 4)  # a function an option since: some no longer end the line at once
_SIGNALS = ("term", "hup", "usr1", "usr2", "cont")
_SIGNAL_WORDS = ("stop", "reload", "rotate", "resume", "state")  # since 3.1.1
_FLAGS = {"e": ("enabled", "Enable"), "f": ("failure", "Failure")}
_NUMBERS = {"r": ("rate_limit", "Rate", "rate"), "b": ("backlog_limit", "Backlog", "backlog")}
_WAIT = ("backlog_wait_time", "Backlog_wait_time", "backlog_wait_time")
MOST_WAIT = 10 * 60 * 1000  # 10 * AUDIT_BACKLOG_WAIT_TIME (kernel/audit.c), where HZ is 1000
# Long options, whether they take a value, and the first release that has them.
_LONG = (
    ("help", False, (4, 1, 1)),
    ("loginuid-immutable", False, (2, 3)),
    ("backlog_wait_time", True, (2, 4)),
    ("reset-lost", False, (2, 8)),
    ("reset_backlog_wait_time_actual", False, (3, 0)),
    ("signal", True, (3, 0)),
)
_LONG_VALUES = {
    "backlog_wait_time": "add the value, as in `--backlog_wait_time 60000`.",
    "signal": "add the value, as in `--signal usr1`.",
}

LOST_RULE = "the rule on this line is not loaded: an option behind it ends the line; give that option a line of its own"
"""The warning of a statement such as ``-w /etc/passwd -i``, at which auditctl says nothing."""


LEFT_OVER = "parameter passed without an option given"
"""The refusal of a line with words that no option owns."""


class _End(Exception):
    """The line ends here: at once, or (``checks``) once no words are left over."""

    def __init__(self, checks: bool) -> None:
        super().__init__()
        self.checks = checks


class Line:
    """One line while its options are read."""

    def __init__(self, tables: Tables, arguments: List[str], origin: Origin) -> None:
        """The line of ``arguments``, without the program's name."""
        self._tables = tables
        self._version = tables.version
        self._arguments = arguments
        self._next = 0  # the first argument not yet read
        self._letters = ""  # what is left of a cluster of short options
        self._origin = origin
        self._done: List[Statement] = []
        self._draft = Draft(tables)

    def read(self) -> Statement:
        """The statement.

        Raises:
            RuleError: The line is refused; ``before`` has what it does until then.
        """
        try:
            return self._read()
        except RuleError as refused:
            refused.before = tuple(self._done)
            raise

    def _read(self) -> Statement:
        arguments = self._arguments
        count = len(arguments)
        stray = 0
        any_option = False
        try:
            while self._next < count:
                word = arguments[self._next]
                self._next += 1
                if word[:1] != "-" or word == "-":
                    stray += 1
                elif word == "--":
                    any_option = True
                    stray += count - self._next
                    break
                elif word[1] == "-":
                    any_option = True
                    self._long(word[2:])
                else:
                    self._letters = word[1:]
                    while self._letters:
                        self._short(word)
                    any_option = True
        except _End as end:
            if not end.checks:
                return self._statement(None)
            if self._letters and not any_option:
                # getopt still points at the first word: "optind == 1" of setopt().
                raise RuleError(
                    "-{0} cannot follow in one word".format(self._letters), remedy="write one option a word."
                ) from None
            stray += count - self._next + bool(self._letters)
            if stray:
                raise self._left_over() from None
            if self._draft.add is not None or self._draft.delete is not None:
                self._done[-1] = self._done[-1]._replace(warnings=(LOST_RULE,))
            return self._statement(None)
        if not any_option or stray:
            raise self._left_over()
        draft = self._draft
        if draft.add is None and draft.delete is None:
            if draft.called:
                raise RuleError("Error - no list specified", remedy="put -a always,exit first.")
            return self._statement(None)
        return self._statement("add" if draft.add is not None else "delete")

    @staticmethod
    def _left_over() -> RuleError:
        return RuleError(LEFT_OVER, remedy="put an option in front of each word, or leave the word out.")

    def _statement(self, verb: Optional[str]) -> Statement:
        """The last thing that the line does, with the others before it."""
        done = self._done
        if verb is not None:
            rule = self._draft.rule()._replace(origin=self._origin)
            return Statement(
                verb, rule, None, None, tuple(self._draft.warnings), self._origin, tuple(done) if done else ()
            )
        if not done:
            return self._note("other", "nothing")
        return done[-1]._replace(before=tuple(done[:-1]))

    def _note(self, verb: str, name: Optional[str] = None, value: object = None) -> Statement:
        return Statement(verb, None, name, value, (), self._origin)  # type: ignore[arg-type]

    def _do(self, verb: str, name: Optional[str] = None, value: object = None) -> None:
        self._done.append(self._note(verb, name, value))

    # Options

    def _short(self, word: str) -> None:
        letter, self._letters = self._letters[0], self._letters[1:]
        if letter in WITHOUT_VALUE:
            _FLAG_OPTIONS[letter](self)
            return
        if letter not in WITH_VALUE:
            raise self._invalid(word)
        if self._letters:
            value, self._letters = self._letters, ""
        elif self._next < len(self._arguments):
            value = self._arguments[self._next]
            self._next += 1
        else:
            raise RuleError(
                "Option {0} is invalid: it needs a value".format(word),
                remedy="add the value, as in `{0}`.".format(EXAMPLES[letter]),
            )
        draft = self._draft
        if letter == "F":
            draft.field(value, self._following() == "-t")
        elif letter == "S":
            draft.syscall(value)
        elif letter == "k":
            draft.key(value)
        elif letter == "w" or letter == "W":
            draft.watch(letter, value)
        elif letter == "p":
            draft.perms(value)
        elif letter == "a" or letter == "A" or letter == "d":
            if not draft.place(letter, value):
                self._do("other", "deprecated")
                raise _End(False)
        elif letter == "C":
            draft.compare(value)
        elif letter == "e" or letter == "f":
            self._flag(letter, value)
        elif letter == "r" or letter == "b":
            self._number(_NUMBERS[letter], value)
        elif letter == "m":
            self._message(value)
        elif letter == "q":
            self._equivalent(value)
        else:
            raise RuleError(
                "Error - nested rule files not supported",
                remedy="put its rules into this file, or the file itself into rules.d.",
            )

    @staticmethod
    def _invalid(word: str) -> RuleError:
        return RuleError("Option {0} is invalid".format(word), remedy="auditctl(8) has the options: write one of them.")

    def _following(self) -> Optional[str]:
        """The argument after the one being read, where C's argv has it or its NULL."""
        return self._arguments[self._next] if self._next < len(self._arguments) else None

    def _flag(self, letter: str, value: str) -> None:
        name, shown = _FLAGS[letter]
        if value not in ("0", "1", "2"):
            raise RuleError(
                "{0} must be 0, 1, or 2 was {1}".format(shown, value),
                remedy="write `-{0} 0`, `-{0} 1` or `-{0} 2`.".format(letter),
            )
        self._do("set", name, int(value))

    def _number(self, names: Tuple[str, str, str], value: str) -> None:
        name, shown, converted = names
        example = "--backlog_wait_time 60000" if name == _WAIT[0] else EXAMPLES[name[0]]
        remedy = "write a number that fits, as in `{0}`.".format(example)
        bits = long_bits(self._tables.machine)
        if value[:1] not in DIGITS or not value:
            raise RuleError("{0} must be a numeric value was {1}".format(shown, value), remedy=remedy)
        if overflows(value, bits):
            raise RuleError("Error converting {0}".format(converted), remedy=remedy)
        number = unsigned(value, bits)
        if name == "backlog_wait_time" and number > MOST_WAIT:
            raise RuleError(
                "Error sending backlog limit request (Invalid argument)",
                remedy="write `--backlog_wait_time {0}` or less: it is in jiffies.".format(MOST_WAIT),
            )
        self._do("set", name, number)

    def _message(self, text: str) -> None:
        if len(self._arguments) > 2:
            raise RuleError(
                "The -m option must be only the only option and takes 1 parameter", remedy="leave the rest out."
            )
        if any(ord(letter) < 32 for letter in text):
            raise RuleError("Illegal character in audit event", remedy="leave control characters out.")
        self._do("other", "message", text)
        raise _End(False)

    def _equivalent(self, text: str) -> None:
        if self._draft.called:
            raise RuleError("Syscall auditing requested for make equivalent", remedy="leave -S out.")
        parts = text.split(",")
        if len(parts) != 2 or not parts[1]:
            raise RuleError("Error parsing equivalent parts", remedy="write -q mount,subtree.")
        self._do("make_equivalent", value=(parts[0], parts[1]))
        raise _End(False)

    def _long(self, text: str) -> None:
        name, equals, value = text.partition("=")
        known = [entry for entry in _LONG if entry[2] <= self._version]
        found = [entry for entry in known if entry[0] == name] or [e for e in known if e[0].startswith(name)]
        if len(found) != 1 or (equals and not found[0][1]):
            told = self._invalid("--" + text)
            later = [entry[2] for entry in _LONG if entry[0] == name and entry not in known]
            if later:
                told.remedy = "upgrade auditctl, which knows --{0} from {1} on, or leave this line out.".format(
                    name, ".".join(str(part) for part in later[0])
                )
            raise told
        name, takes, _since = found[0]
        if takes and not equals:
            following = self._following()
            if following is None:
                raise RuleError("Option --{0} is invalid: it needs a value".format(name), remedy=_LONG_VALUES[name])
            value = following
            self._next += 1
        if name == "help":
            self._help()
        elif name == "backlog_wait_time":
            self._number(_WAIT, value)
        elif name == "signal":
            self._signal(value)
        else:
            self._do("set", name.replace("-", "_"), 1)
            raise _End(name != "reset_backlog_wait_time_actual" and self._version >= _HANDLERS)

    def _signal(self, value: str) -> None:
        taken = _SIGNALS + (_SIGNAL_WORDS if self._version >= (3, 1, 1) else ())
        if value.lower() not in taken:
            raise RuleError(
                "{0} is an unsupported signal".format(value), remedy="use one of {0}.".format(", ".join(taken))
            )
        self._do("other", "signal", value)
        raise _End(True)

    def _help(self) -> None:
        if self._version < (4, 1, 4):
            raise RuleError("auditctl prints its usage and fails", remedy="leave the option out.")
        self._do("other", "help")
        raise _End(True)

    def _ignore(self) -> None:
        self._do("option", "ignore_errors")
        raise _End(True)

    def _continue(self) -> None:
        self._do("option", "continue_on_errors")
        raise _End(True)

    def _version_option(self) -> None:
        self._do("other", "version")
        raise _End(True)

    def _trim(self) -> None:
        self._do("trim")
        raise _End(False)

    def _status(self) -> None:
        count = len(self._arguments)
        if count > 2:
            raise RuleError("Too many options for status command", remedy="leave the rest out.")
        if count == 2 and self._next == 1:
            if self._following() != "-i":
                raise RuleError("Only -i option is allowed", remedy="leave the rest out.")
            self._next = count
        self._do("other", "status")
        raise _End(True)

    def _list(self) -> None:
        count = len(self._arguments)
        if count > 3:
            raise RuleError("Wrong number of options for list request", remedy="leave the rest out.")
        if (count == 2 and self._following() != "-i") or (count == 3 and self._following() != "-k"):
            raise RuleError("Only -k or -i options are allowed", remedy="leave the rest out.")
        self._next = count
        self._do("other", "list")
        raise _End(True)

    def _delete_all(self) -> None:
        count = len(self._arguments)
        if count > 3 or count == 2:
            raise RuleError("Wrong number of options for Delete all request", remedy="write -D or -D -k key.")
        key = None
        if count == 3:
            if self._following() != "-k":
                raise RuleError("Only the -k option is allowed", remedy="write -D or -D -k key.")
            key = self._arguments[2]
            if self._version >= (4, 1, 2) and (
                len(key.encode("utf-8", "surrogateescape")) > MOST_KEY or KEY_SEPARATOR in key
            ):
                raise RuleError("key option exceeds size limit", remedy="give one key.")
            self._next = count
        self._do("delete_all", value=key or None)
        raise _End(True)


_FLAG_OPTIONS: Dict[str, Callable[[Line], None]] = {
    "h": Line._help,
    "i": Line._ignore,
    "c": Line._continue,
    "s": Line._status,
    "l": Line._list,
    "D": Line._delete_all,
    "v": Line._version_option,
    "t": Line._trim,
}
