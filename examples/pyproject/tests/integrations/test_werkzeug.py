from werkzeug.test import Client
from werkzeug.wrappers import Response

from lantern import integrations


def test_response(noted):
    integrations.werkzeug()
    assert Client(Response("hello")).get("/").data == b"hello"
    assert noted == ["werkzeug: response"]
