# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The auditctl of a run that is killed: it ends too, and nobody else is at work before it has."""

import os
import signal
import time

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy import wire
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wire import Wire
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

SLOW = """#!/bin/sh
echo $$ > "$2.new"
mv "$2.new" "$2.pid"
exec sleep 60
"""


def program(folder, text):
    path = folder / "auditctl"
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def until(what, seconds=20.0):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.02)


def is_there(pid):
    """Whether a process is at work; a dead one that nobody has waited for is not."""
    try:
        with open("/proc/{0}/stat".format(pid)) as read:
            return read.read().rsplit(")", 1)[1].split()[0] not in ("Z", "X")
    except OSError:
        return False


def test_the_code_and_all_that_was_said_come_back(tmp_path):
    wire = Wire(program(tmp_path, "#!/bin/sh\necho out\necho err >&2\nexit 3\n"))
    assert wire.load(str(tmp_path / "rules")) == (3, "out\nerr")


def test_auditctl_ends_with_the_run_that_is_killed(tmp_path):
    store, rules = Store(str(tmp_path / "state")), str(tmp_path / "rules")
    auditctl = program(tmp_path, SLOW)
    child = os.fork()
    if not child:
        try:
            with store.lock():
                Wire(auditctl, store.held).load(rules)
        finally:
            os._exit(0)
    until(lambda: os.path.exists(rules + ".pid"))
    with open(rules + ".pid") as read:
        pid = int(read.read())
    with pytest.raises(TrailError, match="another run is at work"), store.lock():
        pass
    assert is_there(pid)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    until(lambda: not is_there(pid))
    with store.lock():
        pass


def test_the_lock_is_held_until_auditctl_has_ended(tmp_path):
    store, rules = Store(str(tmp_path / "state")), str(tmp_path / "rules")
    with store.lock():
        descriptor = store.held()[0]
        auditctl = program(tmp_path, "#!/bin/sh\nls -l /proc/self/fd/{0}\n".format(descriptor))
        _code, said = Wire(auditctl, store.held).load(rules)
        assert said.endswith(os.path.join(store.folder, "lock"))
        _code, said = Wire(auditctl).load(rules)
        assert not said.endswith(os.path.join(store.folder, "lock"))
    assert store.held() == ()


def test_a_boot_that_cannot_be_told_is_an_error_where_rules_change(monkeypatch):
    monkeypatch.setattr(wire.host, "boot_id", lambda: None)
    with pytest.raises(TrailError, match="cannot be read") as refused:
        Wire().boot_id()
    assert refused.value.file == "/proc/sys/kernel/random/boot_id"
