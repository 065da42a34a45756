# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A few files changed together with what belongs to them, or not at all.

All is staged first, which is where a full disk shows; then comes what belongs to
the files (the kernel's settings, a boot loader's programs), the files are put in
place, and all is proven. Whatever fails is put back. A journal, synced before the
first write and taken away after the last, tells the next run what one that was
killed has left. Changes of rules have more to keep in step: transaction.py.
"""

import os
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, NoReturn, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import files, journal, recovery
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.deploy.journal import Step
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import (
    KEPT,
    Store,
    kept_from_plain,
    kept_to_plain,
)
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

Plain = Dict[str, Any]
_OPEN = ".open"
SETTINGS, BOOT = "settings", "boot"
"""The kinds of such changes that there are."""


class Journal(NamedTuple):
    """A change under way.

    ``before`` holds every file that it may change, ``after`` those that this process puts in place; the others are
    written by programs. ``about`` is plain data of the caller. ``id`` names the record of ``before``.
    """

    id: str
    kind: str
    before: Dict[str, Kept]
    after: Dict[str, Kept]
    about: Plain


class Beside:
    """What changes along with the files; here it is nothing. Each of its steps may raise a TrailError."""

    def first(self, note: Step) -> None:
        """Before the files are put in place, when all of them are staged."""

    def then(self, note: Step) -> None:
        """When they are in place; the last that can fail."""

    def back(self, note: Step) -> str:
        """Undo both, whichever of them was done; returns what cannot be undone before a reboot, as a text."""
        return ""

    def is_final(self) -> bool:
        """Whether it has come to where there is no way back, so that the change has to be finished."""
        return False


def carry_out(
    store: Store,
    kind: str,
    after: Mapping[str, Kept],
    beside: Beside,
    written: Sequence[str] = (),
    about: Optional[Plain] = None,
    step: Optional[Step] = None,
) -> Journal:
    """Make the change, or put everything back.

    Args:
        store: The state folder, whose lock the caller holds from its look at the files on.
        kind: Of the record that is kept of the files as they were.
        after: The files as they are to be (:func:`.files.with_content`).
        beside: What belongs to them.
        written: Paths that ``beside`` writes.
        about: What the next run has to know of ``beside``, should this one be killed.
        step: Called with the name of each step before it is taken.

    Returns:
        The journal, which is closed: its ``id`` and what was there ``before``.

    Raises:
        TrailError: It cannot be done. All is as it was, or the message says what is not; the next run puts that back.
    """
    with store.lock():
        before = {path: files.look(path) for path in list(after) + [path for path in written if path not in after]}
        found = Journal(store.new_id(kind), kind, before, dict(after), about or {})
        note = _steps(store, kind, step)
        note("prune the records")
        store.prune(kind, KEPT - 1)
        note("write the journal")
        save(store, found)
        try:
            _do(store, found, beside, note)
        except BaseException as error:  # an interrupt from the keyboard leaves nothing half done either
            _put_back(store, found, beside, note, error)
        note("close the journal")
        close(store, found)
    return found


def left(store: Store, kind: str) -> Optional[Journal]:
    """The journal of a change that did not come to its end, or None. A look makes no folder.

    Raises:
        EvidenceError: It cannot be read.
    """
    plain = store.load(kind + _OPEN)
    if plain is None:
        return None
    return Journal(**dict(plain, before=kept_from_plain(plain["before"]), after=kept_from_plain(plain["after"])))


def recover(
    store: Store, kind: str, beside_of: Callable[[Journal], Beside], step: Optional[Step] = None
) -> Optional[Plain]:
    """Undo what a run left that was killed, or finish it where there is no way back.

    Args:
        store: The state folder.
        kind: Of the change.
        beside_of: Makes, of a journal, what belongs to its files.
        step: Called with the name of each step before it is taken.

    Returns:
        None where nothing was left; else as :func:`told`.

    Raises:
        TrailError: It cannot be done; the journal stays, for the next run.
    """
    if left(store, kind) is None:
        return None
    with store.lock():
        found = left(store, kind)
        if found is None:
            return None
        at, note, beside = last_step(store, found), _steps(store, kind, step), beside_of(found)
        forward = beside.is_final()
        try:
            aside = put_files(store, found, found.after if forward else found.before, note)
            more = "" if forward else beside.back(note)
            if not forward:
                store.drop(found.id)
            close(store, found)
        except TrailError as error:
            error.message = "{0} (while {1} what an interrupted run left, {2}, at: {3})".format(
                error.message, "finishing" if forward else "undoing", found.id, at or "an unknown step"
            )
            raise
        return told(found, at, recovery.FINISHED if forward else recovery.UNDONE, aside, more)


def interrupted(store: Store, found: Journal, would: str) -> str:
    """What a run outside check mode would do about an interrupted one, as a sentence."""
    return "an earlier run was interrupted ({0}, at: {1}): a run outside check mode would {2} it first".format(
        found.id, last_step(store, found) or "an unknown step", would
    )


def told(found: Journal, step: str, did: str, aside: Tuple[List[str], Optional[str]], more: str = "") -> Plain:
    """What was done about an interrupted run: ``change, step, did`` (undone or finished), ``text``, a sentence."""
    text = "an earlier run was interrupted ({0}, at: {1}); what it left was {2}".format(
        found.id, step or "an unknown step", did
    )
    if aside[0]:
        text += "; {0} had been changed since, what it held is kept as {1}".format(", ".join(aside[0]), aside[1])
    return {"change": found.id, "step": step, "did": did, "text": "{0}; {1}".format(text, more) if more else text}


def put_files(store: Store, found: Journal, state: Mapping[str, Kept], note: Step) -> Tuple[List[str], Optional[str]]:
    """The files of a state put there, what was staged taken away.

    Returns:
        The paths that hold neither what was before nor what was to come after, and the identifier of the record that
        keeps their content, or None.

    Raises:
        TrailError: A file cannot be written.
    """
    recovery.discard_staged(found.before, found.after)
    return recovery.put_files(store, found.before, found.after, state, note)


def last_step(store: Store, found: Journal) -> str:
    """The step that an interrupted change had come to; empty where that is not known (the machine went down)."""
    return journal.last_step(store, _step_name(found.kind))


def since(store: Store, found: Journal) -> Optional[float]:
    """When the journal was written, in seconds since 1970."""
    return store.saved_at(found.kind + _OPEN)


def save(store: Store, found: Journal) -> None:
    """The journal, synced: the change is open from now on."""
    plain = dict(found._asdict(), before=kept_to_plain(found.before), after=kept_to_plain(found.after))
    store.save(found.kind + _OPEN, plain)


def close(store: Store, found: Journal) -> None:
    """The change has come to its end."""
    store.drop(found.kind + _OPEN)
    files.discard(os.path.join(store.folder, _step_name(found.kind)))


def _do(store: Store, found: Journal, beside: Beside, note: Step) -> None:
    note("keep the files as they were")
    store.save(found.id, {"id": found.id, "files": kept_to_plain(found.before)})
    recovery.discard_staged(found.before, found.after)
    staged = {}
    for path, kept in files.in_order(found.after):
        note("stage {0}".format(path))
        staged[path] = files.prepare(kept)
    beside.first(note)
    for path, kept in files.in_order(found.after):
        note("put {0}".format(path))
        # A program may have written it since: what was staged is what was asked for.
        files.apply(kept, staged[path] or files.prepare(kept))
    beside.then(note)


def _put_back(store: Store, found: Journal, beside: Beside, note: Step, error: BaseException) -> NoReturn:
    if beside.is_final():  # an interrupt after the last step: nothing is left to be done
        close(store, found)
        raise error
    failed = _undo(store, found, beside, note)
    if failed and isinstance(error, TrailError):
        error.message = "{0}; and this could not be put back: {1}".format(error.message, "; ".join(failed))
    raise error


def _undo(store: Store, found: Journal, beside: Beside, note: Step) -> List[str]:
    """What could not be put back, as texts; where it is nothing the change never was, and no journal is left of it."""
    failed: List[str] = []
    again = False
    undoing: List[Callable[[], None]] = [lambda: recovery.discard_staged(found.before, found.after)]
    undoing += [_restoring(kept, note) for _path, kept in files.in_order(found.before)]
    for undo in undoing:
        try:
            undo()
        except TrailError as error:
            again = True
            failed.append(str(error))
    try:
        more = beside.back(note)
        failed += [more] if more else []
        if not again:
            store.drop(found.id)
            close(store, found)
    except TrailError as error:
        failed.append(str(error))
    return failed


def _restoring(kept: Kept, note: Step) -> Callable[[], None]:
    def restore() -> None:
        note("put back {0}".format(kept.path))
        files.restore(kept)

    return restore


def _steps(store: Store, kind: str, then: Optional[Step]) -> Step:
    return journal.steps(store, then, _step_name(kind))


def _step_name(kind: str) -> str:
    return "{0}.step".format(kind)
