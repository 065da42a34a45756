# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Into which of rsyslog's rulesets the messages of this host's programs come first, and into which they never come.

doc/source/concepts/multi_ruleset.rst; runtime/ruleset.c (SetDefaultRuleset) and plugins/imuxsock/imuxsock.c.
"""

import re
from typing import Dict, FrozenSet, NamedTuple, Optional, Sequence, Set

from ansible_collections.auditops.trail.plugins.module_utils.posture.rsyslog_text import (
    Statement,
    outside_quotes,
    parameters,
)

INITIAL = "rsyslog_defaultruleset"
"""The ruleset in which rules stand that are in no other, and which messages come into unless something else is said."""
_OBJECT = re.compile(r"(input|module|ruleset)\s*\(", re.I)
_CALLED = re.compile(r"\bcall\s+([^\s;{}]+)", re.I)
_ANY_CALLED = re.compile(r"\bcall_indirect\b|\bomruleset", re.I)
_OTHERS = ("imtcp", "imudp", "imptcp", "imrelp", "imgssapi", "imdtls", "imfile")
"""Inputs that no message of syslog(3) comes by: the network's, and lines of files."""
_BOUND = {
    "inputtcpserverbindruleset": "imtcp",
    "inputudpserverbindruleset": "imudp",
    "inputptcpserverbindruleset": "imptcp",
    "inputrelpserverbindruleset": "imrelp",
    "inputfilebindruleset": "imfile",
}
_LOCAL = ("imuxsock", "imjournal")
_SOCKETS = ("", "/dev/log", "/run/systemd/journal/syslog", "/run/systemd/journal/dev-log")
"""Where messages of syslog(3) come in. Another socket is one program's own, as of one in a root of its own."""
_OFF = ("off", "no", "0", "false")


class Rulesets(NamedTuple):
    """Names are in lower case.

    ``entered``: where a message of a program on this host may begin; where they are several, it is not known which.
    ``default``: the same of an input that names no ruleset. ``never``: what such messages do not come into.
    """

    entered: FrozenSet[str]
    default: FrozenSet[str]
    never: FrozenSet[str]


def of(found: Sequence[Statement]) -> Rulesets:
    """What a configuration says of its rulesets."""
    seen = _Seen()
    for statement in found:
        seen.take(statement.text)
    return seen.told()


def comes(rulesets: Rulesets, name: str, called: Optional[bool]) -> Optional[bool]:
    """Whether the messages come into a ruleset; ``called``: whether they come to a statement that calls it."""
    if called or rulesets.entered == {name}:
        return True
    return False if name in rulesets.never else None


class _Seen:
    def __init__(self) -> None:
        self.defined: Set[str] = {INITIAL}
        self.default: Set[str] = {INITIAL}
        self.called: Set[str] = set()
        self.any_called = False
        self.bound: Dict[str, Set[str]] = {}
        self.local: Set[str] = set()
        self.socket_off = False
        self.journal = False

    def take(self, text: str) -> None:
        bare = outside_quotes(text)
        self.called.update(name.lower() for name in _CALLED.findall(bare))
        self.any_called = self.any_called or _ANY_CALLED.search(text) is not None
        if text.startswith("$"):
            name, _blank, value = text[1:].partition(" ")
            self._directive(name.lower(), value.strip().strip('"').lower())
        head = _OBJECT.match(text)
        if head:
            self._object(head.group(1).lower(), {name: value.lower() for name, value in parameters(text).items()})

    def _directive(self, name: str, value: str) -> None:
        if name == "ruleset":
            self.defined.add(value)
        elif name == "defaultruleset":
            # One that is not there yet leaves the one before in force, says the source; it is left open here.
            self.default = {value} if value in self.defined else self.default | {value}
        elif name in _BOUND:
            self.bound.setdefault(value, set()).add(_BOUND[name])
        elif name == "omitlocallogging":
            self.socket_off = value not in _OFF
        elif name == "modload":
            self.journal = self.journal or "imjournal" in value

    def _object(self, kind: str, given: Dict[str, str]) -> None:
        if kind == "ruleset":
            self.defined.add(given.get("name", ""))
            return
        module = given.get("type" if kind == "input" else "load", "")
        ruleset = given.get("ruleset")
        if ruleset:
            self.bound.setdefault(ruleset, set()).add(module)
            if module in _LOCAL and given.get("socket", "") in _SOCKETS:
                self.local.add(ruleset)
        if kind == "module":
            self.journal = self.journal or module == "imjournal"
            self.socket_off = self.socket_off or (module == "imuxsock" and given.get("syssock.use") in _OFF)

    def told(self) -> Rulesets:
        # An input whose ruleset is not there uses the default.
        entered = self.local & self.defined
        # The system's socket, which is open unless it is off, and imjournal give their messages to the default.
        if not (entered and entered == self.local and self.socket_off and not self.journal):
            entered = entered | self.default
        others = {name for name, kinds in self.bound.items() if kinds.issubset(_OTHERS)} | {INITIAL}
        never = set() if self.any_called else others - entered - self.called
        return Rulesets(frozenset(entered), frozenset(self.default), frozenset(never))
