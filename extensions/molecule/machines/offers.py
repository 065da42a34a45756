# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages inside an image for apt to install: a guest has no network, and a role has to begin from nothing."""

from __future__ import annotations

import hashlib
import pathlib
import shlex
import subprocess
from typing import Iterable

from .recipes import PACKAGES


def hook(packages: Iterable[str]) -> str:
    """mmdebstrap's option that fetches packages, and all they depend on that the tree lacks, into PACKAGES.

    mmdebstrap hands its hooks the apt configuration that looks into the tree (mmdebstrap(1), HOOKS).
    """
    wanted = " ".join(shlex.quote(package) for package in packages)
    fetch = 'APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get --yes --quiet --download-only install ' + wanted
    place = f'"$1{PACKAGES}"'
    return f'--customize-hook={fetch} && mkdir -p {place} && mv "$1"/var/cache/apt/archives/*.deb {place}/'


def index(tree: pathlib.Path) -> None:
    """Write the Packages file of a flat repository (deb-control and apt-ftparchive's form, without apt-utils).

    Raises:
        subprocess.SubprocessError: dpkg-deb cannot read a package.
    """
    folder = tree / PACKAGES.lstrip("/")
    stanzas = []
    for package in sorted(folder.glob("*.deb")):
        fields = subprocess.run(
            ["dpkg-deb", "--field", str(package)], capture_output=True, text=True, check=True, timeout=60
        ).stdout.rstrip("\n")
        content = package.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        stanzas.append(f"{fields}\nFilename: ./{package.name}\nSize: {len(content)}\nSHA256: {digest}\n")
    (folder / "Packages").write_text("\n".join(stanzas), encoding="utf-8")
