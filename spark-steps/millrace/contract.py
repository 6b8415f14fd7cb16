"""Reads a data set's contract: the file that `millrace contract NAME --as spark` prints."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.types import LongType, StructField, StructType, TimestampType

from millrace.files import read_text
from millrace.step import StepError

# Bytes of UTF-8 that a text may have where its contract says nothing else: as in lib/contracts/dataset.ts.
DEFAULT_MAX_BYTES = 256


def max_bytes(field: StructField) -> int:
    """Bytes of UTF-8 that the warehouse has room for in a text field."""
    return field.metadata.get("maxBytes", DEFAULT_MAX_BYTES)


@dataclass(frozen=True)
class Lookup:
    """One row of a table, or none, for each source row: the nearest of those that are equal where they must be."""

    table: str
    # Key of the table.
    key: tuple[str, ...]
    # Columns of the source and columns of the table that must be equal.
    on: tuple[tuple[str, str], ...]
    # A number of the source and one of the table that must be no further apart than `within`.
    near: str
    to: str
    within: float


@dataclass(frozen=True)
class Derivation:
    """How the rows of a table follow from staged ones; lib/contracts/derivation.ts says what each part means."""

    source: str
    # Takes only the rows with this value in this column.
    where: tuple[str, str] | None
    latest_by: tuple[str, ...]
    lookup: Lookup | None


@dataclass(frozen=True)
class Contract:
    name: str
    description: str
    key: tuple[str, ...]
    # The data set's own columns, as its table has them; metadata holds comment, source, required, role, label, from.
    schema: StructType
    # Columns that ingest adds to each row.
    kafka: StructType
    # The whole quarantine table.
    quarantine: StructType
    # Columns that staging adds to each row.
    staging: StructType
    lake_partition: str | None = None
    derivation: Derivation | None = None
    # What must hold before anybody reads the table: each a SELECT of what does not.
    checks: tuple[str, ...] = ()
    # Of a table of messages as they came: what lies in each.
    nested: "Nested | None" = None

    @property
    def message(self) -> StructType:
        """The columns as a JSON message has them: the names of `metadata.source`, timestamps as epoch milliseconds."""
        return StructType([_as_in_messages(field) for field in self.schema if "source" in field.metadata])

    def columns_with_role(self, role: str) -> list[str]:
        """Names of the columns that have a role: key, feature or label."""
        return [field.name for field in self.schema if field.metadata.get("role") == role]


@dataclass(frozen=True)
class Rows:
    """The rows of one table in a message, and of the tables in each of them."""

    contract: Contract
    # Path of the list in the JSON of a row, and what each of its objects is.
    lists: tuple[tuple[str, "Rows"], ...]


@dataclass(frozen=True)
class Nested:
    """What lies in a message that is nested; lib/contracts/nested.ts says how it is made of flat tables."""

    # Every value as text: a number, or a boolean, may be written as one.
    schema: StructType
    # Columns that landing adds to each row: where it came from, and when.
    landed: StructType
    rows: Rows


def read_contract(spark: SparkSession, uri: str) -> Contract:
    """Reads a contract from a path or a URI; fails with a StepError when it is missing or no contract."""
    text = read_text(spark, uri)
    if text is None:
        raise StepError(f"contract must be a file, got {uri}, where there is none")
    try:
        return _contract(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StepError(f"contract must be JSON as `millrace contract NAME --as spark` prints it, got {uri}") from error


def _contract(parts: Mapping[str, Any]) -> Contract:
    schemas = {part: StructType.fromJson(parts[part]) for part in ("schema", "kafka", "quarantine", "staging")}
    return Contract(
        parts["name"],
        parts["description"],
        tuple(parts["key"]),
        **schemas,
        lake_partition=parts.get("lakePartition"),
        derivation=_derivation(parts["derivation"]) if "derivation" in parts else None,
        checks=tuple(parts["checks"]),
        nested=_nested(parts["message"]) if "message" in parts else None,
    )


def _nested(parts: Mapping[str, Any]) -> Nested:
    return Nested(StructType.fromJson(parts["schema"]), StructType.fromJson(parts["landed"]), _rows(parts["rows"]))


def _rows(parts: Mapping[str, Any]) -> Rows:
    return Rows(_contract(parts["contract"]), tuple((inner["at"], _rows(inner["rows"])) for inner in parts["lists"]))


def _derivation(parts: Mapping[str, Any]) -> Derivation:
    where = parts.get("where")
    return Derivation(
        parts["source"],
        (where["column"], where["is"]) if where else None,
        tuple(parts["latestBy"]),
        _lookup(parts["lookup"]) if "lookup" in parts else None,
    )


def _lookup(parts: Mapping[str, Any]) -> Lookup:
    near = parts["near"]
    on = tuple((pair["column"], pair["equals"]) for pair in parts["on"])
    return Lookup(parts["table"], tuple(parts["key"]), on, near["column"], near["to"], near["within"])


def _as_in_messages(field: StructField) -> StructField:
    kind = LongType() if isinstance(field.dataType, TimestampType) else field.dataType
    return StructField(field.metadata["source"], kind, nullable=True, metadata=field.metadata)
