# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel does where its code or the man pages mislead: the facts on which the solver stands.

Each was seen on Linux 6.18 first and read in kernel/audit*.c and fs/namei.c
afterwards. A kernel on which one of these tests fails needs another solver.
"""

import os
import subprocess

import pytest

from ansible_collections.auditops.trail.tests.kernel.events import (
    O_CREAT,
    O_EXCL,
    O_PATH,
    O_TRUNC,
    O_WRONLY,
    RENAME_EXCHANGE,
    Event,
)
from ansible_collections.auditops.trail.tests.kernel.scratch import DIR, FILE, Node

TREE = {"D": DIR, "D/a": FILE, "D/b": FILE, "E": DIR, "E/x": FILE}


class Place:
    """Rules and events on names of the scratch directory."""

    def __init__(self, bench):
        self.bench = bench

    def event(self, call, *names, **how):
        return Event(call, tuple(self.bench.path(name) for name in names), **how)

    def rule(self, kind, name, key=None, perm="wa", action="always", more=""):
        line = "-a {0},exit -F {1}={2} -F perm={3}{4}".format(action, kind, self.bench.path(name), perm, more)
        return line + (" -F key={0}".format(key) if key else "")

    def watch(self, name, key, perm="wa"):
        return self.rule("path", name, key, perm)

    def never(self, name, kind="path", perm="wa"):
        return self.rule(kind, name, perm=perm, action="never")

    def keys(self, rules, events, tree=None):
        """The key under which each event was recorded; None where it was not, "" without a key."""
        return keys_of(self.bench.trial(TREE if tree is None else tree, rules, events))

    def replace(self, name):
        """Rename a new file over a name."""
        with open(self.bench.path("new"), "w", encoding="utf-8"):
            pass
        os.rename(self.bench.path("new"), self.bench.path(name))

    def recreate(self, name):
        os.unlink(self.bench.path(name))
        with open(self.bench.path(name), "w", encoding="utf-8"):
            pass


def keys_of(outcomes):
    return [None if out.recorded is None else ",".join(out.recorded.keys) for out in outcomes]


@pytest.fixture
def at(bench):
    return Place(bench)


# --- replacing a file turns the order of its path rules round -----------------------------------------------------


@pytest.mark.parametrize(
    "how, expected",
    # Renaming over a name is one update, removing and creating are two.
    [("replace", "one one two one two".split()), ("recreate", "one two two two two".split())],
)
def test_the_order_of_path_rules_on_a_name_turns_with_each_update_but_the_first(at, how, expected):
    """audit_update_watch puts rules at the head of the bucket; loading had put them at the head of the watch's list."""
    rules = [at.watch("D/a", "one"), at.watch("D/a", "two", "rwa")]
    steps = []
    for _round in range(5):
        steps += [at.event("openat", "D/a", flags=O_WRONLY), lambda: getattr(at, how)("D/a")]
    assert keys_of(at.bench.story(TREE, rules, steps)) == expected


def test_so_a_never_loaded_after_a_watch_comes_to_shadow_it(at):
    rules = [at.watch("D/a", "W"), at.never("D/a")]
    write = at.event("openat", "D/a", flags=O_WRONLY)
    steps = [write, lambda: at.replace("D/a"), write, lambda: at.replace("D/a"), write]
    assert keys_of(at.bench.story(TREE, rules, steps)) == ["W", "W", None]


@pytest.mark.parametrize("kind, expected", [("dir", ["W"] * 3), ("plain", ["W"] * 3)])
def test_rules_without_a_path_keep_their_order(at, kind, expected):
    never = at.never("D", "dir") if kind == "dir" else "-a never,exit -F arch=b64 -S openat -F auid=unset"
    write = at.event("openat", "D/a", flags=O_WRONLY)
    steps = [write, lambda: at.replace("D/a"), write, lambda: at.replace("D/a"), write]
    assert keys_of(at.bench.story(TREE, [at.watch("D/a", "W"), never], steps)) == expected


def test_two_spellings_of_a_name_are_two_watches_and_one_event_updates_the_later(at):
    tree = {"D": DIR, "D/a": FILE, "L": Node("symlink", "D")}
    write = at.event("openat", "D/a", flags=O_WRONLY)
    steps = [write, lambda: at.replace("D/a"), write, lambda: at.replace("D/a"), write]
    rules = [at.watch("D/a", "one"), at.watch("L/a", "two")]
    assert keys_of(at.bench.story(tree, rules, steps)) == ["one", "two", "two"]


# --- path= on a directory: itself, and changes of names in it ------------------------------------------------------

IN_DIRECTORY = [
    ("openat", ("D",), 0, "r"),
    ("chmod", ("D",), 0, "a"),
    ("openat", ("D/new",), O_CREAT | O_WRONLY, "w"),
    ("openat", ("D/new",), O_CREAT, "r"),
    ("mkdir", ("D/new",), 0, "w"),
    ("unlink", ("D/a",), 0, "w"),
    ("rename", ("D/a", "D/b"), 0, "w"),
    ("rename", ("D/a", "E/new"), 0, "w"),
    ("rename", ("E/x", "D/new"), 0, "w"),
    ("link", ("E/x", "D/new"), 0, "wa"),
    ("openat", ("D/a",), O_WRONLY, ""),
    ("openat", ("D/a",), 0, ""),
    ("chmod", ("D/a",), 0, ""),
    ("truncate", ("D/a",), 0, ""),
    ("link", ("D/a", "E/new"), 0, ""),
]


@pytest.mark.parametrize("perm", "rwxa")
def test_path_on_a_directory(at, perm):
    events = [at.event(call, *names, flags=flags) for call, names, flags, _perms in IN_DIRECTORY]
    expected = ["K" if perm in perms else None for _call, _names, _flags, perms in IN_DIRECTORY]
    assert at.keys([at.watch("D", "K", perm)], events) == expected


@pytest.mark.parametrize("flags", [O_CREAT | O_WRONLY, O_CREAT | O_EXCL | O_WRONLY])
def test_o_creat_on_a_file_that_exists_and_is_cached_names_its_parent_before_6_12_alone(at, flags):
    """lookup_fast_for_open (fs/namei.c, 6.12) finds a cached name before the parent is collected; an uncached one not.

    tmpfs keeps every name cached.
    """
    release = tuple(int(part) for part in os.uname().release.split(".")[:2])
    expected = "K" if release < (6, 12) else None
    assert at.keys([at.watch("D", "K")], [at.event("openat", "D/a", flags=flags)]) == [expected]


@pytest.mark.parametrize(
    "event, expected",
    [
        (("mkdir", "D/a"), [None, "K"]),
        (("unlink", "D/none"), [None, "K"]),
        (("openat", "D/none"), [None, None]),
    ],
)
def test_a_failing_call_names_the_parent_but_not_what_stands_in_the_way(at, event, expected):
    made = at.event(*event, flags=O_WRONLY)
    found = [at.keys([rule], [made])[0] for rule in (at.watch(event[1], "K", "rwxa"), at.watch("D", "K", "rwxa"))]
    assert found == expected


# --- two names in one call -----------------------------------------------------------------------------------------

TWO_NAMES = [
    # load, and the key under rename(a, b), exchange(a, b), link(a, new), unlink(b)
    (["W b"], ["b", "b", None, "b"]),
    (["W a"], ["a", "a", "a", None]),
    (["N a", "W b"], [None, None, None, "b"]),
    (["W b", "N a"], ["b", "b", None, "b"]),
    (["N b", "W a"], [None, None, "a", None]),
    (["W a", "N b"], ["a", "a", "a", None]),
    (["W a", "W b"], ["a", "a", "a", "b"]),
    (["W b", "W a"], ["b", "b", "a", "b"]),
    (["W D", "N a"], ["D", "D", "D", "D"]),
    (["N a", "W D"], ["D", None, "D", "D"]),
    (["N D", "W a"], [None, None, None, None]),
    (["W a", "N D"], [None, "a", None, None]),
    (["W b", "N D"], [None, None, None, None]),
    (["R D", "N a"], ["D", "D", "D", "D"]),
    (["N a", "R D"], [None, None, None, "D"]),
]


@pytest.mark.parametrize("load, expected", TWO_NAMES, ids=[", ".join(load) for load, _expected in TWO_NAMES])
def test_two_names_in_one_call(at, load, expected):
    """W and N: path rules, always and never; R: a dir rule."""
    rules = []
    for word in load:
        kind, name = word.split()
        path = name if name == "D" else "D/" + name
        rules.append(at.never(path) if kind == "N" else at.rule("dir" if kind == "R" else "path", path, name))
    events = [
        at.event("rename", "D/a", "D/b"),
        at.event("renameat2", "D/a", "D/b", flags=RENAME_EXCHANGE),
        at.event("link", "D/a", "D/new"),
        at.event("unlink", "D/b"),
    ]
    assert at.keys(rules, events) == expected


def test_the_new_parent_is_walked_before_the_old_object(at):
    """The C compiler evaluates getname(newname) first; only its parent's rules can then come before."""
    link, rename = at.event("link", "D/a", "E/new"), at.event("rename", "D/a", "E/new")
    assert at.keys([at.watch("D/a", "a"), at.never("E")], [link, rename]) == [None, None]
    assert at.keys([at.watch("D/a", "a"), at.never("D")], [link, rename]) == ["a", None]
    made = at.bench.trial(TREE, [at.rule("dir", "E", "E")], [link])[0]
    assert [name.nametype for name in made.recorded.names] == ["PARENT", "NORMAL", "CREATE"]


@pytest.mark.parametrize("condition", ["success=1", "exit=0"])
def test_a_path_rule_with_a_result_misses_the_name_that_goes_away(at, condition):
    """The watch lets go of the name while the call runs, when there is no result yet."""
    rule = at.rule("path", "D/a", "K", more=" -F " + condition)
    events = [
        at.event("unlink", "D/a"),
        at.event("rename", "D/a", "D/new"),
        at.event("renameat2", "D/b", "D/a", flags=RENAME_EXCHANGE),
        at.event("rename", "D/b", "D/a"),
        at.event("renameat2", "D/a", "D/b", flags=RENAME_EXCHANGE),
        at.event("chmod", "D/a"),
    ]
    assert at.keys([rule], events) == [None, None, None, "K", "K", "K"]
    in_directory = at.rule("dir", "D", "K", more=" -F " + condition)
    assert at.keys([in_directory], events) == ["K"] * 6


# --- directories that move, names that come ------------------------------------------------------------------------


def test_a_watch_dies_with_its_parents_name_and_a_dir_rule_moves_along(at):
    away = at.event("openat", "D2/a", flags=O_WRONLY)
    back = at.event("openat", "D/a", flags=O_WRONLY)

    def move():
        os.rename(at.bench.path("D"), at.bench.path("D2"))

    def remake():
        os.mkdir(at.bench.path("D"))
        with open(at.bench.path("D/a"), "w", encoding="utf-8"):
            pass

    steps = [move, away, remake, back]
    assert keys_of(at.bench.story(TREE, [at.watch("D/a", "K")], steps)) == [None, None]
    assert keys_of(at.bench.story(TREE, [at.rule("dir", "D", "K")], steps)) == ["K", None]


def test_a_watch_on_a_missing_name_waits_for_it(at):
    tree = {"D": DIR}
    events = [at.event("openat", "D/a", flags=O_WRONLY), at.event("openat", "D/a", flags=O_CREAT | O_WRONLY)]
    assert at.keys([at.watch("D/a", "K")], events, tree) == [None, "K"]


# --- the other lists -----------------------------------------------------------------------------------------------


def test_always_task_is_beyond_any_never_of_the_exit_list(at):
    events = [at.event("openat", "D/a", flags=O_WRONLY), Event("getpid")]
    rules = ["-a always,task", "-a never,exit -S all -F pid>0", at.never("D/a")]
    assert at.keys(rules, events) == ["", ""]


def test_the_first_match_of_the_task_list_decides(at):
    events = [Event("getpid"), Event("getpid", auid=1000)]
    plain = "-a always,exit -F arch=b64 -S getpid -F key=K"
    assert at.keys(["-a never,task -F auid=1000", plain], events) == ["K", None]
    assert at.keys(["-a never,task -F auid=1000", "-a always,task"], events) == ["", None]
    assert at.keys(["-a always,task", "-a never,task -F auid=1000"], events) == ["", ""]


class Shell:
    """A shell that opens a file for writing once it is told to."""

    def __init__(self, path):
        self._process = subprocess.Popen(["/bin/sh", "-c", "read go; : > '{0}'".format(path)], stdin=subprocess.PIPE)

    def go(self):
        self._process.communicate(b"\n")


def recorded_of_shells(bench):
    return sum(1 for text in bench.last_texts if " syscall=" in text and 'comm="sh"' in text)


def test_never_task_silences_those_born_under_it_for_good_and_no_others(at):
    path = at.bench.path("D/a")
    watch = at.watch("D/a", "K")
    old, born = Shell(path), []
    at.bench.story(TREE, ["-a never,task", watch], [lambda: born.append(Shell(path)), old.go])
    assert recorded_of_shells(at.bench) == 1
    at.bench.story(TREE, [watch], [born[0].go])
    assert recorded_of_shells(at.bench) == 0


@pytest.mark.parametrize(
    "rule, expected",
    [
        ("-a always,exclude -F msgtype=SYSCALL", (False, False)),
        ("-a never,exclude -F msgtype=SYSCALL", (False, False)),
        ("-a always,exclude -F msgtype=PATH", (True, False)),
        ("-a always,exclude -F msgtype=CWD", (True, True)),
        ("-a always,exclude -F auid=1000", (False, False)),
        ("-a always,exclude -F auid=1001", (True, True)),
        ("-a always,exclude -F msgtype=PATH -F auid=1001", (True, True)),
        ("-a never,user", (True, True)),
    ],
)
def test_exclude(at, rule, expected):
    event = at.event("openat", "D/a", flags=O_WRONLY, auid=1000)
    (out,) = at.bench.trial(TREE, [rule, at.watch("D/a", "K")], [event])
    assert (out.recorded is not None, out.on_record) == expected


@pytest.mark.parametrize(
    "rules, sent",
    [
        (["-a never,user"], True),
        (["-a never,user -F uid=0"], False),
        (["-a never,user -F msgtype=1112"], False),
        (["-a never,user -F msgtype=1100"], True),
        (["-a always,user -F uid=0", "-a never,user -F uid=0"], True),
        (["-a never,user -F uid=0", "-a always,user -F uid=0"], False),
        (["-a always,exclude -F uid=0"], False),
        (["-a always,exclude -F msgtype=USER_LOGIN"], False),
    ],
)
def test_user_messages(at, rules, sent):
    """A rule without a field matches nothing on this list: audit_filter (kernel/audit.c) starts from no match."""

    def send():
        at.bench.channel.user_message(1112, "op=auditops-fact")

    events = at.bench.story({}, rules, [send])
    assert events == []
    assert any("auditops-fact" in text for text in at.bench.last_texts) == sent


def test_only_denials_of_programs_are_taken_while_auditing_is_off(at):
    channel = at.bench.channel

    def send():
        channel.set(enabled=0)
        try:
            channel.user_message(1112, "op=auditops-login")
            channel.user_message(1107, "op=auditops-denial")
        finally:
            channel.set(enabled=1)

    at.bench.story({}, [], [send])
    texts = " ".join(at.bench.last_texts)
    assert "auditops-denial" in texts
    assert "auditops-login" not in texts


@pytest.mark.parametrize("fstype", ["fstype=16914836", "fstype!=1"])  # TMPFS_MAGIC, linux/magic.h
def test_never_filesystem_takes_the_names_away(at, fstype):
    event = at.event("unlink", "D/a")
    never = "-a never,filesystem -F " + fstype
    for rule in (at.watch("D/a", "K"), at.watch("D", "K"), at.rule("dir", "D", "K")):
        assert at.keys([never, rule], [event]) == [None]
    (out,) = at.bench.trial(TREE, [never, "-a always,exit -F arch=b64 -S unlink -F key=K"], [event])
    assert [name.nametype for name in out.recorded.names] == ["UNKNOWN"]


# --- fields --------------------------------------------------------------------------------------------------------

RESULTS = [
    # openat → 3, openat → -ENOENT, openat → -EACCES, access → 0
    ("exit>=0", "yyyy"),
    ("exit<0", "...."),
    ("exit>2", "yyy."),
    ("exit<=3", "y..y"),
    ("exit=-EACCES", "..y."),
    ("exit=EACCES", "...."),
    ("exit<-1", "yyyy"),
    ("success=1", "y..y"),
    ("success=2", "y..y"),
    ("success=0", ".yy."),
    ("success!=0", "y..y"),
    ("success!=1", ".yy."),
    ("success>0", "...."),
]


@pytest.mark.parametrize("condition, expected", RESULTS)
def test_results_are_compared_unsigned(at, condition, expected):
    events = [
        at.event("openat", "D/a"),
        at.event("openat", "D/none"),
        at.event("openat", "D/a", flags=O_WRONLY, uid=1000),
        at.event("access", "D/a"),
    ]
    found = at.keys(["-a always,exit -F arch=b64 -S openat,access -F {0} -F key=K".format(condition)], events)
    assert "".join("y" if key else "." for key in found) == expected


IDENTITIES = [
    # gid 5; gid 1 and group 5; gid 1, egid 5; auid unset
    ("gid=5", "yy.."),
    ("gid!=5", "..yy"),
    ("egid=5", "yyy."),
    ("egid!=5", "...y"),
    ("gid>4", "y..."),
    ("fsgid=5", "y.y."),
    ("auid>=1000", "...y"),
    ("auid=-1", "...y"),
    ("auid!=-1", "yyy."),
]


@pytest.mark.parametrize("condition, expected", IDENTITIES)
def test_groups_and_the_unset_auid(at, condition, expected):
    events = [
        Event("getpid", gid=5, auid=5),
        Event("getpid", gid=1, groups=(5,), auid=5),
        Event("getpid", gid=1, egid=5, auid=5),
        Event("getpid"),
    ]
    found = at.keys(["-a always,exit -F arch=b64 -S getpid -F {0} -F key=K".format(condition)], events)
    assert "".join("y" if key else "." for key in found) == expected


PERMISSIONS = [
    ("openat", 3, "rw"),
    ("openat", O_PATH, "r"),
    ("openat", O_PATH | O_WRONLY, "w"),
    ("openat", O_TRUNC, "r"),
    ("openat", O_CREAT, "r"),
    ("creat", 0, "w"),
    ("truncate", 0, "w"),
    ("ftruncate", 0, ""),
    ("getxattr", 0, "r"),
    ("stat", 0, ""),
    ("utimensat", 0, ""),
    ("access", 0, ""),
]


@pytest.mark.parametrize("perm", "rwxa")
def test_permission_classes(at, perm):
    events = [at.event(call, "D/a", flags=flags) for call, flags, _perms in PERMISSIONS]
    expected = ["K" if perm in perms else None for _call, _flags, perms in PERMISSIONS]
    assert at.keys([at.watch("D/a", "K", perm)], events) == expected


# --- programs, links, mounts ---------------------------------------------------------------------------------------


def test_an_execve_names_script_then_interpreter(at):
    tree = {"x": Node("program"), "c": Node("script", at.bench.path("x"))}
    run = [at.event("execve", "c"), at.event("execve", "x")]
    plain = "-a always,exit -F arch=b64 -S execve -F key=S"
    assert at.keys([at.never("x", perm="x"), at.watch("c", "C", "x")], run, tree) == ["C", None]
    assert at.keys([at.watch("x", "X", "x"), at.never("c", perm="x")], run, tree) == [None, "X"]
    assert at.keys([at.never("x", perm="x"), plain], run, tree) == [None, None]
    assert at.keys([plain, at.never("x", perm="x")], run, tree) == ["S", "S"]
    by_program = "-a always,exit -F exe={0} -S execve -F key=E"
    assert at.keys([by_program.format(at.bench.path("x"))], run, tree) == ["E", "E"]
    assert at.keys([by_program.format(at.bench.path("c"))], run, tree) == [None, None]


def test_the_loader_is_named_as_well(at):
    loader = os.path.realpath("/lib64/ld-linux-x86-64.so.2")
    program = os.path.realpath("/bin/true")
    linked = subprocess.run(["ldd", program], check=False, capture_output=True, text=True).stdout
    if "ld-linux-x86-64" not in linked:
        pytest.skip("{0} is not linked to {1}".format(program, loader))
    rule = "-a always,exit -F path={0} -F perm=x -F key=L".format(loader)
    assert at.keys([rule], [Event("execve", (program,))], {}) == ["L"]


REACHED = {
    "D": DIR,
    "D/f": FILE,
    "D/sub": Node("tmpfs"),
    "D/sub/g": FILE,
    "E": DIR,
    "E/hard": Node("hardlink", "D/f"),
    "E/sym": Node("symlink", "../D/f"),
    "E/dsym": Node("symlink", "../D"),
    "B": Node("bind", "D"),
    "F": FILE,
    "G": DIR,
    "G/bound": Node("bind", "F"),
}
WAYS = ("D/f", "E/hard", "E/sym", "E/dsym/f", "B/f", "D/sub/g", "F", "G/bound")


@pytest.mark.parametrize(
    "kind, name, expected",
    [
        ("path", "D/f", "yyyyy..."),
        ("path", "E/hard", "yyyyy..."),
        ("path", "E/sym", "........"),
        ("path", "B/f", "yyyyy..."),
        ("path", "E/dsym/f", "yyyyy..."),
        ("dir", "D", "y.yyyy.."),
        ("dir", "B", "y.yyy..."),
        ("dir", "E", ".y......"),
        ("dir", "E/dsym", "........"),
        ("dir", "E/dsym/", "y.yyyy.."),
        ("dir", "D/sub", ".....y.."),
        # A file bound over another: the watch is on the one below, a dir rule holds the one above.
        ("path", "G/bound", "........"),
        ("path", "F", "......yy"),
        ("dir", "G", "......yy"),
    ],
)
def test_ways_to_reach_an_object(at, kind, name, expected):
    events = [at.event("openat", way, flags=O_WRONLY) for way in WAYS]
    found = at.keys([at.rule(kind, name, "K")], events, REACHED)
    assert "".join("y" if key else "." for key in found) == expected
