# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules files loaded by the real auditctl into the real kernel, and what rules/simulate.py says of them."""

import os
import random
import subprocess

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import host
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel
from ansible_collections.auditops.trail.plugins.module_utils.rules.filter_lists import kernel_key
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import LISTS, Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import read_audit_rules
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate
from ansible_collections.auditops.trail.tests.kernel import control

# {d} is a folder with the file "file", the folder "sub" and the symlink "link" to sub; {d}/none is not there.
CASES = {
    "order": ["-D", "-a always,exit -S unlink -k a", "-a never,exit -S rename", "-A always,exit -S rmdir -k b"],
    "stop at a bad line": ["-w {d}/file -p wa", "-a always,exit -S nosuchcall", "-w {d}/sub -p wa"],
    "bad line with -i": ["-i", "-w {d}/file -p wa", "-a always,exit -S nosuchcall", "-w {d}/sub -p wa"],
    "bad line with -c": ["-w {d}/file -p wa", "-c", "-a always,exit -S nosuchcall", "-w {d}/sub -p wa"],
    "-i comes too late": ["-a always,exit -S nosuchcall", "-i", "-w {d}/sub -p wa"],
    "watch and modern form": ["-w {d}/file -p wa -k a", "-a always,exit -F path={d}/file -F perm=wa -k a", "-t"],
    "fields swapped": ["-w {d}/file -p wa", "-a always,exit -F perm=wa -F path={d}/file"],
    "other key": ["-w {d}/file -p wa -k a", "-w {d}/file -p wa -k b", "-w {d}/file -p wa -k a -k b", "-w {d}/file"],
    "keys in another order": ["-w {d}/file -k a -k b", "-w {d}/file -k b -k a", "-w {d}/file -k a -k b"],
    "-A repeats": ["-a always,exit -S unlink", "-A always,exit -S unlink", "-A always,exit -S unlink", "-l"],
    "-A repeats and -d": ["-a always,exit -S unlink -k x", "-A always,exit -S unlink -k x"]
    + ["-d always,exit -S unlink -k x"] * 3,
    "-A on a watch": ["-w {d}/file -p wa", "-A always,exit -F path={d}/file -F perm=wa", "-W {d}/file -p wa"],
    "delete and again": ["-w {d}/file -p wa", "-W {d}/file -p wa", "-w {d}/file -p wa", "-W {d}/file"],
    "delete by key": ["-w {d}/file -k one", "-w {d}/sub -k two", "-a always,exit -S rmdir", "-D -k o", "-D -k zz"],
    "delete all in the middle": ["-w {d}/file -k one", "-D", "-w {d}/sub -k two"],
    "missing parent": ["-w {d}/none/x -p wa", "-w {d}/file"],
    "missing file": ["-w {d}/none -p wa", "-w {d}/file"],
    "missing dir": ["-a always,exit -F dir={d}/none -F perm=wa", "-w {d}/file"],
    "dir of a file": ["-a always,exit -F dir={d}/file -F perm=wa", "-w {d}/file"],
    "missing parent of exe": ["-a always,exit -F exe={d}/none/x -S unlink", "-w {d}/file"],
    "missing exe": ["-a always,exit -F exe={d}/none -S unlink", "-w {d}/file"],
    "deletion of what is missing": ["-i", "-W {d}/none/x -p wa", "-d always,exit -F exe={d}/none/x -S unlink"],
    "parent is a file": ["-w {d}/file/x -p wa", "-w {d}/file"],
    "through a symlink": ["-w {d}/link/x -p wa", "-w {d}/link -p wa", "-w {d}/link/ -p r", "-w {d}/sub -p wa"],
    "dangling symlink": ["-w {d}/dangling -p wa", "-w {d}/dangling/x -p wa", "-w {d}/file"],
    "dir of a dangling symlink": ["-a always,exit -F dir={d}/dangling", "-w {d}/file"],
    "slashes": ["-w {d}/sub/ -p wa", "-w {d}/sub -p wa", "-w {d}/file"],
    "slash kept by dir": ["-a always,exit -F dir={d}/sub/", "-a always,exit -F dir={d}/sub", "-w {d}/file"],
    "settings": ["-b 128", "-r 7", "-f 0", "--backlog_wait_time 200", "-e 0", "-b 256", "-w {d}/file"],
    "two settings in a line": ["-b 128 -r 9", "-w {d}/file"],
    "settings before an error in a line": ["-b 128 -r many", "-w {d}/file"],
    "carriage returns": ["-b 300\r", "-w {d}/file -p wa -k x\r", "-D\r", "-w {d}/sub"],
    "only a carriage return": ["\r", "-w {d}/sub"],
    "tabs": ["-w {d}/sub", "\t-w {d}/file"],
    "tab comment": ["\t# comment", "-w {d}/file"],
    "possible": ["-a exit,possible -S unlink", "-w {d}/file"],
    "possible first": ["-a possible,exit -S unlink", "-w {d}/file"],
    "glued": ["-w {d}/file -p wa -k a-w {d}/sub -p wa -k b", "-w {d}/sub"],
    "listing and status": ["-l", "-s", "-v", "-w {d}/file"],
    "message": ["-m hello", "-w {d}/file"],
    "equivalent": ["-q {d},{d}/sub", "-w {d}/sub"],
    "equivalent of what is missing": ["-q {d},{d}/none", "-w {d}/sub"],
    "every list": ["-a never,exclude -F msgtype=CWD", "-a never,user -F uid=1", "-a never,task -F uid=12345"]
    + ["-a never,filesystem -F fstype=tracefs", "-a always,exit -S rmdir", "-a always,exclude -F msgtype=CWD"],
    "long line": ["-w {d}/" + "a" * 7000 + " -p wa", "-w {d}/file"],
    "NUL": ["-w {d}/file\0 -p wa -k lost", "-w {d}/sub"],
    "escaped space": ["-w {d}/a\\ b -p wa -k x", "-w {d}/file"],
}


@pytest.fixture(scope="module")
def channel():
    channel = control.Channel()
    saved = control.save()
    try:
        yield channel
    finally:
        control.restore(channel, saved)
        channel.close()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to("sub")
    (tmp_path / "dangling").symlink_to("nowhere")
    return str(tmp_path)


def _agree(channel, folder, lines):
    """Load the lines for real and in the simulation, from an empty kernel; both must end alike."""
    path = os.path.join(folder, "audit.rules")
    with open(path, "wb") as file:
        file.write("".join(line + "\n" for line in lines).encode("utf-8"))
    os.chmod(path, 0o600)
    version = host.audit_version()
    merged = read_audit_rules(path, version)
    control.delete_all(channel)
    before = kernel.read_status()
    done = subprocess.run(
        [control.AUDITCTL, "-R", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    real = kernel.list_rules(host.machine())
    after = kernel.read_status()
    load = simulate(
        merged.lines,
        Dialect(version, host.machine()),
        PathState.of_host(),
        kernel=host.kernel_release(),
        refused=merged.refused,
    )
    told = done.stderr.decode("utf-8", "replace")
    assert [kernel_key(rule) for rule in real] == [kernel_key(rule) for rule in _listed(load.loaded)], told
    if load.stopped_at is not None:
        assert done.returncode == 1, told
    elif not load.rejected or "-c" not in lines:
        assert done.returncode == 0, told
    for name, value in after._asdict().items():
        if name in load.settings:
            assert value == load.settings[name].value, (name, told)
        elif name in ("enabled", "failure", "rate_limit", "backlog_limit", "backlog_wait_time"):
            assert value == getattr(before, name), (name, told)


def _listed(rules):
    for name in LISTS:
        ordered = []
        for rule in rules:
            if rule.list == name:
                ordered.insert(0 if rule.prepend else len(ordered), rule)
        yield from ordered


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_kernel_ends_as_foretold(channel, folder, name):
    _agree(channel, folder, [line.replace("{d}", folder) for line in CASES[name]])


@pytest.mark.parametrize("seed", range(60))
def test_random_loads(channel, folder, seed):
    chance = random.Random(seed)
    pool = [
        line.replace("{d}", folder)
        for name in sorted(CASES)
        for line in CASES[name]
        if not line.startswith(("-m", "-q")) and len(line) < 200
    ]
    _agree(channel, folder, chance.sample(["-c", "-i"], chance.randint(0, 1)) + chance.sample(pool, 12))
