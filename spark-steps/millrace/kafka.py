"""What a step asks the brokers before it starts, so that what the user can mend is said at once and in one line."""

from collections.abc import Mapping
from dataclasses import dataclass

from py4j.java_gateway import JavaObject
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from millrace.step import StepError

TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Topic:
    name: str
    # Kafka gives a topic that is made anew another id.
    id: str
    # By partition: the first offset that is still there, and the offset that the next record will get.
    earliest: dict[int, int]
    end: dict[int, int]


def read_topic(spark: SparkSession, brokers: str, name: str, options: Mapping[str, str]) -> Topic:
    """Asks the brokers about a topic; fails with a StepError when they or it cannot be reached within 20 seconds."""
    jvm = spark._jvm
    client = None
    try:
        client = jvm.org.apache.kafka.clients.admin.AdminClient.create(_properties(jvm, brokers, options))
        described = _wait(jvm, client.describeTopics([name]).allTopicNames())[name]
        partitions = [each.partition() for each in described.partitions()]
        spec = jvm.org.apache.kafka.clients.admin.OffsetSpec
        earliest = _offsets(jvm, client, name, partitions, spec.earliest())
        end = _offsets(jvm, client, name, partitions, spec.latest())
        return Topic(name, described.topicId().toString(), earliest, end)
    except Py4JJavaError as error:
        raise _failure(error, brokers, name) from error
    finally:
        if client is not None:
            client.close(jvm.java.time.Duration.ofSeconds(1))


def _offsets(jvm, client: JavaObject, topic: str, partitions: list[int], spec: JavaObject) -> dict[int, int]:
    wanted = jvm.java.util.HashMap()
    for partition in partitions:
        wanted[jvm.org.apache.kafka.common.TopicPartition(topic, partition)] = spec
    found = _wait(jvm, client.listOffsets(wanted).all())
    return {key.partition(): found[key].offset() for key in found}


def _properties(jvm, brokers: str, options: Mapping[str, str]) -> JavaObject:
    properties = jvm.java.util.HashMap()
    timeout = str(TIMEOUT_SECONDS * 1000)
    limits = {"request.timeout.ms": timeout, "default.api.timeout.ms": timeout}
    for name, value in {**options, **limits, "bootstrap.servers": brokers}.items():
        properties[name] = value
    return properties


def _wait(jvm, future: JavaObject) -> JavaObject:
    return future.get(TIMEOUT_SECONDS, jvm.java.util.concurrent.TimeUnit.SECONDS)


def _failure(error: Py4JJavaError, brokers: str, topic: str) -> StepError:
    exception = error.java_exception
    cause = exception.getCause() or exception
    kind = cause.getClass().getSimpleName()
    if kind == "UnknownTopicOrPartitionException":
        return StepError(f"topic must be on the brokers {brokers}, got {topic}, which is not there")
    if kind == "InvalidTopicException":
        return StepError(f"topic must be a name that Kafka allows, got {topic}")
    return StepError(
        f"brokers must be reachable within {TIMEOUT_SECONDS} seconds, got {brokers}: {kind}: {cause.getMessage()}"
    )
