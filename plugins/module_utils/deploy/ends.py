# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How what was loaded ends: made final, undone, or all of it given back.

What is told is looked up afterwards, of the files and the kernel as they are,
and not of what the transaction's record says that they should be.
"""

import os
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import (
    as_found,
    booted,
    diffs,
    files,
    folders,
    journal,
    original,
    proof,
    scene,
    silenced,
    told,
    transaction,
    wanted,
)
from ansible_collections.auditops.trail.plugins.module_utils.deploy.booted import Booted
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.deploy.scene import Scene
from ansible_collections.auditops.trail.plugins.module_utils.deploy.snapshot import left_out
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store, kept_from_plain
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.merged_text import audit_rules_text, is_generated

Plain = Dict[str, Any]


class Tools(NamedTuple):
    """What a run works with; tests give it others."""

    kernel: Any
    store: Store
    check_mode: bool


def folder_of(options: Mapping[str, Any]) -> str:
    """The folder of rules files, without a slash at its end."""
    return options["rules_dir"].rstrip("/") or "/"


def scratch_of(rules_dir: str) -> str:
    """The folder for what auditctl reads meanwhile: where SELinux lets it read, and where augenrules does not look."""
    return os.path.join(os.path.dirname(rules_dir), ".auditops-scratch")


# -- committed, rolled_back --------------------------------------------------------------------------------------------


def committed(options: Mapping[str, Any], work: Tools) -> Plain:
    """Make the pending transaction final."""
    record = _chosen(options, work)
    if record is None or record["state"] == transaction.COMMITTED:
        return _stands(options, work, record, told.empty())
    contents = kept_from_plain(record["finalize"])
    result = _files({path: kept.data for path, kept in contents.items()})
    if not work.check_mode:
        record = transaction.commit(record["id"], work.kernel, work.store, keep=options["keep"])
        return _stands(options, work, record, result)
    record = transaction.latest_alone(work.store, record["id"])
    proof.refuse_changed(record, work.kernel)
    return _stands(options, work, dict(record, state=transaction.COMMITTED), result, contents)


def rolled_back(options: Mapping[str, Any], work: Tools) -> Plain:
    """Put back what was before a transaction."""
    record = _chosen(options, work)
    if record is None or record["state"] == transaction.ROLLED_BACK:
        return _stands(options, work, record, told.empty())
    contents = kept_from_plain(record["before"]["files"])
    result = _files({path: kept.data for path, kept in contents.items()})
    result.update(warnings=_loaded_since(record, options, work) + _come_since(record, contents, work))
    if not work.check_mode:
        record = transaction.roll_back(record["id"], work.kernel, work.store, options["keep"])
        return _stands(options, work, record, dict(result, kernel=record["moved_back"]))
    record = transaction.latest_alone(work.store, record["id"])
    found = _stands(options, work, dict(record, state=transaction.ROLLED_BACK), result, contents)
    # What the kernel would hold is known when it has been put back.
    return found if found["immutable"] else dict(found, proof=None)


def _loaded_since(record: Plain, options: Mapping[str, Any], work: Tools) -> List[str]:
    """What to say of rules that go; what cannot be told keeps no rollback from being done."""
    if work.check_mode and journal.load(work.store) is not None:
        return []  # the kernel may be between two sets

    def found() -> Iterator[Load]:  # the host is looked at where there is such a rule
        here = scene.look(None, work.check_mode)
        yield from as_found.loads(record["rules_dir"] or folder_of(options), here.posture, here.paths)

    try:
        return as_found.loaded_since(record, work.kernel, found())
    except TrailError as error:
        return ["whether somebody has loaded rules since could not be told: {0}".format(error)]


def _come_since(record: Plain, goes: Mapping[str, Any], work: Tools) -> List[str]:
    """What to say of files of others that came, or were changed, since: the kernel is put back to what was before."""
    if work.kernel.locked():
        return []  # the next boot loads them
    came = [path for path in proof.changed_since(record["rules_dir"], record["seen"]) if path not in goes]
    text = "{0} came, went or changed since {1} was loaded, which shows in the kernel when `augenrules --load` is run"
    return [text.format(", ".join(came), record["id"])] if came else []


def _chosen(options: Mapping[str, Any], work: Tools) -> Optional[Plain]:
    """The record of the transaction that the task is about; None where none is pending."""
    if options["transaction"]:
        return work.store.record(options["transaction"], transaction.KIND)
    held = transaction.pending(work.store)
    if held is None:
        return None
    ours = options["run"] is not None and (held["meta"] or {}).get("run") == options["run"]
    return held if ours or not options["of_this_run"] else None


def _files(contents: Mapping[str, Optional[bytes]]) -> Plain:
    """A change of files, told."""
    before = {path: files.look(path) for path in contents}
    return dict(told.empty(), changed=True, files=diffs.actions(contents, before), diff=told.diff(contents, before))


def _stands(
    options: Mapping[str, Any],
    work: Tools,
    record: Optional[Plain],
    result: Plain,
    contents: Optional[Mapping[str, Kept]] = None,
) -> Plain:
    """The result, with how the kernel stands to the files.

    Args:
        options: The task's.
        work: What it works with.
        record: The transaction that it is about.
        result: What was done.
        contents: What files would hold, in check mode.
    """
    about = record or {}
    warnings = list(result["warnings"])
    here: Optional[Scene] = None
    load: Optional[Load] = None
    try:
        here = scene.look(None, work.check_mode)
        folder = about.get("rules_dir") or folder_of(options)
        load = booted.look(folder, contents or {}, here.posture, here.paths, here.loader).load
    except TrailError as error:  # what was done is done all the same
        warnings.append("what the files load could not be told: {0}".format(error))
    now, locked = work.kernel.snapshot(), bool(work.kernel.locked())
    if load is not None:
        recent = transaction.since_boot(work.store, now.boot_id)
        reason = work.kernel.waits_for_boot(load, bool(result["files"] or recent)) or silenced.reason(False, recent)
    else:
        reason = told.LOCKED_REASON if locked and about.get("reboot_required") else None
    aside = sorted(about.get("set_aside") or ())
    if aside:
        text = "{0} had been changed since; what it held is kept in {1}"
        warnings.append(text.format(", ".join(aside), work.store.folder))
    if about.get("gone"):
        warnings.append("everything is put back{0}".format(left_out(about["gone"])))
    return dict(
        result,
        transaction=about.get("id"),
        transaction_state=about.get("state", "none"),
        immutable=locked,
        reboot_required=reason is not None,
        reboot_reason=reason,
        rules={"file": None if load is None else len(load.loaded), "kernel": len(now.rules)},
        proof=None if load is None else told.proof(work.kernel.differences(load), "netlink"),
        loader=None if here is None else here.loader,
        auditd_version=None if here is None else told.version(here),
        warnings=warnings,
    )


# -- absent ------------------------------------------------------------------------------------------------------------


def absent(options: Mapping[str, Any], work: Tools) -> Plain:
    """Give the host back as it was before the first deployment."""
    back = original.given_back(work.store)
    warnings = [
        "{0} was taken away by the first deployment, and somebody has made it anew since: it stays".format(path)
        for path in back.left
    ]
    if not back.files:
        return _stands(options, work, None, dict(told.empty(), warnings=warnings))
    here = scene.look(None, work.check_mode)
    folder = folder_of(options)
    contents, load, said = _given_back(folder, back, here)
    result = _files(_bytes(contents))
    reason = work.kernel.waits_for_boot(load)
    locked = bool(work.kernel.locked())
    if locked and reason is not None and options["on_immutable"] == "fail":
        raise TrailError(
            "the kernel's rules are locked until the next boot (enabled is 2)",
            remedy="set on_immutable: defer: the files are given back, and the next boot loads them.",
        )
    if not locked:
        as_is = as_found.loads(folder, here.posture, here.paths)
        said += as_found.only_in_kernel(work.kernel, work.kernel.differences(load), as_is)
    if work.check_mode:
        found = _stands(options, work, None, dict(result, warnings=warnings + said), _kept(contents))
        return found if locked else dict(found, proof=told.proof([], "simulation"))
    change = transaction.Change(
        files=contents, load=load, rules_dir=folder, scratch=scratch_of(folder), gives_back=True
    )
    record = transaction.load(change, work.kernel, work.store, options["keep"])
    result.update(kernel=None if record["deferred"] else record["counts"], warnings=warnings + said)
    told.losses(result)
    return _stands(options, work, record, result)


def _given_back(
    folder: str, back: original.GivenBack, here: Scene
) -> Tuple[Dict[str, transaction.Content], Load, List[str]]:
    """The files that give the host back, the load that they make, and what to say of it.

    Where rules.d has got other files meanwhile, an audit.rules that augenrules had made, or was still to make, is made
    of them: it is to agree with what the kernel is given.
    """
    made = wanted.audit_rules_of(folder)
    contents: Dict[str, transaction.Content] = dict(back.files)
    found: Booted = booted.look(folder, back.files, here.posture, here.paths, here.loader)
    old = back.files.get(made, Kept(made))
    if not found.by_hand and proof.expected(folder, back.files, back.files) != back.there:
        text = audit_rules_text(found.folder)
        contents[made] = text if old.absent else old._replace(data=text)
        found = booted.look(folder, _kept(contents), here.posture, here.paths, here.loader)
    said = _edited(back)
    if back.settings.get("enabled") == 0 and "enabled" not in found.load.settings:
        # Whether the audit daemon ran then is not known, and one that runs now would record nothing.
        said.append("audit was off (enabled was 0) before the first deployment, and stays on")
    if found.load.rejected:
        first = found.load.rejected[0]
        said.append("what is given back does not load whole: {0}: {1}".format(first.origin, first.reason))
    goes = folder in back.made and folders.is_left_empty(folder, _bytes(contents))
    if found.by_hand and here.loader != booted.AUDITCTL and not goes:
        said.append("{0} was written by hand: the next boot makes it anew of {1}".format(made, folder))
    settings = {name: Setting(value) for name, value in back.settings.items() if name != "enabled"}
    return contents, found.load._replace(settings=dict(settings, **found.load.settings)), said


def _edited(back: original.GivenBack) -> List[str]:
    """What to say of files of ours that somebody has changed since; an audit.rules of augenrules is nobody's."""
    said = []
    for path in back.edited:
        if is_generated(files.look(path).data or b""):
            continue
        text = "{0} was changed since it was deployed, and is {1}; what it held is kept in the backup"
        said.append(text.format(path, "taken away" if back.files[path].absent else "replaced"))
    return said


def _bytes(contents: Mapping[str, transaction.Content]) -> Dict[str, Optional[bytes]]:
    return {path: one.data if isinstance(one, Kept) else one for path, one in contents.items()}


def _kept(contents: Mapping[str, transaction.Content]) -> Dict[str, Kept]:
    return {path: one if isinstance(one, Kept) else Kept(path, one) for path, one in contents.items()}
