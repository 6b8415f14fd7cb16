"""A real Kafka broker of one node (KRaft) for the tests, from the jars that `npm test` fetches."""

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

from py4j.java_gateway import JavaMember
from py4j.protocol import STATIC_PREFIX
from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[2]
CLASSPATH = str(ROOT / ".jars" / "kafka" / "*")
START_TIMEOUT_SECONDS = 60
# What the broker has to refuse must get to it.
MAX_REQUEST_BYTES = str(10 * 1024 * 1024)

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={directory}/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
"""

LOGGING = """
log4j.rootLogger=WARN, stderr
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.Target=System.err
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=%d %p %m (%c)%n
"""


class LocalBroker:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        port, controller_port = free_ports(2)
        self.address = f"127.0.0.1:{port}"
        self._port = port
        Path(self._settings).write_text(
            PROPERTIES.format(port=port, controller_port=controller_port, directory=directory)
        )
        (directory / "log4j.properties").write_text(LOGGING)

    def start(self) -> None:
        cluster_id = "bWlsbHJhY2UtdGVzdHMtMQ"
        with (self._directory / "broker.log").open("wb") as log:
            format_storage = self._java("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", self._settings)
            subprocess.run(format_storage, check=True, stdout=log, stderr=log)
        self.start_again()

    def start_again(self) -> None:
        """With what it held when it was killed."""
        with (self._directory / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(self._java("kafka.Kafka", self._settings), stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not is_listening(self._port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise RuntimeError(f"the broker did not start:\n{(self._directory / 'broker.log').read_text()}")
            time.sleep(0.1)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        # Nothing in it is kept, so it need not shut down in order.
        self.kill()
        shutil.rmtree(self._directory)

    @property
    def _settings(self) -> str:
        return str(self._directory / "server.properties")

    def _java(self, *arguments: str) -> list[str]:
        logging = f"-Dlog4j.configuration=file:{self._directory}/log4j.properties"
        return ["java", "-Xmx512m", logging, "-cp", CLASSPATH, *arguments]


class LocalTopic:
    """A topic of its own for a test; records are sent by Spark, so that no Kafka client for Python is needed."""

    def __init__(
        self, spark: SparkSession, brokers: str, name: str, partitions: int, config: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self._config = config or {}
        self._spark = spark
        self._brokers = brokers
        self._partitions = partitions
        self._admin_classes = spark._jvm.org.apache.kafka.clients.admin
        self._admin = self._admin_classes.AdminClient.create({"bootstrap.servers": brokers})
        self.create()

    def create(self) -> None:
        topic = self._admin_classes.NewTopic(self.name, self._partitions, 1).configs(self._config)
        self._admin.createTopics([topic]).all().get()

    def delete(self) -> None:
        self._admin.deleteTopics([self.name]).all().get()

    def delete_records_before(self, partition: int, offset: int) -> None:
        """What retention does, at once."""
        place = self._spark._jvm.org.apache.kafka.common.TopicPartition(self.name, partition)
        # By name: Py4J does not find a static method that has a namesake which is not static.
        method = STATIC_PREFIX + "org.apache.kafka.clients.admin.RecordsToDelete"
        before = JavaMember("beforeOffset", None, method, self._spark.sparkContext._gateway._gateway_client)(offset)
        self._admin.deleteRecords({place: before}).all().get()

    def send(self, *values: dict | list | str | bytes | None, key: bytes | None = None, partition: int = 0) -> None:
        """Sends values in their order to one partition; a dict or a list is sent as JSON."""
        rows = [(key, _as_bytes(value), partition) for value in values]
        records = self._spark.createDataFrame(rows, "key binary, value binary, partition int").coalesce(1)
        options = {
            "kafka.bootstrap.servers": self._brokers,
            "topic": self.name,
            "kafka.max.request.size": MAX_REQUEST_BYTES,
        }
        records.write.format("kafka").options(**options).save()

    def close(self) -> None:
        self._admin.close()


def _as_bytes(value: dict | list | str | bytes | None) -> bytes | None:
    text = json.dumps(value) if isinstance(value, dict | list) else value
    return text.encode() if isinstance(text, str) else text


def free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
