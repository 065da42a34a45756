# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images whose posture is asked for: the audit packages are in them, and they differ on purpose."""

from ansible_collections.auditops.trail.extensions.molecule.machines import images, recipes

USER = recipes.USER
_MORE = {
    "bullseye": ("systemd-timesyncd", "rsyslog", "u-boot-menu"),
    "bookworm": ("chrony", "aide", "aide-common", "grub2-common", "grub-pc-bin"),
    "trixie": ("ntpsec", "rsyslog", "systemd-boot"),
}
RELEASES = tuple(_MORE)
"""Each kind of clock, logger and boot loader is met in one of them."""


def build(name: str) -> images.Image:
    """The image of a release, built where it is not there yet.

    Raises:
        images.Failed: it could not be.
    """
    return images.build(recipes.audited(name, _MORE[name]))
