# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of one audit record, and what their values mean.

The kernel and the programs write a text in quotes, or in hexadecimal where it
holds a blank, a quote or another byte that could be taken for the end
(audit_log_untrustedstring, kernel/audit.c; audit_value_needs_encoding,
lib/audit_logging.c). So an unquoted value is a text only in some fields.
"""

import re
from typing import List, NamedTuple, Optional, Pattern, Tuple

ENRICHED = "\x1d"
"""What auditd puts between the record and the names that it has looked up (log_format = ENRICHED)."""

_ENCODED = frozenset(
    "acct cgroup cmd comm cwd data dir exe file grp id_name invoked_context kernel key name new-chardev new-disk "
    "new-fs new-net new-rng old-chardev old-disk old-fs old-net old-rng path proctitle root_dir sw unit uuid vm "
    "watch".split()
)
"""The fields that may be in hexadecimal (ausearch's table, auparse/typetab.h: ESCAPED, ESCAPED_FILE, ESCAPED_KEY)."""

# A name begins where a word does: were it tried within one, a long word without a sign would take ever longer.
_FIELD = re.compile(r"(?<![\w-])([A-Za-z_][\w-]*(?:\[\d+\])?)=(\"[^\"]*\"|'[^']*'|[^\s'\"]*)")
_ARGUMENT = re.compile(r"a([0-9]{1,9})(?:\[([0-9]{1,9})\])?\Z")
_HEX: Pattern[str] = re.compile(r"(?:[0-9A-F]{2})+\Z")


class Field(NamedTuple):
    """``value`` is the text that it means, ``start`` and ``end`` are the place of what is written for it."""

    name: str
    value: str
    start: int
    end: int
    is_text: bool


def fields(text: str, record_type: str) -> List[Field]:
    """The fields of a record, without what enrichment adds; a text is decoded.

    Args:
        text: The record's line; ``msg='…'`` of programs is looked into.
        record_type: In EXECVE ``a0`` is a text, elsewhere a number.
    """
    body = text.partition(ENRICHED)[0]
    found = []
    # The quotes of msg='…' hold fields themselves; a blank in their place keeps all places.
    for match in _FIELD.finditer(body.replace("msg='", "msg  ").replace("'", " ")):
        name, written = match.group(1), body[match.start(2) : match.end(2)]
        value, is_text = _meaning(name, written, record_type)
        found.append(Field(name, value, match.start(2), match.end(2), is_text))
    return found


def _meaning(name: str, written: str, record_type: str) -> Tuple[str, bool]:
    if written[:1] == '"':
        return written.strip('"'), True
    if (name in _ENCODED or (record_type == "EXECVE" and _ARGUMENT.match(name))) and _HEX.match(written):
        return bytes.fromhex(written).decode("utf-8", "surrogateescape"), True
    return written, False


def value(found: List[Field], name: str) -> Optional[str]:
    """The value of the first field of this name, or None."""
    return next((field.value for field in found if field.name == name), None)


def arguments(found: List[Field]) -> List[Tuple[str, List[Field]]]:
    """The arguments of an EXECVE record in their order, each with the fields that it was split into (``a1[0]``)."""
    told: List[Tuple[int, List[Field]]] = []
    for field in found:
        place = _ARGUMENT.match(field.name)
        if place is None or field.name.endswith("_len"):
            continue
        number = int(place.group(1))
        if place.group(2) is not None and told and told[-1][0] == number:
            told[-1][1].append(field)
        else:
            told.append((number, [field]))
    return [("".join(part.value for part in parts), parts) for _number, parts in told]
