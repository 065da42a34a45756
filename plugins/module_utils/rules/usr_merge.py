# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where what is below /usr lies on a host whose /bin, /sbin and /lib are directories of their own.

Controls name programs by their place below /usr, as file-hierarchy(7) has it.
Ubuntu 18.04 and hosts that were upgraded without usrmerge have auditctl in
/sbin and nowhere else, and libraries in both places.
"""

import re
from typing import List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState

TOPS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_BELOW_USR = re.compile(r"/usr(/(?:s?bin|lib|lib32|lib64|libx32)(?:/.*)?)\Z", re.DOTALL)


def unmerged(path: str) -> Optional[str]:
    """The same name without /usr in front; None for a path that was never elsewhere."""
    match = _BELOW_USR.match(path)
    return match.group(1) if match else None


def to_look_at(paths: List[str], state: PathState) -> List[str]:
    """Which further paths are to be looked at on a host: those below a top directory that is no link to /usr's.

    Args:
        paths: Those that are named.
        state: The host's, which is asked about the top directories.
    """
    state.collect(TOPS)
    apart = {top for top in TOPS if state.lexists(top) and not state.place(top).symlinked}
    others = [unmerged(path) for path in paths]
    return [path for path in others if path is not None and "/" + path.split("/")[1] in apart]


def elsewhere(path: str, state: PathState) -> Optional[str]:
    """Where something of this name lies beside /usr; None where nothing does, where it is the same, or is not known."""
    other = unmerged(path)
    if other is None or state.lexists(other) is not True:
        return None
    return other if state.place(other, follow=True).real != state.place(path, follow=True).real else None
