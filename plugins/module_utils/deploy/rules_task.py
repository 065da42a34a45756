# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task audit_rules: from its options to what was done, by state.

What is to be comes from planning.py, how it is done safely from
transaction.py, how the kernel gets there from kernel_side.py, and what comes
after a load from ends.py.
"""

import os
from typing import Any, Dict, List, Mapping, Optional

from ansible_collections.auditops.trail.plugins.module_utils.deploy import (
    as_found,
    ends,
    files,
    original,
    planning,
    proof,
    recovery,
    scene,
    silenced,
    switched_off,
    told,
    transaction,
    wanted,
)
from ansible_collections.auditops.trail.plugins.module_utils.deploy.ends import Tools, folder_of, scratch_of
from ansible_collections.auditops.trail.plugins.module_utils.deploy.planning import Planned, Stage
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store, kept_from_plain
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wanted import Given
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.rules.merged_text import audit_rules_text
from ansible_collections.auditops.trail.plugins.module_utils.settings import running

Plain = Dict[str, Any]
_ELSEWHERE = "rules_dir is {0}, and a boot loads what is in {1}: these rules would be gone then"


def run(options: Mapping[str, Any], check_mode: bool, tools: Optional[Tools] = None) -> Plain:
    """Do what the task asks for.

    Args:
        options: As arguments.py has them, and ``plan``.
        check_mode: Tell only what would be done.
        tools: The kernel and the state folder; this host's.

    Returns:
        The result of the module, with ``warnings``, texts, among it.

    Raises:
        TrailError: it could not be done; nothing has changed then, or the message says what has.
    """
    reason = scene.not_applicable(Context())
    if reason is not None:
        return told.not_applicable(reason)
    if options["profiles"] and options["plan"] is None and options["state"] == "present":
        raise TrailError("profiles are read by the action plugin, and it was not asked", remedy="call it as a task.")
    off, store = switched_off.reason(), Store()
    work = tools or Tools(switched_off.side(store, off), store, check_mode)
    if off is not None:
        return told.switched_off(_run(dict(options, on_immutable="defer"), check_mode, work), off)
    return _run(options, check_mode, work)


def elsewhere(options: Mapping[str, Any]) -> List[str]:
    """What to say of another folder of rules than that which a boot loads: of one that is misspelt, above all."""
    folder = options["rules_dir"]
    if options["state"] != "present" or os.path.realpath(folder) == os.path.realpath(wanted.RULES_DIR):
        return []
    return [_ELSEWHERE.format(folder, wanted.RULES_DIR)]


def _run(options: Mapping[str, Any], check_mode: bool, work: Tools) -> Plain:
    states = {
        "present": _present,
        "committed": ends.committed,
        "rolled_back": ends.rolled_back,
        "absent": ends.absent,
    }
    act = states[options["state"]]
    if check_mode:
        result = told.with_interrupted(act(options, work), recovery.interrupted(work.store))
        return _with_settings(result, running.interrupted(work.store))
    with work.store.lock():
        recovered = recovery.recover(work.kernel, work.store)
        undone = running.recover(work.store, running.LiveKernel())
        result = told.with_recovered(act(options, work), recovered)
        return _with_settings(result, None if undone is None else undone["text"])


def _with_settings(result: Plain, text: Optional[str]) -> Plain:
    """The result, told of an interrupted change of settings: audit_settings writes the same files."""
    return result if text is None else dict(result, changed=True, warnings=result["warnings"] + [text])


# -- present -----------------------------------------------------------------------------------------------------------


def _present(options: Mapping[str, Any], work: Tools) -> Plain:
    here = scene.look(options["plan"], work.check_mode)
    given = here.settled(_given(options, work.store))
    planned = planning.plan(given, here.posture, here.paths, here.loader)
    now, locked = work.kernel.snapshot(), bool(work.kernel.locked())
    closed = planned.closed is not None and locked
    stage = planned.closed if planned.closed is not None and closed else planned.open
    contents = _contents(given, planned, stage)
    before = {path: files.look(path) for path in contents}
    changed = any(before[path].data != content for path, content in contents.items())
    differences = work.kernel.differences(stage.load)
    recent = transaction.since_boot(work.store, now.boot_id)
    reason = work.kernel.waits_for_boot((planned.closed or planned.open).load, changed or bool(recent))
    if locked and reason is not None and options["on_immutable"] == "fail":
        raise planning.locked_out(given.rules_dir, here.posture, here.paths)
    silences = not locked and silenced.holds(now.rules)
    reason = reason or silenced.reason(silences, recent)
    held = transaction.pending(work.store)
    result = told.planned(planned, stage, here, contents, before)
    result.update(
        immutable=locked,
        reboot_required=reason is not None,
        reboot_reason=reason,
        pending_before=None if held is None else held["id"],
        proof=told.proof(differences, "netlink"),
    )
    result["rules"]["kernel"] = len(now.rules)
    if not locked:
        found = as_found.loads(given.rules_dir, here.posture, here.paths)
        result["warnings"] += as_found.only_in_kernel(work.kernel, differences, found)
    change = _change(given, planned, stage, contents, closed)
    change = change._replace(meta=dict(change.meta, **{silenced.META: silences}))
    if work.check_mode:
        result["diff"] += told.diff_of_commit(change.finalize, contents)
    if not changed and (locked or not differences) and not _is_load_needed(work, held, change):
        if held is None:
            return result
        return dict(result, transaction=held["id"], transaction_state=held["state"])
    if work.check_mode:
        return dict(result, changed=True, proof=result["proof"] if locked else told.proof([], "simulation"))
    record = transaction.load(change, work.kernel, work.store, options["keep"])
    result.update(
        changed=True,
        transaction=record["id"],
        transaction_state=record["state"],
        kernel=None if record["deferred"] else record["counts"],
        # The load itself has read the kernel back, and has put everything back where something was different.
        proof=told.proof(differences if record["deferred"] else [], "netlink"),
        rules=dict(result["rules"], kernel=len(work.kernel.snapshot().rules)),
    )
    told.losses(result)
    return result


def _is_load_needed(work: Tools, held: Optional[Plain], change: transaction.Change) -> bool:
    """Whether a commit needs another transaction, though files and kernel are as they are to be.

    It does where it has something to write or to lock and none is pending, or the pending one would write or lock
    something else, or cannot be committed any more.
    """
    if held is None:
        return change.lock or bool(change.finalize)
    finalize = {path: kept.data for path, kept in kept_from_plain(held["finalize"]).items()}
    if (held["lock"], held["loginuid"], finalize) != (change.lock, change.loginuid, dict(change.finalize)):
        return True
    return not proof.can_be_committed(held, work.kernel)


def _given(options: Mapping[str, Any], store: Store) -> Given:
    folder = folder_of(options)
    ours = original.load(store)["ours"]
    managed = {os.path.basename(path): sha for path, sha in ours.items() if sha and os.path.dirname(path) == folder}
    return Given(
        rules_dir=folder,
        own=tuple((one["name"], one["content"]) for one in options["files"]),
        plan=options["plan"],
        about=", ".join(options["profiles"]),
        run=options["run"],
        base_file=options["base_file"],
        profile_file=options["profile_file"],
        final_file=options["final_file"],
        settings=wanted.numbers(options["settings"]),
        demanded=options["of_profiles"] or {},
        immutable=bool(options["immutable"]),
        loginuid_immutable=options["loginuid_immutable"],
        purge=options["purge"],
        adopt=options["adopt"],
        on_missing_path=options["on_missing_path"],
        on_unproven=options["on_unproven"],
        managed=managed,
    )


def _contents(given: Given, planned: Planned, stage: Stage) -> Dict[str, Optional[bytes]]:
    """The files of this stage by path; None for one that is not to be there."""
    found: Dict[str, Optional[bytes]] = {os.path.join(given.rules_dir, name): None for name in planned.away}
    found[os.path.join(given.rules_dir, given.final_file)] = stage.files.get(given.final_file)
    found.update({os.path.join(given.rules_dir, name): stage.files[name] for name in planned.ours})
    found[wanted.audit_rules_of(given.rules_dir)] = audit_rules_text(stage.merged)
    return found


def _change(
    given: Given, planned: Planned, stage: Stage, contents: Mapping[str, Optional[bytes]], closed: bool
) -> transaction.Change:
    """The change to this stage, and what commit adds to it."""
    final, made = os.path.join(given.rules_dir, given.final_file), wanted.audit_rules_of(given.rules_dir)
    finalize: Dict[str, bytes] = {}
    if planned.closed is not None and not closed:
        finalize = {final: planned.closed.files[given.final_file], made: audit_rules_text(planned.closed.merged)}
    return transaction.Change(
        files=dict(contents),
        load=stage.load,
        finalize=finalize,
        lock=given.immutable and not closed,
        loginuid=bool(given.loginuid_immutable) and not closed,
        rules_dir=given.rules_dir,
        scratch=scratch_of(given.rules_dir),
        seen=planned.seen,
        meta={"profiles": given.about, "run": given.run},
    )
