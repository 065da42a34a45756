# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what is sent to a server leaves this host, or ends on it, or goes on from it by stunnel."""

from typing import List, NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.plugins.module_utils.posture.stunnel import Tunnel, tunnels
from ansible_collections.auditops.trail.plugins.module_utils.posture.this_host import ThisHost

_STUNNEL = ("stunnel", "stunnel4", "stunnel5")


class Leaving(NamedTuple):
    """``local``: the server is this host. ``leaves``: records come to another machine, None where processes are hidden;
    to a server on this host they do if stunnel runs and carries them on by ``tunnel``."""

    local: bool
    leaves: Optional[bool]
    tunnel: Optional[Tunnel]


class Onward:
    """Knows this host and its tunnels; both are read once."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._here = ThisHost(seen.context)
        self._tunnels: Optional[List[Tunnel]] = None

    def of(self, server: Optional[str], port: Optional[int], transport: Optional[str] = "tcp") -> Leaving:
        """What becomes of records for a server; one that is not known (None) is not said to be this host."""
        if server is None or not self._here.is_it(server):
            return Leaving(False, True, None)
        if self._tunnels is None:
            self._tunnels = tunnels(self._seen, self._here)
        for tunnel in self._tunnels:
            if tunnel.port == port and not (transport or "").startswith("udp"):
                return Leaving(True, self._seen.running(_STUNNEL), tunnel)
        return Leaving(True, False, None)
