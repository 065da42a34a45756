# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's command line: what the kernel takes a text for, and what it says of audit.

``next_arg`` of lib/cmdline.c splits it; ``audit_enable`` and
``audit_backlog_limit_set`` of kernel/audit.c read audit's two parameters.
"""

from typing import Any, Dict, List, Optional, Sequence

Plain = Dict[str, Any]
_AUDIT, _BACKLOG = "audit=", "audit_backlog_limit="
_OFF = ("0", "off")
_MOST = 0xFFFFFFFF

VALUES_KEPT = frozenset(
    "BOOT_IMAGE apparmor audit audit_backlog_limit console enforcing fips ia32_emulation ima_appraise ima_policy "
    "lockdown lsm mitigations module.sig_enforce quiet ro rw security selinux slub_debug spectre_v2 syscall.x32 "
    "vsyscall".split()
)
"""Parameters that matter here and whose values hold no secret; of every other one the posture has the name alone."""
MASK = "…"


def split(text: str) -> List[str]:
    """The parameters of a command line, up to ``--``; what follows is for the first process.

    Spaces inside double quotes do not separate; quotes around a value, or around the whole, are not part of it.
    """
    found: List[str] = []
    word, quoted = "", False
    for letter in text.strip("\n\0") + " ":
        if letter == '"':
            quoted = not quoted
        if letter.isspace() and not quoted:
            if word:
                found.append(_unquoted(word))
            word = ""
        else:
            word += letter
    if word.strip():  # a quote that is never closed
        found.append(_unquoted(word.rstrip()))
    return found[: found.index("--")] if "--" in found else found


def summary(parameters: Sequence[str]) -> Plain:
    """``parameters``, ``audit`` (is it switched on) and ``backlog_limit`` (0: not given) of one command line.

    Values that are not known to be harmless are masked: a command line can hold passwords
    (netroot=iscsi:user:password@…, systemd.set_credential=), and a posture is kept and handed on.
    """
    return {
        "parameters": [_masked(word) for word in parameters],
        "audit": audit(parameters),
        "backlog_limit": backlog_limit(parameters),
    }


def audit(parameters: Sequence[str]) -> bool:
    """Whether they switch audit on: there is an ``audit=``, and none is 0 or off; every other value is on."""
    return any(_named(word, _AUDIT) for word in parameters) and off(parameters) is None


def off(parameters: Sequence[str]) -> Optional[str]:
    """The first value of ``audit=`` that switches audit off, as it is written; None where none does.

    It is off until the next boot then, whatever follows: ``audit_enable`` of kernel/audit.c makes audit_initialized
    AUDIT_DISABLED at such a value and never anything else again, and ``audit_init`` returns before it has a socket.
    """
    values = [word[len(_AUDIT) :] for word in parameters if _named(word, _AUDIT)]
    return next((value for value in values if value.lower() in _OFF), None)


def backlog_limit(parameters: Sequence[str]) -> int:
    """The last ``audit_backlog_limit=`` that is a number, in any of C's notations; 0 where there is none."""
    found = 0
    for word in parameters:
        if _named(word, _BACKLOG):
            value = _number(word[len(_BACKLOG) :])
            found = found if value is None else value
    return found


def _masked(word: str) -> str:
    name, sign, _value = word.partition("=")
    return word if not sign or name.replace("-", "_") in VALUES_KEPT else name + sign + MASK


def _named(word: str, name: str) -> bool:
    # The kernel takes - and _ in names for the same (parameqn, kernel/params.c).
    return word[: len(name)].replace("-", "_") == name


def _number(text: str) -> Any:
    """As kstrtouint with base 0: 0x for hexadecimal, a leading 0 for octal."""
    digits = text[1:] if text.startswith("+") else text
    base = 16 if digits[:2].lower() == "0x" else 8 if digits[:1] == "0" and len(digits) > 1 else 10
    try:
        value = int(digits, base) if digits[:1].isalnum() and "_" not in digits else -1
    except ValueError:
        return None
    return value if 0 <= value <= _MOST else None


def _unquoted(word: str) -> str:
    if word.startswith('"'):
        word = word[1:]
        return word[:-1] if word.endswith('"') else word
    name, sign, value = word.partition("=")
    if value.startswith('"'):
        value = value[1:]
        value = value[:-1] if value.endswith('"') else value
    return name + sign + value
