# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rsyslog's configuration (rsyslog.conf(5)): selectors with actions, old and new, and what is included.

Of filters those are read that ask for what is known of the messages
(rsyslog_filter.py). Of a ruleset it is known which messages come there where
it is called, or by which input they come (rsyslog_rulesets.py).
"""

import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    rsyslog_filter,
    rsyslog_imfile,
    rsyslog_queue,
    rsyslog_rulesets,
    rsyslog_text,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.flags import all_of
from ansible_collections.auditops.trail.plugins.module_utils.posture.rsyslog_queue import Queue
from ansible_collections.auditops.trail.plugins.module_utils.posture.rsyslog_rulesets import Rulesets
from ansible_collections.auditops.trail.plugins.module_utils.posture.rsyslog_text import (
    Statement,
    items,
    outside_quotes,
    parameters,
    pieces,
    statements,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import Message, Target

MAIN = rsyslog_text.MAIN
_NAMED = ("name", "fingerprint", "x509/name", "x509/fingerprint")
"""Modes that make sure of who the other side is. certvalid is not among them: any certificate of the authority will do
(doc/source/concepts/ns_gtls.rst). Without a list of peers x509/name holds the certificate to the target's name."""
_OBJECT = re.compile(r"([A-Za-z_]+)\s*\(")
_ACTION = re.compile(r"\baction\s*\(", re.I)
_HOST = re.compile(r"(@@?)(?:\(([^)]*)\))?(\[[^\]]+\]|[^:;\s]+)(?::(\d+))?")
_FILE = re.compile(r"-?(/[^\s;]*)")
_MADE = re.compile(r"-?\?([^\s;]+)")
_MODULE = re.compile(r":(om\w+):|(\^|>)")
_OLD_MODULES = {"^": "a program", ">": "ommysql"}
_STOPS = re.compile(r"(?<![\w.$!~/=:@-])(?:stop|~)(?![\w~./-])")
_STAY = "omfile omfile-hardened omusrmsg omdiscard ompipe omuxsock omstdout omjournal omruleset omtesting".split()
"""Modules whose messages stay on the host."""
_CALL = re.compile(r"(?<![\w.$!~/=:@-])call(_indirect)?\s+([^\s;{}]*)", re.I)
_LOOP = re.compile(r"foreach\b", re.I)
_HEAD = re.compile(r"(?:ruleset|template|foreach)\b", re.I)
_PASSIVE = ("global", "module", "input", "template", "parser", "main_queue")
_NO_ACTION = re.compile(
    r"(?:(?:stop|continue|call|call_indirect|set|unset|reset|if|else|ruleset|foreach)\b|[!+]|-(?!\s*[/?])|\Z)", re.I
)
"""Statements that make no action, unlike ``~`` (tools/omdiscard.c). The signs begin blocks of a program or a host."""
_TURNS = 4


_Flags = Dict[str, Optional[bool]]


class _Block(NamedTuple):
    """``reached``: whether the messages come into it. ``chain``: whether they have come into one of its if and else.
    ``ruleset`` is the name of the ruleset that it is, None where it is none."""

    reached: Optional[bool]
    chain: Optional[bool]
    ruleset: Optional[str] = None


def targets(seen: Seen, message: Message) -> Tuple[Target, ...]:
    """Files and hosts of rsyslog's rules, and whether such a message comes there."""
    found = statements(seen)
    return _read(found, message, rsyslog_rulesets.of(found))


def reads_journal(seen: Seen) -> bool:
    """Whether it takes what is in the journal, by ``imjournal``."""
    for statement in statements(seen):
        if re.match(r"\$ModLoad\s+\S*\bimjournal\b", statement.text, re.I):
            return True
        module = re.match(r"module\s*\(", statement.text, re.I)
        if module and parameters(statement.text).get("load", "").lower() == "imjournal":
            return True
    return False


def _read(found: Sequence[Statement], message: Message, rulesets: Rulesets) -> Tuple[Target, ...]:
    # A ruleset may be called before it is written: who calls it, and whether it stops messages, is known only in the
    # next turn. The first takes it that each may, so no turn tells more than is so.
    called: _Flags = {}
    stopping: Optional[_Flags] = None
    for _turn in range(_TURNS):
        reader = _Reader(message, called, stopping, rulesets)
        for statement in found:
            reader.take(statement)
        if (reader.calls, reader.stopped_in) == (called, stopping):
            break
        called, stopping = reader.calls, reader.stopped_in
    return tuple(reader.found)


def watched(seen: Seen, log: str) -> Tuple[Target, ...]:
    """The hosts that what ``imfile`` reads of this file may be sent to."""
    read = statements(seen)
    rulesets = rsyslog_rulesets.of(read)
    rulesets = rulesets._replace(entered=rulesets.default, never=rulesets.never - rulesets.default)
    found: List[Target] = []
    for watch in rsyslog_imfile.watches(read, log):
        message = Message(watch.facility, watch.severity, watch.program, ("type=", "msg=audit("))
        given = _read(read, message, rulesets)
        hosts = [target for target in given if target.kind in ("host", "other") and target not in found]
        if watch.ruleset:  # which rules those are is not read
            hosts = [target._replace(reached=None) for target in hosts]
        found += [target for target in hosts if target.reached is not False]
    return tuple(found)


class _Reader:
    """Works off statements in their order: ``&`` takes the selector before, ``$`` lines set what follows."""

    def __init__(self, message: Message, called: _Flags, stopping: Optional[_Flags], rulesets: Rulesets) -> None:
        self.message = message
        self.rulesets = rulesets
        self.called = called
        self.stopping = stopping
        self.calls: _Flags = {}
        self.stopped_in: _Flags = {}
        self.found: List[Target] = []
        self.legacy: Dict[str, str] = {}
        self.settings: Dict[str, str] = {}
        self.reached: Optional[bool] = None
        self.passed: Optional[bool] = None
        self.chain: Optional[bool] = None
        self.waiting = False
        self.head = ""
        self.stopped: Optional[bool] = False
        self.current: Optional[str] = None
        self.blocks: List[_Block] = []

    def take(self, statement: Statement) -> None:
        text = statement.text
        if text.startswith("$"):
            name, _blank, value = text[1:].partition(" ")
            self.legacy[name.lower()] = value.strip().strip('"')
            if name.lower() == "ruleset":
                ruleset = self.legacy["ruleset"].lower()
                self.current = None if ruleset == rsyslog_rulesets.INITIAL else ruleset
            return
        head = _OBJECT.match(text)
        if head and head.group(1).lower() == "global":
            self.settings.update(parameters(text))
        for piece, sign in pieces(text):
            if sign == "{":
                self.blocks.append(self._block(statement, piece or self.head))
                self.head = ""
                continue
            # The brace of an object may stand on the next line.
            self.head = piece if _HEAD.match(piece) else "" if piece else self.head
            if piece and not _is_passive(piece):
                self._rule(statement, piece)
            if sign == "}" and self.blocks:
                self.chain = self.blocks.pop().chain

    def _block(self, statement: Statement, text: str) -> _Block:
        """What stands before a brace: an if, an else, a filter, a ruleset, or nothing."""
        if _is_passive(text):
            return _Block(False, None)
        if _LOOP.match(text):
            return _Block(None, None)
        if not text:
            waiting, self.waiting = self.waiting, False
            return _Block(self.passed if waiting else True, self.chain if waiting else None)
        if re.match(r"ruleset\s*\(", text, re.I):
            name = parameters(text).get("name", "").lower()
            return _Block(True, None, name)
        if _ACTION.search(text):  # statements stand before it on the same line
            self._rule(statement, text)
            return _Block(None, None)
        passed, _rest = self._filter(text)
        return _Block(passed, self.chain)

    def _filter(self, text: str) -> Tuple[Optional[bool], str]:
        """Whether the messages pass what stands before a rule's actions, and the actions."""
        another = re.match(r"else\b\s*", text, re.I)
        before = rsyslog_filter.negated(self.chain) if another else True
        text = text[another.end() :] if another else text
        alone = _ACTION.match(text) or _STOPS.match(text) or _CALL.match(text)
        if alone or (another and not re.match(r"if\b", text, re.I)):
            self.chain = True if another else None
            return before, text
        passed, rest = rsyslog_filter.split(text, self.message)
        passed_before = self.chain if another else False
        self.chain = rsyslog_filter.negated(all_of([rsyslog_filter.negated(one) for one in (passed_before, passed)]))
        return all_of([before, passed]), rest

    def _rule(self, statement: Statement, text: str) -> None:
        if text.startswith("&"):
            rest = text[1:].strip()
        elif self.waiting:  # what an if is followed by on the next line
            chain, before = self.chain, self.passed
            passed, rest = self._filter(text)
            self.passed, self.chain = all_of([before, passed]), chain
        else:
            self.passed, rest = self._filter(text)
        self.waiting = not rest
        bare = outside_quotes(rest)
        passed = None if re.search(r"\b(?:if|else)\b", bare, re.I) else self.passed
        ruleset = next((block.ruleset for block in self.blocks if block.ruleset is not None), self.current)
        name = ruleset or rsyslog_rulesets.INITIAL
        inside = all_of([passed] + [block.reached for block in self.blocks])
        comes = rsyslog_rulesets.comes(self.rulesets, name, self.called.get(name))
        stopped = self.stopped if ruleset is None else self.stopped_in.get(ruleset, False)
        self.reached = all_of([inside, rsyslog_filter.negated(stopped), comes])
        self._actions(statement, rest)
        if self.reached is not False:
            self._stop(bare, ruleset, stopped, inside)

    def _stop(self, text: str, ruleset: Optional[str], stopped: Optional[bool], passed: Optional[bool]) -> None:
        """What ends the way of messages: stop, also in a ruleset that is called, for who calls it."""
        calls = [(bool(indirect), name.lower()) for indirect, name in _CALL.findall(text)]
        for _indirect, name in calls:
            self.calls[name] = True if self.reached or self.calls.get(name) else None
        known = self.stopping
        may = any(indirect or known is None or name in known for indirect, name in calls)
        if not may and not _STOPS.search(text):
            return
        if ruleset is None:
            self.stopped = True if self.reached and not calls else None
        else:
            self.stopped_in[ruleset] = True if stopped or (passed and not calls) else None

    def _actions(self, statement: Statement, text: str) -> None:
        starts = [match.start() for match in _ACTION.finditer(text)]
        for start, end in zip(starts, starts[1:] + [len(text)]):
            self._new(statement, parameters(text[start:end]))
        if not starts:
            self._old(statement, text)
        if starts or not _NO_ACTION.match(text):
            rsyslog_queue.forget(self.legacy)

    def _new(self, statement: Statement, given: Dict[str, str]) -> None:
        kind = given.get("type", "").lower()
        if kind == "omfile" and given.get("dynafile"):
            self._made(statement, given["dynafile"])
        elif kind == "omfile" and given.get("file", "").startswith("/"):
            self.found.append(Target("file", given["file"], self.reached, statement.file, statement.line))
        elif kind in ("omfwd", "omrelp") and items(given.get("target", "")):
            relp = kind == "omrelp"
            protocol = "relp" if relp else given.get("protocol", "udp").lower()
            if relp:
                encrypted = given.get("tls", "off").lower() == "on"
                certificate = given.get("tls.mycert")
                verified = _verifies(given.get("tls.authmode"), given.get("tls.permittedpeer"))
            else:
                driver = given.get("streamdriver") or given.get("streamdriver.name") or self._driver()
                mode = given.get("streamdrivermode") or given.get("streamdriver.mode") or "0"
                encrypted = protocol == "tcp" and driver in ("gtls", "ossl", "mbedtls") and mode == "1"
                certificate = given.get("streamdriver.certfile") or self._certificate()
                verified = _verifies(
                    given.get("streamdriverauthmode") or given.get("streamdriver.authmode"),
                    given.get("streamdriverpermittedpeers") or given.get("streamdriver.permittedpeers"),
                )
            for name in items(given["target"]):
                self._host(
                    statement,
                    name,
                    given.get("port", "514"),
                    protocol,
                    encrypted,
                    certificate,
                    rsyslog_queue.of(given, self.message.severity),
                    given.get("action.resumeretrycount", "0"),
                    verified,
                )
        elif kind not in _STAY:
            self._other(statement, kind or "an action without a type")

    def _other(self, statement: Statement, name: str) -> None:
        """A module of which it is not known here where it sends messages, such as omkafka."""
        reached = False if self.reached is False else None
        self.found.append(Target("other", name, reached, statement.file, statement.line))

    def _old(self, statement: Statement, text: str) -> None:
        host = _HOST.match(text)
        if host:
            protocol = "tcp" if host.group(1) == "@@" else "udp"
            encrypted = (
                protocol == "tcp"
                and self._driver() in ("gtls", "ossl", "mbedtls")
                and self.legacy.get("actionsendstreamdrivermode") == "1"
            )
            self._host(
                statement,
                host.group(3).strip("[]"),
                host.group(4) or "514",
                protocol,
                encrypted,
                self._certificate(),
                rsyslog_queue.of_directives(self.legacy, self.message.severity),
                self.legacy.get("actionresumeretrycount", "0"),
                _verifies(
                    self.legacy.get("actionsendstreamdriverauthmode"),
                    self.legacy.get("actionsendstreamdriverpermittedpeer"),
                ),
            )
            return
        file = _FILE.match(text)
        made = _MADE.match(text)
        module = _MODULE.match(text)
        if file:
            self.found.append(Target("file", file.group(1), self.reached, statement.file, statement.line))
        elif made:
            self._made(statement, made.group(1))
        elif module and module.group(1) not in _STAY:
            self._other(statement, module.group(1) or _OLD_MODULES[module.group(2)])

    def _made(self, statement: Statement, template: str) -> None:
        """Files whose names a template makes of each message: which they are is not known."""
        reached = False if self.reached is False else None
        self.found.append(Target("file", "?" + template, reached, statement.file, statement.line))

    def _host(
        self,
        statement: Statement,
        name: str,
        port: str,
        protocol: str,
        encrypted: bool,
        certificate: Optional[str],
        queue: Queue,
        retries: str,
        verified: bool,
    ) -> None:
        self.found.append(
            Target(
                "host",
                name,
                self.reached,
                statement.file,
                statement.line,
                int(port) if re.match(r"[0-9]{1,5}\Z", port) else None,
                protocol + "+tls" if encrypted else protocol,
                encrypted,
                certificate if encrypted else None,
                queue.disk,
                int(retries) if re.match(r"-?[0-9]{1,9}\Z", retries) else 0,
                verified if encrypted else None,
                queue.loses,
            )
        )

    def _driver(self) -> Optional[str]:
        return self.settings.get("defaultnetstreamdriver") or self.legacy.get("defaultnetstreamdriver")

    def _certificate(self) -> Optional[str]:
        name = "defaultnetstreamdrivercertfile"
        return self.settings.get(name) or self.legacy.get(name)


def _is_passive(text: str) -> bool:
    """Whether it is an object that does nothing with messages."""
    head = _OBJECT.match(text)
    return head is not None and head.group(1).lower() in _PASSIVE


def _verifies(mode: Optional[str], peers: Optional[str]) -> bool:
    """The default of the stream drivers is anon: whoever answers is believed. So is every name by the peer ``*``."""
    return (mode or "anon").lower() in _NAMED and "*" not in re.split(r"[\s,\[\]\"']+", peers or "")
