# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a differential trial draws: a rule set, a requirement, and events around both."""

import random
import re
from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Sequence, Tuple

from hypothesis import strategies as st

from ansible_collections.auditops.trail.tests.kernel.events import (
    O_CREAT,
    O_RDONLY,
    O_RDWR,
    O_WRONLY,
    RENAME_EXCHANGE,
    Event,
)
from ansible_collections.auditops.trail.tests.kernel.scratch import DIR, FILE, Node, Tree

TMPFS_MAGIC = "0x01021994"

TREE: Tree = {
    "d1": DIR,
    "d1/a": FILE,
    "d1/b": FILE,
    "d1/x": Node("program"),
    "d1/sub": DIR,
    "d1/sub/c": FILE,
    "d1/subx": FILE,
    "d1x": DIR,
    "d1x/a": FILE,
    "d2": DIR,
    "d2/e": FILE,
    "d2/h": Node("hardlink", "d1/a"),
    "d2/s": Node("symlink", "../d1/a"),
    "l": Node("symlink", "d1"),
    "m": Node("bind", "d1"),
    "t": Node("tmpfs"),
    "t/d": DIR,
    "t/d/f": FILE,
}

FEATURES = (
    "watch", "directory", "never", "prepend", "exclude", "user", "filesystem", "arch",
    "auid", "success", "syscalls", "two names", "symlink", "hard link", "bind mount", "names in it",
    "filesystem beside",
)  # fmt: skip

PLAIN = ("getpid", "adjtimex", "settimeofday", "setgid")
NAMING = ("openat", "open", "chmod", "truncate", "unlink", "rename", "link", "mkdir", "chown", "execve", "renameat2")
AUIDS = (0, 1, 999, 1000, 1001, 2000, 70000, 4294967294, 4294967295)
AIMS = ("covered", "covered", "partial", "partial", "uncovered", "uncovered", "defeated", "defeated", "anything")


class Trial(NamedTuple):
    """One question: paths inside ``{}`` stand for the scratch directory."""

    features: FrozenSet[str]
    rules: Tuple[str, ...]
    requirement: str


_OBJECT = re.compile(r"-F (path|dir)=\{\}/(\S+)")
# Other ways to say the same object, by the feature that they belong to.
_ALIASES = {
    "hard link": {"d1/a": "d2/h", "d2/h": "d1/a"},
    "symlink": {"d1/a": "l/a", "d1/b": "l/b", "d1/sub/c": "l/sub/c", "d1/sub": "l/sub", "l/sub": "d1/sub"},
    "bind mount": {
        "d1/a": "m/a", "d1/b": "m/b", "d1/sub/c": "m/sub/c", "d1/x": "m/x", "d1": "m", "d1/sub": "m/sub", "m": "d1",
        "m/b": "d1/b", "m/sub": "d1/sub",
    },
}  # fmt: skip
# A directory whose name begins as the object's does, without holding it.
_SOUND_ALIKE = {"d1/subx": "d1/sub", "d1x/a": "d1", "d1x": "d1"}


def _files(features: FrozenSet[str]) -> List[str]:
    found = ["d1/a", "d1/b", "d1/sub/c", "d2/e", "d1/x"]
    if "directory" in features:
        found += ["d1/subx", "d1x/a", "d1/sub/c"]
    if "hard link" in features:
        found += ["d2/h", "d2/h"]
    if "symlink" in features:
        found += ["l/a", "d2/s"]
    if "bind mount" in features:
        found += ["m/a", "m/b"]
    if "filesystem beside" in features:
        found += ["t/d/f"]
    return found


def _dirs(features: FrozenSet[str]) -> List[str]:
    found = ["d1", "d1/sub", "d2"]
    if "symlink" in features:
        found += ["l", "l/sub"]
    if "bind mount" in features:
        found += ["m", "m/sub"]
    if "filesystem beside" in features:
        found += ["t/d"]
    return found


class _Maker:
    """Draws the parts of rules, under the features chosen for a trial."""

    def __init__(self, dice: random.Random, features: FrozenSet[str]) -> None:
        self.dice = dice
        self.features = features
        self.files = _files(features)
        self.dirs = _dirs(features)

    def one(self, values: Sequence[Any]) -> Any:
        return self.dice.choice(values)

    def chance(self, of: int) -> bool:
        return self.dice.randrange(of) == 0

    def perm(self) -> str:
        return self.one(("wa", "w", "a", "rwxa", "r", "x", "rw", "wax"))

    def narrow(self, force: bool = False) -> List[str]:
        """Conditions that keep some events out."""
        found: List[str] = []
        if "auid" in self.features and (force or self.chance(3)):
            op = self.one((">=", "!=", "=", "<", ">", "<="))
            # The kernel refuses to order the unset auid.
            found.append("-F auid{0}{1}".format(op, self.one(AUIDS if op in ("=", "!=") else AUIDS[:-1])))
            if op == ">=" and self.chance(2):
                found.append("-F auid!=unset")
        if "success" in self.features and (self.chance(3) or (force and not found)):
            found.append("-F success={0}".format(self.one("01")))
        return found

    def otherwise(self, body: str) -> str:
        """The same object said in another way, or the directory that holds it."""
        found = _OBJECT.search(body)
        if not found:
            return body
        kind, name = found.groups()
        ways = [
            (kind, names[name]) for feature, names in _ALIASES.items() if feature in self.features and name in names
        ]
        if "directory" in self.features and "/" in name:
            ways.append(("dir", name.rpartition("/")[0]))
            ways.append(("dir", name.partition("/")[0]))
        if not ways:
            return body
        return body.replace(found.group(), "-F {0}={{}}/{1}".format(*self.one(ways)), 1)

    def sound_alike(self, body: str) -> str:
        """The rule that a comparison of texts takes for one on the object; empty where there is none."""
        found = _OBJECT.search(body)
        name = _SOUND_ALIKE.get(found.group(2), "") if found else ""
        return body.replace(found.group(), "-F dir={{}}/{0}".format(name), 1) if found and name else ""

    def halves(self, body: str) -> List[str]:
        """Two bodies that are one together, or nearly."""
        ways = []
        if "auid" in self.features:
            limit = self.one((1, 1000, 2000))
            ways.append(("-F auid>={0}".format(limit), "-F auid<{0}".format(limit)))
            ways.append(("-F auid!=unset", "-F auid=unset"))
        if "success" in self.features:
            ways += [("-F success=1", "-F success=0")] * 2
        if not ways:
            return [body]
        return ["{0} {1}".format(body, half) for half in self.one(ways)]

    def arch(self) -> str:
        return "-F arch={0} ".format(self.one(("b64", "b64", "b32"))) if "arch" in self.features else ""

    def object(self) -> str:
        if "directory" in self.features and ("watch" not in self.features or self.chance(2)):
            return "-F dir={{}}/{0}".format(self.one(self.dirs))
        if "names in it" in self.features and self.chance(3):
            return "-F path={{}}/{0}".format(self.one(("d1", "d1", "d1/sub", "d2")))
        return "-F path={{}}/{0}".format(self.one(self.files))

    def calls(self) -> str:
        arch = self.one(("b64", "b64", "b32")) if "arch" in self.features else "b64"
        pool = NAMING
        if "two names" in self.features:
            pool += ("rename", "link", "renameat2", "mount", "execve") * 2
        pool = pool if self.chance(2) else PLAIN
        names = sorted({self.one(pool) for _n in range(self.dice.randint(1, 4))})
        return "-F arch={0} -S {1}".format(arch, ",".join(names))

    def body(self, narrowed: bool) -> str:
        """The conditions of an exit rule."""
        if "two names" in self.features and self.chance(4):
            parts = ["-F arch=b64 -S {0}".format(self.one(("rename", "link", "renameat2", "rename,unlink")))]
        elif "syscalls" in self.features and self.chance(2) or not self.features & {"watch", "directory"}:
            parts = [self.calls()]
            if self.features & {"watch", "directory"} and self.chance(4):
                parts.append(self.object())
        else:
            parts = [(self.arch() + self.object()).strip(), "-F perm=" + self.perm()]
        return " ".join(parts + (self.narrow(force=narrowed) if narrowed or self.chance(3) else []))

    def flag(self) -> str:
        return "-A" if "prepend" in self.features and self.chance(3) else "-a"

    def noise(self) -> str:
        """A rule that may have nothing to do with the requirement."""
        if "exclude" in self.features and self.chance(4):
            return self.exclude(narrowed=True)
        if "user" in self.features and self.chance(4):
            return "-a never,user"
        if "filesystem" in self.features and self.chance(4):
            return "-a never,filesystem -F fstype=tracefs"
        if {"never", "two names"} <= self.features and self.chance(2):
            # The other name of a call with two, or the directory that holds it.
            return "{0} never,exit -F path={{}}/{1}".format(
                self.flag(), self.one(("d1/a.new", "d2/e.new", "d2") if self.chance(2) else [*self.files, "d1", "d2"])
            )
        if {"never", "filesystem beside"} <= self.features and self.chance(2):
            return "{0} never,exit -F {1}".format(self.flag(), self.one(("path={}/t/d", "dir={}/t/d", "path={}/t/d/f")))
        action = "never" if "never" in self.features and self.chance(2) else "always"
        return "{0} {1},exit {2}".format(self.flag(), action, self.body(self.chance(2)))

    def exclude(self, narrowed: bool) -> str:
        if not narrowed:
            return "-a always,exclude -F msgtype=SYSCALL"
        return self.one(
            (
                "-a always,exclude -F msgtype=PATH",
                "-a always,exclude -F msgtype=CWD",
                "-a never,exclude -F auid={0}".format(self.one(AUIDS[:-1])),
                "-a always,exclude -F msgtype=SYSCALL -F auid>={0}".format(self.one(AUIDS[:-1])),
                "-a always,exclude -F msgtype>=1300 -F msgtype<=1301 -F auid=0",
            )
        )

    def defeater(self, body: str) -> Tuple[str, bool]:
        """A rule that takes everything away, and whether it must come before the rule that records."""
        ways = ["never"]
        if "exclude" in self.features:
            ways += ["exclude"] * 2
        if "filesystem" in self.features:
            ways += ["filesystem"] * 2
        way = self.one(ways)
        if way == "exclude":
            return self.exclude(narrowed=False), False
        if way == "filesystem" and "{}" in body:
            return "-a never,filesystem -F fstype={0}".format(self.one((TMPFS_MAGIC, TMPFS_MAGIC))), False
        if "prepend" in self.features and self.chance(2):
            return "-A never,exit " + body, False
        return "-a never,exit " + body, True


def trials() -> st.SearchStrategy[Trial]:
    """Trials by true chance: Hypothesis's own choices lean to the first and the small, and repeat themselves."""
    return st.builds(_trial, st.randoms(use_true_random=True))


def _trial(dice: random.Random) -> Trial:
    """A trial whose outcome leans to one of the four, so that each is met often enough."""
    features = frozenset(dice.sample(FEATURES, dice.randint(6, 10)))
    aim = dice.choice(AIMS)
    if aim == "partial" and not features & {"auid", "success"}:
        features |= {"auid"}
    maker = _Maker(dice, features)
    body = maker.body(narrowed=False)
    if aim == "uncovered" and "directory" in features and maker.chance(3):
        body = "-F path={{}}/{0} -F perm={1}".format(maker.one(("d1/subx", "d1x/a")), maker.perm())
    rules = [maker.noise() for _n in range(dice.randint(0, 4))]
    flag = maker.flag()
    own = "{0} always,exit {1}".format(flag, maker.otherwise(body) if maker.chance(2) else body)
    if aim == "covered":
        halves = maker.halves(body) if maker.chance(3) else []
        recording = ["{0} always,exit {1}".format(flag, half) for half in halves] or [own]
        place = dice.randint(0, len(rules))
        rules[place:place] = recording
        if maker.chance(2):
            rules = [rule for rule in rules if "never" not in rule and "exclude" not in rule] or recording
    elif aim == "partial":
        narrow = " ".join(maker.narrow(force=True))
        if "never" in features and maker.chance(2):
            rules = ["-a never,exit {0} {1}".format(body, narrow).strip(), own] + rules
        else:
            rules.append("{0} {1}".format(own, narrow).strip())
    elif aim == "uncovered":
        alike = maker.sound_alike(body)
        rules += ["-a always,exit " + alike] if alike else []
    elif aim == "defeated":
        never, first = maker.defeater(maker.otherwise(body) if maker.chance(3) else body)
        rules = [never, own] + rules if first else rules + [own, never]
    elif aim == "anything":
        rules.append("{0} always,exit {1}".format(maker.flag(), maker.body(narrowed=maker.chance(2))))
    # A directory rule on a symlink fires never; the requirement asks for the directory itself.
    asked = re.sub(r"dir=\{\}/l( |$)", r"dir={}/d1\1", body)
    if "auid" in features and maker.chance(4):
        asked += " -F auid>={0}".format(maker.one((0, 1000, 2000)))
    # The kernel takes a rule once, whichever end of the list it is for.
    once = {rule[3:]: rule for rule in rules}
    return Trial(features, tuple(once.values()), "-a always,exit " + asked)


def smaller(trial: Trial) -> Iterator[Trial]:
    """The trials that are one rule, one condition or one call less than this one."""
    for index in range(len(trial.rules)):
        yield trial._replace(rules=trial.rules[:index] + trial.rules[index + 1 :])
    lines = (*trial.rules, trial.requirement)
    for index, line in enumerate(lines):
        for part in re.findall(r" -F \S+", line):
            if "-S" not in line and _OBJECT.search(part):
                continue  # a rule on every call of the machine
            shorter = (*lines[:index], line.replace(part, "", 1), *lines[index + 1 :])
            yield trial._replace(rules=shorter[:-1], requirement=shorter[-1])
        for names in re.findall(r"-S (\S+,\S+)", line):
            for name in names.split(","):
                less = ",".join(other for other in names.split(",") if other != name)
                shorter = (*lines[:index], line.replace(names, less), *lines[index + 1 :])
                yield trial._replace(rules=shorter[:-1], requirement=shorter[-1])


def palette(trial: Trial, home: str) -> List[Event]:
    """Events on every object of the tree, by several identities: more than the requirement asks about."""
    known = ("d1/a", "d1/b", "d1/sub/c", "d2/e", "d2/h", "l/a", "m/b", "d1/subx", "d1x/a")
    names = [name for name in known if _mentioned(name, trial)]
    found: List[Event] = []
    for index, name in enumerate(names):
        path = "{0}/{1}".format(home, name)
        auid = AUIDS[(index * 3 + 3) % len(AUIDS)]
        abi = "b32" if index % 3 == 2 else "b64"
        found.append(Event("openat", (path,), O_WRONLY, abi, auid))
        found.append(Event("chmod", (path,), 0, abi, 1000))
        found.append(Event("open", (path,), O_RDONLY, "b32", auid, uid=1000, gid=1000))
    for name in PLAIN:
        found.append(Event(name, (), 0, "b64", 1000))
    a, b, e = ("{0}/{1}".format(home, name) for name in ("d1/a", "d1/b", "d2/e"))
    if "names in it" in trial.features:
        d, sub, x = ("{0}/{1}".format(home, name) for name in ("d1", "d1/sub", "d2"))
        found.append(Event("chmod", (d,), 0o755, auid=1000))
        found.append(Event("openat", (sub,), O_WRONLY, auid=1000))
        found.append(Event("mkdir", (d + "/made",), auid=1000))
        found.append(Event("mkdir", (sub + "/made",), auid=1000, uid=1000, gid=1000))
        found.append(Event("unlink", (sub + "/c",), auid=1000))
        found.append(Event("rename", (a, x + "/moved"), auid=1000))
        found.append(Event("rename", (e, sub + "/moved"), auid=1000))
        found.append(Event("link", (sub, x + "/again"), auid=1000))
    if "filesystem beside" in trial.features:
        beside = "{0}/t/d/".format(home)
        found.append(Event("link", (a, beside + "new"), auid=1000))
        found.append(Event("rename", (a, beside + "f"), auid=1000))
        found.append(Event("rename", (beside + "f", a), auid=1000))
        found.append(Event("openat", (beside + "f",), O_WRONLY, auid=1000))
    if "two names" in trial.features:
        found.append(Event("link", (a, b), auid=1000))
        found.append(Event("link", (a, e), auid=1000, uid=0))
        found.append(Event("rename", (a, b), auid=1000))
        found.append(Event("rename", (b, e), auid=1000))
        found.append(Event("renameat2", (a, e), RENAME_EXCHANGE, auid=0))
        found.append(Event("link", (a, a + ".new"), auid=1000))
        found.append(Event("link", (a, e + ".new"), auid=1000))
        found.append(Event("rename", (a, e + ".new"), auid=1000))
        found.append(Event("rename", (e, a), auid=1000, uid=1000, gid=1000))
    found.append(Event("openat", (a + ".made",), O_CREAT | O_RDWR, auid=1000))
    found.append(Event("unlink", (b,), auid=1000))
    return found


def _mentioned(name: str, trial: Trial) -> bool:
    first = name.split("/", 1)[0]
    if name in _SOUND_ALIKE:
        return "{}/" + name in trial.requirement
    wanted: Dict[str, str] = {"l": "symlink", "m": "bind mount"}
    return wanted.get(first, "") in ("", *trial.features)
