# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands and scripts on a machine that is reached by ssh."""

import json
import pathlib
import shutil
import subprocess
import tempfile
from typing import Any, List

from ansible_collections.auditops.trail.extensions.molecule.machines import qemu


class Unreachable(Exception):
    """The machine went away, or took too long for a command, or a command failed."""


class Remote:
    """A host behind ssh: where it listens, by whose key it opens. One connection is kept for all commands."""

    def __init__(self, host: str, port: int, key: pathlib.Path) -> None:
        self.host, self.port, self.key = host, port, key
        self._sockets = tempfile.mkdtemp(prefix="lab-")

    def _ssh(self, user: str) -> List[str]:
        options = ("ControlMaster=auto", "ControlPersist=600", f"ControlPath={self._sockets}/%r")
        return qemu.ssh(self.key, self.port, user, self.host, options)

    def run(self, command: str, given: bytes = b"", timeout: float = 120, user: str = "root") -> str:
        """Standard output of a command line that the user's shell runs.

        Raises:
            Unreachable: no answer in time, or the command failed; with what it said.
        """
        try:
            done = subprocess.run(
                [*self._ssh(user), command], input=given, capture_output=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            raise Unreachable(f"no answer within {timeout:.0f} s: {command[:200]}") from None
        if done.returncode:
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
