# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which value each setting of the kernel is to have after the load, and whose line gives it that.

Of several lines the last one counts, and augenrules moves some of them: so what files of others set is asked of the
load that they make by themselves, and whether a value holds is asked of the whole load (rules/simulate.py).
"""

import os
from typing import AbstractSet, Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import own_settings
from ansible_collections.auditops.trail.plugins.module_utils.deploy.own_lines import Written
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wanted import LAST_FILE, SHIPPED, Given
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Origin
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import LOCKED

Plain = Dict[str, Any]
_NO_LIMIT = ("backlog_limit", "rate_limit")
"""Of these 0 is no limit (audit_log_start() and audit_rate_check() of kernel/audit.c)."""


class Wish(NamedTuple):
    """What a setting is to be; ``by`` is the line of another file that says so, None where our base file does."""

    value: int
    by: Optional[Origin] = None


def wishes(lines: Sequence[Written], theirs: Mapping[str, Setting], given: Given) -> Tuple[Dict[str, Wish], List[str]]:
    """What each setting is to be.

    What the task names in ``settings`` counts first, then what its own files say, then what profiles demand, unless a
    file of others sets as much or more, then that file, and what is shipped at last.

    Args:
        lines: All lines of our files, in load order.
        theirs: The settings that the files of others that stay leave by themselves, by name.
        given: What is asked for.

    Returns:
        The wishes by name, and what to say of lines of our own files that do not count, or ask for less than profiles.
    """
    own = own_settings.asked_for(lines, os.path.join(given.rules_dir, given.base_file))
    found: Dict[str, Wish] = {}
    told: List[str] = []
    for name, shipped in SHIPPED.items():
        demanded, other = given.demanded.get(name), theirs.get(name)
        enough = other is not None and (demanded is None or is_enough(name, other.value, demanded))
        if name in given.settings:
            found[name] = Wish(given.settings[name])
            if name in own and own[name].value != given.settings[name]:
                told.append(_says(own[name], name, "settings ask for {0}, which counts".format(given.settings[name])))
        elif name in own:
            found[name] = Wish(*own[name])
            if demanded is not None and not is_enough(name, own[name].value, demanded):
                told.append(_says(own[name], name, "the profiles ask for {0}".format(demanded)))
        elif enough and other is not None:
            found[name] = Wish(*other)
        else:
            found[name] = Wish(shipped if demanded is None else demanded)
    return found, told


def is_enough(name: str, value: int, demanded: int) -> bool:
    """Whether a value does for a demanded one too: the limit that drops less, the failure mode that says more."""
    if name in _NO_LIMIT:
        return value == 0 or 0 < demanded <= value
    return value >= demanded if name == "failure" else value == demanded


def _says(setting: Setting, name: str, but: str) -> str:
    return "{0} sets {1} to {2}, and {3}".format(setting.origin, name, setting.value, but)


def base_lines(
    lines: Sequence[Written],
    wanted: Mapping[str, Wish],
    theirs: Mapping[str, Setting],
    last: AbstractSet[str],
    given: Given,
) -> List[Written]:
    """The lines without those of the base file that another file has, which would keep each other from counting.

    Args:
        lines: All lines of our files.
        wanted: What each setting is to be.
        theirs: The settings of the files of others, as in :func:`wishes`.
        last: The settings that :data:`LAST_FILE` has.
        given: What is asked for.
    """
    base = os.path.join(given.rules_dir, given.base_file)
    kept: List[Written] = []
    for line in lines:
        by = _elsewhere(line, wanted, theirs, last) if line.file == base else None
        kept.append(line if by is None else line._replace(note="{0} has it".format(by)))
    return kept


def _elsewhere(
    line: Written, wanted: Mapping[str, Wish], theirs: Mapping[str, Setting], last: AbstractSet[str]
) -> Optional[str]:
    """Who else has the setting of a line of the base file."""
    made = next(own_settings.made(line), None)
    if made is None or made.name is None:
        return None
    if made.name in last:
        return LAST_FILE
    other = theirs.get(made.name)
    if made.name == "enabled":
        # Where audit is on, a lock of others is left as well; what switches it off is not.
        return str(other.origin) if other is not None and other.value == LOCKED else None
    wish = wanted.get(made.name)
    return None if wish is None or wish.by is None else str(wish.by)


def unmet(wanted: Mapping[str, Wish], load: Load) -> List[Plain]:
    """The settings that a load leaves otherwise than they are to be.

    Returns:
        Each as ``setting``, what ``value`` it is to be, and the ``file``, ``line`` and ``rule`` that are in the way;
        where no line sets it any more those that would have, or null.
    """
    found: List[Plain] = []
    for name, wish in wanted.items():
        setting = load.settings.get(name)
        if setting is not None and setting.value == wish.value:
            continue
        origin = (setting.origin if setting is not None else None) or wish.by or Origin()
        rule = origin.text.strip()
        found.append(
            {"setting": name, "value": wish.value, "file": origin.file, "line": origin.line, "rule": rule or None}
        )
    return found


def told_of(overruled: Sequence[Plain]) -> List[str]:
    """A sentence on each line of another file that :data:`LAST_FILE` counts before."""
    text = "{0} (`{1}`) does not decide {2}: {3}, which is read behind it, sets it to {4}"
    return [
        text.format(Origin(one["file"], one["line"]), shown(one["rule"]), one["setting"], LAST_FILE, one["value"])
        for one in overruled
        if one["file"] is not None
    ]
