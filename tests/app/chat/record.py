"""`python -m tests.app.chat.record`: play the recorded incidents anew and write down what is asked and said."""

from pathlib import Path

from lab.reader.recorded import Recorder
from lab.reader.server import CAREFUL, reply_of
from tests.app.chat.played import Played, play_with

FOLDER = Path(__file__).parent / "transcripts"
TASKS = ("target-port",)


def recorded(task: str) -> tuple[Played, Recorder]:
    """A task played with the careful reader, and the record of it."""
    recorder = Recorder(reply_of)
    played, left = play_with(task, CAREFUL, recorder)
    assert isinstance(left, Recorder)
    return played, left


def main() -> None:
    """Write every transcript."""
    for task in TASKS:
        played, recorder = recorded(task)
        if not played.solved:
            raise SystemExit(f"{task} was not solved, so its transcript stays as it is.")
        recorder.save(FOLDER / f"{task}.json")


if __name__ == "__main__":
    main()
