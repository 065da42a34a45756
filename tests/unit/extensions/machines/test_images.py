# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What images are made of, and which accelerator is taken; no image is made here."""

import json
import os
import struct
import time

import pytest

from ansible_collections.auditops.trail.extensions.molecule.machines import (
    accelerators,
    disks,
    images,
    offers,
    recipes,
)


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(images, "FOLDER", tmp_path)
    for name in ("key", "key.pub"):
        (tmp_path / name).write_text(name)
    return tmp_path


def test_an_image_is_kept_until_its_recipe_changes(folder, monkeypatch):
    made = []

    def make(recipe, where, _log):
        made.append(recipe.name)

    monkeypatch.setattr(images, "_make", make)
    recipe = recipes.bare("trixie")
    assert images.found(recipe) is None
    image = images.build(recipe)
    assert images.build(recipe) == image
    assert made == ["trixie-bare"]
    images.build(recipe._replace(offered=("auditd", "acl")))
    assert made == ["trixie-bare", "trixie-bare"]


def test_an_image_of_a_release_to_come_is_one_of_this_month(folder, monkeypatch):
    made = []
    monkeypatch.setattr(images, "_make", lambda recipe, _where, _log: made.append(recipe.name))
    now = 1764000000  # in November
    for when in (now, now + 86400, now + 31 * 86400):
        monkeypatch.setattr(images.time, "gmtime", lambda when=when, real=time.gmtime: real(when))
        for release in ("sid", "trixie"):
            images.build(recipes.bare(release))
    assert made == ["sid-bare", "trixie-bare", "sid-bare"]


@pytest.mark.parametrize(
    ("release", "lines"),
    [
        ("trixie", ["deb [signed-by={keys}] http://mirror/debian trixie main"]),
        ("sid", ["deb [signed-by={keys}] http://mirror/debian trixie main", "deb http://mirror/debian sid main"]),
    ],
)
def test_each_suite_is_verified_by_debian_s_keys_whatever_apt_trusts_here(folder, monkeypatch, release, lines):
    keys, called = folder / "debian.gpg", []
    keys.touch()
    monkeypatch.setattr(images, "_KEYS", keys)
    monkeypatch.setattr(images, "MIRROR", "http://mirror/debian")
    monkeypatch.setattr(images, "_alone", tuple)
    tree = folder / f"{release}-bare" / "tree"

    def run(command, **_more):
        called.append(command)
        tree.mkdir(exist_ok=True)
        if not command[-1].endswith("trixie main") or release == "trixie":
            raise OSError("enough")

    monkeypatch.setattr(images.subprocess, "run", run)
    with pytest.raises(images.Failed, match="enough"):
        images.build(recipes.bare(release))
    assert [command[-1] for command in called] == [line.format(keys=keys) for line in lines]
    assert [any(word.startswith("--keyring=") for word in command) for command in called][-1] is (release == "sid")


@pytest.mark.skipif(os.geteuid() != 0, reason="images are made by root")
def test_a_build_that_is_cut_off_has_mounted_nothing_that_is_seen_and_leaves_no_process(folder, monkeypatch):
    """What it mounts below the tree would be removed with the tree: files of this machine."""
    if not images._alone():
        pytest.skip("no namespace may be made here")
    own, programs = folder / "own", folder / "programs"
    for path in (own, programs):
        path.mkdir()
    (own / "file").touch()
    program = programs / "mmdebstrap"
    program.write_text(f"""#!/bin/sh
for tree; do case "$tree" in */tree) break;; esac; done
mkdir -p "$tree" && mount --bind {own} "$tree" && touch {folder}/mounted && exec sleep 600
""")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(images, "TIMEOUT", 5)
    with pytest.raises(images.Failed, match="timed out"):
        images.build(recipes.bare("trixie"))
    assert (folder / "mounted").exists()
    assert (own / "file").exists()
    assert not (folder / "trixie-bare" / "tree").exists()


def test_an_image_that_could_not_be_made_is_not_taken_for_one(folder, monkeypatch):
    def make(_recipe, where, log):
        log.write_text("E: no such package")
        (where / "tree").mkdir()
        raise OSError("refused")

    monkeypatch.setattr(images, "_make", make)
    with pytest.raises(images.Failed, match="trixie-bare: refused\nE: no such package"):
        images.build(recipes.bare("trixie"))
    assert images.found(recipes.bare("trixie")) is None
    assert not (folder / "trixie-bare" / "tree").exists()


def test_a_bare_machine_has_no_audit_package_and_is_offered_them():
    recipe = recipes.bare("bookworm")
    assert not {"auditd", "audispd-plugins"} & set(recipe.packages)
    assert {"auditd", "audispd-plugins"} <= set(recipe.offered)
    assert "file:/srv/packages" in recipe.files()["etc/apt/sources.list"]
    assert not any("auditd" in command for command in recipe.commands())
    assert recipe.files()["etc/fstab"].startswith("/dev/vda1 ")


def test_an_audited_machine_starts_the_daemon():
    recipe = recipes.audited("bookworm")
    assert {"auditd", "chrony"} <= set(recipe.packages)
    assert any(command.startswith("systemctl enable") and command.endswith("auditd") for command in recipe.commands())
    assert recipe.files()["etc/fstab"].startswith("/dev/vda ")


@pytest.mark.parametrize("recipe", [recipes.bare("trixie"), recipes.audited("trixie")], ids=["bare", "audited"])
def test_every_python_of_a_machine_keeps_what_it_has_compiled(recipe):
    files = recipe.files()
    hook = files["usr/lib/python3/dist-packages/auditops_compiled.py"]
    assert files["usr/lib/python3/dist-packages/auditops_compiled.pth"] == "import auditops_compiled\n"
    assert f'"/{recipes.COMPILED}"' in hook
    assert any(path.startswith(recipes.COMPILED + "/") for path in files)


def _tree(tmp_path, core):
    grub = tmp_path / "tree" / "usr" / "lib" / "grub" / "i386-pc"
    grub.mkdir(parents=True)
    (grub / "boot.img").write_bytes(b"B" * 512)
    boot = tmp_path / "tree" / "boot"
    boot.mkdir()
    for name in ("vmlinuz-6.1", "initrd.img-6.1"):
        (boot / name).touch()

    def call(*command):
        if command[0] == "chroot":
            (boot / "grub" / "core.img").write_bytes(core)

    return tmp_path / "tree", call


def test_a_disk_begins_with_grub_and_one_active_partition(tmp_path):
    tree, call = _tree(tmp_path, b"C" * 700)
    disk = tmp_path / "disk.img"
    disks.with_boot_loader(tree, disk, 8 << 20, call)
    content = disk.read_bytes()
    assert len(content) == 8 << 20
    assert content[:440] == b"B" * 440
    active, _first, kind, _last, start, sectors = struct.unpack("<B3sB3sII", content[446:462])
    assert (active, kind, start, sectors) == (0x80, 0x83, 2048, (8 << 20) // 512 - 2048)
    assert content[462:510] == bytes(48)
    assert content[510:512] == b"\x55\xaa"
    assert content[512:1212] == b"C" * 700
    menu = (tree / "boot" / "grub" / "grub.cfg").read_text()
    assert "linux /boot/vmlinuz-6.1 root=/dev/vda1" in menu
    assert "initrd /boot/initrd.img-6.1" in menu


def test_a_boot_loader_that_would_run_into_the_partition_is_refused(tmp_path):
    tree, call = _tree(tmp_path, b"C" * (2048 * 512))
    with pytest.raises(OSError, match="does not fit"):
        disks.with_boot_loader(tree, tmp_path / "disk.img", 8 << 20, call)


def test_offered_packages_are_listed_with_what_apt_checks(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "dpkg-deb"
    program.write_text("#!/bin/sh\necho 'Package: auditd'\necho 'Version: 1'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    folder = tmp_path / "srv" / "packages"
    folder.mkdir(parents=True)
    (folder / "auditd_1_amd64.deb").write_bytes(b"content")
    offers.index(tmp_path)
    assert (folder / "Packages").read_text() == (
        "Package: auditd\nVersion: 1\nFilename: ./auditd_1_amd64.deb\nSize: 7\n"
        "SHA256: ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73\n"
    )


@pytest.mark.parametrize(
    ("seconds", "faster"),
    [
        ({"kvm": 0.4, "tcg": 3.0}, "kvm"),
        ({"kvm": 9.0, "tcg": 3.0}, "tcg"),
        ({"kvm": None, "tcg": 3.0}, "tcg"),
        ({"kvm": 0.4, "tcg": None}, "kvm"),
        ({"kvm": None, "tcg": None}, "tcg"),
    ],
)
def test_the_accelerator_is_the_one_that_was_faster_when_tried(tmp_path, monkeypatch, seconds, faster):
    tried = []

    def trial(name, _kernel):
        tried.append(name)
        return seconds[name]

    monkeypatch.setattr(accelerators, "_trial", trial)
    monkeypatch.setattr(accelerators, "_machine", lambda: "this one")
    monkeypatch.setattr(accelerators.os, "access", lambda *_asked: True)
    notes = tmp_path / "accelerator.json"
    assert accelerators.faster(tmp_path, notes) == faster
    assert accelerators.faster(tmp_path, notes) == faster
    assert tried == ["kvm", "tcg"]  # once
    notes.write_text(json.dumps({"machine": "another", "seconds": {"kvm": 0.1, "tcg": 1}}))
    assert accelerators.faster(tmp_path, notes) == faster


def test_an_accelerator_that_is_set_is_taken_and_a_wrong_one_told(tmp_path, monkeypatch):
    monkeypatch.setenv("AUDITOPS_LAB_ACCEL", "kvm")
    assert "kvm" in accelerators.options(tmp_path, tmp_path / "notes")
    monkeypatch.setenv("AUDITOPS_LAB_ACCEL", "kwm")
    with pytest.raises(ValueError, match="AUDITOPS_LAB_ACCEL=kwm"):
        accelerators.options(tmp_path, tmp_path / "notes")


def test_without_kvm_nothing_is_tried(tmp_path, monkeypatch):
    monkeypatch.setattr(accelerators.os, "access", lambda *_asked: False)
    assert accelerators.faster(tmp_path, tmp_path / "notes") == "tcg"
