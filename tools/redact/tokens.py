"""Tokens that say by their beginning whose they are.

The gitleaks rules know more of them, but ask for exact lengths and for a blank or a quote after them; these are
taken wherever they stand.
"""

import re

_BY_BEGINNING = {
    r"A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}(?![A-Za-z0-9])": ("akia", "asia", "abia", "acca"),
    r"AIza[\w-]{30,}": ("aiza",),
    r"ya29\.[\w.-]{20,}": ("ya29.",),
    r"GOCSPX-[\w-]{16,}": ("gocspx-",),
    r"gh[pousr]_[A-Za-z0-9]{20,}": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    r"github_pat_\w{20,}": ("github_pat_",),
    r"gl(?:pat|dt|rt|ft|cbt|ptt|soat)-[\w.-]{16,}": ("pat-", "gldt-", "glrt-", "glft-", "cbt-", "ptt-", "soat-"),
    r"xox[abeoprs]-[\w-]{10,}": ("xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-"),
    r"xapp-\d-[\w-]{10,}": ("xapp-",),
    r"[srp]k_(?:live|test)_\w{10,}": ("k_live_", "k_test_"),
    r"whsec_[\w+/=]{16,}": ("whsec_",),
    r"sk-(?:(?:ant|proj|svcacct|or|lf)-[\w-]{16,}|[\w-]{32,})": ("sk-",),
    r"SG\.[\w-]{16,}\.[\w-]{16,}": ("sg.",),
    r"(?:np|pn)m_[A-Za-z0-9]{30,}": ("npm_", "pnm_"),
    r"pypi-[\w-]{40,}": ("pypi-",),
    r"dckr_(?:pat|oat)_[\w-]{20,}": ("dckr_",),
    r"hf_[A-Za-z0-9]{24,}": ("hf_",),
    r"do[opr]_v1_[0-9a-f]{32,}": ("p_v1_", "o_v1_", "r_v1_"),
    r"hv[bsr]\.[\w-]{20,}": ("hvs.", "hvb.", "hvr."),
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}": ("shpat_", "shpca_", "shppa_", "shpss_"),
    r"lin_api_\w{30,}": ("lin_api_",),
    r"tskey-[\w-]{16,}": ("tskey-",),
    r"PMAK-[0-9a-f-]{30,}": ("pmak-",),
    r"AGE-SECRET-KEY-1[0-9A-Z]{50,}": ("age-secret-key-",),
}  # fmt: skip

_TOKEN = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_BY_BEGINNING)})")
BEGINNINGS = frozenset(word for words in _BY_BEGINNING.values() for word in words)


def mask_tokens(line: str) -> str:
    """The line without tokens that are known by their beginning."""
    return _TOKEN.sub("[redacted:credential]", line)
