# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of loader/entries and the variables of grubenv, edited where they stand.

The Boot Loader Specification's entries have their parameters in ``options`` lines; those that RHEL 8 makes name
``$kernelopts`` there, which GRUB takes from grubenv.
"""

import re
from typing import List, Mapping, Optional

from ansible_collections.auditops.trail.plugins.module_utils.boot import words
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

ENVIRONMENT = "/boot/grub2/grubenv"
_OPTIONS = re.compile(r"(\s*options[ \t]+)(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$\{?kernelopts\}?(?![A-Za-z_0-9])")
_KERNELOPTS = "kernelopts="


def entry(text: str, parameters: words.Wanted) -> Optional[str]:
    """An entry with the parameters as they are wanted, or None where it has no line for them.

    Where it takes ``$kernelopts`` the parameters belong there, and are taken out of the entry itself.
    """
    lines = text.split("\n")
    found = {number: match for number, match in enumerate(map(_OPTIONS.match, lines)) if match is not None}
    if not found:
        return None
    asked = dict.fromkeys(parameters) if uses_variable(text) else parameters
    settled = words.settle([words.Text(match.group(2)) for match in found.values()], asked)
    for (number, match), value in zip(found.items(), settled):
        lines[number] = match.group(1) + value
    return "\n".join(lines)


def options(text: str) -> str:
    """The command line of an entry as it is written."""
    found = filter(None, map(_OPTIONS.match, text.split("\n")))
    return " ".join(match.group(2) for match in found)


def uses_variable(text: str) -> bool:
    """Whether an entry's parameters come from grubenv."""
    return _VARIABLE.search(options(text)) is not None


def environment(data: str, parameters: words.Wanted) -> str:
    """A grubenv with the parameters in ``kernelopts`` as they are wanted, of the size that it had: GRUB writes to it in
    place and never makes it longer (grub-core/lib/envblk.c).

    Raises:
        TrailError: it has no such variable, or no room.
    """
    lines = data.rstrip("#").split("\n")
    places = [number for number, line in enumerate(lines) if line.startswith(_KERNELOPTS)]
    if not places:
        raise TrailError(
            "the boot entries take $kernelopts, and it is not there", ENVIRONMENT, remedy="run grub2-mkconfig."
        )
    line = lines[places[-1]]
    lines[places[-1]] = _KERNELOPTS + words.one(line[len(_KERNELOPTS) :], parameters)
    text = "\n".join(lines)
    room = _length(data) - _length(text)
    if room < 0:
        raise TrailError(
            "there is no room in the {0} bytes of it".format(_length(data)), ENVIRONMENT, remedy="take parameters out."
        )
    return text + "#" * room


def damaged(before: Mapping[str, str], after: Mapping[str, str]) -> List[str]:
    """The entries in which a program has changed more than audit's parameters, by their files."""
    return [
        file
        for file, text in before.items()
        if words.others(options(text)) != words.others(options(after.get(file, "")))
    ]


def _length(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
