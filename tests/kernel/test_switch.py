# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel goes from one rule set to another: what it holds then, what it misses on the way, what a kill leaves."""

import os
import random
import signal
import subprocess
import time

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import host
from ansible_collections.auditops.trail.plugins.module_utils.deploy.kernel_side import Kernel, SwitchError
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wire import Wire
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel
from ansible_collections.auditops.trail.plugins.module_utils.rules.encode import encode_rule, marked
from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import identity, resolved
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Field, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate
from ansible_collections.auditops.trail.tests.kernel import control, drawing, test_listing
from ansible_collections.auditops.trail.tests.kernel.hammer import Hammer
from ansible_collections.auditops.trail.tests.kernel.scratch import DIR, FILE

EVENTS = int(os.environ.get("AUDITOPS_HAMMER", "10000"))
PAIRS = 25
KILLS = 18


def load_of(lines):
    """What a load of these lines is to leave on this machine, without the lines that it refuses."""
    dialect = Dialect(host.audit_version(), "x86_64")
    refused = {0}
    while refused:
        load = simulate(["-c", *lines], dialect, PathState.of_host(), kernel=host.kernel_release())
        refused = {one.origin.text for one in load.rejected}
        lines = [line for line in lines if line not in refused]
    return load


@pytest.fixture
def empty(bench):
    control.delete_all(bench.channel)
    bench.scratch.reset({"file": FILE, "dir": DIR, "dir/in": FILE})
    yield bench
    control.delete_all(bench.channel)
    bench.channel.set(failure=1, rate_limit=0, backlog_limit=8192, backlog_wait_time=15000, enabled=1)


def drawn(bench, seed):
    """Two rule sets that have some rules in common, in another order."""
    dice = random.Random(seed)
    bench.scratch.reset(drawing.TREE)
    lines = []
    for _turn in range(6):
        lines += [rule.replace("{}", bench.scratch.root) for rule in drawing._trial(dice).rules]
    lines = list(dict.fromkeys(lines))
    one = dice.sample(lines, dice.randint(0, len(lines)))
    other = dice.sample(lines, dice.randint(0, len(lines)))
    return [load_of(set_of) for set_of in (one, other)]


def test_random_sets_are_reached_from_each_other_and_a_snapshot_is_put_back_byte_for_byte(empty):
    counts = {"added": 0, "removed": 0, "moved": 0, "lost": 0}
    for seed in range(PAIRS):
        one, other = drawn(empty, seed)
        switching = Kernel()
        switching.switch(one, empty.home)
        assert switching.differences(one) == []
        before = switching.snapshot()
        told = switching.switch(other, empty.home)
        assert switching.differences(other) == [], seed
        assert switching.switch(other, empty.home) == dict.fromkeys(counts, 0)
        switching.restore(before)
        assert switching.snapshot() == before, seed
        counts = {name: number + told[name] for name, number in counts.items()}
    print("\nswitch: {0} random pairs, {1}".format(PAIRS, counts))
    assert counts["moved"] >= PAIRS
    assert counts["lost"] == 0


class Deadly(Wire):
    """Kills its own process before the given request."""

    def __init__(self, number):
        super().__init__()
        self.left = number

    def _count(self):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)

    def add(self, payload):
        self._count()
        super().add(payload)

    def delete(self, payload):
        self._count()
        super().delete(payload)

    def set_status(self, **values):
        self._count()
        super().set_status(**values)

    def load(self, path):
        self._count()
        return super().load(path)


def killed(change):
    """Run it in a process of its own; whether it was killed."""
    child = os.fork()
    if not child:
        try:
            change()
            os._exit(0)
        except BaseException:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def two_sets(bench, watch_first):
    """Rule sets in which the watch on ``file`` is a rule of both, with others around it, never rules too."""
    file, folder = bench.path("file"), bench.path("dir")
    watch = "-w {0} -p wa -k both".format(file)
    old = ["-a never,exit -F path={0}/in -F perm=r".format(folder), "-w {0} -p rwxa -k old".format(folder)]
    old += ["-a always,exit -F arch=b64 -S mount -F auid={0} -k old".format(number) for number in range(6)]
    new = ["-a never,exit -F path={0}/in -F perm=x".format(folder), "-w {0} -p wa -k new".format(folder)]
    new += ["-a always,exit -F arch=b64 -S umount2 -F auid={0} -k new".format(number) for number in range(6)]
    shared = ["-a always,exclude -F msgtype=CWD", "-a always,exit -F arch=b32 -S mount -k shared"]
    if watch_first:
        return [watch, *old, *shared], [watch, *new, *shared]
    return [watch, *old, *shared], [*new, *shared, watch]


def test_a_kill_at_any_request_leaves_what_can_be_put_back_and_misses_nothing(empty):
    one, other = (load_of(lines) for lines in two_sets(empty, False))
    switching = Kernel()
    switching.switch(one, empty.home)
    before = switching.snapshot()
    died = 0
    with Hammer(empty.channel, empty.path("file")) as hammer:
        for number in range(1, KILLS + 1):
            died += killed(lambda number=number: Kernel(wire=Deadly(number)).switch(other, empty.home))
            if number % 2:
                # Killed again while it is put back.
                killed(lambda: Kernel(wire=Deadly(3)).restore(before))
                switching.restore(before)
            else:
                switching.switch(other, empty.home)
                assert switching.differences(other) == []
                switching.switch(one, empty.home)
            assert switching.snapshot() == before, number
    print("\nkilled {0} times at a request, {1} events meanwhile, {2} missed".format(
        died, hammer.count.events, len(hammer.count.missed)))  # fmt: skip
    assert died >= 14
    assert hammer.count.void is None
    assert hammer.count.missed == set()


def test_a_kill_before_each_step_leaves_what_can_be_put_back(empty):
    one, other = (load_of(lines) for lines in two_sets(empty, False))
    other = load_of([*two_sets(empty, False)[1], "-b 4000"])
    switching = Kernel()
    switching.switch(one, empty.home)
    before, seen = switching.snapshot(), []
    switching.switch(other, empty.home, seen.append)
    switching.restore(before)
    assert len(seen) == 6

    def die_at(name):
        def step(here):
            if here == name:
                os.kill(os.getpid(), signal.SIGKILL)

        return step

    for name in seen:
        assert killed(lambda name=name: Kernel().switch(other, empty.home, die_at(name)))
        switching.restore(before)
        assert switching.snapshot() == before, name


CASES = {
    "the watch stays at its place": lambda bench: two_sets(bench, True),
    "the watch changes its place": lambda bench: two_sets(bench, False),
    "the watch gets another key": lambda bench: (
        two_sets(bench, True)[0],
        [line.replace("-k both", "-k other") for line in two_sets(bench, False)[1]],
    ),
    "the watch becomes one on its folder": lambda bench: (
        two_sets(bench, True)[0],
        ["-a always,exit -F dir={0} -F perm=wa -k folder".format(bench.scratch.root), *two_sets(bench, True)[1][1:]],
    ),
    "a never rule comes in behind it and goes": lambda bench: (
        two_sets(bench, True)[0],
        [*two_sets(bench, True)[1], "-a never,exit -F path={0} -F perm=wa".format(bench.path("file"))],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_no_event_on_a_watch_of_both_sets_is_missed(empty, name):
    one, other = (load_of(lines) for lines in CASES[name](empty))
    assert not one.rejected and not other.rejected
    switching = Kernel()
    switching.switch(one, empty.home)
    switches = 0
    empty._expedite("0\n")  # deletions as slow as elsewhere: each step lasts longer
    with Hammer(empty.channel, empty.path("file")) as hammer:
        until = time.monotonic() + 120
        while time.monotonic() < until and len(hammer._seen) < EVENTS or switches < 4:
            switching.switch(other, empty.home)
            switching.switch(one, empty.home)
            switches += 2
    empty._expedite("1\n")
    count = hammer.count
    print("\nhammer, {0}: {1} events in {2:.1f} s, {3} switches, {4} missed{5}".format(
        name, count.events, count.seconds, switches, len(count.missed), "; VOID: " + count.void if count.void else ""
    ))  # fmt: skip
    assert count.void is None
    assert count.events >= EVENTS
    assert count.missed == set()


def test_the_same_hammer_misses_events_where_the_rules_are_deleted_and_loaded(empty):
    """What augenrules does. A hammer that cannot miss would prove nothing."""
    lines = ["-D", *two_sets(empty, True)[0]]
    path = os.path.join(empty.home, "whole.rules")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write("".join(line + "\n" for line in lines))
    os.chmod(path, 0o600)
    subprocess.run([control.AUDITCTL, "-R", path], check=True, capture_output=True)
    with Hammer(empty.channel, empty.path("file")) as hammer:
        for _turn in range(5):
            subprocess.run([control.AUDITCTL, "-R", path], check=True, capture_output=True)
    print("\nhammer, auditctl -R with -D, 5 times: {0} events, {1} missed".format(
        hammer.count.events, len(hammer.count.missed)))  # fmt: skip
    assert hammer.count.void is None
    assert hammer.count.missed


@pytest.mark.parametrize("moves", [False, True])
def test_a_directory_that_is_not_there_is_told_by_line_and_all_is_as_before(empty, moves):
    """By auditctl, and by the kernel where the line comes behind one that moves."""
    one, other = two_sets(empty, False)
    other = other if moves else ["-a always,exit -S 1 -F auid=9", *one[1:2]]
    switching = Kernel()
    switching.switch(load_of(one), empty.home)
    before = switching.snapshot()
    os.mkdir(empty.path("gone"))
    wanted = load_of([*other, "-w {0}/x -p wa -k gone".format(empty.path("gone"))])
    os.rmdir(empty.path("gone"))
    with pytest.raises(SwitchError) as caught:
        switching.switch(wanted, empty.home)
    assert empty.path("gone") in caught.value.message
    assert "No such file or directory" in caught.value.message
    assert caught.value.line == len(wanted.loaded) + 1  # -c is the first line
    assert switching.snapshot() == before


def test_every_line_is_encoded_as_auditctl_encodes_it(empty, repository, tmp_path):
    """But for the place of a key, which is not part of what a rule means."""
    compared = 0
    dialect = Dialect(host.audit_version(), "x86_64")
    for line in test_listing.inputs(repository):
        text = tmp_path / "one.rules"
        text.write_text(line + "\n")
        text.chmod(0o600)
        control.delete_all(empty.channel)
        if test_listing.auditctl("-R", str(text))[0]:
            continue
        (payload,) = control.listed()
        rule = resolved(parse_line(line, dialect).rule, os.path.isdir)._replace(prepend=False)
        read = kernel.decode_rule(payload)
        if encode_rule(read) == payload:
            assert encode_rule(rule) == payload, line
            compared += 1
        assert identity(rule) == identity(read), line
    assert compared >= 80


@pytest.mark.parametrize("name", ["user", "task", "exit", "exclude", "io_uring"])
def test_the_kernel_takes_a_marked_rule_beside_the_same_one_without_a_mark(empty, name):
    if name == "io_uring" and host.kernel_release() < (5, 16):
        pytest.skip("this kernel has no io_uring list")
    rule = encode_rule(Rule(name, "never", None, (Field("uid", "=", 54321),)))
    with_mark = [rule, marked(rule, 0), marked(rule, 65535)]
    empty.channel.add(with_mark)
    assert control.listed() == with_mark


def test_a_marked_rule_with_sixty_three_conditions_is_taken(empty):
    conditions = tuple(Field("uid", "!=", number) for number in range(1, 63))
    rule = encode_rule(Rule("exit", "never", frozenset([1]), conditions, ("key",)))
    empty.channel.add([rule, marked(rule, 7)])
    assert control.listed() == [rule, marked(rule, 7)]


def test_a_marked_watch_records_under_its_own_key(empty):
    file = empty.path("file")
    rule = Rule("exit", "always", None, (Field("path", "=", file), Field("perm", "=", 2)), ("mine",))
    empty.channel.add([marked(encode_rule(rule), 3)])
    empty.recorder.discard()
    with Hammer(empty.channel, file) as hammer:
        pass
    assert hammer.count.void is None and hammer.count.events and not hammer.count.missed
    assert any("mine" in each.keys for each in empty.recorder.read())


def test_settings_are_set_and_put_back(empty):
    switching = Kernel()
    before = switching.snapshot()
    switching.switch(load_of(["-b 300", "-f 0", "-r 500", "--backlog_wait_time 200", "-e 1"]), empty.home)
    assert switching.snapshot().settings == {
        "enabled": 1, "failure": 0, "rate_limit": 500, "backlog_limit": 300, "backlog_wait_time": 200,
    }  # fmt: skip
    switching.restore(before)
    assert switching.snapshot() == before
