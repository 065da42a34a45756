# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How QEMU runs a guest: by KVM where that is faster than emulation, which is tried and not taken from /dev/kvm."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import time

SETTING = "AUDITOPS_LAB_ACCEL"
TRIED = ("kvm", "tcg")
_MOST = 60  # seconds for one trial
# Without cmpxchg16b: its emulation in QEMU 7.2 crashes guests now and then.
_OPTIONS = {"tcg": ("-accel", "tcg", "-cpu", "max,-cx16"), "kvm": ("-accel", "kvm", "-cpu", "host")}


def options(kernel: pathlib.Path, notes: pathlib.Path) -> tuple[str, ...]:
    """QEMU's options for the accelerator that is set, or else the faster one.

    Args:
        kernel: What a trial boots.
        notes: The file that keeps the outcome of the trial for this processor and QEMU.

    Raises:
        ValueError: there is no such accelerator.
    """
    chosen = os.environ.get(SETTING, "").strip().lower() or "auto"
    if chosen == "auto":
        chosen = faster(kernel, notes)
    if chosen not in _OPTIONS:
        raise ValueError(f"{SETTING}={chosen}: there is no such accelerator. Give auto, {' or '.join(_OPTIONS)}.")
    return _OPTIONS[chosen]


def faster(kernel: pathlib.Path, notes: pathlib.Path) -> str:
    """``kvm`` where a kernel gets to its end sooner by it than by emulation, otherwise ``tcg``; tried once."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    machine = _machine()
    try:
        noted = json.loads(notes.read_text())
    except (OSError, ValueError):
        noted = {}
    if noted.get("machine") != machine:
        noted = {"machine": machine, "seconds": {name: _trial(name, kernel) for name in TRIED}}
        notes.write_text(json.dumps(noted, indent=2) + "\n")
    seconds = noted["seconds"]
    return "kvm" if seconds["kvm"] is not None and seconds["kvm"] < (seconds["tcg"] or _MOST) else "tcg"


def _machine() -> str:
    version = subprocess.run(
        ["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()[0]
    models = [line for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{version}, {models[0].partition(':')[2].strip() if models else 'unknown processor'}"


def _trial(name: str, kernel: pathlib.Path) -> float | None:
    """Seconds until a kernel without a root file system has panicked and QEMU has ended; None where it does not."""
    command = [
        *("timeout", "--kill-after=5", str(_MOST), "qemu-system-x86_64", *_OPTIONS[name], "-m", "256", "-smp", "1"),
        *("-display", "none", "-no-user-config", "-nodefaults", "-serial", "none", "-monitor", "none", "-no-reboot"),
        *("-kernel", str(kernel), "-append", "panic=-1 quiet no_timer_check"),
    ]
    started = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_MOST + 30)
    return round(time.monotonic() - started, 1) if done.returncode == 0 else None
