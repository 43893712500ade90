"""Tokens are counted by the model's own file where there is one, else estimated, and the count says which."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from domain.errors import Misconfigured
from domain.model import Counted, Message
from graph.model.tokens import estimate, from_file


def test_the_models_own_file_counts(tmp_path: Path) -> None:
    tokenizer = Tokenizer(WordLevel({"the": 0, "pod": 1, "[UNK]": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    counter = from_file(tmp_path / "tokenizer.json")
    assert (counter.count("the pod restarts"), counter.counted) == (3, Counted.TOKENIZER)


def test_the_estimate_says_that_it_is_one() -> None:
    counter = estimate()
    assert counter.counted is Counted.ESTIMATE
    assert [counter.count(text) for text in ("", "a", "abc", "abcd", "äöü")] == [0, 1, 1, 2, 2]
    assert counter.prompt([Message(role="user", content="abc")] * 2) == 18


@pytest.mark.parametrize("content", ["", "{}", "no json"])
def test_a_file_that_is_no_tokenizer_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(content)
    with pytest.raises(Misconfigured, match="it should be the tokenizer"):
        from_file(path)
    with pytest.raises(Misconfigured, match="AOI_MODEL_TOKENIZER"):
        from_file(tmp_path / "missing.json")
