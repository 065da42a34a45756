# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""syslog-ng's configuration: destinations that log statements use, and whether a filter stands before them."""

import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import Message, Target

MAIN = "/etc/syslog-ng/syslog-ng.conf"
_MOST_FILES = 200
_MOST_NESTED = 20
"""Log paths within log paths go no deeper."""
_LONGEST = 400
"""Where a block or a driver is opened, no more signs than these are its name."""
_HOST_DRIVERS = {"network": "tcp", "syslog": "tcp", "tcp": "tcp", "tcp6": "tcp", "udp": "udp", "udp6": "udp"}
_STAY = ("pipe", "unix-stream", "unix-dgram", "usertty", "pseudofile", "stdout")
"""Drivers whose messages stay on the host."""
_BLOCK = re.compile(r"\b(destination|log)\b\s*([\w.-]*)\s*\Z")
_FLOW = re.compile(r"\bflags\s*\([^)]*\bflow[-_]control\b")
_FULL = "disk-buffer without flags(flow-control): when it is full, messages are dropped"
_DRIVER = re.compile(r"([A-Za-z][\w-]*)\s*\Z")
_FIRST = re.compile(r"\s*[\"']?([^\"'\s()]+)")
_JOURNAL = re.compile(r"\b(?:system|systemd-journal)\s*\(")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'")


class _Block(NamedTuple):
    kind: str
    name: str
    text: str
    file: str
    line: int


def targets(seen: Seen, _message: Message) -> Tuple[Target, ...]:
    """Files and hosts of the destinations in use; ``reached`` is None behind a filter, which is not read."""
    blocks = [block for path, text in _files(seen, MAIN, []) for block in _blocks(seen, path, text)]
    drivers: Dict[str, List[Target]] = {}
    for block in blocks:
        if block.kind == "destination" and block.name:
            drivers.setdefault(block.name, []).extend(_targets(block, None))
    found: List[Target] = []
    for block in blocks:
        if block.kind != "log":
            continue
        reached = None if re.search(r"\b(filter|parser|rewrite|if|elif|junction)\b", block.text) else True
        for name in re.findall(r"\bdestination\s*\(\s*[\"']?([\w.-]+)", block.text):
            more = [target._replace(reached=_known(target, reached)) for target in drivers.get(name, [])]
            found += [_limited(target, block) for target in more]
        for inner in _blocks(seen, block.file, block.text):
            if inner.kind == "destination":
                more = _targets(inner._replace(line=inner.line + block.line - 1), reached)
                found += [_limited(target, block) for target in more]
    return tuple(found)


def reads_journal(seen: Seen) -> bool:
    """Whether a source takes what is in the journal; ``system()`` does where systemd runs."""
    return any(_JOURNAL.search(text) for _path, text in _files(seen, MAIN, []))


def _limited(target: Target, log: _Block) -> Target:
    """A buffer on disk has a size. With flow-control the source waits while it is full (The syslog-ng Administration
    Guide, on flow-control and on disk-buffer()); without, what comes is dropped."""
    return target._replace(loses=(_FULL,)) if target.disk_queue and not _FLOW.search(log.text) else target


def watched(seen: Seen, log: str) -> Tuple[Target, ...]:
    """The hosts to which messages are sent, where a source reads this file; which sources they take is not read."""
    folder, _slash, name = log.rpartition("/")
    text = "\n".join(text for _path, text in _files(seen, MAIN, []))
    wild = re.search(r"\bbase-dir\s*\(\s*[\"']?" + re.escape(folder) + r"/?[\"'\s)]", text)
    plain = re.search(r"\bfile\s*\(\s*[\"']?" + re.escape(folder + "/" + name) + r"[\"'\s)]", text)
    if not wild and not plain:
        return ()
    given = targets(seen, Message("local0", "notice"))
    return tuple(target._replace(reached=None) for target in given if target.kind in ("host", "other"))


def _targets(block: _Block, reached: Optional[bool]) -> List[Target]:
    found = []
    for driver, options in _calls(block.text):
        first = _FIRST.match(options)
        name = first.group(1) if first else ""
        if driver == "file":
            if name.startswith("/"):
                target = Target("file", name, reached, block.file, block.line)
                found.append(target._replace(reached=_known(target, reached)))
        elif driver in _HOST_DRIVERS:
            found.append(_host(block, driver, name, options, reached))
        elif driver not in _STAY:
            found.append(Target("other", driver, None, block.file, block.line))
    return found


def _host(block: _Block, driver: str, name: str, options: str, reached: Optional[bool]) -> Target:
    transport = re.search(r"\btransport\s*\(\s*[\"']?([\w-]+)", options)
    kind = (transport.group(1) if transport else _HOST_DRIVERS[driver]).lower()
    port = re.search(r"\bport\s*\(\s*[\"']?([0-9]{1,5})", options)
    certificate = re.search(r"\bcert-file\s*\(\s*[\"']?([^\"'\s()]+)", options)
    encrypted = "tls" in kind or bool(re.search(r"\btls\s*\(", options))
    return Target(
        "host",
        name,
        reached,
        block.file,
        block.line,
        int(port.group(1)) if port else None,
        kind,
        encrypted,
        certificate.group(1) if certificate and encrypted else None,
        bool(re.search(r"\bdisk-buffer\s*\(", options)),
        -1,  # what cannot be sent waits in the destination's queue
        _verified(options) if encrypted else None,
    )


def _known(target: Target, reached: Optional[bool]) -> Optional[bool]:
    """A file's name with macros is made of each message: which files it gives is not known; nor what other drivers
    do."""
    return None if target.kind == "other" or (target.kind == "file" and "$" in target.name) else reached


def _verified(options: str) -> bool:
    """peer-verify of tls(): the default is to require a certificate that is trusted."""
    found = re.search(r"\bpeer-verify\s*\(\s*[\"']?([\w-]+)", options)
    return found is None or found.group(1).lower() in ("required-trusted", "yes")


def _calls(text: str) -> Iterator[Tuple[str, str]]:
    """The drivers of a destination: each name that stands before parentheses, and what is in these."""
    depth, start, inside, name = 0, 0, 0, ""
    for match in re.finditer(r"[()]", _outside_quotes(text)):
        if match.group() == "(":
            if depth == 0:
                word = _DRIVER.search(text[max(start, match.start() - _LONGEST) : match.start()])
                name, inside = word.group(1).lower() if word else "", match.end()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                start = match.end()
                if name:
                    yield name, text[inside : match.start()]
    if depth and name:  # it is not closed
        yield name, text[inside:]


def _outside_quotes(text: str) -> str:
    """The text with what stands in quotes blanked, of the same length."""
    return _QUOTED.sub(lambda match: " " * len(match.group()), text)


def _blocks(seen: Seen, path: str, text: str) -> Iterator[_Block]:
    """The destinations and log paths of a text, outer ones after those within them. One that is not closed is none:
    syslog-ng does not start with it."""
    opened: List[Tuple[int, int, str, str]] = []
    line, start = 1, 0
    bare = _outside_quotes(text)
    for match in re.finditer(r"[{};]", bare):
        line += text.count("\n", start, match.start())
        head, start = text[max(start, match.start() - _LONGEST) : match.start()], match.start()
        if match.group() == "{":
            begins = _BLOCK.search(head)
            kind, name = begins.groups() if begins else ("", "")
            lines = head.count("\n", begins.start()) if begins else 0
            opened.append((match.end(), line - lines, kind, name))
        elif match.group() == "}" and opened:
            inside, first, kind, name = opened.pop()
            if kind and len(opened) > _MOST_NESTED:
                seen.miss(path, "more than {0} blocks within each other".format(_MOST_NESTED))
            elif kind:
                yield _Block(kind, name, text[inside : match.start()], path, first)
    if opened:
        seen.miss(path, "the block in line {0} has no end".format(opened[0][1]))


def _files(seen: Seen, path: str, read: List[str]) -> Iterator[Tuple[str, str]]:
    if path in read or len(read) >= _MOST_FILES:
        return
    read.append(path)
    lines = [re.sub(r"(\A|\s)#.*", "", line) for _number, line in seen.lines(path)]
    yield path, "\n".join(lines)
    for line in lines:
        included = re.match(r"@include\s+[\"']?([^\"']+)", line)
        if included:
            name = included.group(1).strip()
            name = name if name.startswith("/") else "/etc/syslog-ng/" + name
            for other in seen.matching(name) + seen.matching(name.rstrip("/") + "/*.conf"):
                yield from _files(seen, other, read)
