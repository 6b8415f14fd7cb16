"""Reads a data set's contract: the file that `millrace contract NAME --as spark` prints."""

import json
from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import LongType, StructField, StructType, TimestampType

from millrace.files import read_text
from millrace.step import StepError


@dataclass(frozen=True)
class Contract:
    name: str
    description: str
    key: tuple[str, ...]
    # The data set's own columns, as its table has them; metadata holds comment, source, required, role, label.
    schema: StructType
    # Columns that ingest adds to each row.
    kafka: StructType
    # The whole quarantine table.
    quarantine: StructType

    @property
    def message(self) -> StructType:
        """The columns as a JSON message has them: the names of `metadata.source`, timestamps as epoch milliseconds."""
        return StructType([_as_in_messages(field) for field in self.schema if "source" in field.metadata])

    def columns_with_role(self, role: str) -> list[str]:
        """Names of the columns that have a role: key, feature or label."""
        return [field.name for field in self.schema if field.metadata.get("role") == role]


def read_contract(spark: SparkSession, uri: str) -> Contract:
    """Reads a contract from a path or a URI; fails with a StepError when it is missing or no contract."""
    text = read_text(spark, uri)
    if text is None:
        raise StepError(f"contract must be a file, got {uri}, where there is none")
    try:
        parts = json.loads(text)
        schemas = {part: StructType.fromJson(parts[part]) for part in ("schema", "kafka", "quarantine")}
        return Contract(parts["name"], parts["description"], tuple(parts["key"]), **schemas)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StepError(f"contract must be JSON as `millrace contract NAME --as spark` prints it, got {uri}") from error


def _as_in_messages(field: StructField) -> StructField:
    kind = LongType() if isinstance(field.dataType, TimestampType) else field.dataType
    return StructField(field.metadata["source"], kind, nullable=True, metadata=field.metadata)
