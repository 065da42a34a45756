# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task audit_rules: from its options to what was done, by state.

Each state is one function. What is to be comes from planning.py, how it is
done safely from transaction.py, and how the kernel gets there from
kernel_side.py.
"""

import os
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import (
    files,
    original,
    planning,
    proof,
    recovery,
    scene,
    switched_off,
    told,
    transaction,
    wanted,
)
from ansible_collections.auditops.trail.plugins.module_utils.deploy.kernel_side import Kernel
from ansible_collections.auditops.trail.plugins.module_utils.deploy.planning import Planned, Stage
from ansible_collections.auditops.trail.plugins.module_utils.deploy.scene import Scene
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.deploy.switched_off import SwitchedOff
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wanted import Given
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel import decode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.merged_text import audit_rules_text

Plain = Dict[str, Any]
LOCKED_REASON = "the kernel's rules are locked (enabled is 2): the next boot loads what is on disk"

SILENCED_REASON = "what was started while `-a task,never` was loaded is not recorded before it is started anew"


class Tools(NamedTuple):
    """What a run works with; tests give it others."""

    kernel: Any
    store: Store
    check_mode: bool


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
    off = switched_off.reason()
    work = tools or Tools(Kernel() if off is None else SwitchedOff(off), Store(), check_mode)
    if off is not None:
        return told.switched_off(_run(dict(options, on_immutable="defer"), check_mode, work), off)
    return _run(options, check_mode, work)


def _run(options: Mapping[str, Any], check_mode: bool, work: Tools) -> Plain:
    states = {"present": _present, "committed": _committed, "rolled_back": _rolled_back, "absent": _absent}
    if check_mode:
        return _with_recovered(states[options["state"]](options, work), None, recovery.interrupted(work.store))
    with work.store.lock():
        recovered = recovery.recover(work.kernel, work.store)
        return _with_recovered(states[options["state"]](options, work), recovered, None)


def _with_recovered(result: Plain, recovered: Optional[Plain], left: Optional[Plain]) -> Plain:
    warnings = list(result["warnings"])
    if recovered is not None:
        warnings.append(told.of_recovered(recovered))
    if left is not None:
        warnings.append(told.of_interrupted(left))
    changed = result["changed"] or recovered is not None
    return dict(result, changed=changed, recovered=recovered, warnings=warnings)


# -- present -----------------------------------------------------------------------------------------------------------


def _present(options: Mapping[str, Any], work: Tools) -> Plain:
    here = scene.look(options["plan"], work.check_mode)
    given = here.settled(_given(options, work.store))
    planned = planning.plan(given, here.posture, here.paths)
    locked = bool(work.kernel.locked())
    closed = planned.closed is not None and locked
    stage = planned.closed if planned.closed is not None and closed else planned.open
    contents = _contents(given, planned, stage)
    change = _change(given, planned, stage, contents, closed)
    before = {path: files.look(path) for path in contents}
    changed = {path: content for path, content in contents.items() if before[path].data != content}
    differences = work.kernel.differences(stage.load)
    result = told.planned(planned, stage, here, contents, before)
    result["immutable"] = locked
    if locked and (changed or differences):
        if options["on_immutable"] == "fail":
            raise TrailError(
                "other rules are wanted, and the kernel's are locked until the next boot (enabled is 2)",
                remedy="reboot the host with the old files and run this before the rules are locked again, or set"
                " on_immutable: defer, which writes the files for the next boot.",
            )
        result.update(reboot_required=True, reboot_reason=LOCKED_REASON)
    result["proof"] = told.proof(differences, "netlink")
    result["rules"]["kernel"] = len(work.kernel.snapshot().rules)
    if not changed and (locked or not differences):
        return _unchanged(result, options, work, planned, change, locked)
    if work.check_mode:
        return dict(result, changed=True, proof=told.proof([], "simulation"))
    _make_folder(given.rules_dir)
    if not locked and any(planning.silences_all(decode_rule(payload)) for payload in work.kernel.snapshot().rules):
        result.update(reboot_required=True, reboot_reason=SILENCED_REASON)
    record = transaction.load(change, work.kernel, work.store, options["keep"])
    return dict(
        result,
        changed=True,
        transaction=record["id"],
        transaction_state=record["state"],
        kernel=None if record["deferred"] else record["counts"],
        # The load itself has read the kernel back, and has put everything back where something was different.
        proof=told.proof(differences if record["deferred"] else [], "netlink"),
        rules=dict(result["rules"], kernel=len(work.kernel.snapshot().rules)),
    )


def _unchanged(
    result: Plain,
    options: Mapping[str, Any],
    work: Tools,
    planned: Planned,
    change: transaction.Change,
    locked: bool,
) -> Plain:
    """Files and kernel are as they are to be. What may be left is a commit: of the last run, or one that never was."""
    held = transaction.latest(work.store)
    open_one = held is not None and held["state"] == transaction.PENDING
    wants = (change.lock, change.loginuid)
    fits = held is not None and (held["lock"], held["loginuid"]) == wants
    if held is not None and open_one and fits and proof.can_be_committed(held, work.kernel):
        return dict(result, transaction=held["id"], transaction_state=held["state"])
    if not open_one and (locked or planned.closed is None):
        return result
    if work.check_mode:
        return dict(result, changed=True)
    record = transaction.load(change, work.kernel, work.store, options["keep"])
    return dict(result, changed=True, transaction=record["id"], transaction_state=record["state"])


def _given(options: Mapping[str, Any], store: Store) -> Given:
    folder = options["rules_dir"].rstrip("/") or "/"
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
        loginuid=given.loginuid_immutable and not closed,
        rules_dir=given.rules_dir,
        scratch=_scratch(given.rules_dir),
        meta={"profiles": given.about, "run": given.run},
    )


def _scratch(rules_dir: str) -> str:
    """The folder for what auditctl reads meanwhile: where SELinux lets it read, and where augenrules does not look."""
    return os.path.join(os.path.dirname(rules_dir), ".auditops-scratch")


def _make_folder(path: str) -> None:
    try:
        os.makedirs(path, 0o750, exist_ok=True)
    except OSError as exc:
        raise TrailError(
            "the folder of rules cannot be made ({0})".format(exc.strerror),
            path,
            remedy="look at what is in its place.",
        ) from None


# -- committed, rolled_back --------------------------------------------------------------------------------------------


def _chosen(options: Mapping[str, Any], work: Tools) -> Optional[Plain]:
    """The record of the transaction that the task is about; None where none is pending."""
    if options["transaction"]:
        return work.store.record(options["transaction"])
    held = transaction.latest(work.store)
    if held is None or held["state"] != transaction.PENDING:
        return None
    ours = options["run"] is not None and (held["meta"] or {}).get("run") == options["run"]
    return held if ours or not options["of_this_run"] else None


def _committed(options: Mapping[str, Any], work: Tools) -> Plain:
    record = _chosen(options, work)
    if record is None or record["state"] == transaction.COMMITTED:
        return _after(work, record, False)
    if work.check_mode:
        return _after(work, dict(record, state=transaction.COMMITTED), True)
    done = transaction.commit(record["id"], work.kernel, work.store, keep=options["keep"])
    return _after(work, done, True, files_of=tuple(done["finalize"]))


def _rolled_back(options: Mapping[str, Any], work: Tools) -> Plain:
    record = _chosen(options, work)
    if record is None or record["state"] == transaction.ROLLED_BACK:
        return _after(work, record, False)
    if work.check_mode:
        return _after(work, dict(record, state=transaction.ROLLED_BACK), True)
    done = transaction.roll_back(record["id"], work.kernel, work.store, options["keep"])
    return _after(work, done, True, files_of=tuple(done["before"]["files"]))


def _after(work: Tools, record: Optional[Plain], changed: bool, files_of: Tuple[str, ...] = ()) -> Plain:
    """What is told of a commit or a rollback."""
    result = told.empty()
    locked = bool(work.kernel.locked())
    reboot = bool(record is not None and record.get("reboot_required") and locked)
    result.update(
        changed=changed,
        transaction=None if record is None else record["id"],
        transaction_state="none" if record is None else record["state"],
        files=[{"path": path, "action": "changed"} for path in sorted(files_of)],
        immutable=locked,
        reboot_required=reboot,
        reboot_reason=LOCKED_REASON if reboot else None,
        rules={"file": None, "kernel": len(work.kernel.snapshot().rules)},
    )
    aside = sorted((record or {}).get("set_aside") or ())
    if aside:
        result["warnings"].append(
            "{0} had been changed since; what it held is kept in {1}".format(", ".join(aside), work.store.folder)
        )
    return result


# -- absent ------------------------------------------------------------------------------------------------------------


def _absent(options: Mapping[str, Any], work: Tools) -> Plain:
    back = original.given_back(work.store)
    warnings: List[str] = [
        "{0} was taken away by the first deployment, and somebody has made it anew since: it stays".format(path)
        for path in back.left
    ]
    result = told.empty()
    result["warnings"] += warnings
    if not back.files:
        return result
    here: Scene = scene.look(None, work.check_mode)
    folder = options["rules_dir"].rstrip("/") or "/"
    load = planning.load_with(folder, back.files, here.posture, here.paths)
    before = {path: files.look(path) for path in back.files}
    locked = bool(work.kernel.locked())
    result.update(
        changed=True,
        files=told.actions({path: kept.data for path, kept in back.files.items()}, before),
        diff=told.diff({path: kept.data for path, kept in back.files.items()}, before),
        immutable=locked,
        reboot_required=locked,
        reboot_reason=LOCKED_REASON if locked else None,
        loader=here.loader,
        rules={"file": len(load.loaded), "kernel": len(work.kernel.snapshot().rules)},
    )
    if locked and options["on_immutable"] == "fail":
        raise TrailError(
            "the kernel's rules are locked until the next boot (enabled is 2)",
            remedy="set on_immutable: defer: the files are given back, and the next boot loads them.",
        )
    if work.check_mode:
        return result
    change = transaction.Change(
        files=back.files, load=load, rules_dir=folder, scratch=_scratch(folder), gives_back=True
    )
    record = transaction.load(change, work.kernel, work.store, options["keep"])
    transaction.commit(record["id"], work.kernel, work.store, keep=options["keep"])
    return dict(
        result,
        transaction=record["id"],
        transaction_state=transaction.COMMITTED,
        kernel=None if locked else record["counts"],
        rules={"file": len(load.loaded), "kernel": len(work.kernel.snapshot().rules)},
        proof=told.proof(work.kernel.differences(load), "netlink"),
    )
