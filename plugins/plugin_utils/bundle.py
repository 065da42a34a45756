# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence bundles: a folder for each host of a run, with what it was judged from and the means to check it.

Nothing in it needs the host: the posture judged again by the files in
``catalogue`` gives the verdicts of the result. ``SHA256SUMS`` is in the form of
sha256sum(1), so that an auditor can check it without this collection.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.version import VERSION
from ansible_collections.auditops.trail.plugins.plugin_utils import results
from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import SHIPPED
from ansible_collections.auditops.trail.plugins.plugin_utils.site import Site

MANIFEST_VERSION = 1
VARIABLE = "audit_compliance_evidence_dir"
_WHAT = "the evidence"
_REMEDY = f"set {VARIABLE} to a folder that the user of the controller can write to."
POSTURE, RESULT, MANIFEST, SUMS, CATALOGUE = "posture.json", "result.json", "manifest.json", "SHA256SUMS", "catalogue"


def sources(catalogue: Iterable[str], digests: Iterable[Mapping[str, str]], site: Site) -> list[dict[str, str]]:
    """The files that a host was judged by, each with its place in a bundle.

    ``site`` there is a site's folder again (audit_compliance_site), so that the same can be judged once more.

    Args:
        catalogue: Catalogue.files.
        digests: The ``files`` of catalogue_loader.digest, of the same files in the same order.
        site: The site's files.

    Returns:
        ``name`` (below catalogue/), ``path`` and ``sha256`` of each.
    """
    found = [{"name": f"site/{one['name']}", "path": one["path"], "sha256": one["sha256"]} for one in site.files]
    ours = {one["path"] for one in found}
    extra = 0
    for path, told in zip(catalogue, digests, strict=True):
        if path in ours:
            continue
        if path.startswith(SHIPPED + os.sep):
            name = f"shipped/{os.path.relpath(path, SHIPPED)}"
        else:
            extra += 1  # two folders may hold files of one name
            name = f"extra/{extra:02}-{os.path.basename(path)}"
        found.append({"name": name, "path": path, "sha256": told["sha256"]})
    return found


def write(
    folder: str, run: str, posture: Mapping[str, Any], result: Mapping[str, Any], files: Iterable[Mapping[str, str]]
) -> dict[str, str]:
    """Keep the evidence of one host.

    Args:
        folder: Where the bundles of all runs lie.
        run: The name of this run (this_run.py); the bundles of its hosts lie in a folder of this name.
        posture: The host's posture.
        result: The host's result.
        files: What it was judged by, as :func:`sources` gives it.

    Returns:
        ``folder``, and ``sha256`` of its SHA256SUMS, which stands for all of it: kept elsewhere, it shows that the
        bundle is the one of this run.

    Raises:
        TrailError: it could not be written, or a file was changed since it was read.
    """
    place = os.path.join(folder, run, os.path.splitext(os.path.basename(results.host_file("", str(result["host"]))))[0])
    temporary = None
    try:
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
        temporary = tempfile.mkdtemp(dir=os.path.dirname(place), prefix=".", suffix=".part")
        digest = _fill(temporary, run, posture, result, files)
        final = _put(temporary, place)
    except OSError as exc:
        raise TrailError(
            f"the evidence could not be kept: {exc.strerror}",
            file=exc.filename if isinstance(exc.filename, str) else place,
            remedy=_REMEDY,
        ) from exc
    finally:
        if temporary is not None and os.path.isdir(temporary):
            shutil.rmtree(temporary, ignore_errors=True)
    return {"folder": final, "sha256": digest}


def verify(folder: str) -> list[str]:
    """What is wrong with a bundle, one sentence each; nothing where it is as it was written.

    Args:
        folder: The bundle of one host.

    Raises:
        EvidenceError: it is no bundle, or a file of it cannot be read.
    """
    sums = _sums(os.path.join(folder, SUMS))
    problems = []
    here = _names(folder)
    for name, digest in sorted(sums.items()):
        if name not in here:
            problems.append(f"{name} is missing.")
        elif _digest(os.path.join(folder, name)) != digest:
            problems.append(f"{name} was altered: it is not what {SUMS} tells.")
    problems += [f"{name} was added: {SUMS} does not tell it." for name in sorted(here - set(sums) - {SUMS})]
    if MANIFEST not in sums:
        return [*problems, f"{SUMS} does not tell {MANIFEST}."]
    if not problems:
        problems += _against_manifest(folder, sums)
    return problems


def guard(posture: str) -> list[str]:
    """Refuse the posture of a bundle that was altered, before it is judged again.

    Args:
        posture: A posture file; one that lies in no bundle is not looked at.

    Returns:
        The inventory's groups of the host when the bundle was made, which waivers may name; none without a bundle.

    Raises:
        EvidenceError: it lies in a bundle in which something is missing, or not as it was written.
    """
    folder = os.path.dirname(os.path.realpath(posture))
    here = {name for name in (MANIFEST, SUMS, RESULT, CATALOGUE) if os.path.lexists(os.path.join(folder, name))}
    # One of the first two tells a bundle; so do what else lies only in one, where both were taken away.
    if not here & {MANIFEST, SUMS} and not here >= {RESULT, CATALOGUE}:
        return []
    problems = [f"{name} is missing." for name in (MANIFEST, SUMS) if name not in here] or verify(folder)
    if problems:
        raise EvidenceError(
            f"this bundle of evidence is not as it was written: {' '.join(problems)}",
            file=folder,
            remedy="take the bundle from where the run has left it, or judge a copy of the posture alone.",
        )
    return [str(name) for name in results.read_json(os.path.join(folder, MANIFEST)).get("groups") or ()]


def _fill(
    folder: str, run: str, posture: Mapping[str, Any], result: Mapping[str, Any], files: Iterable[Mapping[str, str]]
) -> str:
    """Write the bundle's files; the hash of SHA256SUMS."""
    results.write_json(os.path.join(folder, POSTURE), dict(posture), _WHAT, _REMEDY)
    results.write_json(os.path.join(folder, RESULT), dict(result), _WHAT, _REMEDY)
    for one in files:
        target = os.path.join(folder, CATALOGUE, *one["name"].split("/"))
        os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
        shutil.copyfile(one["path"], target)
        os.chmod(target, 0o600)
        if _digest(target) != one["sha256"]:
            raise TrailError(
                "this file was changed while a host was judged by it.", file=one["path"], remedy="run it again."
            )
    sums = {name: _digest(os.path.join(folder, name)) for name in sorted(_names(folder))}
    manifest = {
        "manifest_version": MANIFEST_VERSION,
        "tool": {"name": "auditops.trail", "version": VERSION},
        "run": run,
        "host": result["host"],
        "groups": result.get("groups") or [],
        "started": result["started"],
        "finished": result["finished"],
        "collected": posture.get("collected"),
        "profiles": result.get("profiles"),
        "parameters": result.get("parameters"),
        "catalogue": (result.get("catalogue") or {}).get("sha256"),
        "files": [
            {"name": name, "bytes": os.path.getsize(os.path.join(folder, name)), "sha256": digest}
            for name, digest in sums.items()
        ],
    }
    results.write_json(os.path.join(folder, MANIFEST), manifest, _WHAT, _REMEDY)
    sums[MANIFEST] = _digest(os.path.join(folder, MANIFEST))
    lines = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    results.write_text(os.path.join(folder, SUMS), lines, _WHAT, _REMEDY)
    return _digest(os.path.join(folder, SUMS))


def _put(temporary: str, place: str) -> str:
    """Rename the folder into its place; one that is there, of the same host in the same run, is kept beside it."""
    number = 1
    final = place
    while True:
        try:
            os.rename(temporary, final)
            return final
        except OSError:
            if not os.path.isdir(final):
                raise
        number += 1
        final = f"{place}-{number}"


def _names(folder: str) -> set[str]:
    found = set()
    for base, folders, files in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(base, name))]
        found |= {os.path.relpath(os.path.join(base, name), folder) for name in [*files, *links]}
    return found


def _digest(path: str) -> str:
    if not os.path.isfile(path) or os.path.islink(path):
        return ""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _sums(path: str) -> dict[str, str]:
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        told = exc.strerror if isinstance(exc, OSError) else exc
        raise EvidenceError(
            f"cannot be read: {told}", file=path, remedy="give the folder of one host of a run, which holds this file."
        ) from exc
    found = {}
    for number, line in enumerate(lines, 1):
        digest, space, name = line.partition("  ")
        if not space or len(digest) != 64 or not name:
            raise EvidenceError("is no line of sha256sum.", file=path, line=number)
        found[name] = digest
    return found


def _against_manifest(folder: str, sums: Mapping[str, str]) -> list[str]:
    manifest = results.read_json(os.path.join(folder, MANIFEST))
    try:
        told = {one["name"]: one["sha256"] for one in manifest["files"]}
    except (KeyError, TypeError):
        return [f"{MANIFEST} has no list of files."]
    others = {name: digest for name, digest in sums.items() if name != MANIFEST}
    return [] if told == others else [f"{MANIFEST} and {SUMS} do not tell the same files."]
