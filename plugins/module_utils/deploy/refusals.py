# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a plan cannot be carried out: the errors of planning.py, each with file, line and the way out."""

from typing import Any, Dict, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.deploy.own_lines import Written
from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.host import spelled
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import Line
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Rejected, Removed, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown

Plain = Dict[str, Any]
_MOST_TOLD = 5
_MOST_CONFLICTS = 20


def locked(origin: Optional[Origin]) -> TrailError:
    """Other rules are wanted than those that a lock keeps; ``origin`` is the line that locks at each boot."""
    if origin is None or origin.file is None:
        first = "reboot: no file of rules.d locks them again; then run this again"
    else:
        first = "take `{0}` out of {1} and reboot, and run this again before anything locks them".format(
            shown(origin.text.strip()), origin
        )
    return TrailError(
        "other rules are wanted, and the kernel's are locked until the next boot (enabled is 2)",
        remedy="{0}. Or set on_immutable: defer, which writes the files for the next boot.".format(first),
    )


def silenced(rule: Rule, ours: bool) -> RuleError:
    """A rule takes every task out of the audit system; whether its file is one of ``ours``."""
    purge = "" if ours else ", or set purge: true, which takes away every rules file that is not ours"
    return RuleError(
        "`{0}` keeps every task that is started from then on from being recorded, whatever other rules say".format(
            shown(rule.origin.text.strip())
        ),
        rule.origin.file,
        rule.origin.line,
        "take the line out{0}; tasks that run already stay unrecorded until they are started anew, so reboot"
        " afterwards.".format(purge),
    )


def taken_away(line: Written, taken: Removed) -> RuleError:
    """A line of another file deletes a rule that was asked for, or ends the load in front of it."""
    return RuleError(
        "`{0}` keeps {1}, `{2}`, out of the kernel: {3}".format(
            shown(taken.by.text.strip()), line.place, shown(line.text.strip()), taken.why.rstrip(".")
        ),
        taken.by.file,
        taken.by.line,
        "take that line out, or set purge: true, which takes away every rules file that is not ours.",
    )


def swallowed(line: Written, by: Optional[Line]) -> RuleError:
    """A rule that was asked for does not reach auditctl as a line of its own; ``by`` is what it became a part of."""
    if by is None or by.origin.file == line.file:
        return RuleError(
            "`{0}` does not reach the kernel".format(shown(line.text.strip())),
            line.file,
            line.number,
            "see what `augenrules --check` and `auditctl -R` say of the file.",
        )
    return RuleError(
        "the file ends without a newline, so that `{0}` of {1} becomes a part of its last line".format(
            shown(line.text.strip()), line.place
        ),
        by.origin.file,
        by.origin.line,
        "end the file with a newline, or set purge: true, which takes away every rules file that is not ours.",
    )


def other_value(name: str, value: int, found: Optional[Setting]) -> RuleError:
    """A setting would have another value after the load than was asked for."""
    by = None if found is None else found.origin
    return RuleError(
        "{0} is to be {1}, and the load would leave it {2}".format(
            name, value, "unset" if found is None else "{0} (`{1}`)".format(found.value, shown(by.text) if by else "")
        ),
        None if by is None else by.file,
        None if by is None else by.line,
        "take that line out or change it to {0}; or ask for what it says, in settings; or set purge: true, which takes"
        " away every rules file that is not ours.".format(value),
    )


def no_file(path: str, link: Optional[str]) -> TrailError:
    """Something that is no file stands where one is to be written; ``link`` is what the path says where it is one."""
    if link is None:
        return TrailError(
            "a folder or a device has the name of a file that is to be written",
            path,
            remedy="remove it, or give the file another name.",
        )
    return TrailError(
        "a link to {0} has the name of a file that is to be written: such a link masks a file, so that it says"
        " nothing".format(link),
        path,
        remedy="remove the link, or give the file another name.",
    )


def refused(rejected: Sequence[Rejected], dialect: Dialect) -> RuleError:
    """auditctl would refuse lines."""
    first = rejected[0]
    message = first.reason
    others = ["{0}: {1}".format(one.origin, one.reason) for one in rejected[1 : _MOST_TOLD + 1]]
    if others:
        message += ". Refused too: {0}".format("; ".join(others))
    return RuleError(
        "{0} (auditctl {1})".format(message.rstrip("."), spelled(dialect.version)),
        first.origin.file,
        first.origin.line,
        first.remedy,
    )


def conflict(conflicts: Sequence[Plain], existing: Plain) -> RuleError:
    """Rules of ours stand in files of others: the load would stop at each. ``existing`` goes into the failed result."""
    first = conflicts[0]
    text = str(first["text"])
    more = ["{0} and {1}:{2}".format(one["ours"], one["file"], one["line"]) for one in conflicts[1:_MOST_CONFLICTS]]
    if len(conflicts) > _MOST_CONFLICTS:
        more.append("and so with {0} more".format(len(conflicts) - _MOST_CONFLICTS))
    if more:
        text += ". The same rule too: {0}".format("; ".join(more))
    error = RuleError(
        text,
        first["file"],
        first["line"],
        "set adopt: true to leave such lines out of ours, or purge: true to take away every file that is not ours.",
    )
    error.more = {"existing": existing}
    return error


def unproven(found: Sequence[Plain]) -> TrailError:
    """Requirements are not covered, and that was not to be."""
    first = found[0]
    return TrailError(
        "{0}: no rules are proven to record `{1}` here: {2}{3}".format(
            first["control"],
            first["requirement"],
            first["reason"],
            "; and so for {0} more".format(len(found) - 1) if len(found) > 1 else "",
        ),
        remedy="mend what is named, leave the control out of the profile, or set on_unproven: report.",
    )


def lost_rules(lost: Sequence[Rule], made: str, folder: str, other_way: str) -> RuleError:
    """audit.rules holds rules that no file of rules.d has: they would be overwritten."""
    more = " and {0} more are".format(len(lost) - 1) if len(lost) > 1 else " is"
    remedy = "move what is yours into a file of {0}".format(folder)
    return RuleError(
        "`{0}`{1} in no file of {2}, and would be overwritten".format(shown(lost[0].origin.text.strip()), more, folder),
        made,
        lost[0].origin.line,
        "{0}, or {1}.".format(remedy, other_way) if other_way else "{0}.".format(remedy),
    )
