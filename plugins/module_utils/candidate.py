# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which audit release the host's package manager would install, where none is installed yet."""

import re
from typing import Callable, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.host import find_program, parse_version, run

Version = Tuple[int, ...]

_ASKED: Tuple[Tuple[str, Tuple[str, ...], str], ...] = (
    ("apt-cache", ("policy", "auditd"), r"^ *Candidate: *(?:\d+:)?(\d+(?:\.\d+)+)"),
    ("dnf", ("-q", "-C", "repoquery", "--latest-limit", "1", "--qf", "%{version}\\n", "audit"), r"^(\d+(?:\.\d+)+)$"),
    ("zypper", ("-q", "--no-refresh", "info", "audit"), r"^Version *: *(\d+(?:\.\d+)+)"),
)
"""Program, arguments, and where the answer stands. All answer from what was fetched before; none asks the network."""


def candidate_version(
    program: Callable[[str], Optional[str]] = find_program,
    ask: Callable[[Sequence[str]], Tuple[int, str]] = run,
) -> Optional[Version]:
    """The release of the package that an installation now would bring, or None where no package manager tells."""
    for name, arguments, pattern in _ASKED:
        path = program(name)
        if path is None:
            continue
        try:
            _status, answer = ask([path] + list(arguments))
        except EvidenceError:
            continue
        found = re.search(pattern, answer, re.MULTILINE)
        if found:
            return parse_version(found.group(1))
    return None
