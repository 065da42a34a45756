# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role audit_compliance_schedule: what it holds twice is the same, and its bundle of the collection is whole."""

import hashlib
import importlib.util
import os
import re
import stat
import subprocess
import sys
import tarfile

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
ROLE = ("roles", "audit_compliance_schedule")
PREFIX = "audit_compliance_schedule_"


@pytest.fixture
def load(repository):
    def read(*path):
        with open(os.path.join(repository, *path), encoding="utf-8") as source:
            return yaml.safe_load(source)

    return read


def test_its_pins_are_those_that_the_tests_run_on(repository, load):
    told = load(*ROLE, "vars", "main.yml")
    cores = load("tests", "tools", "cores.json")
    assert sorted(told["_audit_compliance_schedule_cores"]) == sorted(cores)
    for name, row in told["_audit_compliance_schedule_cores"].items():
        path = os.path.join(repository, "tests", "requirements", "core-{0}.txt".format(name))
        with open(path, encoding="utf-8") as source:
            pins = {line.strip() for line in source if line.strip() and not line.startswith("#")}
        assert set(row["pins"]) | set(told["_audit_compliance_schedule_common"]) == pins, name
        first, last = (int(text.partition(".")[2]) for text in cores[name]["controller"])
        assert row["pythons"] == ["3.{0}".format(minor) for minor in range(first, last + 1)]
    for python, name in told["_audit_compliance_schedule_newest"].items():
        assert python in told["_audit_compliance_schedule_cores"][name]["pythons"]


def test_each_variable_has_a_default_a_specification_and_a_word_in_the_readme(repository, load):
    defaults = load(*ROLE, "defaults", "main.yml")
    options = load(*ROLE, "meta", "argument_specs.yml")["argument_specs"]["main"]["options"]
    assert sorted(defaults) == sorted(options)
    for name, value in defaults.items():
        if "{{" not in str(value):
            assert options[name]["default"] == value, name
    with open(os.path.join(repository, *ROLE + ("README.md",)), encoding="utf-8") as source:
        text = source.read()
    assert [name for name in defaults if "`{0}`".format(name[len(PREFIX) :]) not in text] == []


def test_the_settings_that_it_writes_are_those_that_the_runner_reads(repository):
    settings = pytest.importorskip("ansible_collections.auditops.trail.plugins.plugin_utils.schedule.settings")
    with open(os.path.join(repository, *ROLE + ("tasks", "settings.yml")), encoding="utf-8") as source:
        text = source.read()
    for name in settings.Settings.__dataclass_fields__:
        assert "'{0}': ".format(name) in text, name


def of_the_role(repository, name):
    """A program among the files of the role."""
    path = os.path.join(repository, *ROLE + ("files", name + ".py"))
    spec = importlib.util.spec_from_file_location("auditops_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bundle(repository):
    return of_the_role(repository, "bundle")


@pytest.fixture
def listed(repository, tmp_path):
    """``listed("src/")``: where the files of an inventory go, and their modes."""
    inventory = of_the_role(repository, "inventory")

    def found(source):
        files = inventory.files(str(tmp_path) + "/" + source)
        assert all(os.path.isfile(one["src"]) and one["src"].endswith(one["to"]) for one in files)
        return {one["to"]: one["mode"] for one in files}

    return found


def test_a_copied_inventory_keeps_what_makes_it_a_program_and_nobody_else_may_read_it(listed, tmp_path):
    for name, mode in (("hosts.yml", 0o666), ("cloud.sh", 0o755), ("group_vars/all/vault.yml", 0o600)):
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        path.chmod(mode)
    assert listed("src/") == {"hosts.yml": "0640", "cloud.sh": "0750", "group_vars/all/vault.yml": "0640"}
    assert sorted(listed("src")) == ["src/cloud.sh", "src/group_vars/all/vault.yml", "src/hosts.yml"]
    assert listed("src/cloud.sh") == {"cloud.sh": "0750"}


def test_links_of_an_inventory_are_followed_to_their_end(listed, tmp_path):
    (tmp_path / "v3").mkdir()
    (tmp_path / "v3" / "hosts.yml").write_text("")
    (tmp_path / "v3" / "itself").symlink_to(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "all.yml").symlink_to(tmp_path / "v3" / "hosts.yml")
    (tmp_path / "src" / "more").symlink_to(tmp_path / "v3")
    assert listed("src/") == {"all.yml": "0640", "more/hosts.yml": "0640"}
    (tmp_path / "current").symlink_to(tmp_path / "v3")
    assert sorted(listed("current")) == ["current/hosts.yml"]


def test_an_inventory_that_is_there_in_part_is_refused_with_what_is_not(repository, tmp_path):
    (tmp_path / "gone.yml").symlink_to(tmp_path / "none")
    path = os.path.join(repository, *ROLE + ("files", "inventory.py"))
    done = subprocess.run([sys.executable, path, str(tmp_path)], stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    told = done.stderr.decode()
    assert told.startswith("The inventory cannot be copied: {0}/gone.yml: No such".format(tmp_path))
    assert "audit_compliance_schedule_inventory_src" in told


def test_the_bundle_holds_what_a_run_needs_and_no_tests(bundle, repository, tmp_path):
    target = str(tmp_path / "collection.tar.gz")
    bundle.bundle(repository, target)
    with tarfile.open(target) as tar:
        names = tar.getnames()
    for wanted in ("galaxy.yml", "meta/runtime.yml", "playbooks/compliance.yml", "plugins/action/audit_compliance.py",
                   "plugins/plugin_utils/schedule/main.py", "roles/audit_compliance/tasks/main.yml"):  # fmt: skip
        assert wanted in names
    assert [name for name in names if name.startswith(("tests", ".", "docs")) or name.endswith(".pyc")] == []


def test_what_is_made_for_the_user_of_the_runs_can_be_read_whatever_the_umask_of_root_is(
    load, bundle, repository, tmp_path
):
    readable = load(*ROLE, "vars", "main.yml")["_audit_compliance_schedule_readable"]
    target = str(tmp_path / "collection.tar.gz")
    bundle.bundle(repository, target)
    (tmp_path / "there").mkdir()
    before = os.umask(0o077)
    try:
        subprocess.run([*readable, "mkdir", str(tmp_path / "made")], check=True)
        with tarfile.open(target) as tar:
            tar.extractall(str(tmp_path / "there"), filter="tar")
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(str(tmp_path / "made")).st_mode) == 0o755
    for folder, folders, names in os.walk(str(tmp_path / "there")):
        for name in folders:
            assert stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) == 0o755, name
        for name in names:
            assert stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) == 0o644, name


def test_whatever_fills_the_environment_runs_with_that_umask_and_the_user_tries_it_before_its_mark(load):
    first, fill = load(*ROLE, "tasks", "build.yml")
    names = [task["name"] for task in fill["block"]]
    assert names.index("See that the user of the runs can use it") == names.index("Mark it as whole") - 1
    for task in [first, *fill["block"]]:
        argv = task.get("ansible.builtin.command", {}).get("argv", "_audit_compliance_schedule_as_user")
        assert argv.lstrip("{ ").startswith(
            ("_audit_compliance_schedule_readable", "_audit_compliance_schedule_as_user")
        )


def tasks_of(repository):
    """All tasks of the role, those in blocks too."""
    folder = os.path.join(repository, *ROLE, "tasks")
    left = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as source:
            left += yaml.safe_load(source)
    while left:
        task = left.pop(0)
        left += task.get("block", []) + task.get("always", []) + task.get("rescue", [])
        yield task


def test_nothing_becomes_root_on_the_controller_whatever_the_inventory_says_for_all(repository):
    here = [task for task in tasks_of(repository) if task.get("delegate_to") == "localhost"]
    assert here
    for task in here:
        assert task["become"] is False and task["vars"]["ansible_become"] is False, task["name"]


def test_options_that_hold_a_secret_are_not_printed_when_their_command_fails(load):
    secret = load(*ROLE, "vars", "main.yml")["_audit_compliance_schedule_secret"]
    for told in ("--token", "--token=x", "--api-key", "--index-url=https://me:word@pypi.example.org/simple",
                 "https://word@example.org/simple", "--proxy=me:word@proxy:3128"):  # fmt: skip
        assert re.search(secret, told), told
    for told in ("--no-index", "--find-links=/srv/wheels", "--index-url=https://pypi.example.org:8443/simple",
                 "git+ssh://git@example.org:22/a.git", "git@example.org:a.git", "auditops.trail:==0.1.0"):  # fmt: skip
        assert not re.search(secret, told), told
    for task in load(*ROLE, "tasks", "build.yml")[1]["block"]:
        for given in ("pip_arguments", "galaxy_arguments", "more_collections", "_schedule_collection]"):
            if given in str(task.get("ansible.builtin.command")):
                assert given in task["no_log"] and "_audit_compliance_schedule_secret" in task["no_log"], task["name"]


def test_what_the_runs_use_is_read_before_anything_of_it_is_written_anew(load):
    (block,) = [task["block"] for task in load(*ROLE, "tasks", "main.yml") if "block" in task]
    files = [task["ansible.builtin.include_tasks"]["file"] for task in block]
    assert files.index("environment.yml") < files.index("settings.yml") < files.index("earlier.yml")
    included = [task.get("ansible.builtin.include_tasks") for task in load(*ROLE, "tasks", "environment.yml")]
    assert [file for file in included if file] == ["used.yml", "build.yml"]


def test_no_group_is_taken_for_one_of_the_name_of_the_user(repository):
    """Where new users get the group ``users`` (SUSE), and for accounts of others, there is none."""
    folder = os.path.join(repository, *ROLE, "tasks")
    groups = set()
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as source:
            groups |= set(re.findall(r"^ +group: (.*)$", source.read(), re.MULTILINE))
    assert groups - {"root"} == {
        '"{{ _audit_compliance_schedule_group }}"',
        '"{{ item.group if item.path in _audit_compliance_schedule_own else omit }}"',
        '"{{ audit_compliance_schedule_user }}"',  # of the account, beside the group that is made for it
    }


def test_the_same_files_give_the_same_bundle_and_other_files_another(bundle, tmp_path):
    root = tmp_path / "tree"
    (root / "plugins").mkdir(parents=True)
    (root / "plugins" / "a.py").write_text("1")
    first, second = str(tmp_path / "1"), str(tmp_path / "2")
    bundle.bundle(str(root), first)
    digest = bundle.digest(str(root))
    os.utime(str(root / "plugins" / "a.py"), (1, 1))
    bundle.bundle(str(root), second)
    with open(first, "rb") as one, open(second, "rb") as two:
        assert hashlib.sha256(one.read()).digest() == hashlib.sha256(two.read()).digest()
    assert bundle.digest(str(root)) == digest
    (root / "plugins" / "a.py").write_text("2")
    assert bundle.digest(str(root)) != digest


def test_the_execution_environment_in_the_root_is_of_this_version_and_of_the_pinned_core(load):
    told = load("execution-environment.yml")
    tarball = "auditops-trail-{0}.tar.gz".format(load("galaxy.yml")["version"])
    assert told["additional_build_files"] == [{"src": tarball, "dest": "galaxy"}]
    assert told["dependencies"]["galaxy"]["collections"] == [{"name": "/build/galaxy/" + tarball, "type": "file"}]
    release = load("tests", "tools", "cores.json")["2.21"]["release"]
    assert told["dependencies"]["ansible_core"]["package_pip"] == "ansible-core==" + release
    assert re.match(r"ansible-runner==\d", told["dependencies"]["ansible_runner"]["package_pip"])
