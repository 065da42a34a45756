# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the files of a host load: rules.d as augenrules merges it, or audit.rules where that is what is loaded."""

import os
from typing import Any, Dict, Mapping, NamedTuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import files, wanted
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import from_texts
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.merged_text import is_generated
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import Merged, read_rules_dir
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate

Plain = Dict[str, Any]
AUDITCTL = "auditctl"
_NONE = "none.rules"


class Booted(NamedTuple):
    """What is loaded: ``folder`` is what augenrules makes of rules.d. ``by_hand``: audit.rules was written by hand."""

    load: Load
    folder: Merged
    by_hand: bool


def look(
    rules_dir: str, changed: Mapping[str, Kept], posture: Plain, paths: PathState, loader: str = "augenrules"
) -> Booted:
    """What would be loaded with some of the files in another state.

    An audit.rules that somebody has written by hand is what counts where the service runs ``auditctl -R``, and where
    rules.d is empty: then it holds all the rules that the host has.

    Args:
        rules_dir: The folder.
        changed: Files in that other state, by path.
        posture: ``host`` and ``paths`` (posture/evidence.py).
        paths: What there is on the host.
        loader: What loads the rules at boot.

    Raises:
        TrailError: a file cannot be read.
    """
    dialect, kernel = evidence.dialect(posture), evidence.host(posture).kernel
    changes = {
        os.path.basename(path): kept.data for path, kept in changed.items() if os.path.dirname(path) == rules_dir
    }
    if not os.path.isdir(rules_dir):
        changes.setdefault(_NONE, None)
    folder = read_rules_dir(rules_dir, posture["host"].get("awk") or "gawk", tuple(dialect.version), changes)
    made = wanted.audit_rules_of(rules_dir)
    data = (changed[made] if made in changed else files.look(made)).data
    by_hand = data is not None and not is_generated(data)
    if data is not None and (loader == AUDITCTL or (by_hand and not folder.lines)):
        lines = from_texts([data.decode("utf-8", "surrogateescape")], made)
        return Booted(simulate(lines, dialect, paths, kernel=kernel), folder, by_hand)
    load = simulate(folder.lines, dialect, paths, kernel=kernel, lost=folder.lost)
    return Booted(load, folder, by_hand)
