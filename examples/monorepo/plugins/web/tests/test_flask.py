import flask
import tally_core
import tally_web


def test_request():
    tally_core.counts.clear()
    tally_web.flask()
    app = flask.Flask(__name__)
    app.add_url_rule("/", "hello", lambda: "hello")
    assert app.test_client().get("/").data == b"hello"
    assert tally_core.counts == {"flask": 1}
