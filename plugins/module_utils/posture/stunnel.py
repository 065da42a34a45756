# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""stunnel's services (stunnel(8)): what accepts in the clear on this host and goes on encrypted to another."""

import re
from typing import Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.plugins.module_utils.posture.this_host import ThisHost

PATTERNS = ("/etc/stunnel*/*.conf", "/etc/stunnel*/*/*.conf")


class Tunnel(NamedTuple):
    """A client service: it accepts on ``port`` of this host and connects to ``server``; ``identity`` is what it shows
    of itself (a certificate's file or a PSK's name), ``verifies`` whether it makes sure of whom it reached."""

    port: int
    server: str
    server_port: Optional[int]
    identity: Optional[str]
    verifies: bool
    file: str
    line: int


def tunnels(seen: Seen, here: ThisHost) -> List[Tunnel]:
    """The client services of all of stunnel's configuration files that lead from this host to another."""
    found: List[Tunnel] = []
    for pattern in PATTERNS:
        for path in seen.matching(pattern):
            found += _of_file(seen, path, here)
    return found


def _of_file(seen: Seen, path: str, here: ThisHost) -> List[Tunnel]:
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
    made = [_tunnel(path, number, service, here) for number, service in services]
    return [tunnel for tunnel in made if tunnel is not None]


def _tunnel(path: str, line: int, options: Dict[str, str], here: ThisHost) -> Optional[Tunnel]:
    if options.get("client", "no").lower() != "yes":
        return None
    host, port = _split(options.get("accept", ""))
    server, server_port = _split(options.get("connect", ""))
    if port is None or not here.is_it(host) or here.is_it(server):
        return None
    return Tunnel(
        port, server, server_port, options.get("pskidentity") or options.get("cert"), _verifies(options), path, line
    )


def _verifies(options: Dict[str, str]) -> bool:
    """verifyPeer (verify 3 and 4) knows the certificate itself, and a PSK both sides. verifyChain (verify 2) takes any
    certificate of the authority: it needs the name or the address that the certificate has to be made out to."""
    pinned = options.get("verifypeer", "no").lower() == "yes" or options.get("verify", "0") in ("3", "4")
    chained = options.get("verifychain", "no").lower() == "yes" or options.get("verify", "0") == "2"
    named = bool(options.get("checkhost") or options.get("checkip"))
    return pinned or (chained and named) or "psksecrets" in options


def _split(text: str) -> Tuple[str, Optional[int]]:
    found = re.match(r"(?:(.*):)?([0-9]{1,5})\Z", text.strip())
    return ((found.group(1) or "").strip("[]"), int(found.group(2))) if found else ("", None)
