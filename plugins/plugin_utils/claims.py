# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One posture file, one host: hosts of a run are judged in processes that know nothing of each other.

What they share is the temporary folder of the run. The first host that comes
for a file leaves its name there, and every other one is refused.
"""

from __future__ import annotations

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import this_run


def claim(folder: str, path: str, host: str, variable: str) -> None:
    """Let ``host`` have the posture in ``path``.

    Args:
        folder: The temporary folder of this run of ansible-playbook.
        path: The posture file.
        host: The inventory's name of the host.
        variable: Who named the file.

    Raises:
        TrailError: It is another host's in this run.
    """
    first = this_run.once(folder, variable, path, host)
    if first != host:
        raise TrailError(
            f"this is the posture of {first} in this run, and not also that of {host}.",
            file=path,
            remedy=f"put {{{{ inventory_hostname }}}} into {variable}.",
        )
