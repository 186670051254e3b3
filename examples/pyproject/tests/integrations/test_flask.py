from flask import Flask

from lantern import integrations


def test_request(noted):
    integrations.flask()
    app = Flask(__name__)
    app.add_url_rule("/", "hello", lambda: "hello")
    assert app.test_client().get("/").data == b"hello"
    assert noted == ["flask: request"]
