# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""syslog-ng's configuration: destinations that log statements use, and whether a filter stands before them."""

import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import Target

MAIN = "/etc/syslog-ng/syslog-ng.conf"
_MOST_FILES = 200
_HOST_DRIVERS = {"network": "tcp", "syslog": "tcp", "tcp": "tcp", "tcp6": "tcp", "udp": "udp", "udp6": "udp"}
_BLOCK = re.compile(r"\b(destination|log)\b\s*([\w.-]*)\s*\{")
_FLOW = re.compile(r"\bflags\s*\([^)]*\bflow[-_]control\b")
_FULL = "disk-buffer without flags(flow-control): when it is full, messages are dropped"
_DRIVER = re.compile(r"\b(file|network|syslog|tcp6?|udp6?)\s*\(\s*[\"']?([^\"'\s()]+)")


class _Block(NamedTuple):
    kind: str
    name: str
    text: str
    file: str
    line: int


def targets(seen: Seen, _facility: str, _severity: str) -> Tuple[Target, ...]:
    """Files and hosts of the destinations in use; ``reached`` is None behind a filter, which is not read."""
    blocks = [block for path, text in _files(seen, MAIN, []) for block in _blocks(path, text)]
    drivers: Dict[str, List[Target]] = {}
    for block in blocks:
        if block.kind == "destination":
            drivers.setdefault(block.name, []).extend(_targets(block, None))
    found: List[Target] = []
    for block in blocks:
        if block.kind != "log":
            continue
        reached = None if re.search(r"\b(filter|parser|rewrite|if|elif|junction)\b", block.text) else True
        for name in re.findall(r"\bdestination\s*\(\s*[\"']?([\w.-]+)", block.text):
            more = [target._replace(reached=_known(target.name, reached)) for target in drivers.get(name, [])]
            found += [_limited(target, block) for target in more]
        found += [_limited(target, block) for target in _targets(block, reached)]
    return tuple(found)


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
    found = [target._replace(reached=None) for target in targets(seen, "", "") if target.kind == "host"]
    return tuple(found)


def _targets(block: _Block, reached: Optional[bool]) -> List[Target]:
    found = []
    for match in _DRIVER.finditer(block.text):
        driver, name = match.groups()
        if driver == "file":
            if name.startswith("/"):
                found.append(Target("file", name, _known(name, reached), block.file, block.line))
            continue
        options = block.text[match.end() : _closed(block.text, match.start())]
        transport = re.search(r"\btransport\s*\(\s*[\"']?([\w-]+)", options)
        kind = (transport.group(1) if transport else _HOST_DRIVERS[driver]).lower()
        port = re.search(r"\bport\s*\(\s*[\"']?([0-9]{1,5})", options)
        certificate = re.search(r"\bcert-file\s*\(\s*[\"']?([^\"'\s()]+)", options)
        encrypted = "tls" in kind or bool(re.search(r"\btls\s*\(", options))
        found.append(
            Target(
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
        )
    return found


def _known(name: str, reached: Optional[bool]) -> Optional[bool]:
    """A name with macros is made of each message: which files it gives is not known."""
    return None if "$" in name else reached


def _verified(options: str) -> bool:
    """peer-verify of tls(): the default is to require a certificate that is trusted."""
    found = re.search(r"\bpeer-verify\s*\(\s*[\"']?([\w-]+)", options)
    return found is None or found.group(1).lower() in ("required-trusted", "yes")


def _closed(text: str, start: int) -> int:
    depth = 0
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if text[at] == ")" and depth == 0:
            return at
    return len(text)


def _blocks(path: str, text: str) -> Iterator[_Block]:
    for match in _BLOCK.finditer(text):
        depth, at = 0, match.end() - 1
        for at in range(match.end() - 1, len(text)):
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            if depth == 0:
                break
        yield _Block(
            match.group(1), match.group(2), text[match.end() : at], path, text.count("\n", 0, match.start()) + 1
        )


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
