from tinydb import TinyDB
from tinydb.storages import MemoryStorage

import querywatch


def test_insert(counts):
    querywatch.instrument("tinydb")
    table = TinyDB(storage=MemoryStorage).table("hello")
    table.insert({"name": "you"})
    assert len(table) == 1
    assert counts == {"tinydb": 1}
