from cachetools import LRUCache

from lantern import integrations


def test_item(noted):
    integrations.cachetools()
    cache = LRUCache(maxsize=1)
    cache["a"] = 1
    cache["b"] = 2
    assert dict(cache) == {"b": 2}
    assert noted == ["cachetools: item", "cachetools: item"]
