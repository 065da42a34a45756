# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue of an action of rsyslog: whether what waits lies on disk, and what makes it drop messages.

doc/source/rainerscript/queue_parameters.rst and runtime/queue.c (qqueueSetDefaultsActionQueue, doEnqSingleObj).
"""

import re
from typing import Dict, List, NamedTuple, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import SEVERITIES

_LEGACY = "actionqueue"
_LEGACY_OTHER = {
    "actionexeconlywhenpreviousissuspended": "action.execonlywhenpreviousissuspended",
    "actionexeconlyeverynthtime": "action.execonlyeverynthtime",
    "actionexeconlyonceeveryinterval": "action.execonlyonceeveryinterval",
}
_IN_MEMORY = ("linkedlist", "fixedarray")
_LEAST = 100
"""rsyslog's manual supports no smaller queue.size."""
_OFF = ("", "0", "off", "no")
_NOT_ALL = {
    "queue.maxdiskspace": "when that is full, messages are dropped",
    "queue.samplinginterval": "only one message of so many is sent",
    "action.execonlyeverynthtime": "only one message of so many is sent",
    "action.execonlyonceeveryinterval": "what comes in between is not sent",
    "action.execonlywhenpreviousissuspended": "messages are sent only while another target is away",
}
"""Settings that lose messages whatever their value is, where they are not off."""


class Queue(NamedTuple):
    """``disk``: what waits goes to disk. ``loses`` are the settings by which messages are dropped."""

    disk: bool
    loses: Tuple[str, ...]


def of(given: Dict[str, str], severity: str) -> Queue:
    """The queue that the parameters of an ``action()`` make; ``severity`` is that of the messages in question.

    An action has no queue (type Direct) unless it is told otherwise, whatever else is set, and a file takes up what
    waits only for the other types.
    """
    kind = given.get("queue.type", "direct").lower()
    if not given.get("queue.filename") or kind not in _IN_MEMORY + ("disk",):
        return Queue(False, tuple(_always(given)))
    loses: List[str] = []
    if kind in _IN_MEMORY and given.get("queue.saveonshutdown", "on").lower() in _OFF:
        loses.append("queue.saveOnShutdown = off: what waits in memory is dropped when the daemon stops")
    if given.get("queue.timeoutenqueue") == "0":
        loses.append("queue.timeoutEnqueue = 0: what finds the queue full is dropped at once")
    size = given.get("queue.size", "")
    if kind in _IN_MEMORY and re.match(r"[0-9]+\Z", size) and int(size[:9]) < _LEAST:
        loses.append("queue.size = {0}: rsyslog supports none below {1}".format(size, _LEAST))
    discard = given.get("queue.discardseverity", "")
    if re.match(r"[0-9]\Z", discard) and int(discard) <= SEVERITIES.index(severity):
        loses.append("queue.discardSeverity = {0}: these messages are dropped when it is nearly full".format(discard))
    return Queue(True, tuple(loses + _always(given)))


def of_directives(legacy: Dict[str, str], severity: str) -> Queue:
    """The same of ``$ActionQueue…`` directives, by their names in lower case without the ``$``."""
    given = {"queue." + name[len(_LEGACY) :]: value for name, value in legacy.items() if name.startswith(_LEGACY)}
    given.update({new: legacy[old] for old, new in _LEGACY_OTHER.items() if old in legacy})
    return of(given, severity)


def forget(legacy: Dict[str, str]) -> None:
    """Each action takes the directives before it; for the next they are at their defaults (actionResetQueueParams)."""
    for name in [name for name in legacy if name.startswith(_LEGACY)]:
        del legacy[name]


def _always(given: Dict[str, str]) -> List[str]:
    shown = {"queue.maxdiskspace": "queue.maxDiskSpace", "queue.samplinginterval": "queue.samplingInterval"}
    return [
        "{0} = {1}: {2}".format(shown.get(name, name), given[name], why)
        for name, why in _NOT_ALL.items()
        if given.get(name, "").lower() not in _OFF
    ]
