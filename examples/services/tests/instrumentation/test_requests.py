import http.server
import threading

import requests

import querywatch


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *args):
        """Says nothing."""


def test_request(counts):
    querywatch.instrument("requests")
    with http.server.HTTPServer(("127.0.0.1", 0), Hello) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        session = requests.Session()
        session.trust_env = False
        assert session.get("http://127.0.0.1:%d/" % server.server_port).text == "hello"
        server.shutdown()
    assert counts == {"requests": 1}
