"""A short name for the content of a world."""

from domain.base import digest_of
from lab.view import View


def digest(view: View) -> str:
    """Every object with all its fields, and the calls."""
    objects = {str(ref): obj for ref, obj in view.objects.items()}
    return digest_of([view.at, objects, sorted(map(str, view.calls.items()))])
