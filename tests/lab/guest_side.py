# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs inside a guest: the collection's own posture, and other programs' answers to the same questions."""

import io
import pathlib
import tarfile
from typing import Any, Dict, Sequence, Tuple

from ansible_collections.auditops.trail.extensions.molecule.machines.images import ROOT
from ansible_collections.auditops.trail.tests.lab.machine import Remote

_PLACE = "/opt/lab"  # read by every user
_POSTURE = """
import sys, time
sys.path.insert(0, "/opt/lab")
from ansible_collections.auditops.trail.plugins.module_utils.posture import registry
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

seconds = {}

def timed(collector):
    def collect(context, posture):
        started = time.process_time()
        try:
            return collector.collect(context, posture)
        finally:
            seconds[collector.part] = round(time.process_time() - started, 3)
    return collector._replace(collect=collect)

posture = registry.collect(Context(**GIVEN), [timed(collector) for collector in registry.COLLECTORS])
print(json.dumps({"posture": posture, "seconds": seconds}))
"""
_ANSWERS = """
import os, subprocess
answers = {}
environ = dict(os.environ, LC_ALL="C", TZ="UTC", PATH="/usr/sbin:/usr/bin:/sbin:/bin")
for command in GIVEN:
    done = subprocess.run(command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environ)
    answers[command] = [done.returncode, done.stdout.decode("utf-8", "replace"),
                        done.stderr.decode("utf-8", "replace")]
print(json.dumps(answers))
"""


def install(remote: Remote) -> None:
    """Put the collection's target side, as this checkout has it, into the guest."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for folder in ("plugins/module_utils", "plugins/modules"):
            for path in sorted((ROOT / folder).rglob("*.py")):
                inside = pathlib.PurePosixPath("ansible_collections/auditops/trail") / path.relative_to(ROOT)
                archive.add(path, str(inside))
    remote.run(f"rm -rf {_PLACE} && mkdir -p {_PLACE} && tar -C {_PLACE} --no-same-owner -xz", packed.getvalue())


def posture(remote: Remote, user: str = "root", **context: Any) -> Tuple[Dict[str, Any], Dict[str, float]]:
    """The guest's posture, collected there by ``user``, and the CPU seconds of each part.

    ``context`` are fields of posture/context.py.
    """
    told = remote.python(_POSTURE, context, timeout=600, user=user)
    return told["posture"], told["seconds"]


def answers(remote: Remote, commands: Sequence[str], user: str = "root") -> Dict[str, Tuple[int, str, str]]:
    """Exit status, standard output and error output of each command, in the C locale and UTC."""
    told = remote.python(_ANSWERS, list(dict.fromkeys(commands)), timeout=600, user=user)
    return {command: (status, output, said) for command, (status, output, said) in told.items()}
