# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rsyslog reads of a file by ``imfile`` (its manual; old directives too)."""

import fnmatch
import re
from typing import Dict, Iterator, NamedTuple, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.posture.rsyslog_text import Statement, parameters
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import marks

_INPUT = re.compile(r"input\s*\(", re.I)


class Watch(NamedTuple):
    """Under which marks its lines become messages; ``ruleset``: whether they come into one that it names."""

    facility: str
    severity: str
    program: Optional[str]
    ruleset: bool


def watches(read: Sequence[Statement], log: str) -> Iterator[Watch]:
    """The inputs and the old directives by which it reads this file."""
    legacy: Dict[str, str] = {}
    for statement in read:
        if statement.text.startswith("$"):
            name, _blank, value = statement.text[1:].partition(" ")
            legacy[name.lower()] = value.strip().strip('"')
            if name.lower() == "inputrunfilemonitor" and fnmatch.fnmatch(log, legacy.get("inputfilename", "")):
                yield _watch(legacy, "inputfile", "inputfiletag", "inputfilebindruleset")
            continue
        head = _INPUT.match(statement.text)
        given = parameters(statement.text) if head else {}
        if given.get("type", "").lower() == "imfile" and fnmatch.fnmatch(log, given.get("file", "")):
            yield _watch(given, "", "tag", "ruleset")


def _watch(given: Dict[str, str], prefix: str, tag: str, ruleset: str) -> Watch:
    facility, severity = given.get(prefix + "facility", "local0"), given.get(prefix + "severity", "notice")
    facility, severity = marks([facility, severity])
    program = re.match(r"[\w./-]+", given.get(tag, ""))  # programname is the tag up to a sign that is none of these
    return Watch(facility, severity, program.group() if program else None, bool(given.get(ruleset)))
