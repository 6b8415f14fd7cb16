"""Parts that the tests of the Spark steps share: one session, real contracts, tables of their own, a real broker."""

import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from local_broker import LocalBroker, LocalTopic
from pyspark.sql import SparkSession
from scoring import Clicks

from millrace.step import session

ROOT = Path(__file__).resolve().parents[2]
JARS = sorted(str(jar) for jar in (ROOT / ".jars" / "spark").glob("*.jar"))

CLICK_CONTRACTS = ("ad_impressions", "ad_clicks", "click_predictions", "click_quality")

# Prints a contract as the steps get it.
PRINT_CONTRACT = """
const { contract } = await import('./lib/contracts/index.ts');
const { sparkContract } = await import('./lib/contracts/render/spark.ts');
process.stdout.write(JSON.stringify(sparkContract(contract(process.argv[1]))));
"""


@pytest.fixture(scope="session")
def spark_conf(tmp_path_factory) -> dict[str, str]:
    """Settings of a local Spark with an Iceberg catalog named `lake` in a directory of this test run."""
    return {
        "spark.master": "local[2]",
        "spark.jars": ",".join(JARS),
        "spark.driver.memory": "2g",
        # By itself the quick compiler has room for 48 MB of code: all tests together fill that.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.log.level": "ERROR",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("spark-warehouse")),
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.type": "hadoop",
        "spark.sql.catalog.lake.warehouse": str(tmp_path_factory.mktemp("lake")),
        # Tests read tables that another process, or a streaming query's own session, has just written.
        "spark.sql.catalog.lake.cache-enabled": "false",
    }


@pytest.fixture(scope="session")
def spark(spark_conf):
    """The one session of the whole run: starting Spark takes longer than most tests."""
    # Python workers take it from the environment alone; without it they are the system's Python, which has no pandas.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder
    for name, value in spark_conf.items():
        builder = builder.config(name, value)
    builder.getOrCreate()
    spark = session("tests")
    yield spark
    spark.stop()


@pytest.fixture(scope="session")
def contract_file(tmp_path_factory):
    """`contract_file("listening_events")` is the path of that contract as the steps read it."""
    directory = tmp_path_factory.mktemp("contracts")

    def rendered(name: str) -> str:
        file = directory / f"{name}.json"
        if not file.exists():
            command = ["node", "--import", "tsx", "--input-type=module", "-e", PRINT_CONTRACT, name]
            file.write_bytes(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
        return str(file)

    return rendered


_NUMBERS = count(1)


@pytest.fixture
def table_name():
    """`table_name("events")` is the name of a table that no other test has: `lake.tests.events_7`."""
    return lambda prefix="table": f"lake.tests.{prefix}_{next(_NUMBERS)}"


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """A real Kafka broker; `broker.address` is where it listens."""
    broker = LocalBroker(tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def topic(spark, broker):
    """A topic of this test alone, with two partitions."""
    topic = LocalTopic(spark, broker.address, name=f"topic-{next(_NUMBERS)}", partitions=2)
    yield topic
    topic.close()


@pytest.fixture
def clicks(spark, broker, contract_file, table_name, tmp_path):
    """Topics, tables and models of this test alone for scoring clicks."""
    topics = [LocalTopic(spark, broker.address, f"{name}-{next(_NUMBERS)}", 2) for name in ("shown", "known", "said")]
    contracts = {name: contract_file(name) for name in CLICK_CONTRACTS}
    yield Clicks(spark, broker.address, *topics, contracts, table_name("predictions"), tmp_path)
    for each in topics:
        each.close()
