from jinja2 import Template

import querywatch


def test_template(counts):
    querywatch.instrument("jinja2")
    assert Template("hello {{ name }}").render(name="you") == "hello you"
    assert counts == {"jinja2": 1}
