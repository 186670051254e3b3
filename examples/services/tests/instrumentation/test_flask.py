from flask import Flask

import querywatch


def test_request(counts):
    querywatch.instrument("flask")
    app = Flask(__name__)
    app.add_url_rule("/", "hello", lambda: "hello")
    assert app.test_client().get("/").data == b"hello"
    assert counts == {"flask": 1}
