# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of audit_rules tells: its result as plain data, and the sentences in it."""

import os
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.deploy import diffs
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.deploy.planning import Planned, Stage
from ansible_collections.auditops.trail.plugins.module_utils.deploy.scene import Scene
from ansible_collections.auditops.trail.plugins.module_utils.deploy.snapshot import left_out
from ansible_collections.auditops.trail.plugins.module_utils.host import spelled

Plain = Dict[str, Any]
LOCKED_REASON = "the kernel's rules are locked (enabled is 2): the next boot loads what is on disk"


def empty() -> Plain:
    """A result in which nothing was done."""
    return {
        "changed": False,
        "transaction": None,
        "transaction_state": "none",
        "pending_before": None,
        "files": [],
        "rules": {"file": None, "kernel": None},
        "kernel": None,
        "proof": None,
        "purged": [],
        "existing": {"equal": [], "conflicts": [], "others": [], "replaced": [], "overruled": []},
        "missing_paths": [],
        "merged": [],
        "unproven": [],
        "immutable": False,
        "reboot_required": False,
        "reboot_reason": None,
        "recovered": None,
        "auditd_version": None,
        "loader": None,
        "not_applicable": None,
        "warnings": [],
    }


def not_applicable(reason: str) -> Plain:
    """The result where no rules can be deployed."""
    return dict(empty(), not_applicable={"reason": reason}, warnings=["nothing is deployed here: {0}".format(reason)])


def switched_off(result: Plain, why: str) -> Plain:
    """The result where the kernel has no audit system before the next boot: nothing is locked, and nothing counted."""
    rules = dict(result["rules"], kernel=None)
    told = dict(result, immutable=False, rules=rules, reboot_required=True, reboot_reason=why)
    return dict(told, warnings=[why, *result["warnings"]])


def planned(
    found: Planned, stage: Stage, here: Scene, contents: Mapping[str, Optional[bytes]], before: Mapping[str, Kept]
) -> Plain:
    """What is to be, as far as it is known before anything is done."""
    missing = [
        "{0}:{1}: {2}; the line is left out until a run finds it".format(one.file, one.line, one.text)
        for one in found.missing
        if one.left_out
    ]
    return dict(
        empty(),
        files=diffs.actions(contents, before),
        diff=diff(contents, before),
        rules={"file": len(stage.load.loaded), "kernel": None},
        purged=[_beside(contents, name) for name in found.purged],
        existing=found.existing,
        missing_paths=[one.as_dict() for one in found.missing],
        merged=[one.as_dict() for one in found.merged],
        unproven=list(found.unproven),
        auditd_version=version(here),
        loader=here.loader,
        warnings=list(here.warnings) + list(found.warnings) + missing + unproven(found.unproven),
    )


def version(here: Scene) -> Plain:
    """Whose auditctl the lines were read as."""
    return {"version": spelled(here.version), "candidate": here.candidate}


def losses(result: Plain) -> None:
    """Add a warning where the kernel has lost records while its rules were changed."""
    lost = (result["kernel"] or {}).get("lost")
    if lost:
        result["warnings"].append(
            "the kernel has lost {0} records while its rules were changed, whoever made them: see its backlog_limit,"
            " and whether the daemon keeps up".format(lost)
        )


def unproven(found: Sequence[Plain]) -> List[str]:
    """What to say of requirements that no rules are proven to record: one sentence for each reason, the most first."""
    by_reason: Dict[str, List[Plain]] = {}
    for one in found:
        by_reason.setdefault(one["reason"], []).append(one)
    texts = []
    for reason, those in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        first = "{0}: no rules are proven to record `{1}`".format(those[0]["control"], those[0]["requirement"])
        if len(those) > 1:
            controls = len({one["control"] for one in those})
            others = "{0} more of {1}".format(
                len(those) - 1, "this control" if controls == 1 else "{0} controls".format(controls)
            )
            first += ", and so with {0}".format(others)
        texts.append("{0}: {1}".format(first, reason))
    return texts


def _beside(contents: Mapping[str, Optional[bytes]], name: str) -> str:
    return next(path for path in contents if os.path.basename(path) == name)


def proof(differences: Sequence[Plain], by: str) -> Plain:
    """Whether the kernel holds what the files load, and how that is known."""
    return {"equal": not differences, "by": by, "differences": list(differences)}


def diff(contents: Mapping[str, Optional[bytes]], before: Mapping[str, Kept]) -> List[Plain]:
    """The changed files, as Ansible shows differences."""
    return [
        diffs.part(path, diffs.text(before[path].data), diffs.text(data))
        for path, data in sorted(contents.items())
        if before[path].data != data
    ]


def diff_of_commit(finalize: Mapping[str, bytes], contents: Mapping[str, Optional[bytes]]) -> List[Plain]:
    """What ``state: committed`` would write once this is loaded: for check mode, in which nothing can be committed."""
    return [
        diffs.part("{0} (by state: committed)".format(path), diffs.text(contents.get(path)), diffs.text(data), path)
        for path, data in sorted(finalize.items())
    ]


def with_recovered(result: Plain, recovered: Optional[Plain]) -> Plain:
    """A result, with what was done before about an interrupted run."""
    if recovered is None:
        return result
    warnings = list(result["warnings"]) + [of_recovered(recovered)]
    return dict(result, changed=True, recovered=recovered, warnings=warnings)


def with_interrupted(result: Plain, left: Optional[Plain]) -> Plain:
    """A result of check mode, with what a real run would do first. Which transaction there is then, nobody knows."""
    if left is None:
        return result
    warnings = list(result["warnings"]) + [of_interrupted(left)]
    return dict(result, changed=True, transaction=None, transaction_state="none", warnings=warnings)


def of_recovered(recovered: Plain) -> str:
    """What was done about an interrupted run."""
    text = "an earlier run was interrupted ({0}, {1}, at: {2}); what it left was {3}".format(
        recovered["transaction"], recovered["action"], recovered["step"] or "an unknown step", recovered["did"]
    )
    aside = recovered.get("set_aside")
    if aside:
        text += "; {0} had been changed since, what it held is kept as {1}".format(
            ", ".join(aside), recovered["set_aside_in"]
        )
    return text + left_out(recovered["gone"])


def of_interrupted(left: Plain) -> str:
    """What a real run would do about an interrupted one."""
    text = (
        "an earlier run was interrupted ({0}, {1}, at: {2}): a run outside check mode would {3} it first;"
        " what else is told here is of what it has left"
    )
    return text.format(left["transaction"], left["action"], left["step"] or "an unknown step", left["would"])
