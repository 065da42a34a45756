# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/reference/controls.md from the catalogue.

    .cache/environments/compliance-*/bin/python tests/tools/generate_controls.py

Needs PyYAML and jmespath, which any environment of `make compliance` has. A test compares what is committed.
"""

from __future__ import annotations

import sys
from typing import Any

from layout import ROOT, collections_path

HEAD = """\
<!--
Copyright: (c) 2026, the auditops.trail contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->
<!-- Generated from plugins/plugin_utils/catalogue by tests/tools/generate_controls.py: change that, not this file. -->
# The controls

A control demands either events, written as audit rules, or a state of the audit system, written as JMESPath over
[the posture](posture.md). covered → pass; partial, uncovered, defeated → fail; unknown → error. Its key is used in
remedies and never demanded.

A reference says what a pass means for a paragraph: it `demonstrates` what the paragraph asks for, as far as a host can
show it, it `supports` it, or it is a `prerequisite`.
"""


def _profiles(catalogue: Any) -> list[str]:
    lines = ["## Profiles", "", "| Profile | Version | | Controls |", "|---|---|---|---|"]
    for profile in catalogue.profiles.values():
        lines.append(f"| `{profile.id}` | {profile.version} | {profile.title} | {len(profile.controls)} |")
    return lines


def _demands(control: Any) -> list[str]:
    if control.expression is not None:
        lines = ["```", control.expression, "```"]
        if control.parameters:
            named = ", ".join(f"`{name}` {value}" for name, value in control.parameters.items())
            lines += ["", f"Parameters: {named}."]
        return lines
    lines = ["```", *control.record, "```"]
    if control.missing_path == "skip":
        lines += ["", "A line whose path does not exist on the host is left out."]
    return lines


def _control(control: Any, catalogue: Any) -> list[str]:
    profiles = [f"`{one.id}`" for one in catalogue.profiles.values() if control.id in one.controls]
    key = f", key `{control.key}`" if control.key else ""
    lines = ["", f"### {control.id}", "", f"{control.title}.", "", " ".join(control.why.split()), ""]
    lines += [f"Severity {control.severity}{key}. In {', '.join(profiles) or 'no profile'}.", ""]
    lines += _demands(control)
    lines += ["", "| Framework | Version | Paragraph | |", "|---|---|---|---|"]
    for reference in control.references:
        cells = (reference["framework"], reference["version"], reference["id"], reference["relation"])
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def generate(catalogue: Any) -> str:
    """The page for a catalogue, as catalogue_loader.load gives it."""
    lines = _profiles(catalogue) + ["", "## Controls"]
    for control in catalogue.controls.values():
        lines += _control(control, catalogue)
    return HEAD + "\n" + "\n".join(lines) + "\n"


def main() -> int:
    """Write the page."""
    sys.path.insert(0, str(collections_path()))
    from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader

    page = ROOT / "docs" / "reference" / "controls.md"
    page.write_text(generate(catalogue_loader.load()), encoding="utf-8")
    print(f"wrote {page.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
