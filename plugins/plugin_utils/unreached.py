# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that were not assessed, by cause: ssh says the same for each of them, and what helps it leaves out."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_MEND = " To mend it: "
_SSH = "Failed to connect to the host via ssh:"
# What Ansible puts around what went wrong.
_FRAME = re.compile(r"Task failed: |\s*See stdout/stderr for the exact error(?=:|$)")
# What tells hosts apart that fail for one cause.
_OWN = (
    (re.compile(r"(connect to host )\S+( port)"), r"\1…\2"),
    (re.compile(r"(resolve hostname )\S+(:)"), r"\1…\2"),
    (re.compile(r"(Connection (?:closed|reset) by )\S+( port)"), r"\1…\2"),
    (re.compile(r"\S+@\S+(: Permission denied)"), r"…\1"),
)
# The first that is found in the cause holds. The words are those of OpenSSH, of the C library and of Ansible.
_REMEDIES = (
    (
        r"resolve hostname|Name or service not known|Temporary failure in name resolution|nodename nor servname",
        "correct ansible_host in the inventory, or let the controller resolve the name.",
    ),
    (r"Connection refused", "start sshd on the host, or set ansible_port to the port on which it listens."),
    (
        r"Host key verification failed|HOST IDENTIFICATION HAS CHANGED",
        "compare the host's key with the one that its administrator tells, and put it into known_hosts.",
    ),
    (
        r"[Mm]issing \w+ password|[Ii]ncorrect \w+ password|a password is required|privilege escalation prompt",
        "add --ask-become-pass, or let ansible_user run sudo without a password.",
    ),
    (r"Failed to change ownership", "become root on the host: leave ansible_become_user out."),
    (
        r"\b(?:sudo|su|doas): (?:(?:command )?not found|Permission denied)",
        "install it on the host, or set ansible_become_method.",
    ),
    (
        r"Permission denied",
        "set ansible_user, and offer a key or a password that the host takes: ssh-add, --private-key, --ask-pass.",
    ),
    (
        r"timed out|[Tt]imeout|No route to host|Network is unreachable|Host is down",
        "see that the host is up, and that no firewall keeps the controller from ansible_host and ansible_port.",
    ),
    (
        r"interpreter|/python[\d.]*: |SyntaxError|No start of json",
        "install Python 3 on the host, or set ansible_python_interpreter; see Versions in the README.",
    ),
)
_BY_HAND = "try it by hand: ansible {0} -m ansible.builtin.ping -vvv, with the same inventory."


class Cause(NamedTuple):
    """Why some hosts were not assessed."""

    text: str
    hosts: list[str]
    remedy: str


def causes(not_assessed: list[dict[str, Any]]) -> list[Cause]:
    """The hosts of a fleet result's ``not_assessed`` by cause, in the order of their first host."""
    found: dict[str, tuple[set[str], list[str], str]] = {}
    for gone in not_assessed:
        text, _mend, remedy = _bare(str(gone["reason"])).partition(_MEND)
        alike = text
        for pattern, instead in _OWN:
            alike = pattern.sub(instead, alike)
        texts, hosts, _remedy = found.setdefault(alike, (set(), [], remedy or _remedy_for(text, str(gone["host"]))))
        texts.add(text)
        hosts.append(str(gone["host"]))
    return [
        Cause(next(iter(texts)) if len(texts) == 1 else alike, hosts, remedy)
        for alike, (texts, hosts, remedy) in found.items()
    ]


def _bare(reason: str) -> str:
    """The reason in one line, without Ansible's frame and what ssh printed before its error."""
    before, ssh, told = _FRAME.sub("", reason).partition(_SSH)
    # Banners and warnings come before the line that counts.
    errors = [line for line in told.splitlines() if line.strip()]
    words = before.split() + (errors[-1].split() if errors else _SSH.rstrip(":").split() if ssh else [])
    return " ".join(words).replace(".: ", ": ")


def _remedy_for(text: str, host: str) -> str:
    for pattern, remedy in _REMEDIES:
        if re.search(pattern, text):
            return remedy
    return _BY_HAND.format(host)
