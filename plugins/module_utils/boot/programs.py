# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that write a boot loader's files: they take their time, and what they start has to end with them."""

import os
import signal
import subprocess
from typing import Callable, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils import parent
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

SECONDS = 600
"""update-grub looks for other systems on every disk, which takes minutes on some."""
_MOST = 2000  # characters of its output that an error repeats

Runner = Callable[[Sequence[str]], Tuple[int, str]]
"""Runs a program; the exit status, and what it printed on both of its outputs."""


def run(arguments: Sequence[str], seconds: float = SECONDS) -> Tuple[int, str]:
    """Run a program in a session of its own, all of which is ended where it takes too long.

    It ends with this process: the next run finishes what it has begun, and must not find it still at work.

    Raises:
        TrailError: it cannot be started, or has not ended in time.
    """
    me = os.getpid()
    try:
        # No AnsibleModule comes here, and its run_command has no timeout.
        process = subprocess.Popen(  # pylint: disable=ansible-bad-function,subprocess-popen-preexec-fn
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(os.environ, LC_ALL="C"),
            start_new_session=True,
            preexec_fn=lambda: parent.die_with(me),  # noqa: PLW1509 - there is one thread
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise TrailError("{0} cannot be run: {1}".format(arguments[0], error), remedy="run it by hand.") from None
    try:
        output, _nothing = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise TrailError(
            "{0} has not ended within {1:g} seconds".format(" ".join(arguments), seconds),
            remedy="run it by hand, and see what it waits for.",
        ) from None
    return process.returncode, output.decode("utf-8", "replace")


def demand(runner: Runner, arguments: Sequence[str]) -> None:
    """Run a program that has to succeed.

    Raises:
        TrailError: it does not; the error repeats the end of what it printed.
    """
    status, output = runner(arguments)
    if status != 0:
        raise TrailError(
            "{0} ended with status {1}: {2}".format(" ".join(arguments), status, output.strip()[-_MOST:]),
            remedy="run it by hand, and mend what it says.",
        )
