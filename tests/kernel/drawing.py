# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a differential trial draws: a rule set, a requirement, and events around both."""

import re
from typing import Callable, Dict, FrozenSet, List, NamedTuple, Tuple

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
    "d2": DIR,
    "d2/e": FILE,
    "d2/h": Node("hardlink", "d1/a"),
    "d2/s": Node("symlink", "../d1/a"),
    "l": Node("symlink", "d1"),
    "m": Node("bind", "d1"),
}

FEATURES = (
    "watch", "directory", "never", "prepend", "exclude", "user", "filesystem", "arch",
    "auid", "success", "syscalls", "two names", "symlink", "hard link", "bind mount",
)  # fmt: skip

PLAIN = ("getpid", "adjtimex", "settimeofday", "setgid")
NAMING = ("openat", "open", "chmod", "truncate", "unlink", "rename", "link", "mkdir", "chown", "execve", "renameat2")
AUIDS = (0, 1, 999, 1000, 1001, 2000, 70000, 4294967294, 4294967295)
AIMS = ("covered", "covered", "partial", "partial", "uncovered", "uncovered", "defeated", "defeated", "anything")
Draw = Callable[..., object]


class Trial(NamedTuple):
    """One question: paths inside ``{}`` stand for the scratch directory."""

    features: FrozenSet[str]
    rules: Tuple[str, ...]
    requirement: str


def _files(features: FrozenSet[str]) -> List[str]:
    found = ["d1/a", "d1/b", "d1/sub/c", "d2/e", "d1/x"]
    if "hard link" in features:
        found += ["d2/h", "d2/h"]
    if "symlink" in features:
        found += ["l/a", "d2/s"]
    if "bind mount" in features:
        found += ["m/a", "m/b"]
    return found


def _dirs(features: FrozenSet[str]) -> List[str]:
    found = ["d1", "d1/sub", "d2"]
    if "symlink" in features:
        found += ["l", "l/sub"]
    if "bind mount" in features:
        found += ["m", "m/sub"]
    return found


class _Maker:
    """Draws the parts of rules, under the features chosen for a trial."""

    def __init__(self, draw: Draw, features: FrozenSet[str]) -> None:
        self.draw = draw
        self.features = features
        self.files = _files(features)
        self.dirs = _dirs(features)

    def one(self, values) -> str:
        return self.draw(st.sampled_from(tuple(values)))

    def chance(self, of: int) -> bool:
        return self.draw(st.integers(1, of)) == 1

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

    def arch(self) -> str:
        return "-F arch={0} ".format(self.one(("b64", "b64", "b32"))) if "arch" in self.features else ""

    def object(self) -> str:
        if "directory" in self.features and ("watch" not in self.features or self.chance(2)):
            return "-F dir={{}}/{0}".format(self.one(self.dirs))
        return "-F path={{}}/{0}".format(self.one(self.files))

    def calls(self) -> str:
        arch = self.one(("b64", "b64", "b32")) if "arch" in self.features else "b64"
        pool = NAMING if "two names" not in self.features else NAMING + ("rename", "link", "renameat2") * 2
        pool = pool if self.chance(2) else PLAIN
        names = sorted({self.one(pool) for _n in range(self.draw(st.integers(1, 4)))})
        return "-F arch={0} -S {1}".format(arch, ",".join(names))

    def body(self, narrowed: bool) -> str:
        """The conditions of an exit rule."""
        if "syscalls" in self.features and self.chance(2) or not self.features & {"watch", "directory"}:
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


@st.composite
def trials(draw: Draw) -> Trial:
    """A trial whose outcome leans to one of the four, so that each is met often enough."""
    features = frozenset(draw(st.lists(st.sampled_from(FEATURES), min_size=5, max_size=9, unique=True)))
    aim = draw(st.sampled_from(AIMS))
    if aim == "partial" and not features & {"auid", "success"}:
        features |= {"auid"}
    maker = _Maker(draw, features)
    body = maker.body(narrowed=False)
    rules = [maker.noise() for _n in range(draw(st.integers(0, 4)))]
    own = "{0} always,exit {1}".format(maker.flag(), body)
    if aim == "covered":
        rules.insert(draw(st.integers(0, len(rules))) if rules else 0, own)
        if maker.chance(2):
            rules = [rule for rule in rules if "never" not in rule and "exclude" not in rule] or [own]
    elif aim == "partial":
        narrow = " ".join(maker.narrow(force=True))
        if "never" in features and maker.chance(2):
            rules = ["-a never,exit {0} {1}".format(body, narrow).strip(), own] + rules
        else:
            rules.append("{0} {1}".format(own, narrow).strip())
    elif aim == "defeated":
        never, first = maker.defeater(body)
        rules = [never, own] + rules if first else rules + [own, never]
    elif aim == "anything":
        rules.append("{0} always,exit {1}".format(maker.flag(), maker.body(narrowed=maker.chance(2))))
    # A directory rule on a symlink fires never; the requirement asks for the directory itself.
    asked = re.sub(r"dir=\{\}/l( |$)", r"dir={}/d1\1", body)
    # The kernel takes a rule once, whichever end of the list it is for.
    once = {rule[3:]: rule for rule in rules}
    return Trial(features, tuple(once.values()), "-a always,exit " + asked)


def palette(trial: Trial, home: str) -> List[Event]:
    """Events on every object of the tree, by several identities: more than the requirement asks about."""
    names = [name for name in ("d1/a", "d1/b", "d1/sub/c", "d2/e", "d2/h", "l/a", "m/b") if _mentioned(name, trial)]
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
    if "two names" in trial.features:
        found.append(Event("rename", (a, b), auid=1000))
        found.append(Event("rename", (b, e), auid=1000))
        found.append(Event("renameat2", (a, e), RENAME_EXCHANGE, auid=0))
        found.append(Event("link", (a, a + ".new"), auid=1000))
        found.append(Event("rename", (e, a), auid=1000, uid=1000, gid=1000))
    found.append(Event("openat", (a + ".made",), O_CREAT | O_RDWR, auid=1000))
    found.append(Event("unlink", (b,), auid=1000))
    return found


def _mentioned(name: str, trial: Trial) -> bool:
    first = name.split("/", 1)[0]
    wanted: Dict[str, str] = {"l": "symlink", "m": "bind mount"}
    return wanted.get(first, "") in ("", *trial.features)
