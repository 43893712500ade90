"""What a check of the model server found; apart, so that who only shows it does not import `openai`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelHealth:
    """A server that can be used."""

    name: str
    """Of the model, or of the adapter with its model in brackets."""
    context: int | None
    """Tokens of prompt and reply together, where the server tells."""
    seconds: float
    """Latency of a small answer."""
