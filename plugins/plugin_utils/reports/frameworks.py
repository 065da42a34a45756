# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frameworks and their requirements, as far as an audit trail touches them: plugin_utils/frameworks/*.yml.

They hold identifiers and subjects in our own words, never the wording of a standard.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

import yaml

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "frameworks")
ON_HOST = ("yes", "partly", "no")
_KEYS = {"id", "subject", "on_host", "ask", "superseded_by"}


@dataclass(frozen=True)
class Requirement:
    """One paragraph of a framework: ``on_host`` says whether hosts can decide it, ``ask`` what else is needed.

    ``superseded_by`` is the requirement of the same framework that is in force in its place.
    """

    id: str
    subject: str
    on_host: str
    ask: str | None
    superseded_by: str | None = None


@dataclass(frozen=True)
class Framework:
    """A standard in one version, with its requirements in its own order."""

    id: str
    version: str
    title: str
    requirements: tuple[Requirement, ...]


@functools.lru_cache(maxsize=4)
def load(folder: str = FOLDER) -> dict[tuple[str, str], Framework]:
    """The frameworks by id and version.

    Args:
        folder: Where their files lie.

    Raises:
        CatalogueError: A file cannot be read, or does not hold what it should.
    """
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".yml"))
    except OSError as exc:
        raise CatalogueError(f"The frameworks cannot be read: {exc.strerror}", file=folder) from exc
    found = [_read(os.path.join(folder, name)) for name in names]
    return {(framework.id, framework.version): framework for framework in found}


def _read(file: str) -> Framework:
    try:
        with open(file, encoding="utf-8") as handle:
            data = yaml.safe_load(handle)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise CatalogueError(f"This framework cannot be read: {exc}", file=file) from exc
    if not isinstance(data, dict) or set(data) != {"framework", "version", "title", "requirements"}:
        raise CatalogueError("A framework has framework, version, title and requirements.", file=file)
    requirements = tuple(_requirement(entry, file) for entry in data["requirements"])
    if len({one.id for one in requirements}) != len(requirements):
        raise CatalogueError("A requirement is named twice.", file=file)
    _check_successors(requirements, file)
    return Framework(data["framework"], data["version"], data["title"], requirements)


def _check_successors(requirements: tuple[Requirement, ...], file: str) -> None:
    """Refuse a requirement that is superseded by one which is not there, or is itself no longer in force."""
    in_force = {one.id for one in requirements if one.superseded_by is None}
    for one in requirements:
        if one.superseded_by is not None and one.superseded_by not in in_force:
            raise CatalogueError(
                f"{one.id} is superseded by {one.superseded_by}, which is not in force here.", file=file
            )


def _requirement(entry: dict[str, str], file: str) -> Requirement:
    if (
        not isinstance(entry, dict)
        or not set(entry) <= _KEYS
        or not all(isinstance(one, str) for one in entry.values())
    ):
        raise CatalogueError(f"A requirement has {', '.join(sorted(_KEYS))}, each a quoted text: {entry}", file=file)
    if not entry.get("id") or not entry.get("subject") or entry.get("on_host") not in ON_HOST:
        raise CatalogueError(f"A requirement needs id, subject and on_host ({', '.join(ON_HOST)}): {entry}", file=file)
    if entry["on_host"] != "yes" and not entry.get("ask"):
        raise CatalogueError(f"{entry['id']}: say what to ask for where a host cannot decide all of it.", file=file)
    ask = (entry.get("ask") or "").strip() or None
    return Requirement(entry["id"], entry["subject"], entry["on_host"], ask, entry.get("superseded_by"))
