# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make lab-shell`: the machines of one scenario, converged and left up, and how to log in."""

from __future__ import annotations

import os
import subprocess

import lab
from layout import ROOT, Problem

DEFAULT = "audit_rules"


def run(arguments: list[str]) -> int:
    """Bring one scenario on one release to its converged state; ``arguments`` go to ansible-playbook.

    Returns:
        Molecule's exit code: the machines are up where it is not 0, too, unless none came up.
    """
    os.environ.setdefault("SCENARIO", DEFAULT)
    os.environ.setdefault("RELEASE", "trixie")
    chosen, releases = lab.scenarios() or [DEFAULT], lab.releases()
    if len(chosen) != 1 or len(releases) != 1:
        raise Problem("give one SCENARIO and one RELEASE: make lab-shell SCENARIO=auditd RELEASE=trixie")
    bench = lab.prepare()
    environ = bench.environ(releases[0])
    words = ["--no-command-borders", "--scenario-name", chosen[0], *(["--", *arguments] if arguments else [])]
    code = subprocess.run(bench.command("converge", *words), cwd=ROOT, env=environ, check=False).returncode
    for machine in lab.machines("list"):
        if machine["processes"]:
            print(f"\n{machine['run']}, {machine['name']}, ended by itself after {machine['minutes']} minutes:")
            print(f"    {machine['ssh']}")
    print("\nTo end them: make lab-destroy", flush=True)
    return code
