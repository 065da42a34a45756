# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tarball holds, and that it works when nothing of the checkout is at hand."""

import json
import tarfile

from ansible_collections.auditops.trail.tests.unit.collection.conftest import LITTER, in_home

# All that a user of the collection needs. A new folder at the top has to be put here, or into build_ignore.
FOLDERS = ("LICENSES", "changelogs", "docs", "meta", "playbooks", "plugins", "roles")
FILES = ("CHANGELOG.md", "CONTRIBUTING.md", "README.md", "REUSE.toml", "requirements.txt", "tests/config.yml")
# What ansible-galaxy makes of galaxy.yml.
MADE = {"MANIFEST.json", "FILES.json"}


def belongs(name):
    """Whether a tracked file belongs into the tarball."""
    return name in FILES or name.split("/")[0] in FOLDERS


def packed(tarball):
    with tarfile.open(str(tarball)) as archive:
        return {member.name for member in archive.getmembers() if not member.isdir()}


def test_it_holds_what_a_user_needs_and_nothing_else(tarball, tracked):
    assert packed(tarball) - MADE == {name for name in tracked if belongs(name)}


def test_it_holds_every_module_role_and_playbook(tarball, tracked):
    held = packed(tarball)
    needed = [name for name in tracked if name.startswith(("plugins/", "roles/", "playbooks/"))]
    assert any(name.startswith("plugins/modules/") for name in needed)
    assert [name for name in needed if name not in held] == []


def test_litter_is_left_out(tarball):
    assert packed(tarball) & set(LITTER) == set()


def test_the_manifest_is_the_projects(tarball):
    with tarfile.open(str(tarball)) as archive:
        manifest = json.loads(archive.extractfile("MANIFEST.json").read().decode())["collection_info"]
    assert (manifest["namespace"], manifest["name"], manifest["version"]) == ("auditops", "trail", "0.1.0")
    assert manifest["license"] == ["GPL-3.0-or-later"]


def test_a_playbook_runs_from_it(installed, repository):
    posture = repository + "/docs/examples/gaps.json"
    variables = {"audit_compliance_posture": posture, "audit_compliance_result_dir": str(installed / "results")}
    inventory = ["--inventory", "localhost,", "--connection", "local"]
    done = in_home(
        installed, "playbook", "auditops.trail.compliance", *inventory, "--extra-vars", json.dumps(variables)
    )
    assert done.returncode == 0, done.stdout
    results = [json.loads(path.read_text(encoding="utf-8")) for path in (installed / "results").rglob("*.json")]
    assert results, done.stdout


def test_the_documentation_of_each_module_is_found(installed, tracked):
    modules = [name for name in tracked if name.startswith("plugins/modules/") and not name.endswith("__init__.py")]
    for name in modules:
        fqcn = "auditops.trail." + name.rpartition("/")[2][: -len(".py")]
        done = in_home(installed, "doc", "--json", fqcn)
        assert done.returncode == 0, done.stdout
        assert fqcn in done.stdout
