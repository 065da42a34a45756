# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rsyslog's filters: whether a message passes one, as far as its properties are known.

doc/source/configuration/filters.rst. Each answer is true, false, or None for what is not understood here, and for
what some of such messages pass and others do not.
"""

import re
from typing import Iterator, Optional, Pattern, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture.flags import all_of, any_of
from ansible_collections.auditops.trail.plugins.module_utils.posture.rsyslog_text import outside_quotes
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import Message, selects

# A selector has no blanks; the two classes before and after its first dot cannot take the same text.
_SELECTOR = re.compile(r"([*\w,;!=]*\.[*\w,.;!=]*)(?:\s+(.*))?\Z", re.S)
_PROPERTY = re.compile(r":\s*([\w.$!-]+)\s*,\s*(!?)\s*(\w+)\s*,\s*\"((?:[^\"\\]|\\.)*)\"\s*(.*)\Z", re.S)
_IF = re.compile(r"if\b(.*)\Z", re.S | re.I)
_COMPARED = re.compile(r"\$([\w-]+)\s*(==|!=|startswith(?:_i)?|contains(?:_i)?)\s*([\"'])(.*)\3\Z", re.S | re.I)
_OR, _AND = re.compile(r"\bor\b", re.I), re.compile(r"\band\b", re.I)
_OPERATIONS = {"==": "isequal", "!=": "isequal"}
_OF_PROGRAM = ("programname", "app-name", "syslogtag")
_OF_TEXT = ("msg", "rawmsg")
_NOT_IN_RECORDS = re.compile(r"(?=.*\S\s)(?!.*(?:[={}()]|avc|denied|granted))", re.S | re.I)
"""Words with a blank between them and no sign of a field: the kernel and auditd write such texts in hexadecimal
(audit_log_n_untrustedstring), and blanks stand only between fields; the words of SELinux's AVC are free."""


def split(text: str, message: Message) -> Tuple[Optional[bool], str]:
    """Whether a message passes the filter at the beginning of a statement, and what stands behind the filter.

    Where there is no filter that is read here, None and the whole text.
    """
    plain = _SELECTOR.match(text)
    if plain:
        return selects(plain.group(1), message.facility, message.severity), (plain.group(2) or "").strip()
    by_property = _PROPERTY.match(text)
    if by_property:
        name, negated, operation, value, rest = by_property.groups()
        found = _passes(message, name.lower(), operation.lower(), value)
        return (found if not negated or found is None else not found), rest.strip()
    condition = _IF.match(text)
    if condition:
        then = re.search(r"\bthen\b", outside_quotes(text), re.I)
        if then:
            return _holds(text[2 : then.start()].strip(), message), text[then.end() :].strip()
    return None, text


def negated(flag: Optional[bool]) -> Optional[bool]:
    """The opposite; None of what is not known."""
    return None if flag is None else not flag


def _holds(text: str, message: Message) -> Optional[bool]:
    """A comparison, or several that are joined by ``and``, which binds more tightly, and ``or``."""
    bare = outside_quotes(text)
    while bare.startswith("(") and bare.endswith(")") and not re.search(r"[()]", bare[1:-1]):
        text = text[1:-1].strip()
        bare = outside_quotes(text)
    if re.search(r"[()]|\bnot\b", bare, re.I):
        return None
    # The statement may have thousands of them: one pass over the text for each word, and no recursion.
    either = [all_of([_compares(one, message) for one in _parts(part, _AND)]) for part in _parts(text, _OR)]
    return any_of(either)


def _parts(text: str, word: Pattern[str]) -> Iterator[str]:
    start = 0
    for found in word.finditer(outside_quotes(text)):
        yield text[start : found.start()].strip()
        start = found.end()
    yield text[start:].strip()


def _compares(text: str, message: Message) -> Optional[bool]:
    match = _COMPARED.match(text)
    if not match:
        return None
    name, sign, _quote, value = match.groups()
    passed = _passes(message, name.lower(), _OPERATIONS.get(sign, sign.lower()), value)
    return negated(passed) if sign == "!=" else passed


def _passes(message: Message, name: str, operation: str, value: str) -> Optional[bool]:
    if name in _OF_PROGRAM and message.program is not None:
        return _compared(message.program, operation, value, name == "syslogtag")
    if name == "syslogfacility-text":
        return _compared(message.facility, operation, value, False)
    if name in _OF_TEXT and message.always is not None:
        if operation == "contains" and any(value in text for text in message.always):
            return True
        if operation == "isequal" or (operation in ("contains", "startswith") and _NOT_IN_RECORDS.match(value)):
            return False
    return None


def _compared(known: str, operation: str, value: str, tag: bool) -> Optional[bool]:
    """A tag is the name with ``:`` or ``[pid]:`` behind it."""
    if operation.endswith("_i"):
        known, value, operation = known.lower(), value.lower(), operation[:-2]
    found = {"isequal": known == value, "startswith": known.startswith(value), "contains": value in known}
    passed = found.get(operation)
    if tag and operation == "isequal":
        return None if re.match(re.escape(known) + r"(?:\[[0-9]*\])?:?\Z", value) else False
    if tag and passed is False and (value.startswith(known) or re.search(r"[][:0-9]", value)):
        return None if operation == "contains" or value.startswith(known) else False
    return passed
