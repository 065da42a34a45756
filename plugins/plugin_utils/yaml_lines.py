# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML with the line of each mapping, so that what is wrong with one can be told by file and line."""

from __future__ import annotations

import os
from typing import Any

import yaml

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError

LINE = "__line__"
"""The key under which each mapping holds the line at which it begins."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe loader that notes the line of each mapping, and of a value of which it can make nothing."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except ValueError as exc:  # a 30th of February, a number of too many digits
            raise yaml.constructor.ConstructorError(None, None, str(exc), node.start_mark) from exc

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} is given twice", key_node.start_mark)
            seen.add(key if isinstance(key, str) else None)
        mapping = super().construct_mapping(node, deep=deep)
        mapping[LINE] = node.start_mark.line + 1
        return mapping


def files(path: str) -> list[str]:
    """The YAML files that a path names: itself, or those in the folder.

    Raises:
        CatalogueError: the folder cannot be listed.
    """
    if not os.path.isdir(path):
        return [path]
    try:
        names = os.listdir(path)
    except OSError as exc:
        raise CatalogueError(f"This catalogue folder cannot be read: {exc.strerror}", file=path) from exc
    return sorted(os.path.join(path, name) for name in names if name.endswith((".yml", ".yaml")))


def read(file: str) -> Any:
    """What a YAML file holds, each mapping with its line under :data:`LINE`.

    Raises:
        CatalogueError: it cannot be read, is not YAML, or gives a key twice.
    """
    try:
        with open(file, encoding="utf-8") as handle:
            return yaml.load(handle, Loader=_Loader)  # noqa: S506 (a subclass of SafeLoader)
    except OSError as exc:
        raise CatalogueError(
            f"This catalogue file cannot be read: {exc.strerror}.", file=file, remedy="correct the path, or its mode."
        ) from exc
    except UnicodeDecodeError as exc:
        raise CatalogueError(
            f"This catalogue file is not UTF-8: {exc}.", file=file, remedy="save it as UTF-8 text."
        ) from exc
    except RecursionError as exc:
        raise CatalogueError(
            "This catalogue file holds itself, or is nested too deeply.", file=file, remedy="take its aliases (*) out."
        ) from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        raise CatalogueError(
            f"This is not YAML: {getattr(exc, 'problem', None) or exc}",
            file=file,
            line=mark.line + 1 if mark else None,
            remedy="correct that line; a text with a colon or a date that is none wants quotes.",
        ) from exc


def without_lines(value: Any) -> Any:
    """The data as it was written."""
    if isinstance(value, dict):
        return {key: without_lines(item) for key, item in value.items() if key != LINE}
    if isinstance(value, list):
        return [without_lines(item) for item in value]
    return value
