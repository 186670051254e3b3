import pytest

import lantern


@pytest.fixture
def noted():
    """What is noted while a test runs."""
    lantern.notes.clear()
    yield lantern.notes
    lantern.notes.clear()
