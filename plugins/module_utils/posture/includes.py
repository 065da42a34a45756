# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that read other files: each chain of them ends, and so does their number."""

from typing import List

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

_MOST_FILES = 1000
"""So many are read from one file on: a folder of sudoers may have hundreds. Where several copies of a file lie in the
folder that it reads, each reads all others, and there is no end to them."""


class Includes:
    """Goes down into included files; what it does not enter is told, for then not all is seen."""

    def __init__(self, seen: Seen, deepest: int) -> None:
        self._seen = seen
        self._deepest = deepest
        """So many files may be in one another, as the program that reads them has it."""
        self._open: List[str] = []
        self._entered = 0

    def enter(self, file: str) -> bool:
        """Whether a file is to be read now; then :meth:`leave` is called at its end."""
        why = None
        if file in self._open:
            why = "it includes itself"
        elif len(self._open) > self._deepest:
            why = "it lies in more than {0} files that include one another".format(self._deepest)
        elif self._entered >= _MOST_FILES:
            why = "more than {0} files are included".format(_MOST_FILES)
        if why is not None:
            self._seen.miss(file, why)
            return False
        self._open.append(file)
        self._entered += 1
        return True

    def leave(self) -> None:
        """The file that was entered last has been read."""
        self._open.pop()
