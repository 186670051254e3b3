import os

import psycopg

import querywatch


def test_statement(counts):
    querywatch.instrument("psycopg")
    with psycopg.connect(
        host=os.environ["POSTGRES_HOST"],
        port=os.environ["POSTGRES_PORT"],
        user=os.environ["POSTGRES_USER"],
        password=os.environ["POSTGRES_PASSWORD"],
    ) as connection:
        assert connection.cursor().execute("SELECT 6 * 7").fetchone() == (42,)
    assert counts == {"psycopg": 1}
