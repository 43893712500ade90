"""Counting tokens before a request: by the model's own tokenizer file, else by an estimate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Misconfigured
from domain.model import Counted, Message

BYTES_PER_TOKEN = 3
"""Short on purpose: JSON and logs measure 2.9 to 3.6 bytes a token, and a ceiling should rather close early."""
_TURN = 8
"""Tokens that a chat template puts around a message; 4 to 7 in those of Qwen and Llama."""


@dataclass(frozen=True)
class TokenCounter:
    """Counts texts and prompts."""

    count: Callable[[str], int]
    counted: Counted

    def prompt(self, messages: Sequence[Message]) -> int:
        """Tokens of a chat, the template's own ones included."""
        return sum(self.count(message.content) + _TURN for message in messages)


def estimate() -> TokenCounter:
    """By the length of the text in UTF-8."""
    return TokenCounter(lambda text: -(-len(text.encode()) // BYTES_PER_TOKEN), Counted.ESTIMATE)


def from_file(path: Path) -> TokenCounter:
    """By a `tokenizer.json`, as every open model brings one.

    Raises:
        Misconfigured: the file cannot be used, or the library is not installed.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError as e:
        raise Misconfigured(
            "AOI_MODEL_TOKENIZER needs the package tokenizers, AOI's extra `model`; install it, or leave it empty."
        ) from e
    try:
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except Exception as e:  # the library raises bare Exception for whatever it cannot parse
        raise Misconfigured(
            f"AOI_MODEL_TOKENIZER is '{path}', which is none; it should be the tokenizer.json of the model."
        ) from e
    return TokenCounter(lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids), Counted.TOKENIZER)
