# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which paths a tool that finds changed files looks at: each tool's configuration, as far as it is text."""

import json
import re
from typing import Any, Callable, Dict, List, Optional, Pattern, Set

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

_MOST_INCLUDES = 200
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
}


class Watched:
    """Patterns of paths that are looked at, and of those that are left out.

    ``unknown`` tells that something of the configuration was not understood, or
    is made by a program: a path that no pattern takes in may be watched.
    """

    def __init__(self) -> None:
        self.taken: List[Pattern[str]] = []
        self.left_out: List[Pattern[str]] = []
        self.left_out_alone: List[Pattern[str]] = []
        """Of these the path itself is left out, and what is below it is not."""
        self.left_out_folders: List[Pattern[str]] = []
        """Of these a folder is left out with all that is below it, and no file that the pattern matches."""
        self.unknown = False
        self.values: Dict[str, List[str]] = {}
        """Further settings, by name, such as AIDE's database_out."""

    def take(self, pattern: str, into: Optional[List[Pattern[str]]] = None) -> None:
        """Add a regular expression that matches from the beginning of a path; ``into`` is one of the lists."""
        # AIDE's expressions are PCRE's: Python has no names of classes, and warns of a bracket in a set.
        for name, signs in _CLASSES.items():
            pattern = pattern.replace("[:{0}:]".format(name), signs)
        try:
            compiled = re.compile(pattern.replace("[[", r"[\["))
        except re.error:
            self.unknown = True
            return
        (self.taken if into is None else into).append(compiled)

    def take_tree(self, path: str, left_out: bool = False) -> None:
        """Add a file, or a folder with all below it."""
        path = path.rstrip("/")
        self.take(re.escape(path) + r"(?:/|\Z)", self.left_out if left_out else None)

    def covers(self, path: str) -> Optional[bool]:
        """Whether changes of a path are found; None where that cannot be told."""
        parts = path.split("/")
        above = ["/".join(parts[:end]) for end in range(2, len(parts) + 1)]
        if any(pattern.match(one) for pattern in self.left_out for one in above):
            return False
        if any(pattern.match(one) for pattern in self.left_out_folders for one in above[:-1]):
            return False
        if any(pattern.match(path) for pattern in self.left_out_alone):
            return False
        if any(pattern.match(path) for pattern in self.taken):
            return True
        return None if self.unknown else False


# -- AIDE -----------------------------------------------------------------------

_RULE = re.compile(r"([!=-]?)(/(?:\\.|\S)*)(?:\s+(.*))?\Z")
_TYPES = re.compile(r"[fdlbcpsDF](?:,[fdlbcpsDF])*\Z")
_VALUE = re.compile(r"([a-z_]+)\s*=\s*(\S.*)")


def aide(seen: Seen, file: str) -> Watched:
    """aide.conf(5): ``/regex RULE``, ``=/regex RULE`` (this path alone), ``!/regex``, and ``-/regex``; with macros."""
    found = Watched()
    _aide_file(seen, file, found, {}, set())
    return found


def _aide_file(seen: Seen, file: str, found: Watched, defined: Dict[str, str], read: Set[str]) -> None:
    if file in read or len(read) > _MOST_INCLUDES:
        return
    read.add(file)
    skipping: List[bool] = []
    for _number, line in seen.lines(file):
        if line.startswith("@@"):
            words = line[2:].split()
            name = words[0] if words else ""
            if name in ("if", "ifdef", "ifndef", "ifhost", "ifnhost"):
                skipping.append(_aide_skips(found, name, words[1:], defined))
            elif name == "else" and skipping:
                skipping[-1] = not skipping[-1]
            elif name == "endif" and skipping:
                skipping.pop()
            elif not any(skipping):
                _aide_macro(seen, name, words[1:], found, defined, read)
            if not line.startswith("@@{"):
                continue
        if any(skipping) or not line or line[0] == "#":
            continue
        _aide_line(re.sub(r"@@\{(\w+)\}", lambda match: defined.get(match.group(1), match.group(0)), line), found)


def _aide_skips(found: Watched, name: str, words: List[str], defined: Dict[str, str]) -> bool:
    if name in ("ifdef", "ifndef") and words:
        return (words[0] in defined) != (name == "ifdef")
    found.unknown = True  # the host's name, a version, a file: what AIDE alone decides
    return False


def _aide_macro(
    seen: Seen, name: str, words: List[str], found: Watched, defined: Dict[str, str], read: Set[str]
) -> None:
    if name == "define" and words:
        defined[words[0]] = " ".join(words[1:])
    elif name == "undef" and words:
        defined.pop(words[0], None)
    elif name in ("include", "x_include") and words:
        paths = [words[0]]
        if len(words) > 1:
            try:
                wanted = re.compile(words[1])
            except re.error:
                found.unknown = True
                return
            paths = [words[0].rstrip("/") + "/" + one for one in seen.names(words[0]) if wanted.search(one)]
        for path in paths:
            entry = seen.entry(path)
            if name == "x_include" and entry is not None and int(entry["mode"], 8) & 0o111:
                found.unknown = True  # a program prints these lines
            else:
                _aide_file(seen, path, found, defined, read)


def _aide_line(line: str, found: Watched) -> None:
    value = _VALUE.match(line)
    if value is not None:
        found.values.setdefault(value.group(1), []).append(value.group(2).strip())
        return
    rule = _RULE.match(line)
    if rule is None:
        return
    sign, pattern, rest = rule.groups()
    # AIDE unescapes once before the expression is compiled.
    pattern = re.sub(r"\\([\\ @])", r"\1", pattern)
    words = (rest or "").split()
    kinds = words[0] if words and (len(words) > 1 or sign in ("!", "-")) and _TYPES.match(words[0]) else None
    if sign == "=":
        pattern = "(?:" + pattern + r")\Z"
    of_files = kinds is None or "f" in kinds.split(",")
    of_folders = kinds is None or "d" in kinds.split(",")
    if sign not in ("!", "-"):
        if of_files:  # what is asked of here are files
            found.take(pattern)
        return
    if sign == "!" and of_folders:
        found.take(pattern, found.left_out if of_files else found.left_out_folders)
    elif of_files:
        found.take(pattern, found.left_out_alone)


# -- others ---------------------------------------------------------------------


def tripwire(seen: Seen, file: str) -> Watched:
    """twpol.txt, where it was left in plain text: ``/path -> mask;`` and ``!/path;``."""
    found = Watched()
    for _number, line in seen.lines(file):
        rule = re.match(r"(!?)\s*\"?(/[^\s\";]*)\"?\s*(->|;)", line)
        if rule is not None:
            found.take_tree(rule.group(2), bool(rule.group(1)))
        elif "$(" in line and "->" in line:
            found.unknown = True
    return found


def samhain(seen: Seen, file: str) -> Watched:
    """samhainrc: ``dir = [depth]/path`` and ``file = /path`` under the policies; IgnoreAll leaves out."""
    found, ignoring = Watched(), False
    for _number, line in seen.lines(file):
        if line.startswith("["):
            ignoring = line.lower().startswith("[ignoreall")
        rule = re.match(r"(dir|file)\s*=\s*(-?\d*)(/\S*)", line, re.IGNORECASE)
        if rule is not None and rule.group(1).lower() == "dir" and rule.group(2) != "0":
            found.take_tree(rule.group(3), ignoring or rule.group(2) == "-1")
        elif rule is not None:
            found.take(re.escape(rule.group(3)) + r"\Z", found.left_out if ignoring else None)
    return found


def afick(seen: Seen, file: str) -> Watched:
    """afick.conf: ``/path RULE``, ``=/path RULE`` (the folder alone), ``!/path``."""
    found = Watched()
    for _number, line in seen.lines(file):
        rule = re.match(r"([!=]?)\s*(/\S*)", line)
        if rule is not None and rule.group(1) == "=":
            found.take(re.escape(rule.group(2).rstrip("/")) + r"(?:/[^/]*)?\Z")
        elif rule is not None:
            found.take_tree(rule.group(2), rule.group(1) == "!")
    return found


def syscheck(seen: Seen, file: str) -> Watched:
    """ossec.conf of Wazuh and OSSEC: the ``directories`` and ``ignore`` elements, with commas; central ones besides."""
    found = Watched()
    for path in (file, file.rpartition("/")[0] + "/shared/agent.conf"):
        text = re.sub(r"<!--.*?-->", "", seen.text(path) or "", flags=re.DOTALL)
        for name, attributes, value in re.findall(r"<(directories|ignore)([^>]*)>([^<]*)</\1>", text):
            if "sregex" in attributes:
                found.unknown = True
                continue
            for one in value.split(","):
                if one.strip().startswith("/"):
                    found.take_tree(one.strip(), name == "ignore")
    return found


def osquery(seen: Seen, file: str) -> Watched:
    """osquery's ``file_paths`` and ``exclude_paths``: ``%%`` goes down, ``%`` is one name."""
    found = Watched()
    try:
        data: Any = json.loads(seen.text(file) or "{}")
    except ValueError:
        found.unknown = True
        return found
    data = data if isinstance(data, dict) else {}
    for name, left_out in (("file_paths", False), ("exclude_paths", True)):
        groups = data.get(name)
        for paths in groups.values() if isinstance(groups, dict) else ():
            for path in paths if isinstance(paths, list) else ():
                pattern = re.escape(str(path)).replace(r"\%", "%").replace("%%", ".*").replace("%", "[^/]*")
                found.take(pattern + r"\Z", found.left_out if left_out else None)
    if data.get("packs"):
        found.unknown = True
    return found


def auditbeat(seen: Seen, file: str) -> Watched:
    """auditbeat.yml: ``paths`` of the module file_integrity, with what is directly in each; below it if recursive."""
    found = Watched()
    text = seen.text(file) or ""
    for module in re.split(r"(?m)^\s*- module:", text)[1:]:
        if not module.strip().startswith("file_integrity"):
            continue
        deep = re.search(r"(?m)^\s*recursive:\s*true\b", module) is not None
        block = re.search(r"(?m)^\s*paths:\s*\n((?:\s*(?:-.*|#.*)?\n)+)", module + "\n")
        for path in re.findall(r"(?m)^\s*-\s*[\"']?(/[^\s\"']*)", block.group(1)) if block else ():
            if deep:
                found.take_tree(path)
            else:
                found.take(re.escape(path.rstrip("/")) + r"(?:/[^/]*)?\Z")
    return found


READERS: Dict[str, Callable[[Seen, str], Watched]] = {
    "aide": aide,
    "tripwire": tripwire,
    "samhain": samhain,
    "afick": afick,
    "wazuh": syscheck,
    "ossec": syscheck,
    "osquery": osquery,
    "auditbeat": auditbeat,
}
