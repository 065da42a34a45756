# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make and end virtual machines, for the playbooks of the lab: python3 -m machines COMMAND, in the folder above."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from typing import Any

from . import guests, images
from .recipes import RELEASES, bare


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="machines", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    image = commands.add_parser("image", help="build the images of releases where they are not there")
    image.add_argument("releases", nargs="+", choices=RELEASES)
    create = commands.add_parser(
        "create", help="start the machines that standard input lists as JSON, print how to log in"
    )
    create.add_argument("--run", required=True, help="the common name of these machines, a folder")
    destroy = commands.add_parser("destroy", help="end machines, remove their disks")
    which = destroy.add_mutually_exclusive_group(required=True)
    which.add_argument("--run", help="those of one run")
    which.add_argument("--all", action="store_true", help="those of every run")
    commands.add_parser("list", help="which machines there are")
    return parser.parse_args()


def _possible() -> None:
    reason = guests.obstacle()
    if reason:
        raise guests.Trouble(f"no virtual machine can be made here: {reason}")


def _image(given: argparse.Namespace) -> Any:
    _possible()
    seconds = {}
    for release in given.releases:
        began = time.monotonic()
        images.build(bare(release))
        seconds[release] = round(time.monotonic() - began, 1)
    return seconds


def _create(given: argparse.Namespace) -> Any:
    _possible()
    return guests.create(given.run, guests.wanted(json.load(sys.stdin)))


def _destroy(given: argparse.Namespace) -> Any:
    found = guests.machines(None if given.all else given.run)
    guests.destroy(found)
    return [str(machine.folder) for machine in found]


def _list(_given: argparse.Namespace) -> Any:
    return guests.told()


_COMMANDS = {"image": _image, "create": _create, "destroy": _destroy, "list": _list}


def _terminated(_signal: int, _frame: Any) -> None:
    raise KeyboardInterrupt("terminated")  # so that the machines are ended too


def main() -> int:
    """Run one command: its result as JSON on standard output; what went wrong on the other, without a traceback."""
    signal.signal(signal.SIGTERM, _terminated)
    given = _arguments()
    try:
        print(json.dumps(_COMMANDS[given.command](given)))
    except (guests.Trouble, images.Failed, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
