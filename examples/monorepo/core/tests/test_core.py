import json

import tally_core


def test_a_method_is_counted_once_although_it_is_wrapped_twice():
    tally_core.counts.clear()
    tally_core.count("json", "JSONEncoder.encode", "json")
    tally_core.count("json", "JSONEncoder.encode", "json")
    assert json.JSONEncoder().encode([1]) == "[1]"
    assert tally_core.counts == {"json": 1}
