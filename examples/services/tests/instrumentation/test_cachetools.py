from cachetools import LRUCache

import querywatch


def test_item(counts):
    querywatch.instrument("cachetools")
    cache = LRUCache(maxsize=2)
    cache["a"] = 1
    assert [cache["a"], cache["a"]] == [1, 1]
    assert counts == {"cachetools": 2}
