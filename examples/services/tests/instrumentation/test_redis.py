import os

from redis import Redis

import querywatch


def test_commands(counts):
    querywatch.instrument("redis")
    client = Redis(host=os.environ["REDIS_HOST"], port=int(os.environ["REDIS_PORT"]))
    client.set("querywatch", "1")
    assert client.get("querywatch") == b"1"
    assert counts == {"redis": 2}
