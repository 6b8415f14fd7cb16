"""What streaming steps share: reading a topic, sinks that end after the batch in hand, waiting, arguments."""

import argparse
import re
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming import StreamingQuery

from millrace.step import StepError

AVAILABLE_NOW = "available-now"
AS_FAST_AS_POSSIBLE = "as-fast-as-possible"
STOP_CHECK_SECONDS = 0.5


@dataclass(frozen=True)
class Source:
    """A topic on its brokers, with further options of Kafka clients."""

    brokers: str
    topic: str
    options: Mapping[str, str]
    max_offsets_per_trigger: int


class Sink(ABC):
    """Writes micro-batches one at a time; once closed it takes no other.

    For `rest` times as long as a batch took no other begins: with 3 they take a quarter of the time at most.
    """

    def __init__(self, rest: float = 0) -> None:
        self.closed = False
        self._rest = rest
        self._rests_until = time.monotonic()
        self._closing = threading.Event()
        self._writing = threading.Lock()

    def write(self, batch: DataFrame, batch_id: int) -> None:
        self._closing.wait(max(self._rests_until - time.monotonic(), 0))
        with self._writing:
            if self.closed:
                # Returning would tell Spark that the batch is written.
                raise RuntimeError("no more batches are taken: the step was asked to end")
            began = time.monotonic()
            self._take(batch, batch_id)
            ended = time.monotonic()
            self._rests_until = ended + self._rest * (ended - began)

    def close(self) -> None:
        """Waits for the batch that is being written, and lets no other begin."""
        self._closing.set()
        with self._writing:
            self.closed = True

    @abstractmethod
    def _take(self, batch: DataFrame, batch_id: int) -> None:
        """Writes a batch. It may be one that was written before, in part or as a whole."""


@dataclass(frozen=True)
class Stream:
    """A query that is running, and where its batches go."""

    query: StreamingQuery
    sink: Sink


def start(spark: SparkSession, source: Source, sink: Sink, *, checkpoint: str, trigger: str) -> Stream:
    """Starts to write the records of a topic, from the first that is kept, to a sink."""
    options = {
        "kafka.bootstrap.servers": source.brokers,
        "subscribe": source.topic,
        "startingOffsets": "earliest",
        "failOnDataLoss": "true",
        "maxOffsetsPerTrigger": str(source.max_offsets_per_trigger),
        # A topic with one partition would keep one core busy and leave the others idle.
        "minPartitions": str(spark.sparkContext.defaultParallelism),
        **{f"kafka.{name}": value for name, value in source.options.items()},
    }
    records = spark.readStream.format("kafka").options(**options).load()
    writer = records.writeStream.foreachBatch(sink.write).option("checkpointLocation", checkpoint)
    return Stream(writer.trigger(**_trigger_options(trigger)).start(), sink)


@contextmanager
def sigterm() -> Iterator[threading.Event]:
    """An event that is set once the process is asked to end."""
    asked = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: asked.set())
    try:
        yield asked
    finally:
        signal.signal(signal.SIGTERM, before)


def wait(
    streams: Sequence[Stream], asked_to_stop: threading.Event, meanwhile: Callable[[], None] = lambda: None
) -> None:
    """Waits for all to end; once asked to stop, or when one fails, lets the batches in hand finish.

    `meanwhile` is called again and again, in the thread that waits; it may add to a list of streams.
    """
    try:
        while not _have_ended(streams):
            if asked_to_stop.wait(STOP_CHECK_SECONDS):
                stop(streams)
            else:
                meanwhile()
    finally:
        stop(streams)


def stop(streams: Sequence[Stream]) -> None:
    for stream in streams:
        stream.sink.close()
    for stream in streams:
        stream.query.stop()


def _have_ended(streams: Sequence[Stream]) -> bool:
    # Each is looked at: any of them may have failed.
    ended = [_has_ended(stream) for stream in streams]
    return all(ended)


def _has_ended(stream: Stream) -> bool:
    if stream.query.isActive:
        return False
    error = stream.query.exception()
    # Of a batch that began as we closed nothing was written: the next run takes it.
    if error is not None and not stream.sink.closed:
        raise _explained(error) from error
    return True


def _explained(error: StreamingQueryException) -> Exception:
    if "failOnDataLoss" in str(error):
        return StepError(
            "records of the topic must be kept until they are read, got a gap: some were deleted meanwhile. To go "
            "on with what is there, without doubling a row, delete the checkpoint; to keep more, raise retention.ms"
        )
    return error


def _trigger_options(text: str) -> dict[str, object]:
    if text == AVAILABLE_NOW:
        return {"availableNow": True}
    return {"processingTime": "0 seconds" if text == AS_FAST_AS_POSSIBLE else text}


def trigger(text: str) -> str:
    """An argument that says when batches are made."""
    if text in (AVAILABLE_NOW, AS_FAST_AS_POSSIBLE) or is_interval(text):
        return text
    raise argparse.ArgumentTypeError(
        f"must be {AVAILABLE_NOW}, {AS_FAST_AS_POSSIBLE} or an interval such as '30 seconds', got {text!r}"
    )


def is_interval(text: str) -> bool:
    return re.fullmatch(r"[1-9]\d* (second|minute|hour|day)s?", text) is not None


def interval(text: str) -> int:
    """An argument that is a span of time such as '5 minutes', in seconds."""
    if not is_interval(text):
        raise argparse.ArgumentTypeError(f"must be an interval such as '5 minutes', got {text!r}")
    number, unit = text.split(" ")
    return int(number) * {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}[unit.removesuffix("s")]


def at_least_one(text: str) -> int:
    if re.fullmatch(r"[1-9]\d*", text):
        return int(text)
    raise argparse.ArgumentTypeError(f"must be at least 1, got {text!r}")


def kafka_option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE, got {name!r}")
    return name, value
