# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""stunnel's services (stunnel(8)): what accepts in the clear on this host and goes on encrypted to another."""

import re
from typing import Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

PATTERNS = ("/etc/stunnel*/*.conf", "/etc/stunnel*/*/*.conf")
LOCAL = ("localhost", "ip6-localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "")


class Tunnel(NamedTuple):
    """A client service: it accepts on ``port`` of this host and connects to ``server``; ``identity`` is what it shows
    of itself (a certificate's file or a PSK's name), ``verifies`` whether it looks at whom it reached."""

    port: int
    server: str
    server_port: Optional[int]
    identity: Optional[str]
    verifies: bool
    file: str
    line: int


def tunnels(seen: Seen) -> List[Tunnel]:
    """The client services of all of stunnel's configuration files."""
    found: List[Tunnel] = []
    for pattern in PATTERNS:
        for path in seen.matching(pattern):
            found += _of_file(seen, path)
    return found


def _of_file(seen: Seen, path: str) -> List[Tunnel]:
    everywhere: Dict[str, str] = {}
    services: List[Tuple[int, Dict[str, str]]] = []
    options = everywhere
    for number, line in seen.lines(path):
        if line.startswith((";", "#")):
            continue
        if line.startswith("["):
            options = dict(everywhere)
            services.append((number, options))
            continue
        name, sign, value = line.partition("=")
        if sign:
            options[name.strip().lower()] = value.strip()
    made = [_tunnel(path, number, service) for number, service in services]
    return [tunnel for tunnel in made if tunnel is not None]


def _tunnel(path: str, line: int, options: Dict[str, str]) -> Optional[Tunnel]:
    if options.get("client", "no").lower() != "yes":
        return None
    host, port = _split(options.get("accept", ""))
    server, server_port = _split(options.get("connect", ""))
    if port is None or host.lower() not in LOCAL or server.lower() in LOCAL:
        return None
    verifies = (
        any(options.get(name, "no").lower() == "yes" for name in ("verifychain", "verifypeer"))
        or options.get("verify", "0") in ("2", "3", "4")
        or "psksecrets" in options
    )
    return Tunnel(port, server, server_port, options.get("pskidentity") or options.get("cert"), verifies, path, line)


def _split(text: str) -> Tuple[str, Optional[int]]:
    found = re.match(r"(?:(.*):)?([0-9]{1,5})\Z", text.strip())
    return ((found.group(1) or "").strip("[]"), int(found.group(2))) if found else ("", None)
