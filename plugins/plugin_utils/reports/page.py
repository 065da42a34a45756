# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""compliance.html: one page that needs nothing beside itself, to be read on a screen, without JavaScript, and on paper.

Everything that comes from a host, an inventory or a waiver is escaped by Jinja2 and, before that, made visible by
:func:`text.visible`; no template marks such a text as safe.
"""

from __future__ import annotations

import os
import re
from typing import Any

import jinja2
from markupsafe import Markup, escape

from ansible_collections.auditops.trail.plugins.plugin_utils.reports import front, matrix, requirements, sections
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.hosts import Roll
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.text import (
    anchor,
    capital,
    days,
    instant,
    number,
    sentence,
    visible,
)

TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")

Plain = dict[str, Any]


def render(fleet: Plain, folder: str | None = None) -> str:
    """The page.

    Args:
        fleet: The fleet result.
        folder: Where the results lie, so that the page can name their hashes.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(
        instant=instant, number=number, ticked=_ticked, sentence=sentence, capital=capital, days=days, quoted=_quoted
    )
    environment.globals.update(anchor=anchor)
    roll = Roll(fleet["results"])
    chapters = sections.Book(fleet, roll).chapters()
    return environment.get_template("page.html.j2").render(
        fleet=fleet,
        front=front.context(fleet, folder, roll),
        chapters=chapters,
        superseded=any(one["plain_state"] == requirements.SUPERSEDED for told in chapters for one in told["sections"]),
        matrix=matrix.tables(fleet),
        marks=matrix.MARKS,
        verdicts=sections.VERDICTS,
        assessed=len(fleet["results"]),
    )


def _ticked(value: Any) -> Any:
    """A text of ours in which a rule stands between backquotes, with the rule set as code."""
    parts = visible(value).split("`")
    if len(parts) % 2 == 0:
        return visible(value)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )


def _quoted(value: Any) -> Markup:
    """A text within a quoted text of the style sheet: what is not plain is a number, as no HTML is unescaped there."""
    plain = re.sub(r"[^A-Za-z0-9 ,.;:_-]", lambda found: f"\\{ord(found.group()):06x}", visible(value))
    return Markup(plain)  # noqa: S704 -- it holds no letter that HTML or CSS knows as anything but text


def _printed(value: Any) -> Any:
    """What every printed value passes before it is escaped."""
    if isinstance(value, Markup):
        return value
    return "" if value is None else visible(value)
