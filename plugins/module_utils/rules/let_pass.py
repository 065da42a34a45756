# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line of ours that lets a load go on behind what is refused: a load without it, and whose such lines there are.

A host is deployed to as if it were not there, so that a broken line of anybody is refused as ever. It is there for
the boots to come, when a directory may be gone that a rule names.
"""

from typing import List, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import Line
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Rejected

LINE = "-i"
"""auditctl(8): go on, and end with success. -c ends with a failure, and then the auditd.service of audit 4.0 to 4.0.2,
which requires the unit that loads the rules, does not start at all."""
WRITTEN = "# Written by auditops.trail (audit_rules)"
"""How each file of ours begins."""
_OPTIONS = {"-i", "-c"}
_NO_PATH = "No such file or directory: "
_DELETES = ("-d", "-W")


def without(lines: Sequence[Line], file: str) -> List[Line]:
    """The lines of a load without :data:`LINE` of this file."""
    return [line for line in lines if line.origin.file != file or line.origin.text.strip() != LINE]


def by_us_alone(lines: Sequence[Line]) -> bool:
    """Whether lines let this load go on behind what is refused, and all of them stand in files of ours.

    Raises:
        OSError: a file with such a line cannot be read.
    """
    files = {line.origin.file for line in lines if _OPTIONS & set(line.origin.text.split())}
    return bool(files) and all(file is not None and _is_ours(file) for file in files)


def _is_ours(file: str) -> bool:
    with open(file, "rb") as opened:
        return opened.read(len(WRITTEN)) == WRITTEN.encode("ascii")


def lacks_path(refused: Rejected) -> bool:
    """Whether a line is refused since what it names is not there: then there is nothing that it could record."""
    return refused.reason.startswith(_NO_PATH) and not refused.origin.text.lstrip().startswith(_DELETES)
