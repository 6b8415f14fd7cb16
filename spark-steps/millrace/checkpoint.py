"""What a streaming checkpoint knows of its topic, checked against what the brokers have."""

import json

from pyspark.sql import SparkSession

from millrace.files import list_names, read_text, write_text
from millrace.kafka import Topic
from millrace.step import StepError

TOPIC_FILE = "millrace-topic.json"


def rows_to_read(spark: SparkSession, checkpoint: str, topic: Topic) -> int:
    """Records of the topic that a run from this checkpoint has before it.

    Fails with a StepError when the records that the checkpoint would take up at are no longer there.
    """
    _check_same_topic(spark, checkpoint, topic)
    reached = _reached(spark, checkpoint, topic)
    for partition, offset in reached.items():
        earliest, end = topic.earliest.get(partition, 0), topic.end.get(partition, 0)
        if not earliest <= offset <= end:
            raise StepError(
                f"checkpoint must be between offsets {earliest} and {end} of {topic.name}/{partition}, got {offset}: "
                + ("records were deleted before they were read" if offset < earliest else "the topic was made anew")
                + f". {_REMEDY} {checkpoint}"
            )
    return sum(end - reached.get(partition, topic.earliest[partition]) for partition, end in topic.end.items())


# The table keeps its rows and takes no event twice, which makes this safe.
_REMEDY = "To read what is there now, without doubling a row, delete the checkpoint"


def _check_same_topic(spark: SparkSession, checkpoint: str, topic: Topic) -> None:
    uri = f"{checkpoint}/{TOPIC_FILE}"
    text = read_text(spark, uri)
    if text is None:
        write_text(spark, uri, json.dumps({"topic": topic.name, "id": topic.id}) + "\n")
        return
    known = json.loads(text)
    if known["topic"] != topic.name:
        raise StepError(
            f"checkpoint must be one of topic {topic.name}, got {checkpoint}, which is one of {known['topic']}"
        )
    if known["id"] != topic.id:
        raise StepError(
            f"topic must be the one that the checkpoint began with, got {topic.name}, which was made anew since. "
            f"{_REMEDY} {checkpoint}"
        )


def _reached(spark: SparkSession, checkpoint: str, topic: Topic) -> dict[int, int]:
    """The offsets after the last batch that was committed, by partition; none when there was no batch yet."""
    batches = [int(name) for name in list_names(spark, f"{checkpoint}/commits") if name.isdigit()]
    if not batches:
        return {}
    text = read_text(spark, f"{checkpoint}/offsets/{max(batches)}") or ""
    offsets = json.loads(text.splitlines()[-1])
    return {int(partition): offset for partition, offset in offsets[topic.name].items()}
