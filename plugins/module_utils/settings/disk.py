# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings on disk: the lines of rules.d that decide them at the next load, and what has to be written there.

What decides is asked of the simulated load (rules/simulate.py) and not of the text: augenrules moves lines, the last
of several counts, and a load that stops early reaches none of those behind.
"""

import os
from typing import Any, Container, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import as_found, files
from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.host import NEWEST_AUDIT, kernel_release
from ansible_collections.auditops.trail.plugins.module_utils.posture import disk_rules, evidence, host_facts, loading
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import from_texts
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.merged_text import audit_rules_text
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Origin
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import (
    Merged,
    read_audit_rules,
    read_rules_dir,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.settings import line as lines

NEW_FILE = "05-settings.rules"
"""Where settings go that no file of rules.d has yet: before the files of audit_rules, which have the last word so."""

_BARE = (
    "{0} is not there yet: the file that its package brings decides about these settings, and is changed in place "
    "where it has them"
)
_OURS = (
    "{0} is deployed by audit_rules, whose next run writes it anew: give the value to audit_rules too, as one of its "
    "settings"
)
_STAYS = "{0}: {1}: it is left as it is, until the next boot makes it anew without them; {2}"


class Plan(NamedTuple):
    """What has to be written.

    ``changes`` is content by path. ``persisted`` tells of each line ``file, line, before, after``: ``before`` is null
    for a new one. ``left`` names the settings that are left to a file that audit_rules deploys.
    """

    changes: Dict[str, bytes] = {}
    persisted: Tuple[Dict[str, Any], ...] = ()
    left: Tuple[str, ...] = ()
    warnings: Tuple[str, ...] = ()


class Disk:
    """The configuration folder of a host, and who reads it.

    Args:
        context: ``configuration`` is the folder, usually /etc/audit.
        facts: What posture/host_facts.py tells; None: asked of the host.
    """

    def __init__(self, context: Context, facts: Optional[Mapping[str, Any]] = None) -> None:
        self.folder = context.configuration
        self.bare = not os.path.isdir(self.folder)
        self._posture: Dict[str, Any] = {"host": facts or host_facts.collect(context, {}), "errors": {}}
        self._version = tuple(self._posture["host"]["auditctl_version"] or NEWEST_AUDIT)
        loader = context.loader
        if loader == "auto" and not self.bare:
            loader = disk_rules.find_loader(context, self._posture)
        self._merges = loader != loading.AUDITCTL
        self._rules_dir = os.path.join(self.folder, "rules.d")
        self._audit_rules = os.path.join(self.folder, "audit.rules")

    def plan(
        self,
        values: Mapping[str, int],
        check: bool = False,
        deployed: Container[str] = (),
        unless_deployed: Container[str] = (),
    ) -> Plan:
        """What makes the next load set these values.

        Args:
            values: By setting, a key of settings.line.OPTIONS.
            check: Nothing will be written: then the folder may be missing, which a package is to bring.
            deployed: The files that audit_rules deploys.
            unless_deployed: Settings that are left alone where one of these decides them.

        Raises:
            EvidenceError: the files cannot be read.
            TrailError: a line cannot be changed, or the load would not reach it; or audit.rules was written by hand,
                and has the only rules of this host.
        """
        if self.bare and not check:
            raise TrailError(
                "there is no such folder, and so nothing that sets anything at the next boot",
                self.folder,
                remedy="install the audit package, or run this with persist false.",
            )
        found = self._merged({})
        before = self._load(found).settings
        origins = {name: found.origin for name, found in before.items()}
        left = tuple(name for name in values if name in unless_deployed and _file(origins.get(name)) in deployed)
        values = {name: value for name, value in values.items() if name not in left}
        if not values:
            return Plan(left=left)
        drafts: Dict[str, bytes] = {}
        persisted = self._settle(drafts, values, before)
        merged = self._merged(drafts)
        load = self._load(merged)
        self._prove(load, values)
        warnings = [_BARE.format(self.folder)] if self.bare else []
        if self._merges and (drafts or not self._holds(values)):
            # They may be all that this host has: the first file in rules.d would have the next boot take them away.
            all_of_it = not found.lines
            try:
                warnings += self._refuse_loss(load, "run this with persist false" if all_of_it else "")
                drafts[self._audit_rules] = audit_rules_text(merged)
            except RuleError as lost:
                if all_of_it:
                    raise
                warnings.append(_STAYS.format(lost.where, lost.message, (lost.remedy or "").rstrip(".")))
        changes = {path: data for path, data in drafts.items() if data != files.look(path).data}
        warnings += [_OURS.format(one["file"]) for one in persisted if one["file"] in deployed]
        return Plan(changes, tuple(persisted), left, tuple(dict.fromkeys(warnings)))

    # -- reading -----------------------------------------------------------------------------------------------------
    def _merged(self, drafts: Mapping[str, bytes]) -> Merged:
        """The lines of the next load, with these contents in place of those of the files."""
        if not self._merges:
            return _of_text(drafts[self._audit_rules], self._audit_rules) if drafts else self._read_audit_rules()
        awk = self._posture["host"]["awk"]
        if awk is None and not self.bare:
            raise TrailError(
                "there is no awk here, and augenrules does not work without it", remedy="install mawk or gawk."
            )
        changed: Dict[str, Optional[bytes]] = {os.path.basename(path): data for path, data in drafts.items()}
        if self.bare or not os.path.isdir(self._rules_dir):
            changed.setdefault(NEW_FILE, None)
        return read_rules_dir(self._rules_dir, awk or "gawk", self._version, changed)

    def _read_audit_rules(self) -> Merged:
        return read_audit_rules(self._audit_rules, self._version)

    def _load(self, merged: Merged) -> Load:
        return disk_rules.loaded_by(merged, self._posture)

    def _holds(self, values: Mapping[str, int]) -> bool:
        """Whether audit.rules, as it is, sets them too."""
        if not os.path.exists(self._audit_rules):
            return False
        settings = self._load(self._read_audit_rules()).settings
        return all(name in settings and settings[name].value == value for name, value in values.items())

    def _refuse_loss(self, load: Load, other_way: str) -> List[str]:
        """Refuse to make an audit.rules anew that has rules by hand which no file has, as audit_rules does."""
        return as_found.refuse_loss(
            self._audit_rules,
            self._rules_dir,
            [as_found.standing(load)],
            loading.AUGENRULES,
            evidence.dialect(self._posture),
            PathState.of_host(),
            kernel_release(self._posture["host"]["kernel"]),
            other_way,
        )

    # -- changing ----------------------------------------------------------------------------------------------------
    def _settle(
        self, drafts: Dict[str, bytes], values: Mapping[str, int], before: Mapping[str, Setting]
    ) -> List[Dict[str, Any]]:
        """The values in the lines that decide, and new lines for those that none decides."""
        persisted: List[Dict[str, Any]] = []
        missing = []
        for name in lines.OPTIONS:
            if name not in values or (name in before and before[name].value == values[name]):
                continue
            origin = before[name].origin if name in before else None
            if origin is None or origin.file is None or origin.line is None:
                missing.append(name)
            else:
                persisted.append(self._edit(drafts, origin.file, origin.line, origin.text, name, values[name]))
        return persisted + self._add(drafts, missing, values)

    def _edit(
        self, drafts: Dict[str, bytes], path: str, number: int, text: str, name: str, value: int
    ) -> Dict[str, Any]:
        original = (files.look(path).data or b"").split(b"\n")[number - 1]
        found = self._content(drafts, path).split(b"\n")
        old = found[number - 1]  # another setting of the same line may have been changed already
        new = lines.with_value(old, name, value)
        if new is None or _shown(original).rstrip("\r") != text.rstrip("\r"):
            raise TrailError(
                "this line sets {0}, and cannot be changed by itself: {1}".format(name, text.strip()),
                path,
                number,
                "write `{0}` on a line of its own, and end each file with a newline.".format(_text(name, value)),
            )
        found[number - 1] = new
        drafts[path] = b"\n".join(found)
        return _told(path, number, old, new)

    def _add(self, drafts: Dict[str, bytes], names: List[str], values: Mapping[str, int]) -> List[Dict[str, Any]]:
        """New lines: in a file of their own; of an audit.rules that nobody merges at its end, but behind no lock."""
        if not names:
            return []
        path = os.path.join(self._rules_dir, NEW_FILE) if self._merges else self._audit_rules
        found = self._content(drafts, path).split(b"\n")
        if found[-1] == b"":
            found.pop()
        place = len(found) if self._merges else _before_lock(found)
        new = [lines.written(name, values[name]) for name in names]
        drafts[path] = b"\n".join(found[:place] + new + found[place:]) + b"\n"
        return [_told(path, place + at, None, text) for at, text in enumerate(new, 1)]

    @staticmethod
    def _content(drafts: Mapping[str, bytes], path: str) -> bytes:
        return drafts[path] if path in drafts else files.look(path).data or b""

    def _prove(self, load: Load, values: Mapping[str, int]) -> None:
        """The next load sets each of them; where it does not, it is said what is in the way."""
        wrong = [name for name in values if name not in load.settings or load.settings[name].value != values[name]]
        if not wrong:
            return
        if load.rejected and load.stopped_at is not None:
            stop = next((one for one in load.rejected if one.origin == load.stopped_at), load.rejected[0])
            raise TrailError(
                "the load of the rules stops here, and so never comes to {0}: {1}".format(
                    ", ".join("`{0}`".format(_text(name, values[name])) for name in wrong), stop.reason
                ),
                stop.origin.file,
                stop.origin.line,
                stop.remedy or "mend that line first.",
            )
        raise TrailError(
            "the files would not set {0}, whatever is written there".format(", ".join(wrong)),
            self.folder,
            remedy="look at what 'augenrules --check' and 'auditctl -R' say, and mend the files.",
        )


def _file(origin: Optional[Origin]) -> Optional[str]:
    return None if origin is None else origin.file


def _of_text(data: bytes, path: str) -> Merged:
    """An audit.rules that is yet to be written, as auditctl will read it."""
    return Merged(tuple(from_texts([data.decode("utf-8", "surrogateescape")], path)))


def _before_lock(found: List[bytes]) -> int:
    """The place in front of the first -e, behind which nothing is taken any more; the end where there is none."""
    return next((at for at, text in enumerate(found) if text.lstrip().startswith(b"-e")), len(found))


def _told(path: str, number: int, before: Optional[bytes], after: bytes) -> Dict[str, Any]:
    return {"file": path, "line": number, "before": None if before is None else _shown(before), "after": _shown(after)}


def _text(name: str, value: int) -> str:
    return lines.written(name, value).decode("ascii")


def _shown(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")
