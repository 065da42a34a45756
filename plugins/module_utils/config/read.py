# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A configuration file of the audit programs, as those of one release read it.

For auditd.conf, audispd.conf (2.8 alone), audisp-remote.conf and the files of
plugins.d. What only the host can tell (a group, a program's mode) is checked
where the surroundings are given.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.config import checks, values
from ansible_collections.auditops.trail.plugins.module_utils.config.keys import (
    Key,
    Version,
    first_release,
    keys_of,
    last_release,
    release,
)
from ansible_collections.auditops.trail.plugins.module_utils.config.lines import Line, counts_lines, split
from ansible_collections.auditops.trail.plugins.module_utils.config.surroundings import Seen, Surroundings
from ansible_collections.auditops.trail.plugins.module_utils.host import known_version, spelled

Plain = Dict[str, Any]

_EFFECTS = {
    ("log_format", "nolog"): ("write_logs", False),
    ("tls_require_pqc", True): ("tls_crypto_profile", "pqc"),
    ("enable_krb5", True): ("transport", "krb5"),
    ("type", "builtin"): ("type", "always"),
}
"""Values that set another one: (key, value) to (key, value), where the release has that key."""

_KRB5_SETS_TRANSPORT = (3, 0)
_OWNER = {
    "auditd": ("auditd", 0o002),
    "audispd": ("audispd", 0o002),
    "remote": ("audisp-remote", 0o002),
    "plugin": ("auditd", 0o002),
}
_PLUGINS_GROUP_TOO = (4, 2)
_MAY_BE_MENDED = (("auditd", "max_log_file_action", "exec"),)
"""Values of the manual that no known release starts with (docs/decisions/0013-max-log-file-action-exec.md): whether a
release that is not known does cannot be said."""


class _Reading(NamedTuple):
    """What is being gathered of one file."""

    file: str
    version: Version
    keys: Dict[str, Key]
    host: Optional[Surroundings]
    values: Plain
    written: Plain
    problems: List[Plain]
    unseen: List[str]
    measured: bool

    def tell(self, line: Optional[int], message: str, fatal: bool, remedy: str) -> None:
        self.problems.append({"line": line, "message": message, "fatal": fatal, "remedy": remedy})


def read(
    file: str,
    data: Optional[bytes],
    version: Optional[Version],
    host: Optional[Surroundings] = None,
    state: Optional[Seen] = None,
    unseen: Optional[List[str]] = None,
) -> Plain:
    """What the audit programs make of a file.

    Args:
        file: auditd, audispd, remote or plugin.
        data: Its bytes, or None where there is no such file.
        version: The audit release, or None for the newest.
        host: Where the parsers' look-ups on the host are asked; None leaves those checks out.
        state: The file's own owner and mode, which the parsers check; None leaves that out.
        unseen: Gets a text for each look-up that was refused.

    Returns:
        ``exists``; ``values``: the effective value of every key of the release (true and false for yes and no, numbers,
        words in lower case, ``25%`` as text, None where unset; the program of an ``exec`` action under ``…_exe``);
        ``written``: by key ``value`` as it stands there and ``line``; ``problems``: ``line, message, fatal, remedy``;
        ``usable``: whether the program would start with it. Values from lines that it refuses are left out.
    """
    known = release(version)
    keys = keys_of(file, known)
    measured = version is not None and known_version(tuple(version))[1] is None
    reading = _Reading(file, known, keys, host, {}, {}, [], unseen if unseen is not None else [], measured)
    for key in keys.values():
        reading.values[key.name] = values.default_of(key)
        if "exec" in key.words:
            reading.values[values.exe_key(key.name)] = None
    if state is not None and data is not None:
        _check_state(reading, state)
    for line in split(data or b"", file, known):
        _read_line(reading, line)
    if data and keys and counts_lines(data, file, known):
        _check_all(reading)
    return {
        "exists": data is not None,
        "values": reading.values,
        "written": reading.written,
        "problems": reading.problems,
        "usable": not any(problem["fatal"] for problem in reading.problems),
    }


def _check_state(reading: _Reading, state: Seen) -> None:
    program, writable = _OWNER[reading.file]
    if reading.file == "plugin" and reading.version >= _PLUGINS_GROUP_TOO:
        writable = 0o022
    faults: Tuple[Tuple[bool, str, str], ...] = (
        (not state.regular, "it is not a regular file", "put a file there."),
        (state.uid != 0, "it is not owned by root", "give it to root."),
        (bool(state.mode & writable), "its mode is {0:04o}".format(state.mode), "let nobody but root write it."),
        (state.link and reading.file == "auditd", "it is a symbolic link", "put the file itself there."),
    )
    for wrong, message, remedy in faults:
        if wrong:
            reading.tell(None, "{0} does not read the file: {1}".format(program, message), True, remedy)


def _read_line(reading: _Reading, line: Line) -> None:
    if not line.words:
        return
    if line.skipped is not None:
        reading.tell(
            line.number, "the line is skipped: {0}".format(line.skipped), False, "shorten it, or end it with a newline."
        )
        return
    name = line.words[0].lower()
    if line.cut:
        reading.tell(
            line.number,
            "the line is too long, and from {0!r} on it is read as a line of its own".format(line.words[0]),
            False,
            "keep lines below 127 characters.",
        )
    if len(line.words) < 2 or line.words[1] != "=" or len(line.words) < 3:
        reading.tell(
            line.number,
            "this is not a key, an equal sign and a value with blanks between them: {0}".format(" ".join(line.words)),
            True,
            "write it as in: num_logs = 5.",
        )
        return
    key = reading.keys.get(name)
    if key is None:
        _unknown(reading, line, name)
        return
    _set(reading, line, key)


def _unknown(reading: _Reading, line: Line, name: str) -> None:
    since, until = first_release(reading.file, name), last_release(reading.file, name)
    if since is None:
        why, remedy = "there is no key {0}".format(line.words[0]), "correct it, or take the line out."
    elif until is not None:
        why, remedy = "{0} is a key of releases before {1}".format(name, until), "take the line out."
    else:
        why, remedy = "{0} is a key from {1} on".format(name, since), "take the line out, or install a newer release."
    reading.tell(line.number, "audit {0}: {1}".format(spelled(reading.version), why), True, remedy)


def _set(reading: _Reading, line: Line, key: Key) -> None:
    words = line.words[2:]
    if len(words) > 1 and not values.takes_option(key):
        reading.tell(
            line.number,
            "more than one word stands behind {0}: {1}".format(key.name, " ".join(words)),
            _is_sure(reading, key, words),
            "leave one; a remark needs a line of its own.",
        )
        return
    doubts: List[str] = []
    scene = values.Scene(reading.file, reading.version, reading.values, reading.host, doubts, reading.unseen)
    try:
        value = values.read(key, words, scene)
    except values.Refused as refused:
        reading.tell(line.number, refused.message, _is_sure(reading, key, words), refused.remedy)
        return
    if key.kind == "action" and len(words) > (2 if value == "exec" else 1):
        doubts.append("what follows {0} is not looked at".format(" ".join(words[: 2 if value == "exec" else 1])))
    if key.name in reading.written and key.kind != "ignored":
        doubts.append("{0} stands in line {1} too; this one counts".format(key.name, reading.written[key.name]["line"]))
    if any(ord(sign) < 0x20 or ord(sign) == 0x7F for word in words for sign in word):
        doubts.append("a control character belongs to the value {0!r}".format(" ".join(words)))
    for doubt in doubts:
        message, _sign, remedy = doubt.partition(values.REMEDY)
        reading.tell(line.number, message, False, remedy or "correct the line.")
    reading.values[key.name] = value
    if "exec" in key.words and value == "exec":
        reading.values[values.exe_key(key.name)] = words[1]
    reading.written[key.name] = {"value": " ".join(words), "line": line.number}
    _apply_effect(reading, key.name, value)


def _is_sure(reading: _Reading, key: Key, words: Sequence[str]) -> bool:
    """Whether the program refuses the value for certain, and not only in the releases that are known."""
    return reading.measured or (reading.file, key.name, words[0].lower()) not in _MAY_BE_MENDED


def _apply_effect(reading: _Reading, name: str, value: Any) -> None:
    effect = _EFFECTS.get((name, value)) if isinstance(value, (str, bool)) else None
    if effect is None or effect[0] not in reading.values:
        return
    if name == "enable_krb5" and reading.version < _KRB5_SETS_TRANSPORT:
        return
    reading.values[effect[0]] = effect[1]


def _check_all(reading: _Reading) -> None:
    for finding in checks.check(reading.file, reading.values, reading.version, reading.host):
        line = reading.written.get(finding.key, {}).get("line")
        reading.tell(line, finding.message, finding.fatal, finding.remedy)
    _email_order(reading)


def _email_order(reading: _Reading) -> None:
    """verify_email holds for what stands below it."""
    verify, account = reading.written.get("verify_email"), reading.written.get("action_mail_acct")
    if verify and account and account["line"] < verify["line"] and reading.values["verify_email"] is False:
        reading.tell(
            verify["line"],
            "verify_email = no comes too late for action_mail_acct in line {0}".format(account["line"]),
            False,
            "write it above action_mail_acct.",
        )
