"""What a person sees of a text that somebody else wrote: the one place where hidden characters are taken out.

A model, a terminal and a parser read characters that no person sees. They can hide an order, reverse what is
read, split a word that a rule looks for, or take a terminal over. All text from the cluster, from telemetry and
from people comes through here when it is redacted (`tools.redact.service`), and again on its way to a model or to
Slack.

What looks like another letter stays: it is to be seen.
"""

import re

_ANSI = re.compile(
    "\x1b(?:\\[[0-?]*[ -/]*[@-~]"  # colours and the cursor
    "|[\\]P^_X][^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?"  # titles and links, with their text
    "|[ -/]*[0-~])?"
    "|\x9b[0-?]*[ -/]*[@-~]"
)
_HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tab and line feed
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"  # blanks without width, direction marks, variation selectors, fillers
    "\ud800-\udfff\ue000-\uf8ff"  # halves of pairs, private use
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff"  # tags, more selectors, private use
    "]"
)
_PLAIN = re.compile("[\t\n -~]*")
_BREAKS = re.compile("[\n\t]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def visible(text: str) -> str:
    """The text without terminal sequences and without characters that a person does not see.

    Tabs and line feeds stay; what else begins a new line for some program becomes a line feed.
    """
    if _PLAIN.fullmatch(text):
        return text
    return _HIDDEN.sub("", _LINE_ENDS.sub("\n", _ANSI.sub("", text)))


def one_line(text: str) -> str:
    """`visible` text on one line: it cannot pass for lines that somebody else wrote."""
    return _BREAKS.sub(" ", visible(text))
