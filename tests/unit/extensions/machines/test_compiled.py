# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is compiled of a zip file is kept, taken again for the same source alone, and missed by nobody."""

import marshal
import os
import subprocess
import sys
import zipfile

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
COMPILED = os.path.join(HERE, *[os.pardir] * 4, "extensions", "molecule", "machines", "compiled.py")


@pytest.fixture
def importing(tmp_path):
    """``importing("x = 1", "a.zip")``: what ``x`` is in a new Python that imports it from a zip of that name."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").symlink_to(COMPILED)

    def run(text, name):
        with zipfile.ZipFile(str(tmp_path / name), "w") as archive:
            archive.writestr("brought/__init__.py", text)
        return subprocess.run(
            [sys.executable, "-c", "import sys; sys.path.insert(0, sys.argv[1]); import brought; print(brought.x)"]
            + [str(tmp_path / name)],
            env={"PYTHONPATH": str(site), "AUDITOPS_COMPILED": str(tmp_path / "kept"), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            check=True,
            encoding="ascii",
        ).stdout.strip()

    return run


def test_the_same_source_is_compiled_once_whatever_its_zip_is_called(importing, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    assert importing("x = 1", "a.zip") == "1"
    (file,) = kept.iterdir()
    file.write_bytes(marshal.dumps(compile("x = 'kept'", "x", "exec")))
    assert importing("x = 1", "b.zip") == "kept"
    assert importing("x = 2", "a.zip") == "2"
    assert len(list(kept.iterdir())) == 2


@pytest.mark.parametrize("left", [b"", b"\xe3", b"junk"], ids=["empty", "cut off", "other"])
def test_what_is_left_of_a_kept_one_is_compiled_again(importing, tmp_path, left):
    kept = tmp_path / "kept"
    kept.mkdir()
    importing("x = 1", "a.zip")
    (file,) = kept.iterdir()
    whole = file.read_bytes()
    file.write_bytes(left)
    assert importing("x = 1", "a.zip") == "1"
    assert len(file.read_bytes()) == len(whole)


def test_without_a_folder_nothing_is_kept(importing, tmp_path):
    assert importing("x = 1", "a.zip") == "1"
    assert not (tmp_path / "kept").exists()


def test_what_cannot_be_kept_is_still_imported(importing, tmp_path):
    (tmp_path / "kept").mkdir()
    assert importing("x = 1", "a.zip") == "1"
    (file,) = (tmp_path / "kept").iterdir()
    file.unlink()
    file.mkdir()  # for root, to whom no folder is closed: nothing can be put into this one's place
    (file / "in").touch()
    assert importing("x = 1", "a.zip") == "1"
