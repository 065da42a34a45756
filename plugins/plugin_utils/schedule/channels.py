# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a notice leaves: by the host's own mail system, or as JSON to a webhook."""

from __future__ import annotations

import email.utils
import http.client
import json
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP, default
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.version import VERSION
from ansible_collections.auditops.trail.plugins.plugin_utils import moments
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.text import visible
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule.settings import Settings, Webhook

_MAIL_LIMIT = 60
_MOST_SAID = 300
_WIDE = default.clone(max_line_length=900)
"""Lines as they are, so that a mail can be read and searched anywhere; SMTP takes 998 bytes (RFC 5321, 4.5.3.1.6)."""


class Unsent(TrailError):
    """A notice could not be sent; it stays and is tried again."""


def send(channel: str, notice: Mapping[str, Any], settings: Settings, hook: Webhook | None) -> None:
    """Send a notice.

    Args:
        channel: ``mail`` or ``webhook``.
        notice: As notice.make gives it.
        settings: Of the schedule.
        hook: Where the webhook leads.

    Raises:
        Unsent: it was not taken; with why.
    """
    if channel == "mail":
        _mail(notice, settings)
    elif hook is not None:
        _post(notice, settings, hook)


def _mail(notice: Mapping[str, Any], settings: Settings) -> None:
    """Hand it to sendmail -t, which each of Debian's and Red Hat's mail systems provides (sendmail(8), LSB)."""
    try:
        text = message(notice, settings).as_bytes(policy=SMTP.clone(linesep="\n"))
    except (ValueError, MessageError) as exc:
        raise Unsent(
            f"no mail can be made of it: {visible(str(exc))}",
            remedy="see audit_compliance_schedule_mail_to and audit_compliance_schedule_mail_from.",
        ) from exc
    try:
        done = subprocess.run(
            [settings.sendmail, "-t", "-oi"],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_MAIL_LIMIT,
            check=False,
        )
    except FileNotFoundError as exc:
        raise Unsent(
            "there is no mail system on this machine.",
            file=settings.sendmail,
            remedy="install one that can send (postfix, msmtp-mta, …), or set audit_compliance_schedule_sendmail.",
        ) from exc
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise Unsent(f"the mail was not taken: {exc}", file=settings.sendmail) from exc
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace").strip()[:_MOST_SAID]
        raise Unsent(
            f"the mail was not taken (exit code {done.returncode}): {said or 'nothing was said'}",
            file=settings.sendmail,
            remedy="mend the mail system of this machine; where it says that it may not write, its unit may be too "
            "narrow: see audit_compliance_schedule_hardening.",
        )


def message(notice: Mapping[str, Any], settings: Settings) -> EmailMessage:
    """The mail of a notice."""
    mail = EmailMessage(policy=_WIDE)
    mail["Subject"] = visible(notice["subject"])
    mail["From"] = settings.mail_from or "audit-compliance"
    mail["To"] = ", ".join(settings.mail_to)
    at: datetime = moments.instant(str(notice["at"]))
    mail["Date"] = email.utils.format_datetime(at)
    # The same each time it is tried, so that a second copy can be told from a second notice.
    mail["Message-ID"] = f"<{str(notice['id']).replace('/', '.')}@{_domain(str(notice['from']))}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(str(notice["text"]), charset="utf-8")
    return mail


def _domain(host: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in ".-") else "-" for letter in host)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What a notice tells goes to the address that was given, and to none that a server names."""

    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:
        return None


def _post(notice: Mapping[str, Any], settings: Settings, hook: Webhook) -> None:
    try:
        context = ssl.create_default_context(cafile=settings.webhook_ca or None)
    except (OSError, ssl.SSLError) as exc:
        raise Unsent(f"these certificates cannot be read: {exc}", file=settings.webhook_ca) from exc
    request = urllib.request.Request(
        hook.url,
        data=json.dumps(notice).encode(),
        headers={"Content-Type": "application/json", "User-Agent": f"auditops.trail/{VERSION}", **hook.headers},
        method="POST",
    )
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirect)
    try:
        with opener.open(request, timeout=settings.webhook_timeout):
            pass
    except urllib.error.HTTPError as exc:
        # The address itself is a secret and is not told.
        with exc:
            raise Unsent(f"the webhook answered {exc.code} {visible(exc.reason)}") from exc
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as exc:
        reason = getattr(exc, "reason", None) or type(exc).__name__
        raise Unsent(f"the webhook was not reached: {visible(reason)}") from exc
