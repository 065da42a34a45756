# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of one entry of a catalogue or site file, each checked as it is taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError
from ansible_collections.auditops.trail.plugins.plugin_utils import yaml_lines


@dataclass(frozen=True)
class Entry:
    """One mapping of a file. ``what`` names it in messages: The control identity.shadow."""

    data: dict[str, Any]
    what: str
    file: str
    line: int

    @classmethod
    def of(cls, data: dict[str, Any], kind: str, file: str, allowed: Iterable[str]) -> Entry:
        """The entry, named by its id.

        Raises:
            CatalogueError: it has no id, or a key that is unknown here.
        """
        line = int(data.get(yaml_lines.LINE, 1))
        name = cls(data, f"A {kind}", file, line).text("id")
        entry = cls(data, f"The {kind} {name}", file, line)
        entry.only(allowed)
        return entry

    def inner(self, name: str, allowed: Iterable[str]) -> Entry | None:
        """A mapping in it, or None where it is not given.

        Raises:
            CatalogueError: it is no mapping, or has a key that is unknown here.
        """
        value = self.data.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.error(f"{self.what}: {name} must be a mapping.", f"use {', '.join(sorted(allowed))}.")
        found = Entry(value, f"{self.what}: {name}", self.file, int(value.get(yaml_lines.LINE, self.line)))
        found.only(allowed)
        return found

    def error(self, message: str, remedy: str | None = None) -> CatalogueError:
        """An error with this entry's place."""
        return CatalogueError(message, file=self.file, line=self.line, remedy=remedy)

    def only(self, allowed: Iterable[str]) -> None:
        """Refuse a key that is unknown here.

        Raises:
            CatalogueError: it has one.
        """
        unknown = sorted(str(key) for key in set(self.data) - set(allowed) - {yaml_lines.LINE})
        if unknown:
            known = ", ".join(sorted(allowed))
            raise self.error(f"{self.what} has {', '.join(unknown)}, which is unknown here.", f"use {known}.")

    def text(self, name: str) -> str:
        """A text that has to be there.

        Raises:
            CatalogueError: it is not, or is something else.
        """
        value = self.data.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"{self.what} needs {name}, a text.")
        return value

    def maybe(self, name: str) -> str | None:
        """A text, or None where it is not given.

        Raises:
            CatalogueError: it is something else.
        """
        return None if self.data.get(name) is None else self.text(name).strip()

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty where it is not given.

        Raises:
            CatalogueError: it is something else.
        """
        value = self.data.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.error(f"{self.what}: {name} must be a list of texts.")
        return tuple(value)

    def one_of(self, name: str, choices: Iterable[str], default: str | None = None) -> str:
        """A text out of some.

        Raises:
            CatalogueError: it is not given and has no default, or is something else.
        """
        value = self.data.get(name, default)
        if not isinstance(value, str) or value not in tuple(choices):
            raise self.error(f"{self.what}: {name} is one of {', '.join(choices)}.")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        """A mapping as it was written; empty where it is not given.

        Raises:
            CatalogueError: it is something else.
        """
        value = self.data.get(name) or {}
        if not isinstance(value, dict):
            raise self.error(f"{self.what}: {name} must be a mapping.")
        return dict(yaml_lines.without_lines(value))
