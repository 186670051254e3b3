import json

import pytest

import querywatch


def test_counts_once_although_it_is_instrumented_twice(counts, monkeypatch):
    monkeypatch.setitem(querywatch.METHODS, "json", ("json", "JSONEncoder.encode"))
    querywatch.instrument("json")
    querywatch.instrument("json")
    assert json.JSONEncoder().encode([1]) == "[1]"
    assert counts == {"json": 1}


def test_what_is_not_known():
    with pytest.raises(KeyError):
        querywatch.instrument("abacus")
