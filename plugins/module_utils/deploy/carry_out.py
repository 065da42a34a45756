# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change of files and kernel, from its journal to its end; what cannot be done is put back."""

from typing import Any, Callable, Dict, NoReturn, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.deploy import files, folders, journal, recovery
from ansible_collections.auditops.trail.plugins.module_utils.deploy.journal import Journal, Step
from ansible_collections.auditops.trail.plugins.module_utils.deploy.snapshot import left_out
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

Plain = Dict[str, Any]


def carry_out(
    kernel: Any, store: Store, found: Journal, move: Optional[Callable[[Step], Plain]], step: Optional[Step]
) -> Plain:
    """The journal, and what it says, to the end; on any error all is put back.

    Args:
        kernel: The kernel's side (deploy/kernel_side.py).
        store: The state folder, whose lock the caller holds.
        found: The journal, phase begun.
        move: Moves the kernel, and returns what it adds to the state of after.
        step: Called with the name of each step before it is taken.

    Returns:
        The record of after.

    Raises:
        TrailError: It cannot be done; the message says what was put back, or what state is left.
    """
    note = journal.steps(store, step)
    note("write the journal")
    journal.save(store, found)
    final = False
    try:
        if found.made:
            note("make {0}".format(found.made[-1]))
            folders.make(found.made)
        staged = {}
        for path, kept in files.in_order(found.after.files):
            note("stage {0}".format(path))
            staged[path] = files.prepare(kept)
        if move is not None and found.moves_kernel:
            found = found._replace(after=found.after._replace(**move(note)))
        note("note that it is proven")
        proven = found._replace(phase=journal.PROVEN)
        journal.save(store, proven)
        found = proven
        for path, kept in files.in_order(found.after.files):
            note("put {0}".format(path))
            files.apply(kept, staged[path])
        recovery.lock(kernel, found, note)
        final = found.locks
        recovery.documents(store, found, note)
    except BaseException as error:  # an interrupt from the keyboard leaves nothing half done either
        if final:
            _leave_to_the_next(error)
        _put_back(kernel, store, found, note, error)
    recovery.sweep(found, note)
    recovery.remove_folders(found.goes, note)
    journal.close(store)
    if found.after.record is None:
        raise ValueError("a change that is not recovered has a record")
    return found.after.record


def _leave_to_the_next(error: BaseException) -> NoReturn:
    """The kernel is locked and the files say so: there is no way back, and the journal has the next run note it."""
    if not isinstance(error, (TrailError, OSError)):
        raise error
    text = error.message if isinstance(error, TrailError) else str(error)
    raise TrailError(
        "the rules are locked in the kernel and on disk, and that could not be noted: {0}".format(text.rstrip(".")),
        getattr(error, "file", None),
        remedy="mend that and run it again: the next run begins by noting it.",
    ) from error


def _put_back(kernel: Any, store: Store, found: Journal, note: Step, error: BaseException) -> NoReturn:
    """Undo, and raise the error with what was undone; where that fails too, with what is left."""
    text = error.message if isinstance(error, TrailError) else "{0}: {1}".format(type(error).__name__, error)
    try:
        came = recovery.undo(kernel, store, found, note)
        journal.close(store)
    except (TrailError, OSError) as second:
        raise TrailError(
            "{0}. Putting back what was there failed as well: {1}. Now there is: {2}".format(
                text.rstrip("."), second, recovery.left(kernel, found)
            ),
            getattr(error, "file", None),
            getattr(error, "line", None),
            "mend what the second message says and run it again: the next run begins by putting back the rest.",
        ) from error
    if isinstance(error, TrailError):
        error.message = "{0}. {1}".format(text.rstrip("."), _undone(found, came.reboot_required, came.gone))
        raise error
    raise error


def _undone(found: Journal, reboot: bool, gone: Sequence[str]) -> str:
    if reboot:
        return "The files are as they were; the kernel was locked meanwhile and is not: reboot."
    if not found.moves_kernel:
        return "The files are as they were."
    return "Files and kernel are as they were{0}.".format(left_out(gone))
