# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From whatever an interrupted change left to one of its two ends: as before it, or as after it, files and kernel.

Which of the two, the journal's phase says: before the kernel was proven, all is
undone, and no file has been changed by then; afterwards it is finished. Both
look at what is there and do what is missing, so they can be cut off as well.

After a reboot in between the kernel holds what the files said when it booted:
those of before where nothing had been proven, else a mixture perhaps, so that it
is brought to the end of the journal like everything else.
"""

import shutil
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import diffs, files, folders, journal, original
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.deploy.journal import BEGUN, UNDOING, Journal, State, Step
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import KEPT, Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

Plain = Dict[str, Any]
UNDONE, FINISHED = "undone", "finished"
ASIDE = "aside"
"""The kind of records that hold files which somebody had changed while a change was under way."""
_NEITHER = "neither as before nor as after"


class _Came(NamedTuple):
    """What came of it: files that were neither as before nor as after and the record that holds them (None: none),
    whether the kernel could not be moved, and rules, as texts, that it does not take any more."""

    set_aside: List[str]
    set_aside_in: Optional[str]
    reboot_required: bool = False
    gone: Tuple[str, ...] = ()


def interrupted(store: Store) -> Optional[Plain]:
    """What a run that did not come to its end was at: ``transaction, action, step, would`` (undo or finish), or None.

    Reads only, and needs no lock: for check mode and for a status.
    """
    found = journal.load(store)
    if found is None:
        return None
    return {
        "transaction": found.transaction,
        "action": found.action,
        "step": journal.last_step(store),
        "would": "finish" if found.phase == journal.PROVEN else "undo",
    }


def recover(kernel: Any, store: Store, step: Optional[Step] = None) -> Optional[Plain]:
    """Bring what an interrupted run left to an end.

    Args:
        kernel: The kernel's side (deploy/kernel_side.py).
        store: The state folder.
        step: Called with the name of each step before it is taken.

    Returns:
        None where nothing was left. Else ``transaction``, ``action``, ``step`` (at which it was cut off, empty where
        the machine went down), ``did`` (undone or finished), ``files`` (what has become of each since before the
        interrupted run: ``path, action``), ``set_aside`` (paths of files that somebody had changed
        since: their content is kept in the state folder under the identifier ``set_aside_in``),
        ``reboot_required`` (the kernel is locked, and does not hold what the files say), and ``gone``: rules that the
        kernel does not take any more, as texts, since the directory that they name is gone.

    Raises:
        TrailError: It cannot be brought to an end; the journal stays, for the next run.
    """
    if journal.load(store) is None:  # a look makes no folder
        return None
    with store.lock():
        found = journal.load(store)
        if found is None:
            return None
        cut_off = journal.last_step(store)
        note = journal.steps(store, step)
        forward = found.phase == journal.PROVEN and _may_lock(kernel, found)
        try:
            came = finish(kernel, store, found, note) if forward else undo(kernel, store, found, note)
        except TrailError as error:
            did = "finishing" if forward else "undoing"
            error.message = "{0} (while {1} what an interrupted {2} left: {3})".format(
                error.message, did, found.action, left(kernel, found)
            )
            raise
        journal.close(store)
        return {
            "transaction": found.transaction,
            "action": found.action,
            "step": cut_off,
            "did": FINISHED if forward else UNDONE,
            "files": diffs.actions(_data(found.after if forward else found.before), _before(found)),
            "set_aside": came.set_aside,
            "set_aside_in": came.set_aside_in,
            "reboot_required": came.reboot_required,
            "gone": list(came.gone),
        }


def undo(kernel: Any, store: Store, found: Journal, note: Step) -> _Came:
    """Files, kernel and documents as before the change; the journal is the caller's to close.

    Raises:
        TrailError: Something cannot be put back.
    """
    # A boot that finds rules.d made, and nothing in it yet, has written an empty audit.rules.
    files_changed = found.phase != BEGUN or bool(found.made)
    if found.phase == journal.PROVEN:
        try:
            journal.save(store, found._replace(phase=UNDOING))
        except TrailError:
            pass  # a full disk: cut off from here on it would be finished, which is whole as well
    aside: List[str] = []
    aside_in = None
    if files_changed:
        aside, aside_in = put_files(store, found.before.files, found.after.files, found.before.files, note)
    sweep(found, note)
    remove_folders(found.made, note)
    came = _Came(aside, aside_in)
    if found.moves_kernel:
        now = kernel.snapshot()
        # Booted since, and from files that nothing had changed: it holds what they say.
        if files_changed or now.boot_id == found.boot_id:
            came = _kernel(kernel, now, found.before, note, came)
    _documents(store, found, found.before, note)
    return came


def finish(kernel: Any, store: Store, found: Journal, note: Step) -> _Came:
    """Files, kernel, locks and documents as after the change; the journal is the caller's to close.

    Raises:
        TrailError: Something cannot be done.
    """
    folders.make(found.made)
    aside, aside_in = put_files(store, found.before.files, found.after.files, found.after.files, note)
    sweep(found, note)
    remove_folders(found.goes, note)
    came = _Came(aside, aside_in)
    if found.moves_kernel:
        came = _kernel(kernel, kernel.snapshot(), found.after, note, came)
    lock(kernel, found, note)
    after = found.after
    if came.reboot_required and after.record is not None:
        after = after._replace(record=dict(after.record, reboot_required=True))
    _documents(store, found, after, note)
    return came


def _may_lock(kernel: Any, found: Journal) -> bool:
    """Whether what is left to be locked is still what was proven: the lock holds until the next boot.

    A change that moves the kernel brings it to the proven rules first.
    """
    if not found.locks or found.moves_kernel or kernel.locked() or found.after.record is None:
        return True
    proven = found.after.record["after"]["kernel"]
    return proven is not None and is_equal(kernel.snapshot(), proven, rules_only=True)


def lock(kernel: Any, found: Journal, note: Step) -> None:
    """The kernel locked, where the change wants it and it is not."""
    if found.locks and not kernel.locked():
        note("lock the kernel")
        try:
            kernel.lock(found.loginuid)
        except TrailError:
            if not kernel.locked():  # once it is locked there is no way back, so the rest is done
                raise


def documents(store: Store, found: Journal, note: Step) -> None:
    """The documents of after the change."""
    _documents(store, found, found.after, note)


def left(kernel: Any, found: Journal) -> str:
    """What state files and kernel are in, in words, for an error."""
    by_state: Dict[str, List[str]] = {}
    for path in found.paths():
        try:
            state = _which(files.look(path), found.before.files, found.after.files)
        except TrailError:
            state = "unknown"
        by_state.setdefault(state, []).append(path)
    told = ["{0}: {1}".format(state, ", ".join(paths)) for state, paths in sorted(by_state.items())]
    return "{0}; the kernel: {1}".format("; ".join(told), _kernels_state(kernel, found))


def is_equal(now: Any, plain: Plain, rules_only: bool = False) -> bool:
    """Whether the kernel holds what a snapshot in plain data says, whatever boot that is of.

    A rule that ``-A`` has loaded twice never matches a second time, so it counts once.
    """
    other = now.from_plain(plain)
    if _distinct(now.rules) != _distinct(other.rules):
        return False
    return rules_only or all(now.settings.get(name) == value for name, value in other.settings.items())


def matches(now: Kept, kept: Kept) -> bool:
    """Whether a file has this content, whatever its owner and mode are."""
    return now.data == kept.data


def put_files(
    store: Store, before: Mapping[str, Kept], after: Mapping[str, Kept], state: Mapping[str, Kept], note: Step
) -> Tuple[List[str], Optional[str]]:
    """The files of a state, put there; those that hold neither what was before nor what was to come are kept first.

    Returns:
        The paths of the latter, and the identifier of the record that holds them, or None.

    Raises:
        TrailError: a file cannot be written.
    """
    there = {path: files.look(path) for path, _kept in files.in_order(state)}
    aside = {path: now for path, now in there.items() if _which(now, before, after) == _NEITHER}
    aside_in = None
    if aside:
        note("keep what somebody else has changed meanwhile")
        aside_in = store.keep(ASIDE, aside)
        store.prune(ASIDE, KEPT)
    for path, now in there.items():
        if not files.same(now, state[path]):
            note("put {0}".format(path))
            files.restore(state[path])
    return sorted(aside), aside_in


def discard_staged(before: Mapping[str, Kept], after: Mapping[str, Kept]) -> None:
    """What was staged for either state, by whatever run, away.

    Raises:
        TrailError: a folder cannot be listed.
    """
    described = list(before.values()) + list(after.values())
    # Where a link is to be put back, its file was staged where it will lead to.
    for place in sorted({kept.path for kept in described} | {files.place_of(kept) for kept in described}):
        for staged in files.leftovers(place):
            files.discard(staged)


def _which(now: Kept, before: Mapping[str, Kept], after: Mapping[str, Kept]) -> str:
    for state, name in ((before, "as before"), (after, "as after")):
        if now.path in state and matches(now, state[now.path]):
            return name
    return _NEITHER


def sweep(found: Journal, note: Step) -> None:
    """What was staged, and the scratch folder, away.

    Raises:
        TrailError: A folder cannot be listed.
    """
    note("take away what was staged")
    discard_staged(found.before.files, found.after.files)
    if found.scratch:
        shutil.rmtree(found.scratch, ignore_errors=True)


def remove_folders(found: Sequence[str], note: Step) -> None:
    """Folders that were made for files which are gone again, away.

    Raises:
        TrailError: An empty one cannot be taken away.
    """
    if found:
        note("take away {0}".format(found[-1]))
        folders.remove(found)


def _kernel(kernel: Any, now: Any, state: State, note: Step, came: _Came) -> _Came:
    """The kernel of a state; where it is locked and holds something else, that takes a reboot."""
    if state.kernel is None or is_equal(now, state.kernel, rules_only=kernel.locked()):
        return came
    if kernel.locked():
        return came._replace(reboot_required=True)
    note("put the kernel's rules back")
    return came._replace(gone=kernel.restore(now.from_plain(state.kernel), note).gone)


def _data(state: State) -> Dict[str, Optional[bytes]]:
    return {path: kept.data for path, kept in state.files.items()}


def _before(found: Journal) -> Dict[str, Kept]:
    """The files of after as they were before; one that the journal does not know was not there."""
    return {path: found.before.files.get(path, Kept(path)) for path in found.paths()}


def _documents(store: Store, found: Journal, state: State, note: Step) -> None:
    note("write the record")
    nothing = state.original == original.NOTHING
    for name, document in (
        (original.NAME, None if nothing else state.original),
        (found.transaction, state.record),
    ):
        if store.load(name) == document:
            continue
        if document is None:
            store.drop(name)
        else:
            store.save(name, document)


def _distinct(rules: Iterable[bytes]) -> List[bytes]:
    found: Dict[bytes, None] = {}
    for rule in rules:
        found.setdefault(rule)
    return list(found)


def _kernels_state(kernel: Any, found: Journal) -> str:
    try:
        now = kernel.snapshot()
        for name, state in (("as before", found.before), ("as after", found.after)):
            if state.kernel is not None and is_equal(now, state.kernel):
                return name
    except TrailError:
        return "unknown"
    return "neither" if found.moves_kernel else "not touched"
