# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adding rules with the host's own auditctl, and seeing that the kernel has them.

Neither auditctl's exit code nor its words are believed: 3.0.9 answers 0 where
nothing was loaded. What the kernel lists afterwards decides.
"""

import os
import re
from typing import Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils import host
from ansible_collections.auditops.trail.plugins.module_utils.deploy import switch
from ansible_collections.auditops.trail.plugins.module_utils.deploy.switch import Entry
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wire import Wire
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, RuleError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.encode import encode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import identity
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel import decode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.render import render

_MOST_NAMED = 10
_RULES_FILE = ".switch.rules"
_ERROR_LINE = re.compile(r"error in line (\d+) of ")


class SwitchError(TrailError):
    """The kernel could not be brought to what was wanted. It is as it was, or the message says what it is."""


class Loader:
    """The host's auditctl, as it adds rules behind those that are loaded."""

    def __init__(self, wire: Wire, dialect: Optional[Dialect] = None) -> None:
        """``dialect``: whose auditctl it is; the installed one's."""
        self._wire = wire
        self._dialect = dialect

    def load(self, entries: Sequence[Entry], lines: Sequence[str], scratch: str) -> None:
        """Add rules with the host's auditctl, and see that the kernel has them.

        Raises:
            SwitchError: it has not; with the place of the line, and what auditctl said.
        """
        before = [held_entry(payload) for payload in self._wire.payloads()]
        path = os.path.join(scratch, _RULES_FILE)
        _write(path, "".join(line + "\n" for line in lines))
        try:
            code, said = self._wire.load(path)
        finally:
            os.unlink(path)
        after = [held_entry(payload) for payload in self._wire.payloads()]
        here = {(entry.list, entry.same) for entry in after}
        missing = [entry for entry in entries if (entry.list, entry.same) not in here]
        if missing or code:
            raise _not_loaded(entries, missing, code, said)
        for name in {entry.list for entry in after} | {entry.list for entry in before}:
            expected = [e.same for e in before if e.list == name] + [e.same for e in entries if e.list == name]
            if [e.same for e in after if e.list == name] != expected:
                raise SwitchError(
                    "the {0} list is not what was there with the new rules behind it".format(name),
                    remedy="see whether another program loads rules at the same time, and try again.",
                )

    def line(self, entry: Entry) -> str:
        """The rule as the line that the host's auditctl is given: as written, where that adds this rule and no more."""
        rule = entry.rule
        if rule is None:
            raise ValueError("a wanted rule has its meaning")
        dialect = self._reader()
        text = rule.origin.text.strip(" ")
        if rule.prepend:
            # In the order tried, -a puts it at its place: what -A put in front is loaded first now.
            text = re.sub(r"(\A| )-A(?=[ a-z])", r"\1-a", text, count=1)
        try:
            statement = parse_line(text, dialect)
        except RuleError:
            statement = None
        if statement is not None and statement.verb == "add" and not statement.before and statement.rule is not None:
            # What auditctl makes of -w, a path or a dir, is the rule's already.
            same = identity(statement.rule, lambda _path: bool(rule.fields("dir")))
            if not statement.rule.prepend and same == entry.same:
                return text
        return render(rule._replace(prepend=False), dialect)

    def _reader(self) -> Dialect:
        if self._dialect is None:
            version = host.audit_version()
            if version is None:
                raise EvidenceError("there is no auditctl here", remedy="install the audit package.")
            self._dialect = Dialect(host.known_version(version)[0], host.machine())
        return self._dialect


def held_entry(payload: bytes) -> Entry:
    """A rule of the kernel's by its meaning; where it has none that is known, by its bytes."""
    raw = switch.raw_entry(payload)
    try:
        rule = decode_rule(payload)
    except EvidenceError:
        return raw
    return raw._replace(same=identity(rule), rule=rule)


def wanted_entry(rule: Rule) -> Entry:
    """A rule that is to be, by its meaning.

    Raises:
        RuleError: the kernel has no form for it.
    """
    # A watch that nothing has told to be a file or a folder is no rule yet: encode_rule says so.
    return Entry(rule.list, rule.action == "never", identity(rule), encode_rule(rule._replace(prepend=False)), rule)


def _write(path: str, text: str) -> None:
    """A file for auditctl -R, which takes none that others can write.

    Raises:
        TrailError: it cannot be written.
    """
    data = text.encode("utf-8", "surrogateescape")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
    except OSError as exc:
        raise TrailError(
            "the rules for auditctl, {0} bytes, cannot be written ({1})".format(len(data), exc.strerror),
            path,
            remedy="make room, or make the folder writable.",
        ) from None


def _not_loaded(entries: Sequence[Entry], missing: Sequence[Entry], code: int, said: str) -> SwitchError:
    """What to say of a load that left rules out: the line that auditctl named, else the first that is missing."""
    found = _ERROR_LINE.search(said)
    number = int(found.group(1)) if found else 0
    culprit = entries[number - 1] if 0 < number <= len(entries) else missing[0] if missing else entries[0]
    rule = culprit.rule
    if rule is None:
        raise ValueError("a wanted rule has its meaning")
    lacking = ", ".join("{0}".format(entry.rule.origin) for entry in missing[:_MOST_NAMED] if entry.rule is not None)
    if len(missing) > _MOST_NAMED:
        lacking += " and {0} more".format(len(missing) - _MOST_NAMED)
    text = "auditctl did not load `{0}`: {1}".format(
        shown(rule.origin.text.strip()),
        shown(" ".join(said.split())) if said else "it ended with {0} and said nothing".format(code),
    )
    if missing:
        text += "; not in the kernel: {0}".format(lacking)
    return SwitchError(
        text, rule.origin.file, rule.origin.line, "correct or delete this line; auditctl's words tell what it minds."
    )
