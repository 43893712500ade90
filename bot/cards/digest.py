"""What was learned this week, in words. Pure."""

from collections.abc import Iterator

from bot.cards.bars import curve
from bot.cards.text import cut, cut_lines, escape
from domain.digest import Digest

MOST_LESSONS = 8
MOST_OPEN = 8


def digest_words(digest: Digest) -> str:
    """The answer to `/aoi learning`."""
    return "\n".join(_lines(digest))


def _lines(digest: Digest) -> Iterator[str]:
    yield f"*Learning, {digest.since:%d %b} to {digest.until:%d %b}*"
    ended = f"{digest.resolved} resolved, {digest.handed_over} handed over, {digest.failed} failed"
    yield f"{digest.incidents} incidents: {ended}. 👍 {digest.thumbs_up}  👎 {digest.thumbs_down}"
    yield f"Decides now: {escape(digest.serving) or 'the playbook'}."
    if digest.lessons:
        lines = [f"• {escape(cut(lesson, 300))}" for lesson in digest.lessons]
        yield "*Lessons*"
        yield from cut_lines(lines, MOST_LESSONS, "lessons")
    else:
        yield "No new lesson."
    if digest.open:
        yield "*Failures that nothing was learned from yet*"
        lines = [f"• `{each.incident_id}` {escape(cut(each.words, 200))}" for each in digest.open]
        yield from cut_lines(lines, MOST_OPEN, "failures")
        yield "_A 👎 with a word on what it really was is what I learn from best; `/aoi retrain` begins at once._"
    if len(digest.curve) > 1:
        shares = [point.resolved for point in digest.curve]
        first, last = digest.curve[0], digest.curve[-1]
        yield f"Resolved by week since {first.since:%d %b}: {curve(shares, 0.0, 1.0)} now {last.resolved:.0%}"
