import pluggy

from lantern import integrations

specification = pluggy.HookspecMarker("lantern")
implementation = pluggy.HookimplMarker("lantern")


class Specification:
    @specification
    def shade(self, colour):
        """Returns a colour."""


class Plugin:
    @implementation
    def shade(self, colour):
        return "dark " + colour


def test_plugin(noted):
    integrations.pluggy()
    manager = pluggy.PluginManager("lantern")
    manager.add_hookspecs(Specification)
    manager.register(Plugin())
    assert manager.hook.shade(colour="red") == ["dark red"]
    assert noted == ["pluggy: plugin"]
