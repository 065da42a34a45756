# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules given as text: lines of a rules file, which are loaded, or of ``auditctl -l``, which tell what is loaded."""

import re
from typing import Dict, List, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host
from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.filter_lists import (
    ancestors,
    named_paths,
    resolve_watch,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import Line, from_texts
from ansible_collections.auditops.trail.plugins.module_utils.rules.listing import parse_listing
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate

_EMPTY_LISTING = "No rules"  # what auditctl -l prints for an empty kernel
_PRINTED_TYPE = re.compile(r" -F filetype(!?=)[0-9]+(?= |$)")
_PRINTED_KEYS = re.compile(r" -F key=.*", re.DOTALL)


def given(texts: Sequence[str], dialect: Dialect, host: Host, named: Sequence[str], warnings: List[str]) -> Load:
    """The load of lines as in a rules file, or as ``auditctl -l`` prints them.

    Args:
        texts: The lines, in load order.
        dialect: Whose auditctl reads them.
        host: The host they are judged on.
        named: The paths that the requirements name.
        warnings: Takes what must be said beside the answer.

    Raises:
        RuleError: A line is neither for auditctl nor of a listing.
    """
    lines = [line for line in from_texts(texts, "rules") if line.origin.text.strip() != _EMPTY_LISTING]
    listed = _listed(lines, dialect)
    if listed:
        return _of_listing(lines, listed, dialect, host, named)
    if _is_file(lines, dialect):
        return simulate(lines, dialect, host.paths, kernel=host.kernel, named=named)
    if any(line.origin.text.startswith(("-w ", " -p ")) for line in lines) and all(
        line.origin.text.startswith(("-w ", " -p ", "-a ")) for line in lines
    ):
        warnings.append(
            "if these lines are the output of auditctl -l, a watch among them may be a never rule on its path, "
            "which that prints alike: have the running kernel judged to be sure"
        )
    return simulate(lines, dialect, host.paths, named=named, listing=True)


def _is_file(lines: Sequence[Line], dialect: Dialect) -> bool:
    """Does a line stand in rules files alone? Then the text is loaded as a file; else it tells what is loaded.

    ``auditctl -l`` prints neither comments nor settings.
    """
    for line in lines:
        if line.origin.text.lstrip().startswith("#"):
            return True
        statement = parse_line(line.origin.text, dialect, line.origin.file, line.origin.line)
        if statement is not None and (statement.verb != "add" or statement.before):
            return True
    return False


def _listed(lines: Sequence[Line], dialect: Dialect) -> Dict[int, Rule]:
    """The rules that ``auditctl -l`` prints in a form that auditctl itself refuses, by index of their line.

    Raises:
        RuleError: A line that is neither for auditctl nor of a listing, or one of a listing among lines that do
            more than add a rule. The text is the user's own: that is his mistake, not a finding.
    """
    listed: Dict[int, Rule] = {}
    first: Optional[RuleError] = None
    only_rules = True
    above = ""
    for index, line in enumerate(lines):
        text = line.origin.text
        try:
            statement = parse_line(text, dialect, line.origin.file, line.origin.line)
        except RuleError as refused:
            try:
                # The listing is read more leniently: only what is printed otherwise than written may pass.
                parse_line(_without_printed(text), dialect)
                # auditctl names calls by the table of the arch that it printed last.
                rule = parse_listing(above + text, dialect)[-1]
            except RuleError:
                raise refused from None
            if any(" -" in key for key in rule.keys):
                raise refused  # an option behind the key, not a key with a space in it
            listed[index] = rule._replace(origin=line.origin)
            first = first or refused
        else:
            only_rules = only_rules and (statement is None or (statement.verb == "add" and not statement.before))
        if text.startswith("-a ") and "-F arch=" in text and _is_listing(text, dialect):
            above = text + "\n"
    if first is not None and not only_rules:
        raise first
    return listed


def _without_printed(text: str) -> str:
    """A line without its keys, whose spaces are not escaped, and with a file type by name: as it could be written."""
    if text.lstrip(" ").startswith(("-w ", "-p ")):
        return ""
    return _PRINTED_TYPE.sub(r" -F filetype\1file", _PRINTED_KEYS.sub("", text))


def _is_listing(text: str, dialect: Dialect) -> bool:
    try:
        return len(parse_listing(text, dialect)) == 1
    except RuleError:
        return False


def _of_listing(
    lines: Sequence[Line], listed: Dict[int, Rule], dialect: Dialect, host: Host, named: Sequence[str]
) -> Load:
    """The load of lines that only add rules, where some are in the words of ``auditctl -l`` alone."""
    others = [line for index, line in enumerate(lines) if index not in listed]
    load = simulate(others, dialect, host.paths, named=list(named), listing=True)
    # In a listing a watch may be a never rule: only the kernel's own list tells.
    load = load._replace(
        loaded=tuple(rule._replace(action=None) if rule.origin.text.startswith("-w ") else rule for rule in load.loaded)
    )
    places = {line.origin: index for index, line in enumerate(lines)}
    rules = list(load.loaded)
    directories = ancestors(
        list(named) + [path for rule in rules + list(listed.values()) for path in named_paths(rule)]
    )
    found: List[str] = []
    for rule in listed.values():
        resolved, warning = resolve_watch(rule, host.paths, directories)
        rules.append(resolved)
        if warning:
            found.append("{0}: {1}".format(rule.origin, warning))
    rules.sort(key=lambda rule: places[rule.origin])
    return load._replace(loaded=tuple(rules), warnings=load.warnings + tuple(found))
