# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's commands, as the Makefile calls them: python tests/tools COMMAND [ARGUMENTS for the tool behind it]."""

from __future__ import annotations

import importlib
import io
import sys

import owners
from layout import Problem

COMMANDS = {
    "compliance": "compliance",
    "test": "tiers",
    "lint": "lint",
    "bench": "bench",
    "demonstrate": "demonstrate",
    "lab": "lab",
    "lab-images": "lab_images",
    "lab-shell": "lab_shell",
    "lab-destroy": "lab_destroy",
}


def main(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a locale may be without our dots and dashes
    if not arguments or arguments[0] not in COMMANDS:
        print(f"Commands: {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        return int(importlib.import_module(COMMANDS[arguments[0]]).run(arguments[1:]))
    except Problem as problem:
        print(f"auditops.trail: {problem}", file=sys.stderr)
        return 1
    except OSError as error:
        advice = owners.advice(error)
        if advice is None:
            raise
        print(f"auditops.trail: {advice}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        owners.hand_over()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
