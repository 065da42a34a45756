# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists that are complete or null: over half a list an assertion would pass wrongly."""

import os
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, TypeVar

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import MOST_BYTES, Seen

Plain = Dict[str, Any]
_T = TypeVar("_T")
_MOST_PATHS = 20000
"""No configuration or journal has more files; a link to / has."""


class Complete(Seen):
    """Reads as :class:`Seen` does, and answers None where a part of the answer was refused."""

    def whole(self, look: Callable[..., _T], *arguments: Any) -> Optional[_T]:
        """What a look gives, or None where it noted that something could not be seen."""
        refused: List[str] = []
        before, self.not_seen = self.not_seen, refused
        try:
            found = look(*arguments)
        finally:
            self.not_seen = before + [text for text in refused if text not in before]
        return None if refused else found

    def data(self, path: str) -> Optional[bytes]:
        """The bytes of a file; None where it is not there, and where it cannot be read, which is noted."""
        try:
            # A pipe in the place of a file would hold an ordinary open for ever.
            handle = os.open(self.context.path(path), os.O_RDONLY | os.O_NONBLOCK)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as exc:
            self.miss(path, exc)
            return None
        with os.fdopen(handle, "rb") as file:
            try:
                found = file.read(MOST_BYTES + 1) or b""
            except OSError as exc:
                self.miss(path, exc)
                return None
        if len(found) > MOST_BYTES:
            self.miss(path, "larger than {0} bytes".format(MOST_BYTES))
            return None
        return found

    def all_entries(self, paths: Sequence[str]) -> Optional[List[Plain]]:
        """The ENTRYs of those paths that are there, or None where one cannot be looked at."""
        return self.whole(self.entries, paths)

    def below(self, folder: str, links: bool = False) -> Optional[List[str]]:
        """The path of everything in a folder and its folders, sorted; None where refused.

        With ``links``, what lies in a folder that a link leads to is told as below the link.
        """
        return self.whole(self._below, folder, links)

    def _below(self, folder: str, links: bool) -> List[str]:
        found: List[str] = []
        none: Tuple[str, ...] = ()
        waiting = [(folder, none)]
        while waiting:
            place, above = waiting.pop()
            real = os.path.realpath(self.context.path(place))
            if real in above:  # a link that leads back
                continue
            for name in self.names(place):
                path = os.path.join(place, name)
                found.append(path)
                if os.path.isdir(self.context.path(path)) and (links or not os.path.islink(self.context.path(path))):
                    waiting.append((path, above + (real,)))
            if len(found) > _MOST_PATHS:
                self.miss(folder, "more than {0} files and folders".format(_MOST_PATHS))
                break
        return sorted(found)
