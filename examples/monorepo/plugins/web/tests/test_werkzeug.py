import tally_core
import tally_web
from werkzeug.test import Client
from werkzeug.wrappers import Response


def test_response():
    tally_core.counts.clear()
    tally_web.werkzeug()
    assert Client(Response("hello")).get("/").data == b"hello"
    assert tally_core.counts == {"werkzeug": 1}
