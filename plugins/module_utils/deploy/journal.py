# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of one change of files and kernel: all that is needed to finish it, or to undo it, after any end.

It is synced before the first write and taken away after the last. ``phase`` says
which of the two is to be done; the step, which is told only, goes to a file of
its own without a sync: it need not outlive the machine, only the process.
"""

import os
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import files
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store, kept_from_plain, kept_to_plain

Step = Callable[[str], None]
Plain = Dict[str, Any]

BEGUN, PROVEN, UNDOING = "begun", "proven", "undoing"
"""No file has been changed yet / the kernel is as it is to be and files are being put / files are being put back."""

LOAD, COMMIT, ROLL_BACK = "load", "commit", "roll_back"

_NAME = "journal"
_STEP = "step"


class State(NamedTuple):
    """All that a change moves from one state to another.

    ``files`` by path; ``kernel`` is a snapshot of it as plain data (None: it is
    not touched, or not known yet); ``record`` is the transaction's document
    (None: there is none) and ``original`` that of what lay there before the
    first transaction ever.
    """

    files: Dict[str, Kept]
    kernel: Optional[Plain] = None
    record: Optional[Plain] = None
    original: Optional[Plain] = None


class Journal(NamedTuple):
    """One change under way.

    ``moves_kernel`` is False where only files change (the kernel is locked, or
    stays as it is). ``locks`` and ``loginuid`` say what is locked in the kernel
    at the end. ``scratch`` is a folder to be taken away. ``made`` are folders
    that the change makes, ``goes`` those that go at its end; of either, what is
    not empty stays.
    """

    transaction: str
    action: str
    phase: str
    boot_id: str
    before: State
    after: State
    moves_kernel: bool = True
    locks: bool = False
    loginuid: bool = False
    scratch: str = ""
    made: Tuple[str, ...] = ()
    goes: Tuple[str, ...] = ()

    def paths(self) -> Tuple[str, ...]:
        """Every file that it is about."""
        return tuple(sorted(set(self.before.files) | set(self.after.files)))


def save(store: Store, journal: Journal) -> None:
    """The journal, synced."""
    plain = dict(journal._asdict())
    for name in ("before", "after"):
        state = getattr(journal, name)
        plain[name] = dict(state._asdict(), files=kept_to_plain(state.files))
    store.save(_NAME, plain)


def load(store: Store) -> Optional[Journal]:
    """The journal of a change that did not come to its end, or None.

    Raises:
        EvidenceError: It cannot be read.
    """
    plain = store.load(_NAME)
    if plain is None:
        return None
    for name in ("before", "after"):
        plain[name] = State(**dict(plain[name], files=kept_from_plain(plain[name]["files"])))
    return Journal(**dict(plain, made=tuple(plain.get("made", ())), goes=tuple(plain.get("goes", ()))))


def close(store: Store) -> None:
    """The change has come to its end."""
    store.drop(_NAME)
    files.discard(os.path.join(store.folder, _STEP))


def since(store: Store) -> Optional[float]:
    """When the journal was written last, in seconds since 1970; None where there is none."""
    return store.saved_at(_NAME)


def steps(store: Store, then: Optional[Step] = None, name: str = _STEP) -> Step:
    """A function that notes the step that comes next in a file of this name, and calls ``then`` with it."""

    def step(what: str) -> None:
        try:
            with open(os.path.join(store.folder, name), "wb") as out:
                out.write(what.encode("utf-8", "backslashreplace"))
        except OSError:  # on a full disk: what is done does not depend on it
            pass
        if then is not None:
            then(what)

    return step


def last_step(store: Store, name: str = _STEP) -> str:
    """The step that an interrupted change had come to; empty where that is not known (the machine went down)."""
    try:
        with open(os.path.join(store.folder, name), "rb") as read:
            return read.read(4096).decode("utf-8", "replace")
    except OSError:
        return ""
