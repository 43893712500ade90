"""The readers get words and give words: nothing of the lab, and nothing else of AOI, can reach them."""

import inspect

import grimp

from lab.reader import noisy, perfect, raw, server


def test_a_reader_imports_nothing_of_aoi() -> None:
    graph = grimp.build_graph("lab")
    own = graph.find_descendants("lab.reader") | {"lab.reader"}
    reached = {other for module in own for other in graph.find_modules_directly_imported_by(module)}
    assert "lab.reader.perfect" in reached, "the rule has lost its object"
    assert reached <= own | {"lab"}
    whole = grimp.build_graph("lab", "domain", "tools", "graph", "store", "app")
    assert not any(
        module.split(".")[0] != "lab" for name in own for module in whole.find_modules_directly_imported_by(name)
    )


def test_a_reader_takes_text_alone() -> None:
    taken = {
        parameter.annotation
        for reader in (perfect.perfect, raw.raw, server.reply_of, noisy.Noisy.reply, noisy.Noisy)
        for name, parameter in inspect.signature(reader).parameters.items()
        if name != "self"
    }
    assert taken == {str, int, float, list[str], list[dict[str, str]]}
