# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One value of a configuration file, read as the parsers of the audit programs read it.

Sources: the ``*_parser`` functions of src/auditd-config.c,
audisp/plugins/remote/remote-config.c and audisp/audispd-pconfig.c.
"""

import os
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.config.keys import Key, Version
from ansible_collections.auditops.trail.plugins.module_utils.config.surroundings import Surroundings
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

Plain = Dict[str, Any]
_MOST_LONG = 2**64 - 1  # strtoul on 64-bit machines
_PERCENT_SINCE = (2, 8, 5)
_PLUS_SINCE = (4, 0, 5)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "M": 30 * 86400}  # common/common.h
_SCRIPT_MODES = (((), 0o750), ((), 0o755), ((3, 0), 0o555), ((4, 1, 4), 0o550))
"""The modes that a program may have for auditd to run it, each with the first release that takes it."""


class Refused(Exception):
    """A value that the parser does not take; it stops there."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


REMEDY = ". To mend it: "


class Scene(NamedTuple):
    """What a value is read against: the file's kind, the release, what stands before it, and the host, if known."""

    file: str
    version: Version
    values: Plain
    host: Optional[Surroundings]
    doubts: List[str]
    """What the parser says and goes on, perhaps with :data:`REMEDY` and what to do; the reader adds them to the
    problems."""
    unseen: List[str]


def read(key: Key, words: Tuple[str, ...], scene: Scene) -> Any:
    """The typed value of ``words``, what stands after the equal sign.

    Raises:
        Refused: the parser would stop.
    """
    return _READERS[key.kind](key, words, scene)


def default_of(key: Key) -> Any:
    """The compiled default as a value of the key's type."""
    if key.default is None or key.kind == "ignored":
        return None
    if key.kind == "yes_no":
        return key.default == "yes"
    if key.kind in ("number", "space", "interval", "port_or_any"):
        return int(key.default)
    return key.default


def takes_option(key: Key) -> bool:
    """Whether a second word may follow the value; of plugins' arguments there may be more."""
    return key.kind in ("action", "words")


def exe_key(name: str) -> str:
    """The name under which the program of an ``exec`` action is told: space_left_exe for space_left_action."""
    return (name[: -len("_action")] if name.endswith("_action") else name) + "_exe"


def _word(key: Key, words: Tuple[str, ...], _scene: Scene) -> str:
    word = words[0].lower()
    if word not in key.words:
        raise Refused(
            "{0} is not a value of {1}".format(words[0], key.name), "write one of {0}.".format(", ".join(key.words))
        )
    return word


def _yes_no(key: Key, words: Tuple[str, ...], _scene: Scene) -> bool:
    word = words[0].lower()
    if word not in ("yes", "no"):
        raise Refused("{0} is not a value of {1}".format(words[0], key.name), "write yes or no.")
    return word == "yes"


def _number(key: Key, words: Tuple[str, ...], scene: Scene) -> int:
    text = words[0]
    if not re.match(r"[0-9]*\Z", text):
        raise Refused("{0} of {1} is not a number".format(text, key.name), "write digits alone.")
    number = int(text or "0")
    most = _MOST_LONG if key.most is None else key.most
    if number > most or (key.least and number < key.least):
        raise Refused(
            "{0} = {1} is out of range".format(key.name, text),
            "write a number from {0} to {1}.".format(key.least, most),
        )
    if key.name == "q_depth" and number < 512 and scene.file == "auditd":
        scene.doubts.append("q_depth = {0} is small: below 512 a burst of events can overflow it".format(number))
    return number


def _space(key: Key, words: Tuple[str, ...], scene: Scene) -> Any:
    text = words[0]
    if "%" not in text or scene.version < _PERCENT_SINCE:
        return _number(key, words, scene)
    # The parser takes digits and percent signs in any order and reads the number before the first sign.
    found = re.match(r"([0-9]*)%[0-9%]*\Z", text)
    if not found:
        raise Refused("{0} of {1} is not a share of the disk".format(text, key.name), "write one like 25%.")
    share = int(found.group(1) or "0")
    if share > 99:
        raise Refused("{0} = {1} is 100 percent or more".format(key.name, text), "write 99% or less.")
    # The sign does not count where the share is 0: percent 0 means that MiB were given.
    return "{0}%".format(share) if share else 0


def _port_or_any(key: Key, words: Tuple[str, ...], scene: Scene) -> int:
    return 0 if words[0].lower() == "any" else _number(key, words, scene)


def _ports(key: Key, words: Tuple[str, ...], _scene: Scene) -> str:
    found = re.match(r"([0-9]+)(?:-([0-9]+))?\Z", words[0])
    if not found:
        raise Refused("{0} is not a range of ports".format(words[0]), "write a port, or two as in 1024-65535.")
    low, high = int(found.group(1)), int(found.group(2) or found.group(1))
    if not low <= high <= (key.most or 0):
        raise Refused("{0} is not a range of ports".format(words[0]), "write the lower port first, none over 65535.")
    return "{0}-{1}".format(low, high)


def _interval(key: Key, words: Tuple[str, ...], scene: Scene) -> int:
    found = re.match(r"([0-9]+)([smhdM]?)\Z", words[0])
    if not found:
        raise Refused("{0} of {1} is not a time".format(words[0], key.name), "write a number, and m, h or d behind it.")
    seconds = int(found.group(1)) * _UNITS[found.group(2)]
    if key.most is not None and seconds > key.most:
        raise Refused("{0} = {1} is more than 40 days".format(key.name, words[0]), "write 40d or less.")
    if seconds > 6 * 3600:
        scene.doubts.append("{0} = {1} is more than 6 hours".format(key.name, words[0]))
    return seconds


def _text(_key: Key, words: Tuple[str, ...], _scene: Scene) -> str:
    return words[0]


def _words(_key: Key, words: Tuple[str, ...], scene: Scene) -> List[str]:
    if len(words) > 2 and (scene.version < (3, 1, 5) or scene.version[:3] in ((4, 0), (4, 0, 0))):
        scene.doubts.append("only the first two of {0} arguments are passed on".format(len(words)))
        return list(words[:2])
    return list(words)


def _ignored(key: Key, _words_: Tuple[str, ...], scene: Scene) -> None:
    scene.doubts.append("{0} has no effect from this release on{1}take the line out.".format(key.name, REMEDY))


def _absolute(key: Key, words: Tuple[str, ...], _scene: Scene) -> str:
    if not words[0].startswith("/"):
        raise Refused("{0} of {1} is not an absolute path".format(words[0], key.name), "write the path from / on.")
    return words[0]


def _group(key: Key, words: Tuple[str, ...], scene: Scene) -> str:
    name = words[0]
    if not name[0].isdigit() and scene.host is not None and scene.host.gid(name) is None:
        raise Refused("there is no group {0}, which {1} names".format(name, key.name), "create it, or name another.")
    return name


def _log_file(key: Key, words: Tuple[str, ...], scene: Scene) -> str:
    path = words[0]
    folder = os.path.dirname(path.rstrip("/")) or "."
    if len(folder) < 4:
        raise Refused(
            "the directory of {0} = {1} is too short a name".format(key.name, path),
            "write the log's whole path, such as /var/log/audit/audit.log.",
        )
    seen = _look(folder, scene)
    if seen is None or seen is not _UNKNOWN and not seen.directory:
        raise Refused("there is no directory {0}".format(folder), "create it, owned by root, with mode 0700.")
    log = _look(path, scene)
    if log is not None and log is not _UNKNOWN:
        _owned_by_root(path, log)
        if log.mode & 0o137:
            scene.doubts.append("{0} has the mode {1:04o}; it should be 0600 or 0640".format(path, log.mode))
    return path


def _plugin_path(_key: Key, words: Tuple[str, ...], _scene: Scene) -> str:
    path = words[0]
    if not path.lower().startswith("builtin_") and len(os.path.dirname(path.rstrip("/")) or ".") < 4:
        raise Refused(
            "the directory of {0} is too short a name".format(path),
            "write the program's whole path, such as /usr/sbin/audisp-syslog.",
        )
    return path


def _account(_key: Key, words: Tuple[str, ...], scene: Scene) -> str:
    account = words[0]
    if scene.values.get("verify_email") is False:
        return account
    signs = "@._+-" if scene.version >= _PLUS_SINCE else "@._-"
    hint = "mend it, or write verify_email = no above it."
    if len(account) < 2:
        raise Refused("the account {0} is shorter than two characters".format(account), hint)
    if not all(sign in signs or (sign.isalnum() and ord(sign) < 128) for sign in account):
        raise Refused("the account {0} has a character that none may have".format(account), hint)
    if "@" in account and "." not in account.partition("@")[2]:
        raise Refused("the address {0} has no dot after the @".format(account), hint)
    return account


def _action(key: Key, words: Tuple[str, ...], scene: Scene) -> str:
    word = _word(key, words, scene)
    if word == "exec":
        if len(words) < 2:
            raise Refused("exec of {0} names no program".format(key.name), "write its absolute path behind exec.")
        if not words[1].startswith("/"):
            raise Refused("{0} is not an absolute path".format(words[1]), "write the path from / on.")
        _script(words[1], scene)
    if word == "email" and _look("/usr/lib/sendmail", scene) is None:
        scene.doubts.append(
            "{0} = email, and there is no /usr/lib/sendmail to send it{1}install a mail system, or take another "
            "action.".format(key.name, REMEDY)
        )
    return word


def _script(path: str, scene: Scene) -> None:
    """check_exe_name. Up to 4.1.3 it lists 0555 twice and 0550, which its message names, not at all."""
    seen = _look(path, scene)
    if seen is None:
        raise Refused("there is no program {0}".format(path), "install it, owned by root, with mode 0750.")
    if seen is _UNKNOWN:
        return
    _owned_by_root(path, seen)
    if scene.file == "remote":
        # (mode & (S_IRWXU|S_IRWXG|S_IWOTH)) has to be 0750: what others may read or run is not looked at.
        good, wanted = seen.mode & 0o772 == 0o750, "0750"
    else:
        modes = [mode for since, mode in _SCRIPT_MODES if scene.version >= since]
        good, wanted = seen.mode & 0o777 in modes, " or ".join("{0:04o}".format(mode) for mode in modes)
    if not good:
        raise Refused("{0} has the mode {1:04o}".format(path, seen.mode), "set its mode to {0}.".format(wanted))


def _owned_by_root(path: str, seen: Any) -> None:
    if not seen.regular:
        raise Refused("{0} is not a regular file".format(path), "put a file there, or name another.")
    if seen.uid != 0:
        raise Refused("{0} is not owned by root".format(path), "give it to root.")


_UNKNOWN: Any = object()


def _look(path: str, scene: Scene) -> Any:
    if scene.host is None:
        return _UNKNOWN
    try:
        return scene.host.look(path)
    except EvidenceError as exc:
        scene.unseen.append("{0}: {1}".format(path, exc.message))
        return _UNKNOWN


_READERS: Dict[str, Callable[[Key, Tuple[str, ...], Scene], Any]] = {
    "word": _word,
    "yes_no": _yes_no,
    "number": _number,
    "space": _space,
    "port_or_any": _port_or_any,
    "ports": _ports,
    "interval": _interval,
    "text": _text,
    "words": _words,
    "ignored": _ignored,
    "absolute": _absolute,
    "group": _group,
    "log_file": _log_file,
    "plugin_path": _plugin_path,
    "account": _account,
    "action": _action,
}
