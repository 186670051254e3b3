import cachetools
import tally_core
import tally_data


def test_item():
    tally_core.counts.clear()
    tally_data.cachetools()
    cache = cachetools.LRUCache(maxsize=2)
    cache["a"] = 1
    assert [cache["a"], cache["a"]] == [1, 1]
    assert tally_core.counts == {"cachetools": 2}
