# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of ansible-playbook as a user starts them, in a process of its own, with stand-ins for what changes hosts."""

import json
import os
import subprocess
import sys

KEEPER = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "extensions", "molecule", "machines", "compiled.py"
)
COMPILED = os.path.join(os.path.dirname(KEEPER), "..", "..", "..", ".cache", "compiled")
"""What ``KEEPER`` keeps of the modules that the runs bring to their hosts: a quarter of the time of a run."""
ON_THIS_PYTHON = "ansible_python_interpreter={0}".format(sys.executable)
"""What a line of an inventory says, so that a host's modules run on the Python of the tests."""


def collection(base, repository, modules, roles=None, actions=()):
    """``base`` as a folder of collections, in which the checkout is one that has its own texts for some modules.

    ``modules`` are these texts, by name; their action plugins are away, but for those of ``actions``. ``roles`` are
    the folders of those that stand in for a role, by name.
    """
    tree = base / "ansible_collections" / "auditops" / "trail"
    tree.mkdir(parents=True)
    for name in ("meta", "playbooks", "galaxy.yml"):
        os.symlink(os.path.join(repository, name), str(tree / name))
    _linked(os.path.join(repository, "roles"), tree / "roles", roles or {})
    _linked(os.path.join(repository, "plugins"), tree / "plugins", ("modules", "action"))
    _linked(os.path.join(repository, "plugins", "modules"), tree / "plugins" / "modules", modules)
    _linked(os.path.join(repository, "plugins", "action"), tree / "plugins" / "action", set(modules) - set(actions))
    for name, folder in (roles or {}).items():
        os.symlink(folder, str(tree / "roles" / name))
    for name, text in modules.items():
        (tree / "plugins" / "modules" / (name + ".py")).write_text(text)
    return str(base)


def _linked(source, target, without):
    target.mkdir()
    for name in os.listdir(source):
        if name.partition(".")[0] not in without:
            os.symlink(os.path.join(source, name), str(target / name))


def module(path):
    """The text of a stand-in that lies at ``path``, as a module may begin and no other file of the project."""
    with open(path, encoding="utf-8") as opened:
        return "#!/usr/bin/python\n" + opened.read()


def play(folder, collections, what, hosts, *options, variables=None, where=None, timeout=120, **environ):
    """ansible-playbook with ``what`` (a playbook's path or name) over the lines ``hosts`` of an inventory.

    It runs in ``where`` (or ``folder``, in which its own files are), with no setting of the user's, and prints what it
    has told, for pytest to show of a test that fails.
    """
    (folder / "hosts.ini").write_text("".join(line + "\n" for line in hosts))
    (folder / "ansible.cfg").write_text("[defaults]\n")
    site = folder / "at-start-of-python"
    if not site.exists():
        os.makedirs(COMPILED, exist_ok=True)
        site.mkdir()
        (site / "sitecustomize.py").symlink_to(KEEPER)
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": collections,
        "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_PIPELINING": "true",  # a tenth of the time
        "PYTHONPATH": str(site),
        "AUDITOPS_COMPILED": COMPILED,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "ansible", "playbook", what, "-i", str(folder / "hosts.ini")]
    done = subprocess.run(
        [*command, "-e", json.dumps(variables or {}), *options],
        cwd=str(where or folder),
        env=dict(settings, **environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    print(done.stdout)
    return done
