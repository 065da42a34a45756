# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record types that programs, the kernel and auditd send on their own: do they pass the filters?

Programs' records meet the user list and then the exclude list; records of the
kernel itself (LOGIN, CONFIG_CHANGE, …) the exclude list alone; those of auditd
(DAEMON_*) no list at all, as auditd writes them itself (audit_log_start and
audit_receive_msg, kernel/audit.c).
"""

from typing import Any, Dict, List

from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import parse_requirement
from ansible_collections.auditops.trail.plugins.module_utils.coverage.overlay import takes_type
from ansible_collections.auditops.trail.plugins.module_utils.coverage.result import Blame, Coverage
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Solver
from ansible_collections.auditops.trail.plugins.module_utils.errors import RequirementError
from ansible_collections.auditops.trail.plugins.module_utils.rules import names
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect

Plain = Dict[str, Any]
_OF_PROGRAMS = ((1005, 1005), (1100, 1199), (2100, 2999))  # include/uapi/linux/audit.h
_OF_AUDITD = (1200, 1299)


def judge_types(types: List[str], solver: Solver, dialect: Dialect) -> List[Plain]:
    """A coverage entry for each record type.

    Args:
        types: Names as ausearch(8) knows them: USER_LOGIN.
        solver: The host's rules.
        dialect: The host's machine; names are those of the newest auditctl.

    Raises:
        RequirementError: a name that no release knows.
    """
    return [_judge(name, solver, dialect) for name in types]


def _judge(name: str, solver: Solver, dialect: Dialect) -> Plain:
    number = names.msgtype_number(name)
    if number is None:
        raise RequirementError(
            "there is no record type {0}".format(name), remedy="see the list in ausearch --message help."
        )
    if any(low <= number <= high for low, high in _OF_PROGRAMS):
        # By number: an older auditctl does not know each name, and the kernel takes every type.
        rule = parse_requirement("-a always,user -F msgtype={0}".format(number), dialect)
        return dict(solver.judge(rule).as_dict(), requirement=name)
    auditd = _OF_AUDITD[0] <= number <= _OF_AUDITD[1]
    return (Coverage(name, "covered") if auditd else _own(name, number, solver)).as_dict()


def _own(name: str, number: int, solver: Solver) -> Coverage:
    """What becomes of a record that the kernel makes by itself."""
    disabled = solver.overlay.disabled
    if disabled is not None:
        return _lost(name, "defeated", Blame(disabled.origin, disabled.why))
    for rule in solver.world.excludes:
        if takes_type(rule, number):
            outcome = "partial" if set(rule.dims) - {"msgtype"} else "defeated"
            return _lost(name, outcome, Blame(rule.rule.origin, "the exclude list drops it"))
    return Coverage(name, "covered")


def _lost(name: str, outcome: str, blame: Blame) -> Coverage:
    event = {"record": name, "because": "{0}: {1}".format(blame.origin, blame.why)}
    return Coverage(name, outcome, (), (blame,), event)
