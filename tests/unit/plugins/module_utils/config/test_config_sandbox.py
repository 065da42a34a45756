# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program in the sandbox sees its own /run and /proc, changes nothing of the host, and never outlives its time."""

import os
import select
import signal
import subprocess
import sys
import time

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.config import sandbox
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

FOLDER = "/run/auditops-trail-test"


def shell(script, seconds=5.0, ready=b"up", settle=0.1, files=None, folders=()):
    return sandbox.run(["/bin/sh", "-c", script], files or {}, folders, seconds, ready, settle)


def _allowed():
    try:
        return shell("exit 0").status == 0
    except EvidenceError:
        return False


@pytest.fixture(scope="module", autouse=True)
def namespaces():
    if not _allowed():
        pytest.skip("namespaces cannot be made here")


def seconds_of_ours(seconds):
    """A time to sleep that no other run of the tests beside this one has: on another Python, at the same moment."""
    return "{0}.{1}".format(seconds, os.getpid())


def marked(mark):
    """Whether a process with this text among its arguments is alive."""
    for pid in os.listdir("/proc"):
        try:
            with open("/proc/{0}/cmdline".format(pid), "rb") as opened:
                if mark in opened.read() and pid != str(os.getpid()):
                    return True
        except (OSError, ValueError):
            continue
    return False


def test_the_exit_status_and_what_it_says_are_told():
    ran = shell("echo no >&2; exit 6")
    assert (ran.status, ran.output, ran.ready) == (6, b"no\n", False)


def test_a_signal_that_ends_it_is_told():
    ran = shell("sh -c 'kill -SEGV $$'; test $? = 139 && exit 9")
    assert ran.status == 9


def test_files_and_folders_are_there_for_it_alone():
    ran = shell(
        "cat {0}/conf >&2; stat -c %a {0}/conf {0}/log >&2; ls /run >&2".format(FOLDER),
        files={FOLDER + "/conf": b"mine\n"},
        folders=[FOLDER + "/log"],
    )
    assert ran.output.split() == [b"mine", b"640", b"700", os.path.basename(FOLDER).encode()]
    assert not os.path.exists(FOLDER)


def test_what_it_writes_to_run_does_not_reach_the_host():
    shell("echo 1 > /run/auditops-trail-mark; echo 2 > /var/run/auditops-trail-mark")
    assert not os.path.exists("/run/auditops-trail-mark")
    assert not os.path.exists("/var/run/auditops-trail-mark")


def test_its_proc_is_its_own_so_that_pid_1_is_itself():
    ran = shell("echo $$ >&2; tr '\\0' ' ' < /proc/1/cmdline >&2")
    assert ran.output.startswith(b"1\n/bin/sh -c echo")


def test_the_hosts_mounts_stay_as_they_are():
    def mounts():
        with open("/proc/self/mounts") as opened:
            return opened.read()

    before = mounts()
    shell("exit 0")
    assert mounts() == before


def test_one_that_says_that_it_is_up_is_ended_soon():
    ran = shell("echo up >&2; exec sleep 60")
    assert ran.status is None and ran.ready and ran.seconds < 3


def test_one_that_ends_after_it_was_up_is_told_as_ended():
    ran = shell("echo up >&2; exit 3", settle=1.0)
    assert (ran.status, ran.ready) == (3, True)


def test_one_that_says_nothing_is_ended_when_its_time_is_over():
    mark = seconds_of_ours(61)
    ran = shell("exec sleep " + mark, seconds=0.3)
    assert ran.status is None and not ran.ready and 0.3 <= ran.seconds < 3
    assert not marked(mark.encode())


def test_its_children_end_with_it():
    mark = seconds_of_ours(62)
    shell("sleep {0} & setsid sleep {0} & echo up >&2; wait".format(mark))
    assert not marked(mark.encode())


def test_a_program_that_is_not_there_is_an_error_and_no_exit_status():
    with pytest.raises(EvidenceError, match="No such file"):
        sandbox.run(["/nonexistent/auditd"], {}, [], 1.0, b"up", 0.1)


def test_where_no_namespace_is_allowed_it_says_so(monkeypatch):
    def refuse(*_arguments, **_named):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(sandbox, "_call", refuse)
    with pytest.raises(EvidenceError, match="not possible here.*Operation not permitted"):
        shell("exit 0")


def test_the_kernel_takes_no_audit_setting_from_it(tmp_path):
    """AUDIT_SET over netlink is refused in another PID namespace, so that no trial can change the audit state."""
    script = tmp_path / "set.py"
    script.write_text(
        "import socket, struct\n"
        "try:\n"
        "    s = socket.socket(16, socket.SOCK_RAW, 9)\n"
        "except OSError:\n"
        "    raise SystemExit(7)\n"
        # struct audit_status with an empty mask: it would change nothing even where it is let through
        "s.send(struct.pack('=IHHII', 16 + 40, 1001, 5, 1, 0) + bytes(40))\n"
        "raise SystemExit(-struct.unpack_from('=i', s.recv(8192), 16)[0])\n"
    )
    ran = sandbox.run([sys.executable, str(script)], {}, [], 5.0, b"up", 0.1)
    if ran.status == 7:
        pytest.skip("this kernel has no audit")
    assert ran.status in (1, 111), ran.output  # EPERM; ECONNREFUSED in another network namespace


MODULE = """
import sys
from ansible_collections.auditops.trail.plugins.module_utils.config import sandbox
print("up", flush=True)
sandbox.run(["/bin/sh", "-c", "sleep {0} & echo up >&2; exec sleep {0}".format(sys.argv[1])], {}, [], 30.0, b"up", 30.0)
"""


@pytest.mark.parametrize("after", [0.0, 0.02, 0.2])
def test_a_module_that_is_killed_leaves_nothing_behind(after, collections_path):
    """A module of its own, as small as a real one: the copies of a large process take their time to be torn down."""
    mark = "{0}{1}".format(seconds_of_ours(63), int(after * 1000) + 125)
    alive, held = os.pipe()
    module = subprocess.Popen(
        [sys.executable, "-B", "-c", MODULE, mark],
        stdout=subprocess.PIPE,
        pass_fds=[held],
        env=dict(os.environ, PYTHONPATH=collections_path),
    )
    os.close(held)
    with module:
        assert module.stdout.readline() == b"up\n"
        time.sleep(after)
        module.kill()
    # The pipe ends with the last process that has it; /proc alone does not tell of one that is about to be executed.
    assert select.select([alive], [], [], 20)[0]
    os.close(alive)
    assert not marked(mark.encode())


def test_a_module_that_is_killed_before_its_child_has_begun_leaves_nothing_behind():
    """The child is asked to end with its parent by a parent that is already gone: it must not take init for it."""
    mark = "{0}625".format(seconds_of_ours(63))
    begun, at_begin = os.pipe()
    module = os.fork()
    if module == 0:
        fork = os.fork

        def late():
            me, child = os.getpid(), fork()
            if child == 0:
                os.write(at_begin, b"x")
            while child == 0 and os.getppid() == me:
                time.sleep(0.005)
            return child

        try:
            os.fork = late
            shell("echo up >&2; exec sleep {0}".format(mark), settle=30.0, seconds=30.0)
        finally:
            os._exit(0)
    os.close(at_begin)
    assert os.read(begun, 1) == b"x"
    os.kill(module, signal.SIGKILL)
    os.waitpid(module, 0)
    until = time.monotonic() + 20
    # The pipe ends with the last process that has it.
    while not select.select([begun], [], [], 0.02)[0]:
        assert not marked(mark.encode()) and time.monotonic() < until
    assert os.read(begun, 1) == b"" and not marked(mark.encode())
    os.close(begun)
