# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a key takes, in words for messages, and given values as the text that stands in a file."""

import difflib
import re
from typing import Any, Dict, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.config.keys import (
    Key,
    Version,
    first_release,
    keys_of,
    last_release,
    word_releases,
)
from ansible_collections.auditops.trail.plugins.module_utils.config.tables import KEYS
from ansible_collections.auditops.trail.plugins.module_utils.config.values import takes_option
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.host import spelled

_KINDS: Dict[str, str] = {
    "yes_no": "yes or no",
    "space": "MiB as a number, or a share of the file system from 1% to 99%",
    "port_or_any": "a port from 0 to 65535, or any",
    "ports": "a port, or two with a - between them, from 0 to 65535",
    "interval": "seconds as a number, or one with s, m, h, d or M behind it, up to 40d",
    "text": "one word",
    "words": "words",
    "absolute": "an absolute path",
    "group": "the name or the number of a group",
    "log_file": "the absolute path of a file in a folder that exists",
    "plugin_path": "the absolute path of a program, or builtin_af_unix or builtin_syslog where the release has these",
    "account": "a local account, or a mail address",
    "ignored": "nothing: it has no effect any more",
}
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def legal(key: Key) -> str:
    """The legal values of a key, as in ``legal are ...``."""
    if key.words:
        words = ", ".join(key.words)
        return words + (" (exec with the absolute path of a program behind it)" if "exec" in key.words else "")
    if key.kind == "number":
        return "numbers from {0}".format(key.least) + (" to {0}".format(key.most) if key.most is not None else " on")
    return _KINDS[key.kind]


def known(file: str, name: str, version: Version) -> Optional[Key]:
    """The key of this name in this release, whatever the case of its letters."""
    return keys_of(file, version).get(name.lower())


def require(file: str, path: str, name: str, line: Optional[int], version: Version) -> Key:
    """The key of this name.

    Args:
        file: auditd, audispd, remote or plugin.
        path, line: Where it stands or would stand, for the message.
        name: The key's name.
        version: The audit release.

    Raises:
        TrailError: The release has none; the message says which releases have.
    """
    key = known(file, name, version)
    if key is not None:
        return key
    since, until = first_release(file, name.lower()), last_release(file, name.lower())
    release = spelled(version)
    if since is None:
        near = _near(name.lower(), list(keys_of(file, version)))
        raise TrailError(
            "{0}: audit {1} has no such key, and no other release has".format(name, release),
            path,
            line,
            "write {0}.".format(near) if near else "see the manual page of the file for its keys.",
        )
    if until is not None:
        raise TrailError(
            "{0}: audit {1} has no such key; it is one of releases before {2}".format(name, release, until),
            path,
            line,
            "leave it out for this host.",
        )
    newest = keys_of(file, None).get(name.lower())
    raise TrailError(
        "{0}: audit {1} has no such key; it is one from {2} on".format(name, release, since)
        + (" (legal are {0})".format(legal(newest)) if newest else ""),
        path,
        line,
        "leave it out for this host, or install audit {0} or later.".format(since),
    )


def hint(file: str, key: Key, words: Tuple[str, ...], version: Version) -> str:
    """What a refusal of these words of a key says beside its reason: the legal values, and which release takes them."""
    texts = ["legal values of {0} in audit {1} are {2}".format(key.name, spelled(version), legal(key))]
    since, until = word_releases(file, key.name, words[0].lower() if words else "")
    if since:
        texts.append("{0} is one from {1} on".format(words[0], since))
    elif until:
        texts.append("{0} is one in releases before {1}".format(words[0], until))
    return "; ".join(texts)


def text_of(key: Key, given: Any, path: str) -> str:
    """A value as it was given (of YAML: text, number, true, false, list) as what stands behind the equal sign.

    Raises:
        TrailError: It cannot stand there, whatever its meaning.
    """
    if isinstance(given, bool):
        if key.kind != "yes_no":
            raise _unfit(key, given, path, "it is true or false; put the word in quotes")
        return "yes" if given else "no"
    if isinstance(given, (list, tuple)):
        if not takes_option(key):
            raise _unfit(key, given, path, "it is a list, and the key takes one value")
        parts = [text_of(key, item, path) for item in given]
        if any(" " in part for part in parts):
            raise _unfit(key, given, path, "a blank is in one of its words, and blanks part words here")
        given = " ".join(parts)
    if isinstance(given, int):
        return str(given)
    if not isinstance(given, str):
        raise _unfit(key, given, path, "it is neither text nor a whole number")
    text = given.strip(" ")
    if not text:
        raise _unfit(key, given, path, "it is empty; null takes the line away")
    if _CONTROL.search(text):
        raise _unfit(key, given, path, "a control character is in it, such as the end of a line or a tab")
    return text


def _unfit(key: Key, given: Any, path: str, why: str) -> TrailError:
    return TrailError(
        "{0} cannot be {1!r}: {2}".format(key.name, given, why),
        path,
        remedy="legal are {0}.".format(legal(key)),
    )


def misspelt(file: str, name: str) -> str:
    """What to say of a key that is taken away, and that was never there: a line that is left may be the one meant."""
    near = _near(name.lower(), [row[0] for row in KEYS[file]])
    return "{0}: no release has such a key, and no line of it is there".format(name) + (
        "; is {0} meant?".format(near) if near else ""
    )


def _near(name: str, names: Sequence[str]) -> Optional[str]:
    found = difflib.get_close_matches(name.replace("-", "_"), names, 1, 0.8)
    return found[0] if found else None
