"""Counts what is stored and sent."""

from tally_core import count


def blinker():
    count("blinker", "Signal.send", "blinker")


def cachetools():
    count("cachetools", "LRUCache.__getitem__", "cachetools")


def tinydb():
    count("tinydb.table", "Table.insert", "tinydb")
