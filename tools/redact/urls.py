"""Secrets in URLs and other addresses."""

import re

from tools.redact.line import Rule, keeping
from tools.redact.names import could_be_secret, looks_random

_URL_PASSWORD = re.compile(
    r"(\b[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s:/@\"'<>\[]*:)(?!\d{1,5}[/?#])([^\s\"'<>]+)(?=@)"
)
_URL_TOKEN = re.compile(r"(\bhttps?://)([A-Za-z0-9_.-]{20,})(?=@)")
_BARE_LOGIN = re.compile(r"((?:^|[\s\"'=])[A-Za-z][\w.+-]*:)([^\s:@/\"'\[\]]{4,})(?=@[A-Za-z][\w.-]*:\d{2,5}\b)")
_GO_DSN = re.compile(r"(?<![\[\w])([\w.-]+:)([^\s@/\"'\[\]]+)(?=@(?:(?:tcp|unix)\(|/))")
_ORACLE = re.compile(r"(\bjdbc:oracle:\w+:[^\s/@:]+/)([^\s@]+)(?=@)")
_WEBHOOK = re.compile(
    r"(\bhttps?://(?:hooks\.[\w.-]+/[\w/]*?|[\w.:-]+/(?:[\w-]+/)*webhooks?/[\w-]+)/)"
    r"([\w-]{8,}(?:/[\w-]{8,})*)(?![\w.])"
)
_BOT = re.compile(r"(/bot)(\d{6,12}:[\w-]{30,})")
_SIGNED = re.compile(
    r"(?i)([?&](?:sig|signature|x-amz-signature|x-goog-signature|x-amz-credential)=)([^&\s\"'\[]+)"
)
_ASKED = re.compile(r"(?i)([?&](?:key|code|assertion|ticket)=|\bSAML(?:Response|Request)=)([^&\s\"'\[]{16,})")

URLS: tuple[tuple[frozenset[str], Rule], ...] = (
    (frozenset({"@tcp(", "@unix(", "@/"}), keeping(_GO_DSN, "url-password")),
    (frozenset({"jdbc:oracle"}), keeping(_ORACLE, "url-password")),
    (frozenset({"://"}), keeping(_URL_PASSWORD, "url-password", could_be_secret)),
    (frozenset({"://"}), keeping(_WEBHOOK, "webhook", looks_random)),
    (frozenset({"/bot"}), keeping(_BOT, "url-token")),
    (frozenset({"://"}), keeping(_URL_TOKEN, "url-token", looks_random)),
    (frozenset({"@"}), keeping(_BARE_LOGIN, "url-password", could_be_secret)),
    (frozenset({"sig=", "signature=", "credential="}), keeping(_SIGNED, "signature")),
    (frozenset({"key=", "code=", "assertion=", "ticket=", "saml"}), keeping(_ASKED, "credential", looks_random)),
)
