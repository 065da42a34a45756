# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules as Ansible starts them on a target: in a process of their own, arguments in, JSON out."""

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture
def run(request, collections_path):
    """``run(**arguments)`` is the answer of the module that the test file names as MODULE."""

    def start(**arguments):
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join([collections_path] + [p for p in sys.path if p]))
        given = {"ANSIBLE_MODULE_ARGS": dict({"_ansible_remote_tmp": "/nonexistent"}, **arguments)}
        done = subprocess.run(
            [sys.executable, "-m", request.module.MODULE],
            input=json.dumps(given).encode("ascii"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            check=False,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return json.loads(done.stdout.decode("utf-8"))

    return start
