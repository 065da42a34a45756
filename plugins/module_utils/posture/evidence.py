# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the posture's plain data to the values that judgement needs; the same for a live and a saved posture."""

from typing import Any, Dict, FrozenSet, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage.call_kinds import call_kinds
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.host import (
    NEWEST_AUDIT,
    kernel_release,
    upstream_release,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture import codec, forms
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import POSTURE_VERSION
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.path_forms import PATH_STATE
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState

Plain = Dict[str, Any]


def check_version(posture: Plain) -> None:
    """Refuse a posture that this version cannot be sure to read rightly.

    Raises:
        EvidenceError: it is newer, or not a posture.
    """
    version = posture.get("posture_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise EvidenceError(
            "this is not a posture: its posture_version is {0!r}.".format(version),
            remedy="give a file as it was saved by audit_compliance_save_posture.",
        )
    if version > POSTURE_VERSION:
        raise EvidenceError(
            "this posture is of version {0}; this collection reads up to version {1}.".format(version, POSTURE_VERSION),
            remedy="judge it with the version of auditops.trail that collected it, or a newer one.",
        )


def require(posture: Plain, part: str) -> None:
    """Let a collector fail for the reason for which a part that it builds on has failed.

    Raises:
        EvidenceError: the part is not there.
    """
    failed = posture["errors"].get(part)
    if failed is not None:
        raise EvidenceError(failed["message"], failed["file"], failed["line"], failed["remedy"])


def dialect(posture: Plain) -> Dialect:
    """Whose auditctl reads lines on this host; without one, the newest known.

    Raises:
        EvidenceError: the part ``host`` is of another form.
    """
    facts = forms.checked(forms.DIALECT, posture.get("host"), "host")
    return Dialect(tuple(facts.get("auditctl_version") or NEWEST_AUDIT), facts["machine"])


def host(posture: Plain) -> Host:
    """The host's evidence for the solver.

    Raises:
        EvidenceError: the parts ``host`` or ``paths`` are of another form.
    """
    facts = forms.checked(forms.HOST, posture.get("host"), "host")
    disabled, labels = facts["io_uring_disabled"], facts.get("label_modules")
    return Host(
        machine=facts["machine"],
        kernel=upstream_release(kernel_release(facts["kernel"])),
        user_arches=call_kinds(facts["machine"], facts["user_arches"]),
        uid_min=facts["uid_min"],
        paths=PathState.from_dict(forms.checked(PATH_STATE, posture.get("paths"), "paths")),
        # The sysctl's value for nobody is 2; that of kernels without io_uring means the same.
        io_uring_disabled=None if disabled is None else 2 if disabled else 0,
        boot_audit=facts.get("boot_audit"),
        label_modules=None if labels is None else tuple(labels),
    )


def check_status(posture: Plain) -> None:
    """Whether the kernel records at all must be known: without it a rule that is loaded proves nothing.

    Raises:
        EvidenceError: the part ``status`` is of another form, or does not tell ``enabled``.
    """
    status = forms.checked(forms.STATUS, posture.get("status"), "status")
    if status.get("enabled") is None:
        raise EvidenceError(
            "this posture does not tell whether audit is on: status.enabled is not there",
            remedy="collect the posture again, as root.",
        )


def on_disk(posture: Plain) -> Optional[Load]:
    """What the files would load, or None where they could not be read.

    Raises:
        EvidenceError: the part ``disk`` is of another form.
    """
    data = posture.get("disk")
    if data is None:
        return None
    load = codec.load_from_plain(data)
    if "enabled" in load.settings:
        return load
    # Files without -e leave the switch as it is; a booting kernel and auditd put it on.
    return load._replace(settings=dict(load.settings, enabled=Setting(1)))


def loaded(posture: Plain, files: Optional[Load]) -> Load:
    """The kernel's rules and status; a rule that stands on disk too is told of by file and line.

    Raises:
        EvidenceError: the parts ``rules`` or ``status`` are of another form.
    """
    check_status(posture)
    rules = codec.rules_from_plain(forms.checked(forms.RULES, posture.get("rules"), "rules"))
    settings = {
        name: Setting(value, Origin("the kernel", None, "{0} {1}".format(name, value)))
        for name, value in posture["status"].items()
        if value is not None
    }
    return Load(loaded=tuple(_named_by_file(rules, files)), settings=settings, live=True)


def _named_by_file(rules: List[Rule], files: Optional[Load]) -> List[Rule]:
    by_meaning: Dict[Tuple[Any, ...], List[Origin]] = {}
    for rule in files.loaded if files is not None else ():
        by_meaning.setdefault(_meaning(rule), []).append(rule.origin)
    named = []
    for rule in rules:
        origins = by_meaning.get(_meaning(rule))
        named.append(rule._replace(origin=origins[0]) if origins else rule)
    return named


def _meaning(rule: Rule) -> Tuple[str, Optional[str], Optional[FrozenSet[int]], FrozenSet[Any], Tuple[str, ...]]:
    return (rule.list, rule.action, rule.syscalls, frozenset(rule.conditions), tuple(sorted(rule.keys)))
