import tally_core
import tally_data
from tinydb import TinyDB
from tinydb.storages import MemoryStorage


def test_insert():
    tally_core.counts.clear()
    tally_data.tinydb()
    table = TinyDB(storage=MemoryStorage).table("hello")
    table.insert({"name": "you"})
    assert len(table) == 1
    assert tally_core.counts == {"tinydb": 1}
