# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tarball as a user gets it: built from the tracked files, with what a work tree gathers lying beside them."""

import os
import shutil
import subprocess
import sys

import pytest

# What the environments, the tools and the runs leave in a checkout, none of which may be packed.
LITTER = (
    ".ansible/collections/x",
    ".cache/environments/x/bin/python",
    ".hypothesis/examples/x",
    ".mypy_cache/x",
    ".pytest_cache/x",
    ".ruff_cache/x",
    ".venv/bin/python",
    "plugins/modules/__pycache__/x.cpython-311.pyc",
    "plugins/modules/x.pyc",
    "playbooks/compliance.retry",
    "reports/host.html",
    "results/host.json",
    "audit-compliance/host.json",
    "tests/output/x",
    "auditops-trail-0.0.1.tar.gz",
)


def in_home(folder, *command):
    """Run one of Ansible's commands with its home in ``folder``; the finished process."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environ.update(
        HOME=str(folder),
        ANSIBLE_HOME=str(folder / "ansible"),
        ANSIBLE_LOCAL_TEMP=str(folder / "tmp"),
        ANSIBLE_REMOTE_TMP=str(folder / "tmp"),
        ANSIBLE_COLLECTIONS_PATH=str(folder / "collections"),
        ANSIBLE_CONFIG=str(folder / "ansible.cfg"),
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_PIPELINING="1",
    )
    environ.pop("PYTHONPATH", None)
    (folder / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "ansible", *command],
        cwd=str(folder),
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )


@pytest.fixture(scope="session")
def tracked(repository):
    """The paths that git tracks and the work tree holds."""
    if shutil.which("git") is None or not os.path.exists(os.path.join(repository, ".git")):
        pytest.skip("not a git checkout: which files belong to the project is not known")
    command = ["git", "-c", "safe.directory={0}".format(repository), "ls-files", "-z"]
    listed = subprocess.run(command, cwd=repository, stdout=subprocess.PIPE, check=True).stdout
    names = [os.fsdecode(name) for name in listed.split(b"\0") if name]
    return [name for name in names if os.path.isfile(os.path.join(repository, name))]


@pytest.fixture(scope="session")
def tarball(repository, tracked, tmp_path_factory):
    """The path of the tarball, built from a copy of the tracked files with litter among them."""
    pytest.importorskip("ansible", reason="ansible-core is not installed")
    home = tmp_path_factory.mktemp("tarball")
    tree = home / "tree"
    for name in tracked:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(os.path.join(repository, name), str(tree / name))
    for name in LITTER:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("litter", encoding="utf-8")
    done = in_home(home, "galaxy", "collection", "build", str(tree), "--output-path", str(home))
    assert done.returncode == 0, done.stdout
    built = list(home.glob("auditops-trail-*.tar.gz"))
    assert len(built) == 1, done.stdout
    return built[0]


@pytest.fixture(scope="session")
def installed(tarball, tmp_path_factory):
    """A home with the collection installed from the tarball, without a network."""
    home = tmp_path_factory.mktemp("installed")
    into = str(home / "collections")
    done = in_home(home, "galaxy", "collection", "install", str(tarball), "--offline", "--collections-path", into)
    assert done.returncode == 0, done.stdout
    return home
