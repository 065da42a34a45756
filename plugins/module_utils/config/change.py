# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A configuration file of the audit programs changed on the host: proven first, backed up, written whole, read back.

Nothing is written before the result is known to be taken; what lay there is kept
in the state folder, and :func:`put_back` brings it back.
"""

import difflib
import os
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils import candidate, host
from ansible_collections.auditops.trail.plugins.module_utils.config import pending, places, surroundings, trial
from ansible_collections.auditops.trail.plugins.module_utils.config.edit import (
    Edited,
    Target,
    edit,
    old_line,
    told,
    written,
)
from ansible_collections.auditops.trail.plugins.module_utils.config.keys import Version
from ansible_collections.auditops.trail.plugins.module_utils.config.pending import Change
from ansible_collections.auditops.trail.plugins.module_utils.config.read import read
from ansible_collections.auditops.trail.plugins.module_utils.config.shipped import shipped
from ansible_collections.auditops.trail.plugins.module_utils.config.trial import Proof
from ansible_collections.auditops.trail.plugins.module_utils.config.values import REMEDY
from ansible_collections.auditops.trail.plugins.module_utils.deploy import diffs, files
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

Plain = Dict[str, Any]

KIND = "config"
"""Of the records in the state folder."""

_OF_PLUGINS = ("remote", "plugin")
_PLUGINS_OF = "audispd-plugins, or audit-audispd-plugins on SUSE"
_ASSUMED = "{0} is not there yet: what its package brings is assumed"
_CHANGED, _PUT_BACK = "present", "rolled_back"


class Request(NamedTuple):
    """What is asked for.

    ``file`` is auditd, audispd, remote or plugin, ``name`` a plugin's file,
    ``path`` the file's place where it is not the usual one, ``version`` the
    audit release as text where it is not the installed one, ``proof`` one of
    auto, daemon, table; ``check`` leaves the host as it is; ``assume`` has check
    mode take a plugin's file that is not there as its package brings it; ``keep``
    is the number of backups that stay.
    """

    file: str
    settings: Mapping[str, Any]
    name: Optional[str] = None
    path: Optional[str] = None
    version: Optional[str] = None
    proof: str = "auto"
    backup: Optional[str] = None
    check: bool = False
    assume: bool = False
    keep: int = 20


class _Reader(NamedTuple):
    """What reads the file: the release (None: not known), whether it is the installed one, and whether none is."""

    version: Optional[Version]
    installed: bool
    bare: bool
    warnings: List[str]


def bring(request: Request, store: Store) -> Plain:
    """The settings in the file; nothing is done where they are.

    Returns:
        ``changed, path, backup, proof, proof_reason, settings, apply, reload_sufficient, restart_keys, problems,
        warnings`` and ``diff``, as the module auditd_config tells them.

    Raises:
        TrailError: The settings are not legal, or the daemon refuses the result (nothing is changed then); the file
            cannot be read or written.
    """
    reader = _reader(request)
    path = request.path or places.usual(request.file, request.name, reader.version)
    kept = files.look(path)
    brought = _brought(request, path, reader, kept)
    _refuse_nowhere(request, path, reader, kept, bool(brought))
    target = _target(request, path, reader, kept, bool(brought))
    before = brought or kept.data or b""
    edited = edit(target, before, request.settings)
    changed = edited.data != before
    proof = _proof(request, reader, edited, changed)
    if proof.refusal is not None:
        line = old_line(edited, proof.line)
        message = "auditd {0} does not start with it: {1}".format(host.spelled(target.known), proof.refusal)
        raise TrailError(told(target, edited, proof.line, message), path, line, "give a value that it takes.")
    changing = {path: Change(request.file, before, edited.data)} if changed else {}
    need = pending.need(store, reader.version, changing)
    backup = None
    if changed and not request.check:
        backup = _write(request, store, path, kept, edited.data)
    notes = [{"line": None, "message": note, "fatal": False, "remedy": ""} for note in edited.notes]
    return {
        "changed": changed,
        "path": path,
        "backup": backup,
        "proof": proof.by,
        "proof_reason": proof.reason,
        "settings": edited.settings,
        "apply": need.apply,
        "reload_sufficient": not need.keys,
        "restart_keys": need.keys,
        "problems": notes + edited.after["problems"],
        "warnings": reader.warnings
        + edited.strange
        + ([_ASSUMED.format(path)] if brought else [])
        + (_of_the_settings(request, path, edited) if changed else []),
        "diff": _diff(path, before, edited.data, bool(brought)),
    }


def _refuse_nowhere(request: Request, path: str, reader: _Reader, kept: Kept, assumed: bool) -> None:
    """Refuse a file that is not there for want of something else than its settings.

    Raises:
        TrailError: its folder is not there, or the package that brings this plugin.
    """
    if not kept.absent or assumed:
        return
    folder = os.path.dirname(path)
    if request.path is not None and not reader.bare and not os.path.isdir(folder):
        raise TrailError(
            "there is no folder {0}".format(folder), path, remedy="correct path, or leave it out for the usual file."
        )
    if request.file != "plugin" or "path" in {str(name).lower() for name in request.settings}:
        return
    if not shipped(request.file, path, reader.version):
        there = sorted(name for name in os.listdir(folder) if name.endswith(".conf")) if os.path.isdir(folder) else []
        near = difflib.get_close_matches(os.path.basename(path), there, 1)
        raise TrailError(
            "there is no plugin {0}, and the settings do not name the program of a new one".format(
                os.path.basename(path)
            ),
            path,
            remedy="write {0}.".format(near[0])
            if near
            else "give path as well, or a plugin that is here: {0}.".format(", ".join(there) or "there is none"),
        )
    raise TrailError(
        "the file is not there, and the settings do not name the plugin's program",
        path,
        remedy="install the package that brings both ({0}), or give path as well.".format(_PLUGINS_OF),
    )


def _of_the_settings(request: Request, path: str, edited: Edited) -> List[str]:
    """What is to be told of the lines that the task sets, and is no reason to refuse them."""
    written = edited.after["written"]
    lines = [written[name.lower()]["line"] for name in request.settings if name.lower() in written]
    return [
        "{0}: {1}{2}{3}".format(path, problem["message"], REMEDY, problem["remedy"])
        for problem in edited.after["problems"]
        if not problem["fatal"] and problem["line"] in lines
    ]


def put_back(request: Request, store: Store) -> Plain:
    """What a backup holds, there again; what lay there until now is kept as well.

    Without ``backup`` it is the latest one that a change of this file made.

    Returns, raises: as :func:`bring`; the content is put back whatever the programs make of it.
    """
    reader = _reader(request._replace(check=True))
    if request.backup is None:
        path = request.path or places.usual(request.file, request.name, reader.version)
        identifier = _latest(store, path)
    else:
        identifier = request.backup
        path = _path_of(store, identifier, request.path)
    file = store.record(identifier).get("file", request.file)
    then = store.read(identifier)[path]
    now = files.look(path)
    changed = not files.same(now, then)
    old, new = now.data or b"", then.data or b""
    before, after = read(file, old, reader.version), read(file, new, reader.version)
    need = pending.need(store, reader.version, {path: Change(file, old, new)})
    backup = None
    if changed and not request.check:
        with store.lock():
            backup = store.keep(KIND, {path: files.look(path)}, {"reason": _PUT_BACK, "file": file})
            pending.begin(store, path, file, now.data)
            files.restore(then)
            pending.written(store, path)
            store.prune(KIND, max(1, request.keep))  # the newest can be put back
    return {
        "changed": changed,
        "path": path,
        "backup": backup,
        "proof": "table",
        "proof_reason": "what {0} holds is put back whatever the programs make of it".format(identifier),
        "settings": _differing(before, after),
        "apply": need.apply,
        "reload_sufficient": not need.keys,
        "restart_keys": need.keys,
        "problems": after["problems"],
        "warnings": [],
        "diff": _diff(path, old, new, False),
    }


def applied(request: Request, store: Store) -> Plain:
    """The daemon has read what was written; returns ``changed, apply, warnings``."""
    if not request.check and store.load(pending.NAME) is not None:
        pending.settle(store)
    return {"changed": False, "apply": pending.NONE, "warnings": []}


def _reader(request: Request) -> _Reader:
    installed = host.audit_version()
    if request.version is not None:
        try:
            given = host.parse_version(request.version)
        except ValueError:
            raise TrailError(
                "{0} is not a version".format(request.version), remedy="write it as in 3.0.9, or leave version out."
            ) from None
        return _Reader(given, given == installed, installed is None, _warning(given))
    if installed is not None:
        return _Reader(installed, True, False, _warning(installed))
    if not request.check:
        raise TrailError(
            "audit is not installed here, so which keys are legal cannot be told",
            remedy="install the package (auditd on Debian and Ubuntu, audit elsewhere) first, or give version.",
        )
    found = candidate.candidate_version()
    if found is not None:
        return _Reader(found, False, True, _warning(found))
    return _Reader(
        None,
        False,
        True,
        ["audit is not installed here, and no package manager tells which release it would bring: the newest is taken"],
    )


def _warning(version: Version) -> List[str]:
    text = host.known_version(version)[1]
    return [] if text is None else [text]


def _brought(request: Request, path: str, reader: _Reader, kept: Kept) -> bytes:
    """What a package that is not installed yet will put there, for check mode; empty where there is nothing to assume.

    The plugins are of another package than auditd, and only who asks knows whether that will be installed as well.
    """
    expected = request.assume if request.file in _OF_PLUGINS else reader.bare
    if not kept.absent or not request.check or not expected:
        return b""
    return shipped(request.file, path, reader.version)


def _target(request: Request, path: str, reader: _Reader, kept: Kept, assumed: bool) -> Target:
    if reader.bare or assumed:  # what the package brings along (folders, groups, programs) is not there to be looked at
        return Target(request.file, path, reader.version)
    state = None if kept.absent else surroundings.look(path, path)
    return Target(request.file, path, reader.version, surroundings.of_host(), state)


def _proof(request: Request, reader: _Reader, edited: Edited, changed: bool) -> Proof:
    reason = None
    if request.file != "auditd":
        reason = "only auditd.conf can be tried with its daemon"
    elif request.proof == "table":
        reason = "no trial was asked for"
    elif reader.bare:
        reason = "auditd is not installed here"
    elif not reader.installed:
        reason = "the installed auditd is another release than the one that version names"
    elif not changed and request.proof != "daemon":
        reason = "nothing changes"
    if reason is None:
        proof = trial.prove(edited.data, reader.version, host.find_program("auditd"))
    else:
        proof = Proof("table", reason)
    if request.proof == "daemon" and proof.by != "daemon":
        raise TrailError(
            "auditd was not asked whether it takes the file: {0}".format(proof.reason),
            remedy="write proof: auto, so that the table of keys stands where the daemon cannot be asked.",
        )
    return proof


def _write(request: Request, store: Store, path: str, kept: Kept, data: bytes) -> str:
    with store.lock():
        for staged in files.leftovers(path):
            files.discard(staged)
        if not files.same(files.look(path), kept):
            raise TrailError(
                "somebody else has changed the file meanwhile; nothing is written", path, remedy="run it again."
            )
        backup = store.keep(KIND, {path: kept}, {"reason": _CHANGED, "file": request.file})
        try:
            pending.begin(store, path, request.file, kept.data)
            files.write(path, data, kept)
            if files.look(path).data != data:
                files.restore(kept)
                raise TrailError(
                    "what is read back is not what was written; the old file is there again",
                    path,
                    remedy="see the disk.",
                )
        except TrailError:
            store.drop(backup)  # a change that was not made has no backup: the latest one is still the one before
            raise
        pending.written(store, path)
        store.prune(KIND, max(1, request.keep))  # the newest can be put back
    return backup


def _latest(store: Store, path: str) -> str:
    for identifier in reversed(store.ids(KIND)):
        record = store.record(identifier)
        if record.get("reason") == _CHANGED and path in record["files"]:
            return identifier
    raise TrailError("there is no backup of it", path, remedy="nothing was changed here, or the backup is pruned.")


def _path_of(store: Store, identifier: str, path: Optional[str]) -> str:
    paths = list(store.read(identifier, KIND))
    if len(paths) != 1 or store.record(identifier).get("reason") not in (_CHANGED, _PUT_BACK):
        raise TrailError(
            "{0} is no backup of a configuration file".format(identifier), store.folder, remedy="name another one."
        )
    if path is not None and path != paths[0]:
        raise TrailError(
            "{0} is a backup of {1}".format(identifier, paths[0]), path, remedy="leave path out, or name another one."
        )
    return paths[0]


def _differing(before: Plain, after: Plain) -> Dict[str, Dict[str, Optional[str]]]:
    names = list(after["written"]) + [name for name in before["written"] if name not in after["written"]]
    pairs = {name: {"before": written(before, name), "after": written(after, name)} for name in names}
    return {name: pair for name, pair in pairs.items() if pair["before"] != pair["after"]}


def _diff(path: str, before: bytes, after: bytes, assumed: bool) -> Dict[str, str]:
    shipped = "{0} (as the package brings it)".format(path) if assumed else None
    return diffs.part(path, diffs.text(before), diffs.text(after), shipped)
