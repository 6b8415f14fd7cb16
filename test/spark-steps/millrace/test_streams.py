"""Sinks take batches one at a time, rest between them, and end in order; no Spark in here."""

import threading
import time

import pytest

from millrace.streams import Sink

TAKES = 0.1


class Slow(Sink):
    def __init__(self, rest: float) -> None:
        super().__init__(rest)
        self.began: list[float] = []

    def _take(self, batch, batch_id) -> None:
        self.began.append(time.monotonic())
        time.sleep(TAKES)


def test_a_sink_rests_for_as_many_times_as_long_as_its_batch_took():
    eager, resting = Slow(0), Slow(5)
    for sink in (eager, resting):
        sink.write(None, 0)
        sink.write(None, 1)
    assert eager.began[1] - eager.began[0] < 5 * TAKES
    assert resting.began[1] - resting.began[0] >= 6 * TAKES


def test_a_batch_that_waits_while_the_sink_rests_is_refused_at_once_where_it_is_closed():
    sink = Slow(600)
    sink.write(None, 0)
    refused = []

    def write() -> None:
        with pytest.raises(RuntimeError, match="no more batches are taken: the step was asked to end"):
            sink.write(None, 1)
        refused.append(1)

    waiting = threading.Thread(target=write)
    waiting.start()
    waiting.join(TAKES)
    assert refused == []
    sink.close()
    waiting.join(5)
    assert (refused, sink.closed, len(sink.began)) == ([1], True, 1)
