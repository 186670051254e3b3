import os

from redis import Redis
from rq import Queue

import querywatch


def test_job(counts):
    querywatch.instrument("rq")
    queue = Queue("querywatch", connection=Redis(host=os.environ["REDIS_HOST"], port=int(os.environ["REDIS_PORT"])))
    job = queue.enqueue("operator.add", 1, 2)
    try:
        assert job.id in queue.get_job_ids()
    finally:
        job.delete()
    assert counts == {"rq": 1}
