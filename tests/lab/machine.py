# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One virtual machine: started by QEMU, reached by ssh on a loopback port, ended by its pid.

The guest's network is cut off (restrict=on): nothing leaves it but answers on the forwarded port.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
from typing import Any, List

from ansible_collections.auditops.trail.extensions.molecule.machines import qemu
from ansible_collections.auditops.trail.extensions.molecule.machines.images import Image

BOOT_TIMEOUT = 600  # seconds; about 50 on an idle machine


class Unreachable(Exception):
    """The guest did not come up, went away, or took too long for a command."""


class Remote:
    """A host behind ssh: where it listens, by whose key it opens. One connection is kept for all commands."""

    def __init__(self, host: str, port: int, key: pathlib.Path) -> None:
        self.host, self.port, self.key = host, port, key
        self._sockets = tempfile.mkdtemp(prefix="lab-")

    def _ssh(self, user: str) -> List[str]:
        options = ("ControlMaster=auto", "ControlPersist=600", f"ControlPath={self._sockets}/%r")
        return qemu.ssh(self.key, self.port, user, self.host, options)

    def run(
        self, command: str, given: bytes = b"", timeout: float = 120, check: bool = True, user: str = "root"
    ) -> str:
        """Standard output of a command line that the user's shell runs.

        Raises:
            Unreachable: no answer in time, or, with ``check``, the command failed; with what it said.
        """
        try:
            done = subprocess.run(
                [*self._ssh(user), command], input=given, capture_output=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            raise Unreachable(f"no answer within {timeout:.0f} s: {command[:200]}") from None
        if check and done.returncode:
            said = done.stderr.decode("utf-8", "replace")[-2000:]
            raise Unreachable(f"exit status {done.returncode} of: {command[:200]}\n{said}")
        return done.stdout.decode("utf-8", "replace")

    def python(self, script: str, given: Any = None, timeout: float = 300, user: str = "root") -> Any:
        """What a Python script, given the JSON of a value as its argument, prints as JSON.

        Raises:
            Unreachable: as of ``run``.
        """
        source = f"import json\nGIVEN = json.loads({json.dumps(given)!r})\n{script}"
        return json.loads(self.run("python3 -", source.encode(), timeout, user=user))

    def close(self) -> None:
        """Let go of the connections."""
        for path in pathlib.Path(self._sockets).iterdir():
            command = [*self._ssh(path.name)[:-1], "-O", "exit", f"{path.name}@{self.host}"]
            subprocess.run(command, capture_output=True, check=False, timeout=20)
        shutil.rmtree(self._sockets, ignore_errors=True)


class Guest(Remote):
    """A running virtual machine."""

    def __init__(self, image: Image, parameters: str, log: pathlib.Path) -> None:
        super().__init__("127.0.0.1", qemu.free_ports(1)[0], image.key)
        self.log = log
        drive = f"file={image.disk},format=raw,if=virtio,snapshot=on"
        self._qemu = subprocess.Popen(
            [*qemu.command(image, self.port, log, drive, parameters=parameters), "-no-reboot"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ, TMPDIR=str(image.disk.parent)),  # the guest's writes
        )

    def wait(self, timeout: float = BOOT_TIMEOUT) -> None:
        """Until the guest has started all of its services.

        Raises:
            Unreachable: it does not come up; the end of its console is told.
        """
        until = time.monotonic() + timeout
        while time.monotonic() < until and self._qemu.poll() is None:
            try:
                state = self.run("systemctl is-system-running --wait", timeout=timeout, check=False).strip()
            except Unreachable:
                continue
            if state:
                return
            time.sleep(2)
        console = self.log.read_text(errors="replace")[-2000:] if self.log.is_file() else ""
        raise Unreachable(f"the guest did not come up within {timeout:.0f} s. Its console:\n{console}")

    def stop(self) -> None:
        """End it at once, by its pid; its disk is thrown away."""
        self.close()
        self._qemu.terminate()
        try:
            self._qemu.wait(20)
        except subprocess.TimeoutExpired:
            self._qemu.kill()
            self._qemu.wait(20)
