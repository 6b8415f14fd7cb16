"""Small files through Hadoop's FileSystem, so that a path, a file: URI and an s3: URI are the same to a step."""

import json
from collections.abc import Mapping
from typing import Any

from py4j.java_gateway import JavaObject
from pyspark.sql import SparkSession


def read_text(spark: SparkSession, uri: str) -> str | None:
    """The text of a file in UTF-8, or None when there is no such file."""
    path = _path(spark, uri)
    system = path.getFileSystem(_configuration(spark))
    if not system.exists(path):
        return None
    stream = system.open(path)
    try:
        return bytes(spark._jvm.org.apache.commons.io.IOUtils.toByteArray(stream)).decode("utf-8")
    finally:
        stream.close()


def write_text(spark: SparkSession, uri: str, text: str) -> None:
    """Writes or replaces a file; a reader sees the old text or the new one, never half of it."""
    path = _path(spark, uri)
    unfinished = _path(spark, f"{path.getParent().toString()}/.{path.getName()}.unfinished")
    # An instance of its own: what is set here must not change how Spark writes its files.
    system = spark._jvm.org.apache.hadoop.fs.FileSystem.newInstance(path.toUri(), _configuration(spark))
    try:
        system.setWriteChecksum(False)
        stream = system.create(unfinished, True)
        try:
            stream.write(bytearray(text.encode("utf-8")))
        finally:
            stream.close()
        # A local rename replaces; HDFS and S3 refuse to, so there the old file goes first.
        if not system.rename(unfinished, path) and not (system.delete(path, False) and system.rename(unfinished, path)):
            raise OSError(f"could not rename {unfinished.toString()} to {path.toString()}")
    finally:
        system.close()


def write_json(spark: SparkSession, uri: str, value: Mapping[str, Any]) -> None:
    """Writes or replaces a file of one JSON object."""
    # A NaN is no JSON: better to fail here than in the reader.
    write_text(spark, uri, json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")


def list_names(spark: SparkSession, uri: str) -> list[str]:
    """Names of what is in a directory; none when there is no such directory."""
    path = _path(spark, uri)
    system = path.getFileSystem(_configuration(spark))
    return [status.getPath().getName() for status in system.listStatus(path)] if system.exists(path) else []


def _path(spark: SparkSession, uri: str) -> JavaObject:
    return spark._jvm.org.apache.hadoop.fs.Path(uri)


def _configuration(spark: SparkSession) -> JavaObject:
    return spark.sparkContext._jsc.hadoopConfiguration()
