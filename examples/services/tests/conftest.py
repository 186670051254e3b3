import pytest

import querywatch


@pytest.fixture
def counts():
    """What is counted while a test runs."""
    querywatch.counts.clear()
    yield querywatch.counts
    querywatch.counts.clear()
