import os

from pg8000 import legacy

import querywatch


def test_statement(counts):
    querywatch.instrument("pg8000")
    connection = legacy.connect(
        host=os.environ["POSTGRES_HOST"],
        port=int(os.environ["POSTGRES_PORT"]),
        user=os.environ["POSTGRES_USER"],
        password=os.environ["POSTGRES_PASSWORD"],
    )
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 6 * 7")
        assert cursor.fetchone()[0] == 42
    finally:
        connection.close()
    assert counts["pg8000"] >= 1
