# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from hosts and inventories as something that can be read: what is invisible or turns text around is spelled out.

Host names, paths and justifications are written by others. A line feed in a name, a right-to-left override or a
control character would let one thing look like another.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

# Cc, Cf (which holds the bidirectional controls and the zero-width ones), Cs, Co, Zl and Zp, found fast for what is
# nearly always plain.
_PLAIN = re.compile(r"[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u23ff]*\Z")
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def visible(value: Any) -> str:
    r"""The text with every character that cannot be seen as ``\x..``, ``\u....`` or ``\U........``."""
    text = str(value)
    if _PLAIN.match(text):
        return text
    return "".join(_spelled(letter) if unicodedata.category(letter) in _UNSEEN else letter for letter in text)


def _spelled(letter: str) -> str:
    number = ord(letter)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def number(count: int, noun: str, plural: str | None = None) -> str:
    """``1 host``, ``2 hosts``."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def sentence(value: Any) -> str:
    """A text with one full stop at its end, whether or not it came with one."""
    text = visible(value).rstrip()
    return text if text.endswith((".", "!", "?", "…", ".\u201d", ".)")) else f"{text}."


def capital(value: Any) -> str:
    """A text that begins a sentence."""
    text = str(value)
    return text[:1].upper() + text[1:]


def days(value: float) -> str:
    """A time in days, as people say it: hours where it is short."""
    return number(round(value), "day") if value >= 2 else number(round(value * 24), "hour")


def instant(value: Any) -> str:
    """A time of a result (``2026-11-26T17:00:00Z``) as people read it; all of them are UTC."""
    found = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?Z\Z", str(value or ""))
    return f"{found.group(1)} {found.group(2)} UTC" if found else visible(value or "not known")


def anchor(*parts: Any) -> str:
    """A name for a link within a page: what is not plain becomes its number."""
    return "-".join(re.sub(r"[^A-Za-z0-9._-]", lambda found: f"~{ord(found.group()):x}", str(part)) for part in parts)
