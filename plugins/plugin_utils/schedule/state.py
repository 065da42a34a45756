# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a schedule remembers between its runs: what was told, and which notices have not gone out.

Both are one file, so that a run that dies between two steps neither forgets a
notice nor makes it twice.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import atomic

FILE = "state.json"
STATE_VERSION = 1


@dataclass
class State:
    """``known``: open keys with their level; ``pending``: notices with the ``channels`` that have not taken them."""

    known: dict[str, int] = field(default_factory=dict)
    pending: list[dict[str, Any]] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    """Of the report before."""
    reported: bool = False
    """Whether there was a report before."""
    figures: dict[str, Any] = field(default_factory=dict)
    """Of the last report, for the metrics of runs that make none."""


def read(folder: str) -> tuple[State, str]:
    """The state, and what is to be said of it where it could not be used: it is set aside then, never overwritten.

    Args:
        folder: The data of the schedule.

    Raises:
        TrailError: it cannot be read, or not be set aside.
    """
    path = os.path.join(folder, FILE)
    try:
        with open(path, encoding="utf-8") as handle:
            text = handle.read()
    except FileNotFoundError:
        return State(), ""
    except OSError as exc:
        raise TrailError(
            f"what the runs before have told cannot be read: {exc.strerror}",
            file=path,
            remedy="run as the user of the schedule.",
        ) from exc
    try:
        return _parsed(text), ""
    except _DAMAGES as exc:
        aside = f"{path}.damaged-{os.stat(path).st_mtime_ns}"
        try:
            os.replace(path, aside)
        except OSError as trouble:
            raise TrailError(f"this is damaged and cannot be set aside: {trouble.strerror}", file=path) from trouble
        return State(), f"what the runs before have told is damaged ({exc}), set aside as {aside}, and told again"


_DAMAGES = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


def _parsed(text: str) -> State:
    told = json.loads(text)
    if told.pop("state_version") != STATE_VERSION:
        raise ValueError("it is of another version")
    found = State(**told)
    if any(not isinstance(value, type(getattr(State(), name))) for name, value in asdict(found).items()):
        raise ValueError("a part of it is of another kind")
    return found


def look(folder: str) -> State:
    """The state as far as it can be read, for a run that may not touch it."""
    try:
        with open(os.path.join(folder, FILE), encoding="utf-8") as handle:
            return _parsed(handle.read())
    except (OSError, *_DAMAGES):
        return State()


def write(folder: str, state: State) -> None:
    """Keep the state, whole, also where the power goes.

    Raises:
        TrailError: it cannot be written.
    """
    path = os.path.join(folder, FILE)
    text = json.dumps({"state_version": STATE_VERSION, **asdict(state)}, indent=1, sort_keys=True) + "\n"
    put(path, text, 0o600)


def put(path: str, text: str, mode: int) -> None:
    """Write a file of the schedule, whole, also where the power goes.

    Raises:
        TrailError: it cannot be written; what was there before is still there.
    """
    try:
        atomic.put(path, text.encode("utf-8", "backslashreplace"), mode, sync=True)
    except OSError as exc:
        raise TrailError(
            f"this cannot be written: {exc.strerror}",
            file=path,
            remedy="let the user of the schedule write to the folder, and see that its file system has room.",
        ) from exc
