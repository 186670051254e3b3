from jinja2 import Template

from lantern import integrations


def test_template(noted):
    integrations.jinja2()
    assert Template("hello {{ name }}").render(name="you") == "hello you"
    assert noted == ["jinja2: template"]
