# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rsyslog's configuration (rsyslog.conf(5)): selectors with actions, old and new, and what is included.

Behind property filters, ``if`` and in rulesets nothing is known of which
messages come there.
"""

import fnmatch
import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import rsyslog_queue
from ansible_collections.auditops.trail.plugins.module_utils.posture.rsyslog_queue import Queue
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import Target, marks, selects

MAIN = "/etc/rsyslog.conf"
_MOST_FILES = 200
_NAMED = ("name", "fingerprint", "x509/name", "x509/fingerprint")
"""Modes that make sure of who the other side is. certvalid is not among them: any certificate of the authority will do
(doc/source/concepts/ns_gtls.rst). Without a list of peers x509/name holds the certificate to the target's name."""
_PARAMETER = re.compile(r"([\w.]+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s\")]+)")
_OBJECT = re.compile(r"([A-Za-z_]+)\s*\(")
_ACTION = re.compile(r"\baction\s*\(", re.I)
_PLAIN = re.compile(r"([*\w,.;!=]+\.[*\w!=]+(?:;[*\w,.;!=]+)*)\s+(.+)\Z")
_HOST = re.compile(r"(@@?)(?:\(([^)]*)\))?(\[[^\]]+\]|[^:;\s]+)(?::(\d+))?")
_FILE = re.compile(r"-?(/[^\s;]*)")
_MADE = re.compile(r"-?\?([^\s;]+)")


class _Statement(NamedTuple):
    file: str
    line: int
    text: str


def targets(seen: Seen, facility: str, severity: str) -> Tuple[Target, ...]:
    """Files and hosts of rsyslog's rules, and whether such a message comes there."""
    reader = _Reader(facility, severity)
    for statement in _statements(seen, MAIN, []):
        reader.take(statement)
    return tuple(reader.found)


def watched(seen: Seen, log: str) -> Tuple[Target, ...]:
    """The hosts that what ``imfile`` reads of this file may be sent to (imfile's manual; old directives too)."""
    statements = list(_statements(seen, MAIN, []))
    found: List[Target] = []
    for watch in _watches(statements, log):
        reader = _Reader(watch.facility, watch.severity)
        for statement in statements:
            reader.take(statement)
        hosts = [target for target in reader.found if target.kind == "host" and target not in found]
        if watch.ruleset:  # which rules those are is not read
            hosts = [target._replace(reached=None) for target in hosts]
        found += [target for target in hosts if target.reached is not False]
    return tuple(found)


class _Watch(NamedTuple):
    facility: str
    severity: str
    ruleset: bool


def _watches(statements: Sequence[_Statement], log: str) -> Iterator[_Watch]:
    legacy: Dict[str, str] = {}
    for statement in statements:
        if statement.text.startswith("$"):
            name, _blank, value = statement.text[1:].partition(" ")
            legacy[name.lower()] = value.strip().strip('"')
            if name.lower() == "inputrunfilemonitor" and fnmatch.fnmatch(log, legacy.get("inputfilename", "")):
                yield _watch(legacy, "inputfile", "inputfilebindruleset")
            continue
        head = _OBJECT.match(statement.text)
        given = _parameters(statement.text) if head and head.group(1).lower() == "input" else {}
        if given.get("type", "").lower() == "imfile" and fnmatch.fnmatch(log, given.get("file", "")):
            yield _watch(given, "", "ruleset")


def _watch(given: Dict[str, str], prefix: str, ruleset: str) -> _Watch:
    facility, severity = given.get(prefix + "facility", "local0"), given.get(prefix + "severity", "notice")
    facility, severity = marks([facility, severity])
    return _Watch(facility, severity, bool(given.get(ruleset)))


class _Reader:
    """Works off statements in their order: ``&`` takes the selector before, ``$`` lines set what follows."""

    def __init__(self, facility: str, severity: str) -> None:
        self.facility = facility
        self.severity = severity
        self.found: List[Target] = []
        self.legacy: Dict[str, str] = {}
        self.settings: Dict[str, str] = {}
        self.reached: Optional[bool] = None
        self.stopped = False
        self.depth = 0

    def take(self, statement: _Statement) -> None:
        text = statement.text
        if text.startswith("$"):
            name, _blank, value = text[1:].partition(" ")
            self.legacy[name.lower()] = value.strip().strip('"')
            return
        head = _OBJECT.match(text)
        if head and head.group(1).lower() == "global":
            self.settings.update(_parameters(text))
        if head and head.group(1).lower() in ("global", "module", "input", "template", "parser", "main_queue"):
            return
        opened = _outside_quotes(text)
        inside = self.depth > 0 or "{" in opened
        self._rule(statement, inside)
        self.depth = max(0, self.depth + opened.count("{") - opened.count("}"))

    def _rule(self, statement: _Statement, inside: bool) -> None:
        text = statement.text
        plain = None if inside else _PLAIN.match(text)
        if text.startswith("&"):
            rest = text[1:].strip()
        elif plain:
            self.reached, rest = selects(plain.group(1), self.facility, self.severity), plain.group(2).strip()
        elif not inside and (_ACTION.match(text) or text in ("stop", "~")):
            self.reached, rest = True, text
        else:
            self.reached, rest = None, re.sub(r"\A.*?\bthen\b|\A:.*?\"\s+(?=[-/@~&])", "", text).strip()
        if self.stopped and self.reached is not False:
            self.reached = None if self.reached is None else False
        if re.match(r"(stop\b|~)", rest) and self.reached:
            self.stopped = True
            return
        self._actions(statement, rest)

    def _actions(self, statement: _Statement, text: str) -> None:
        found = False
        for match in _ACTION.finditer(text):
            found = True
            self._new(statement, _parameters(text[match.start() :]))
        if not found:
            self._old(statement, text)
        rsyslog_queue.forget(self.legacy)

    def _new(self, statement: _Statement, given: Dict[str, str]) -> None:
        kind = given.get("type", "").lower()
        if kind == "omfile" and given.get("dynafile"):
            self._made(statement, given["dynafile"])
        elif kind == "omfile" and given.get("file", "").startswith("/"):
            self.found.append(Target("file", given["file"], self.reached, statement.file, statement.line))
        elif kind in ("omfwd", "omrelp") and given.get("target"):
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
            self._host(
                statement,
                given["target"],
                given.get("port", "514"),
                protocol,
                encrypted,
                certificate,
                rsyslog_queue.of(given, self.severity),
                given.get("action.resumeretrycount", "0"),
                verified,
            )

    def _old(self, statement: _Statement, text: str) -> None:
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
                rsyslog_queue.of_directives(self.legacy, self.severity),
                self.legacy.get("actionresumeretrycount", "0"),
                _verifies(
                    self.legacy.get("actionsendstreamdriverauthmode"),
                    self.legacy.get("actionsendstreamdriverpermittedpeer"),
                ),
            )
            return
        file = _FILE.match(text)
        made = _MADE.match(text)
        if file:
            self.found.append(Target("file", file.group(1), self.reached, statement.file, statement.line))
        elif made:
            self._made(statement, made.group(1))

    def _made(self, statement: _Statement, template: str) -> None:
        """Files whose names a template makes of each message: which they are is not known."""
        reached = False if self.reached is False else None
        self.found.append(Target("file", "?" + template, reached, statement.file, statement.line))

    def _host(
        self,
        statement: _Statement,
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


def _verifies(mode: Optional[str], peers: Optional[str]) -> bool:
    """The default of the stream drivers is anon: whoever answers is believed. So is every name by the peer ``*``."""
    return (mode or "anon").lower() in _NAMED and "*" not in re.split(r"[\s,\[\]\"']+", peers or "")


def _statements(seen: Seen, path: str, read: List[str]) -> Iterator[_Statement]:
    """The statements of a file and of what it includes, comments left out, objects of several lines put together."""
    if path in read or len(read) >= _MOST_FILES:
        return
    read.append(path)
    held, start = "", 0
    for number, line in seen.lines(path):
        text = _without_remark(line).strip()
        if not text:
            continue
        start = start if held else number
        held = (held + " " + text).strip()
        if held.endswith("\\"):
            held = held[:-1]
            continue
        bare = _outside_quotes(held)
        if bare.count("(") > bare.count(")"):
            continue
        included = _included(held)
        if included is None:
            yield _Statement(path, start, held)
        else:
            for other in seen.matching(included):
                yield from _statements(seen, other, read)
        held = ""
    if held:
        yield _Statement(path, start, held)


def _included(text: str) -> Optional[str]:
    old = re.match(r"\$IncludeConfig\s+(\S+)", text, re.I)
    if old:
        return old.group(1).strip('"')
    return _parameters(text).get("file") if re.match(r"include\s*\(", text, re.I) else None


def _without_remark(line: str) -> str:
    bare = _outside_quotes(line)
    at = bare.find("#")
    return line if at < 0 else line[:at]


def _outside_quotes(text: str) -> str:
    """The text with what stands in quotes blanked, of the same length."""
    return re.sub(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'", lambda match: " " * len(match.group()), text)


def _parameters(text: str) -> Dict[str, str]:
    """``name="value"`` inside the first pair of parentheses, names in lower case."""
    depth, end = 0, len(text)
    bare = _outside_quotes(text)
    for at, sign in enumerate(bare):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == ")" and depth == 0:
            end = at
            break
    return {name.lower(): value.strip("\"'") for name, value in _PARAMETER.findall(text[:end])}
