from mako.template import Template

from lantern import integrations


def test_template(noted):
    integrations.mako()
    assert Template("hello ${name}").render(name="you") == "hello you"
    assert noted == ["mako: template"]
