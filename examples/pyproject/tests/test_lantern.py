import lantern


class Door:
    def open(self, width):
        """Opens it."""
        return width * 2


def test_wrap_notes_each_call(noted):
    lantern.wrap(Door, "open", "open")
    lantern.wrap(Door, "open", "open twice")
    assert Door().open(width=2) == 4
    assert noted == ["open"]
    assert Door.open.__doc__ == "Opens it."


def test_clear_returns_the_events(noted):
    noted.append("a")
    assert noted.clear() == ["a"]
    assert noted == []
