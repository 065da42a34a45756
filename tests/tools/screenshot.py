# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take docs/images/report.png: one requirement of the example's page, in a headless Chromium.

POSTURE=docs/examples/gaps.json PROFILE=pci_dss_4_0 make compliance
.cache/environments/test-*/bin/python tests/tools/screenshot.py [PAGE]
"""

from __future__ import annotations

import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "audit-compliance" / "compliance.html"
PICTURE = ROOT / "docs" / "images" / "report.png"
REQUIREMENT = "pci_dss-10.2.1.3"
MOST_BYTES = 300_000
WIDTH, HEIGHT = 1180, 1070
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> int:
    """Write the picture; 1 where it cannot be, with the reason."""
    from playwright.sync_api import sync_playwright

    page = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else PAGE).resolve()
    path = next((found for found in map(shutil.which, BROWSERS) if found), None)
    if path is None or not page.is_file():
        print("no Chromium is installed" if path is None else f"there is no {page}", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        # A sandbox of its own is refused to root, and in containers.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        shown = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        shown.goto(f"{page.as_uri()}#{REQUIREMENT}")
        shown.locator(f'[id="{REQUIREMENT}"]').wait_for()
        shown.screenshot(path=PICTURE)
        browser.close()
    size = PICTURE.stat().st_size
    print(f"{PICTURE.relative_to(ROOT)}: {size} bytes")
    if size > MOST_BYTES:
        print(f"{MOST_BYTES} at most belong into the repository", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
