# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines: each has a folder with its disk, a port of the loopback device for ssh, and a time limit.

Nothing is remembered of a process: a machine's QEMU is the process whose command line names its disk. So none is
forgotten where a run ends between two steps, and no other process is taken for it where its number is used again.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import time
from typing import Any, Iterable, NamedTuple

from . import images, qemu
from .recipes import RELEASES, USER, Recipe, bare

BOOT = 600  # seconds; about 50 on an idle machine
MINUTES = 150  # after which a machine is ended, whatever it is doing
_END = 20  # seconds for QEMU to end
_KNOWN = frozenset({"name", "release", "memory", "internet", "minutes", "reaches", "groups"})


class Trouble(Exception):
    """A machine did not come up, or what was asked for cannot be had."""


class Wanted(NamedTuple):
    """A machine that is to be made.

    ``memory`` in MiB; ``internet``: the guest may open connections to the outside, which it may not otherwise;
    ``minutes``: its time limit; ``reaches``: the machines beside it whose ssh it reaches, at ``address``;
    ``parameters``: more of the kernel's command line, for an image that does not boot itself.
    """

    name: str
    recipe: Recipe
    memory: int = 768
    internet: bool = False
    minutes: int = MINUTES
    reaches: tuple[str, ...] = ()
    parameters: str = ""


class Machine(NamedTuple):
    """One that is or was running."""

    name: str
    folder: pathlib.Path

    @property
    def disk(self) -> pathlib.Path:
        """The guest's own."""
        return self.folder / "disk.img"

    @property
    def notes(self) -> pathlib.Path:
        """What a person wants to know of it, as JSON."""
        return self.folder / "machine.json"

    @property
    def console(self) -> pathlib.Path:
        """What the guest wrote to its serial port."""
        return self.folder / "console"


def wanted(platforms: Iterable[dict[str, Any]]) -> list[Wanted]:
    """Platforms of molecule.yml, checked: bare machines.

    Raises:
        Trouble: one has an option that there is not, an unknown release, or a name that is no file name.
    """
    found = []
    for platform in platforms:
        unknown = sorted(set(platform) - _KNOWN)
        if unknown:
            raise Trouble(
                f"platform {platform.get('name')}: no option is called {', '.join(unknown)}; {sorted(_KNOWN)}"
            )
        given = {key: value for key, value in platform.items() if key in Wanted._fields}
        if not str(given.get("name", "")).replace("-", "").replace("_", "").isalnum():
            raise Trouble(f"platform {given.get('name')!r}: give a name of letters, digits, - and _")
        if platform.get("release") not in RELEASES:
            raise Trouble(
                f"platform {given['name']}: release {platform.get('release')!r} is none of {', '.join(RELEASES)}"
            )
        given["reaches"] = tuple(given.get("reaches", ()))
        found.append(Wanted(recipe=bare(platform["release"]), **given))
    names = [one.name for one in found]
    for one in found:
        if names.count(one.name) > 1:
            raise Trouble(f"platform {one.name}: two have this name")
        if not set(one.reaches) <= set(names):
            raise Trouble(f"platform {one.name}: it reaches {', '.join(one.reaches)}, and there are {', '.join(names)}")
    return found


def machines(run: str | None = None) -> list[Machine]:
    """Those of one run, or of every run, whose folder is still there."""
    top = images.FOLDER / "machines"
    return [Machine(path.name, path) for path in sorted(top.glob(f"{run or '*'}/*")) if path.is_dir()]


def create(run: str, wished: list[Wanted]) -> list[dict[str, Any]]:
    """Start machines and wait until all have come up; what Molecule wants to know of each.

    Args:
        run: Their common folder, which a second run of the same name would share.

    Raises:
        Trouble: one did not come up; none of them is left then.
        images.Failed: an image could not be made.
    """
    built = [images.build(one.recipe) for one in wished]
    made: list[Machine] = []
    try:
        for one, image in zip(wished, built):
            machine = Machine(one.name, images.FOLDER / "machines" / run / one.name)
            destroy([machine])
            made.append(machine)
            _copy(machine, image)
        # Not before: what takes minutes is over, in which others could have taken them.
        ports = dict(zip((one.name for one in wished), qemu.free_ports(len(wished))))
        places = {one.name: address(place) for place, one in enumerate(wished)}
        for machine, one, image in zip(made, wished, built):
            _start(machine, one, image, ports[one.name], {places[name]: ports[name] for name in one.reaches})
        for machine in made:
            _wait(machine, ports[machine.name], time.monotonic() + BOOT * len(made))
    except BaseException:
        destroy(made)
        raise
    identity = str(images.key())
    return [
        {
            "instance": machine.name,
            "address": "127.0.0.1",
            "port": ports[machine.name],
            "user": USER,
            "identity_file": identity,
        }
        for machine in made
    ]


def address(place: int) -> str:
    """Where the other machines of a scenario find the one in this place of the platforms, counted from 0."""
    return f"10.0.2.{100 + place}"


def destroy(chosen: Iterable[Machine]) -> None:
    """End machines and remove their folders; one that is not there is no error.

    Raises:
        Trouble: a process does not end.
    """
    for machine in chosen:
        _end(machine)
        shutil.rmtree(machine.folder, ignore_errors=True)
        for folder in (machine.folder.parent, machine.folder.parent.parent):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def told() -> list[dict[str, Any]]:
    """Every machine whose folder is there: its name and run, the processes, how to log in."""
    found = []
    for machine in machines():
        notes = json.loads(machine.notes.read_text()) if machine.notes.is_file() else {}
        found.append(
            {"name": machine.name, "run": machine.folder.parent.name, **notes, "processes": processes(machine)}
        )
    return found


def processes(machine: Machine) -> list[int]:
    """The numbers of QEMU and the time limit above it, by the disk in their command line; the youngest last."""
    mark = _drive(machine).encode()
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark in (entry / "cmdline").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue  # ended meanwhile
    return sorted(found)


def _drive(machine: Machine) -> str:
    # The disk is thrown away with its machine: what QEMU's own death would lose is no loss.
    return f"file={machine.disk},format=raw,if=virtio,cache=unsafe"


def _copy(machine: Machine, image: images.Image) -> None:
    machine.folder.mkdir(parents=True)
    copy = ["cp", "--sparse=always", "--reflink=auto", str(image.disk), str(machine.disk)]
    subprocess.run(copy, check=True, timeout=300)


def _start(machine: Machine, one: Wanted, image: images.Image, port: int, reaches: dict[str, int]) -> None:
    command = qemu.command(
        image, port, machine.console, _drive(machine), one.memory, one.internet, reaches, one.parameters
    )
    command = ["timeout", "--kill-after=20", str(one.minutes * 60), *command]
    login = shlex.join(qemu.ssh(images.key(), port, USER))
    machine.notes.write_text(json.dumps({"release": one.recipe.release, "minutes": one.minutes, "ssh": login}) + "\n")
    with open(machine.folder / "qemu.log", "wb") as log:
        begun = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    _give_way(begun.pid)
    while begun.poll() is None and not processes(machine):
        time.sleep(0.1)  # the kernel shows no command line for a moment after exec


def _give_way(process: int) -> None:
    """Let other sessions come first: where the kernel shares by session, nice counts in one alone (sched(7))."""
    with contextlib.suppress(OSError):
        pathlib.Path(f"/proc/{process}/autogroup").write_text(f"{qemu.nice()}\n", encoding="ascii")


def _wait(machine: Machine, port: int, until: float) -> None:
    """Until the machine has started all of its services."""
    began = time.monotonic()
    while time.monotonic() < until and processes(machine):
        left = max(1.0, until - time.monotonic())
        command = [*qemu.ssh(images.key(), port, USER), "systemctl is-system-running --wait"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=left)
        except subprocess.TimeoutExpired:
            continue
        if done.stdout.strip():
            return
        time.sleep(2)
    said = "".join(
        path.read_text(errors="replace")[-2000:]
        for path in (machine.folder / "qemu.log", machine.console)
        if path.is_file()
    )
    raise Trouble(f"{machine.name} did not come up within {time.monotonic() - began:.0f} s. It said:\n{said}")


def _end(machine: Machine) -> None:
    for name in (signal.SIGTERM, signal.SIGKILL):
        for process in processes(machine):
            try:
                os.kill(process, name)
            except ProcessLookupError:
                continue
        until = time.monotonic() + _END
        while time.monotonic() < until:
            if not processes(machine):
                return
            time.sleep(0.2)
    raise Trouble(f"{machine.name}: the processes {processes(machine)} do not end")


def obstacle() -> str | None:
    """Why no machine can be made here; None where nothing stands in the way."""
    if os.geteuid() != 0:
        return "not root, and mmdebstrap's image is made as root"
    needed = {
        "qemu-system-x86_64": "qemu-system-x86",
        "mmdebstrap": "mmdebstrap",
        "mke2fs": "e2fsprogs",
        "ssh": "openssh-client",
        "ssh-keygen": "openssh-client",
        "dpkg-deb": "dpkg",
        "timeout": "coreutils",
    }
    missing = sorted({package for program, package in needed.items() if shutil.which(program) is None})
    return f"not installed: {', '.join(missing)}" if missing else None
