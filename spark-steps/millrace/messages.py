"""Messages of a topic read by their contract: the columns they hold, or the reason why they do not fit."""

from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import MapType, StringType, StructField, StructType, TimestampType

from millrace.contract import Contract, max_bytes
from millrace.json_text import is_not_utf8, must_be, parsed, shown

# Outside these years a number is a mix-up of units (seconds, microseconds), not an instant.
EARLIEST_MS = 946_684_800_000  # 2000-01-01
LATEST_MS = 4_102_444_800_000  # 2100-01-01


def read_messages(records: DataFrame, contract: Contract) -> DataFrame:
    """Adds `message` (the contract's JSON fields) and `fits` to the rows of a Kafka source.

    Key and value stay only where the record does not fit. A number where text is expected is taken as its text; fields
    that the contract does not know are dropped.
    """
    fields = _message_fields(contract)
    return (
        records.withColumn("read", parsed(_text(), contract.message))
        .withColumn("message", F.struct(*[_present(field) for field in fields]))
        .withColumn("fits", _fits(fields))
        .withColumn("key", F.when(~F.col("fits"), F.col("key")))
        .withColumn("value", F.when(~F.col("fits"), F.col("value")))
        .drop("read")
    )


def table_rows(messages: DataFrame, contract: Contract) -> DataFrame:
    """Messages that fit, as rows of the contract's table with where they came from."""
    columns = [_table_value(field, contract).alias(field.name) for field in contract.schema]
    return messages.where("fits").select(*columns, *_origin(contract.kafka))


def quarantine_rows(messages: DataFrame, contract: Contract) -> DataFrame:
    """Messages that do not fit, as rows of the quarantine table: byte for byte, and why."""
    columns = {"reason": _reason(_message_fields(contract)), "record_key": F.col("key"), "record_value": F.col("value")}
    record = [value.alias(name) for name, value in columns.items()]
    return messages.where("NOT fits").select(*record, *_origin(contract.kafka))


def _message_fields(contract: Contract) -> list[StructField]:
    return [field for field in contract.schema if "source" in field.metadata]


def _text() -> Column:
    return F.decode("value", "UTF-8")


def _origin(columns: StructType) -> list[Column]:
    values = {
        "kafka_topic": F.col("topic"),
        "kafka_partition": F.col("partition"),
        "kafka_offset": F.col("offset"),
        "kafka_timestamp": F.col("timestamp"),
        "ingested_at": F.current_timestamp(),
    }
    return [values[column.name].alias(column.name) for column in columns]


def _table_value(field: StructField, contract: Contract) -> Column:
    value = _value(field)
    if isinstance(field.dataType, TimestampType):
        return F.timestamp_millis(value)
    if field.name in contract.key and not field.metadata["required"]:
        # The record's place tells it apart; the time is there because a topic made anew starts at offset 0 again.
        place = F.concat_ws("/", "topic", "partition", "offset")
        return F.coalesce(value, F.concat_ws("@", place, F.unix_millis("timestamp")))
    return value


def _present(field: StructField) -> Column:
    """A field's value; blank text says nothing, so it is null."""
    name = field.metadata["source"]
    value = F.col(f"read.value.{name}")
    return (F.when(F.trim(value) != "", value) if _is_text(field) else value).alias(name)


def _fits(fields: list[StructField]) -> Column:
    read = F.col("read")
    record = [read["value"].isNull(), read["corrupt"].isNotNull(), is_not_utf8(F.col("value"))]
    missing = [_value(field).isNull() for field in fields if field.metadata["required"]]
    out_of_range = [_is_out_of_range(field) for field in fields if _is_instant(field)]
    too_long = [_is_too_long(field) for field in fields if _is_text(field)]
    wrong = reduce(or_, [F.coalesce(each, F.lit(False)) for each in record + missing + out_of_range + too_long])
    return ~wrong


def _reason(fields: list[StructField]) -> Column:
    """Why a record does not fit. It reads the JSON again for each field, and so is only for records that do not."""
    text = _text()
    by_name = parsed(text, MapType(StringType(), StringType()))
    is_no_object = by_name["value"].isNull() | by_name["corrupt"].isNotNull()
    return F.coalesce(
        F.when(text.isNull(), F.lit("value must be a JSON object, got null")),
        F.when(is_not_utf8(F.col("value")), F.concat(F.lit("value must be UTF-8, got 0x"), shown(F.hex("value")))),
        F.when(is_no_object, F.concat(F.lit("value must be a JSON object, got "), shown(text))),
        *[_field_reason(field) for field in fields],
        F.concat(F.lit("value must fit its contract, got "), shown(text)),
    )


def _field_reason(field: StructField) -> Column:
    name = field.metadata["source"]
    value = _value(field)
    # Spark nulls a field of another type without a word, so what the JSON has there is read again; by way of a list,
    # because then a text keeps its quotes: "5" is not 5.
    raw = F.get_json_object(F.concat(F.lit("["), _text(), F.lit("]")), f"$[*].{name}")
    kind = "long" if _is_instant(field) else field.dataType.typeName()
    reasons = [] if _is_text(field) else [must_be(name, kind, raw, when=value.isNull() & raw.isNotNull())]
    if field.metadata["required"]:
        reasons.append(must_be(name, "present", F.coalesce(raw, F.lit("null")), when=value.isNull()))
    if _is_text(field):
        allowed = f"at most {max_bytes(field)} bytes of UTF-8"
        reasons.append(must_be(name, allowed, F.octet_length(value).cast("string"), when=_is_too_long(field)))
    if _is_instant(field):
        allowed = "epoch milliseconds between the years 2000 and 2100"
        reasons.append(must_be(name, allowed, value.cast("string"), when=_is_out_of_range(field)))
    return F.coalesce(*reasons) if reasons else F.lit(None)


def _value(field: StructField) -> Column:
    return F.col("message")[field.metadata["source"]]


def _is_text(field: StructField) -> bool:
    return isinstance(field.dataType, StringType)


def _is_instant(field: StructField) -> bool:
    return isinstance(field.dataType, TimestampType)


def _is_too_long(field: StructField) -> Column:
    """A text that the warehouse has no room for would fail every load from then on."""
    return F.octet_length(_value(field)) > max_bytes(field)


def _is_out_of_range(field: StructField) -> Column:
    return (_value(field) < EARLIEST_MS) | (_value(field) >= LATEST_MS)
