# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines are made, found again and ended; a shell script stands for QEMU and one for ssh."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pytest

from ansible_collections.auditops.trail.extensions.molecule.machines import guests, images, qemu, recipes
from ansible_collections.auditops.trail.tests.lab import tour


@pytest.fixture
def lab(monkeypatch, tmp_path):
    """A folder of its own, an image of four bytes, programs that stand for QEMU and ssh."""
    monkeypatch.setattr(images, "FOLDER", tmp_path / "lab")
    monkeypatch.setenv("AUDITOPS_LAB_ACCEL", "tcg")
    for name in ("disk", "kernel", "initrd", "key"):
        (tmp_path / name).write_text(name)
    image = images.Image(*(tmp_path / name for name in ("disk", "kernel", "initrd", "key")), boots_itself=True)
    monkeypatch.setattr(images, "build", lambda _recipe: image)
    monkeypatch.setattr(images, "key", lambda: image.key)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    # What runs is python, so that the words of the command stay those that QEMU would have.
    script = f"#!{sys.executable}\nimport time\ntime.sleep(600)\n"
    _program(tmp_path / "bin" / "qemu-system-x86_64", script)
    _program(tmp_path / "bin" / "ssh", "#!/bin/sh\necho running\n")
    yield tmp_path
    guests.destroy(guests.machines())


def _program(path, text):
    path.write_text(text)
    path.chmod(0o755)


def _wanted(*names):
    return guests.wanted([{"name": name, "release": "trixie"} for name in names])


def _alive(numbers):
    """Those that still run; one that has ended and that nobody has waited for has no words."""
    return [number for number in numbers if _words(number)]


def _words(number):
    try:
        return pathlib.Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_machine_is_told_as_molecule_wants_it_and_ended_with_all_it_had(lab):
    told = guests.create("run", _wanted("one", "two"))
    assert [one["instance"] for one in told] == ["one", "two"]
    assert all(one["address"] == "127.0.0.1" and one["user"] == "anna" for one in told)
    assert len({one["port"] for one in told}) == 2
    machines = guests.machines("run")
    numbers = [number for machine in machines for number in guests.processes(machine)]
    assert len(numbers) == 4  # each under a time limit
    guests.destroy(machines)
    assert _alive(numbers) == []
    assert not (lab / "lab" / "machines").exists()


def test_the_command_has_a_time_limit_above_it(lab):
    guests.create("run", guests.wanted([{"name": "one", "release": "sid", "minutes": 7}]))
    (machine,) = guests.machines("run")
    words = pathlib.Path(f"/proc/{guests.processes(machine)[0]}/cmdline").read_bytes().split(b"\0")
    assert words[:3] == [b"timeout", b"--kill-after=20", b"420"]


def test_ports_are_taken_when_all_that_takes_long_is_over(lab, monkeypatch):
    build, free_ports, done = images.build, qemu.free_ports, []

    def building(recipe):
        done.append(recipe.name)
        return build(recipe)

    def taking(number):
        done.append(f"{number} ports, {len(list(images.FOLDER.rglob('disk.img')))} disks")
        return free_ports(number)

    monkeypatch.setattr(images, "build", building)
    monkeypatch.setattr(qemu, "free_ports", taking)
    guests.create("run", _wanted("one", "two"))
    assert done == ["trixie-bare", "trixie-bare", "2 ports, 2 disks"]


def test_the_posture_is_asked_of_a_machine_like_every_other(lab, monkeypatch):
    """Under a time limit, found by `make lab-destroy`, and gone whatever becomes of the tour."""
    build = images.build
    monkeypatch.setattr(images, "build", lambda recipe: build(recipe)._replace(boots_itself=False))
    seen = []

    def toured(remote, _name):
        (machine,) = guests.machines("posture")
        first, last = (_words(number).split(b"\0") for number in guests.processes(machine))
        seen.append((remote.port, guests.told()[0]["ssh"], first[0], last[last.index(b"-append") + 1]))
        raise RuntimeError("cut")

    monkeypatch.setattr(tour, "_toured", toured)
    with pytest.raises(RuntimeError, match="cut"):
        tour.tour("trixie")
    ((port, login, first, parameters),) = seen
    assert f"-p {port} " in login
    assert first == b"timeout"
    assert parameters.endswith(b" audit=1")
    assert guests.machines() == []


def test_machines_of_another_run_are_left_alone(lab):
    guests.create("mine", _wanted("one"))
    guests.create("theirs", _wanted("one"))
    guests.destroy(guests.machines("mine"))
    (left,) = guests.machines()
    assert left.folder.parent.name == "theirs"
    assert len(guests.processes(left)) == 2


def test_a_process_that_only_speaks_of_the_disk_is_not_taken_for_its_machine(lab):
    guests.create("run", _wanted("one"))
    (machine,) = guests.machines("run")
    with subprocess.Popen(["sleep", "60", str(machine.disk)], stderr=subprocess.DEVNULL) as other:
        assert other.pid not in guests.processes(machine)
        other.kill()


def test_none_is_left_where_one_does_not_come_up(lab):
    _program(lab / "bin" / "qemu-system-x86_64", '#!/bin/sh\ncase "$*" in *two/*) echo no room >&2; exit 1;; esac\n')
    _program(lab / "bin" / "ssh", "#!/bin/sh\nexit 255\n")
    with pytest.raises(guests.Trouble) as caught:
        guests.create("run", _wanted("one", "two"))
    assert "did not come up" in str(caught.value)
    assert guests.machines() == []


def test_what_a_machine_said_is_told_where_it_did_not_come_up(lab):
    _program(lab / "bin" / "qemu-system-x86_64", "#!/bin/sh\necho no room >&2; exit 1\n")
    _program(lab / "bin" / "ssh", "#!/bin/sh\nexit 255\n")
    with pytest.raises(guests.Trouble, match="no room"):
        guests.create("run", _wanted("one"))


def test_a_create_that_is_terminated_leaves_no_machine(lab):
    """The whole program, ended by a signal while it waits for a machine that never comes up."""
    _program(lab / "bin" / "ssh", "#!/bin/sh\nexit 255\n")
    source = f"""
import sys, pathlib
sys.path.insert(0, {str(images.ROOT / "extensions" / "molecule")!r})
from machines import guests, images, __main__
files = (pathlib.Path({str(lab)!r}) / name for name in ("disk", "kernel", "initrd", "key"))
image = images.Image(*files, boots_itself=True)
images.build, images.key = (lambda _recipe: image), (lambda: image.key)
guests.obstacle = lambda: None
sys.argv = ["machines", "create", "--run", "run"]
sys.exit(__main__.main())
"""
    environ = dict(os.environ, AUDITOPS_LAB_DIR=str(lab / "lab"))
    with subprocess.Popen([sys.executable, "-B", "-c", source], stdin=subprocess.PIPE, env=environ) as running:
        running.stdin.write(b'[{"name": "one", "release": "trixie"}]')
        running.stdin.close()
        until = time.monotonic() + 30
        while not any(guests.processes(machine) for machine in guests.machines()):
            assert time.monotonic() < until
            time.sleep(0.1)
        numbers = [number for machine in guests.machines() for number in guests.processes(machine)]
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 130
    assert guests.machines() == []
    assert _alive(numbers) == []


@pytest.mark.parametrize(
    ("platform", "said"),
    [
        ({"name": "one", "release": "lenny"}, "release 'lenny' is none of bullseye"),
        ({"name": "one"}, "release None"),
        ({"name": "../up", "release": "sid"}, "give a name of letters"),
        ({"release": "sid"}, "give a name"),
        ({"name": "one", "release": "sid", "internett": True}, "no option is called internett"),
        ({"name": "one", "release": "sid", "reaches": ["two"]}, "it reaches two, and there are one"),
    ],
)
def test_a_platform_that_cannot_be_made_is_refused(platform, said):
    with pytest.raises(guests.Trouble, match=said):
        guests.wanted([platform])


def test_a_guest_reaches_nothing_unless_it_is_asked_for(lab):
    image = images.build(recipes.bare("trixie"))
    closed = " ".join(qemu.command(image, 2222, lab / "console", "file=x"))
    opened = " ".join(qemu.command(image, 2222, lab / "console", "file=x", internet=True))
    assert "restrict=on,hostfwd=tcp:127.0.0.1:2222-:22" in closed
    assert "restrict=off" in opened


def test_only_an_image_without_a_boot_loader_is_given_a_kernel(lab):
    image = images.build(recipes.bare("trixie"))
    assert "-kernel" not in qemu.command(image, 2222, lab / "console", "file=x", parameters="audit=1")
    direct = qemu.command(image._replace(boots_itself=False), 2222, lab / "console", "file=x", parameters="audit=1")
    assert direct[direct.index("-append") + 1].endswith("audit=1")


def test_two_machines_of_one_name_are_refused():
    with pytest.raises(guests.Trouble, match="two have this name"):
        _wanted("one", "one")


def test_a_machine_finds_the_ssh_of_another_at_its_address(lab):
    platforms = [{"name": "one", "release": "sid"}, {"name": "two", "release": "sid", "reaches": ["one"]}]
    told = guests.create("run", guests.wanted(platforms))
    first, second = guests.machines("run")
    words = pathlib.Path(f"/proc/{guests.processes(second)[-1]}/cmdline").read_bytes().decode()
    assert f"guestfwd=tcp:10.0.2.100:22-cmd:{sys.executable}" in words
    assert f"relay.py {told[0]['port']}" in words
    assert "guestfwd" not in pathlib.Path(f"/proc/{guests.processes(first)[-1]}/cmdline").read_bytes().decode()


def test_a_relay_carries_both_ways_until_a_side_ends():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        command = [sys.executable, str(qemu._RELAY), str(listening.getsockname()[1])]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as relay:
            listening.settimeout(30)
            connection, _sender = listening.accept()
            with connection:
                relay.stdin.write(b"question")
                relay.stdin.flush()
                assert connection.recv(100) == b"question"
                connection.sendall(b"answer" * 50000)
            assert relay.stdout.read() == b"answer" * 50000
            assert relay.wait(30) == 0


def test_a_relay_to_nobody_ends():
    (port,) = qemu.free_ports(1)
    done = subprocess.run(
        [sys.executable, str(qemu._RELAY), str(port)], stdin=subprocess.DEVNULL, check=False, timeout=30
    )
    assert done.returncode == 1
