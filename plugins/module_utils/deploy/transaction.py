# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules files and the kernel's rules, changed as one: both as they were, or both as they are to be.

``load`` brings files and kernel to a new rule set and leaves a pending
transaction, ``commit`` makes it final (with what locks the kernel), ``roll_back``
undoes it. The order of a load: journal, new files staged (a full disk shows
here), the kernel switched and read back, files renamed, record. What an end in
between leaves, recovery.py brings to one of the two.
"""

import contextlib
import os
import shutil
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Union

from ansible_collections.auditops.trail.plugins.module_utils.deploy import (
    files,
    folders,
    journal,
    original,
    proof,
    recovery,
)
from ansible_collections.auditops.trail.plugins.module_utils.deploy.carry_out import carry_out
from ansible_collections.auditops.trail.plugins.module_utils.deploy.file_errors import failed
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.deploy.journal import Journal, State, Step
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import (
    Store,
    kept_from_plain,
    kept_to_plain,
)
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load

Plain = Dict[str, Any]
Content = Union[bytes, None, Kept]
KIND = "rules"
_LOCKED = 2
PENDING, COMMITTED, ROLLED_BACK = "pending", "committed", "rolled_back"


class Change(NamedTuple):
    """A new rule set for files and kernel.

    ``files`` by path: the whole content, None to take the file away, or a file
    as it was once (Kept) to put that back. ``load`` is what the kernel is to
    hold (rules/simulate.py's answer for these files). ``finalize`` are files
    that the commit writes, ``lock`` whether it locks the kernel then (-e 2),
    ``loginuid`` whether the login uid with it. ``rules_dir`` is the folder whose
    ``*.rules`` nobody may change between load and commit (None: none is read).
    ``scratch`` is a folder that is made for what auditctl reads: below
    /etc/audit, where SELinux lets it read. ``gives_back`` says that the host is
    given back: nothing is ours afterwards, and nothing waits for a commit.
    ``seen`` is what ``rules_dir`` held when the load was simulated, as
    :func:`.proof.rules_in` tells it (None: not compared). ``meta`` is plain data
    of the caller.
    """

    files: Mapping[str, Content]
    load: Load
    finalize: Mapping[str, bytes] = {}
    lock: bool = False
    loginuid: bool = False
    rules_dir: Optional[str] = "/etc/audit/rules.d"
    scratch: str = "/etc/audit/.auditops-scratch"
    gives_back: bool = False
    seen: Optional[Mapping[str, Optional[str]]] = None
    meta: Any = None


def load(change: Change, kernel: Any, store: Store, keep: int = 5, step: Optional[Step] = None) -> Plain:
    """Files and kernel to the new rule set; where the kernel is locked, the files alone.

    Args:
        change: What is wanted.
        kernel: The kernel's side (deploy/kernel_side.py).
        store: The state folder.
        keep: How many transactions are kept.
        step: Called with the name of each step before it is taken.

    Returns:
        The record: ``id``, ``state`` (pending; committed, where the host is given back), ``deferred`` and
        ``reboot_required`` (the kernel is locked, and gets the rules with the next boot), ``counts`` (added, removed,
        moved), and what roll_back and commit need.

    Raises:
        TrailError: It cannot be done. Nothing has changed then, and the message says so; where putting back failed
            as well, it says what state is left, and the journal stays for the next run.
    """
    with _at_work(store):
        if change.seen is not None:
            proof.refuse_moved_on(change.rules_dir, change.seen)
        before = {path: files.look(path) for path in change.files}
        after = {path: _wanted(path, content, before[path]) for path, content in change.files.items()}
        now, locked = kernel.snapshot(), bool(kernel.locked())
        first = original.load(store)
        made = folders.lacking(change.rules_dir, after)
        record: Plain = {
            "id": store.new_id(KIND),
            "state": COMMITTED if change.gives_back else PENDING,
            "boot_id": now.boot_id,
            "deferred": locked,
            "reboot_required": locked and bool(kernel.differences(change.load)),
            "counts": {"added": 0, "removed": 0, "moved": 0},
            "before": {"files": kept_to_plain(before), "kernel": now.to_plain()},
            "after": {"files": kept_to_plain(after), "kernel": None},
            "finalize": kept_to_plain({path: Kept(path, data) for path, data in change.finalize.items()}),
            "lock": change.lock,
            "loginuid": change.loginuid,
            "rules_dir": change.rules_dir,
            "made": list(made),
            "seen": proof.expected(change.rules_dir, change.files, after),
            "original": first,
            "set_aside": {},
            "ended": None,
            "moved_back": None,
            "gone": [],
            "meta": change.meta,
        }
        oldest: Plain = {"settings": now.settings, "there": proof.rules_in(change.rules_dir)}
        oldest["made"] = list(made)
        new = original.NOTHING if change.gives_back else original.with_change(first, before, after, oldest)
        found = Journal(
            transaction=record["id"],
            action=journal.LOAD,
            phase=journal.BEGUN,
            boot_id=now.boot_id,
            before=State(before, record["before"]["kernel"], None, first),
            after=State(after, None, record, new),
            moves_kernel=not locked,
            scratch=change.scratch,
            made=made,
            goes=original.made(first) if change.gives_back else (),
        )

        def move(note: Step) -> Plain:
            _make_scratch(change.scratch)
            counts = dict(kernel.switch(change.load, change.scratch, note))
            note("read the kernel back")
            proof.refuse_differences(kernel.differences(change.load))
            kernel_now = kernel.snapshot().to_plain()
            proven = dict(record["after"], kernel=kernel_now)
            return {"kernel": kernel_now, "record": dict(record, counts=counts, after=proven)}

        done = carry_out(kernel, store, found, move, step)
        prune(store, keep if change.gives_back else keep + 1)  # one more: this one may be rolled back
        return done


def commit(
    identifier: str,
    kernel: Any,
    store: Store,
    keep: int = 5,
    step: Optional[Step] = None,
) -> Plain:
    """Make a pending transaction final: the files of ``finalize`` to disk, then the kernel's lock.

    Args:
        identifier: Of the transaction, which is the latest one that was not rolled back.
        kernel: The kernel's side.
        store: The state folder.
        keep: How many transactions are kept.
        step: Called with the name of each step before it is taken.

    Returns:
        The record, ``state`` committed; a committed one is left as it is.

    Raises:
        TrailError: A file was changed since the load, the kernel's rules were, or it cannot be done.
    """
    with _at_work(store):
        record = latest_alone(store, identifier)
        if record["state"] == COMMITTED:
            return record
        proof.refuse_changed(record, kernel)
        finalize = kept_from_plain(record["finalize"])
        before = {path: files.look(path) for path in finalize}
        after = {path: _wanted(path, one.data, before[path]) for path, one in finalize.items()}
        first = original.load(store)
        done = _with_files(dict(record, state=COMMITTED), before, after)
        found = Journal(
            transaction=identifier,
            action=journal.COMMIT,
            phase=journal.BEGUN,
            boot_id=kernel.snapshot().boot_id,
            before=State(before, None, record, first),
            after=State(after, None, done, original.with_change(first, before, after)),
            moves_kernel=False,
            locks=record["lock"],
            loginuid=record["loginuid"],
        )
        done = carry_out(kernel, store, found, None, step)
        prune(store, keep)
        return done


def roll_back(identifier: str, kernel: Any, store: Store, keep: int = 5, step: Optional[Step] = None) -> Plain:
    """Files and kernel as they were before a transaction; where the kernel is locked by now, the files alone.

    A file that somebody has changed since is put back as well; what it held is
    in the record then, under ``set_aside``.

    Args:
        identifier: Of the transaction, which is the latest one that was not rolled back.
        kernel: The kernel's side.
        store: The state folder.
        keep: How many transactions are kept.
        step: Called with the name of each step before it is taken.

    Returns:
        The record, ``state`` rolled_back, ``reboot_required`` where the kernel keeps the newer rules until then;
        one that was rolled back is left as it is.

    Raises:
        TrailError: There is a later transaction, or it cannot be done.
    """
    with _at_work(store):
        if store.record(identifier)["state"] == ROLLED_BACK:
            return store.record(identifier)
        record = latest_alone(store, identifier)
        target, put = kept_from_plain(record["before"]["files"]), kept_from_plain(record["after"]["files"])
        there = {path: files.look(path) for path in target}
        edited = {path: now for path, now in there.items() if not recovery.matches(now, put[path])}
        now, locked = kernel.snapshot(), bool(kernel.locked())
        # A deferred one has not come to the kernel before a boot.
        untouched = record["deferred"] and now.boot_id == record["boot_id"]
        wanted = _unlocked(record["before"]["kernel"])
        done = dict(
            record,
            state=ROLLED_BACK,
            set_aside=kept_to_plain(edited),
            ended=now.boot_id,
            moved_back=None,
            gone=[],
            reboot_required=locked and not untouched and not recovery.is_equal(now, wanted, rules_only=True),
        )
        first = original.load(store)
        found = Journal(
            transaction=identifier,
            action=journal.ROLL_BACK,
            phase=journal.BEGUN,
            boot_id=now.boot_id,
            before=State(there, now.to_plain(), record, first),
            after=State(target, wanted, done, record["original"]),
            moves_kernel=not locked and not untouched,
            made=folders.lacking(record["rules_dir"], target),
            goes=tuple(record["made"]),
        )

        def move(note: Step) -> Plain:
            put = kernel.restore(now.from_plain(wanted), note)
            return {"record": dict(done, moved_back=put.counts, gone=list(put.gone))}

        done = carry_out(kernel, store, found, move, step)
        prune(store, keep)
        return done


def latest(store: Store) -> Optional[Plain]:
    """The record of the latest transaction that was not rolled back, or None."""
    for identifier in reversed(store.ids(KIND)):
        record = store.record(identifier)
        if record["state"] != ROLLED_BACK:
            return record
    return None


def pending(store: Store) -> Optional[Plain]:
    """The record of the latest transaction where that is pending."""
    held = latest(store)
    return held if held is not None and held["state"] == PENDING else None


def since_boot(store: Store, boot_id: str) -> List[Plain]:
    """The records of transactions that were loaded or rolled back since this boot."""
    records = [store.record(identifier) for identifier in store.ids(KIND)]
    return [record for record in records if boot_id in (record["boot_id"], record["ended"])]


def prune(store: Store, keep: int) -> List[str]:
    """Transactions away: of those in force, and of those rolled back, all but the newest ``keep`` (at least one).

    The two apart, since many that failed must not take away the one that they were rolled back to.

    Returns:
        The identifiers that went.
    """
    kinds: Dict[bool, List[str]] = {True: [], False: []}
    for identifier in store.ids(KIND):
        kinds[store.record(identifier)["state"] == ROLLED_BACK].append(identifier)
    gone = [name for names in kinds.values() for name in names[: max(0, len(names) - max(1, keep))]]
    for identifier in gone:
        store.drop(identifier)
    return gone


def _make_scratch(folder: str) -> None:
    """The folder for what auditctl reads, empty and root's alone."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        os.mkdir(folder, 0o700)
    except OSError as error:
        raise failed("the folder for what auditctl reads cannot be made", folder, error) from None


@contextlib.contextmanager
def _at_work(store: Store) -> Iterator[None]:
    with store.lock():
        if journal.load(store) is not None:
            raise TrailError(
                "an earlier run did not come to its end", store.folder, remedy="have it brought to one (recover) first."
            )
        yield


def _wanted(path: str, content: Content, before: Kept) -> Kept:
    """The file as it is to be: with the owner, the mode and the link of the one there, if there is one."""
    if isinstance(content, Kept):
        return content._replace(path=path)
    if content is None:
        return Kept(path)
    return files.with_content(before, content)


def _with_files(record: Plain, before: Mapping[str, Kept], after: Mapping[str, Kept]) -> Plain:
    """A record that is also about these files; those of before that it has are older, and stay."""
    old = dict(kept_to_plain(before), **record["before"]["files"])
    new = dict(record["after"]["files"], **kept_to_plain(after))
    return dict(record, before=dict(record["before"], files=old), after=dict(record["after"], files=new))


def _unlocked(snapshot: Plain) -> Plain:
    """A snapshot without its lock: that one is the boot's to set, since whatever else is restored comes before it."""
    settings = {name: value for name, value in snapshot["settings"].items() if (name, value) != ("enabled", _LOCKED)}
    return dict(snapshot, settings=settings)


def latest_alone(store: Store, identifier: str) -> Plain:
    """The record of a transaction that can be committed or rolled back: no other was made on top of it.

    Raises:
        TrailError: There is no such transaction, it was rolled back, or there is a later one.
    """
    record = store.record(identifier)
    newest = latest(store)
    if record["state"] == ROLLED_BACK:
        raise TrailError("the transaction {0} was rolled back".format(identifier), remedy="load the rules again.")
    if newest is not None and newest["id"] != identifier:
        raise TrailError(
            "the transaction {0} is not the latest: {1} was made on top of it".format(identifier, newest["id"]),
            remedy="roll back {0} first, or name it.".format(newest["id"]),
        )
    return record
