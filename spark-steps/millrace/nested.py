"""Messages that hold lists within lists, taken apart by their contract: rows of flat tables, or why there are none.

Values come as themselves or as text, whole numbers as floats ("1.0"), instants as ISO 8601 or as seconds since 1970:
the same forms that lib/contracts/exam/values.ts takes.
"""

from collections.abc import Iterator
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DoubleType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from millrace.contract import Contract, Nested, Rows, max_bytes
from millrace.json_text import is_not_utf8, must_be, parsed, shown

# Where a row of the outermost table lies: its message, and its place in the array that the message may be.
MESSAGE_ID = "message_id"
POSITION = "position"

SECONDS = r"^[+-]?\d+(\.\d+)?$"
ISO = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$"
WHOLE = r"^([+-]?\d+)(\.0*)?$"
DECIMAL = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
ALLOWED = {
    IntegerType: "a whole number of 32 bits",
    LongType: "a whole number of 64 bits",
    DoubleType: "a number",
    BooleanType: "true or false",
    TimestampType: "a time by ISO 8601, or in seconds since 1970, between the years 2000 and 2100",
}


def elements(messages: DataFrame, nested: Nested) -> DataFrame:
    """A row an object that a message is, or that lies in the array it is; columns `read`, `element` and `reason`.

    `reason` says why the object does not fit, and is null where it does; one that does not fit leaves the others of
    its array alone. `element` is its JSON as it came, `position` its place in the array.
    """
    text = F.decode("record_value", "UTF-8")
    listed = (
        messages.withColumn("text", text)
        .withColumn("list", F.when(F.col("text").rlike(r"^\s*\["), parsed(F.col("text"), ArrayType(StringType()))))
        .withColumn("is_list", F.coalesce((F.size("list.value") > 0) & F.col("list.corrupt").isNull(), F.lit(False)))
    )
    objects = F.when(F.col("is_list"), F.col("list.value")).otherwise(F.array("text"))
    apart = listed.select(
        *[name for name in messages.columns if name != "text"], "is_list", F.posexplode(objects).alias(POSITION, "text")
    )
    # What is not UTF-8 as a whole has no text to be taken apart.
    kept = F.when(F.col("is_list") & ~is_not_utf8(F.col("record_value")), F.encode("text", "UTF-8"))
    read = apart.withColumn("element", F.coalesce(kept, F.col("record_value"))).withColumn(
        "read", parsed(F.col("text"), nested.schema)
    )
    return read.withColumn("reason", _reason(nested)).drop("is_list", "text", "record_value")


def table_rows(elements: DataFrame, nested: Nested) -> Iterator[tuple[Contract, DataFrame]]:
    """The rows of each table, outermost first, of the objects that fit."""
    contract = nested.rows.contract
    identity = F.concat_ws("/", MESSAGE_ID, POSITION).alias(contract.key[0])
    keys = [MESSAGE_ID, POSITION, identity]
    fit = elements.where(F.col("reason").isNull())
    objects = fit.select(*_landed(nested), *keys, F.col("read.value").alias("value"))
    yield from _rows(objects, nested.rows, nested)


def quarantine_schema(contract: Contract, nested: Nested) -> StructType:
    """The quarantine's columns: those that ingest has, and where in a message the object lies."""
    place = [field for field in nested.rows.contract.schema if field.name in (MESSAGE_ID, POSITION)]
    known = {field.name for field in contract.quarantine}
    return StructType([*contract.quarantine, *place, *[field for field in nested.landed if field.name not in known]])


def quarantine_rows(elements: DataFrame, contract: Contract, nested: Nested) -> DataFrame:
    """Objects that do not fit, with the reason."""
    columns = [field.name for field in quarantine_schema(contract, nested)]
    wrong = elements.where(F.col("reason").isNotNull())
    return wrong.withColumn("record_value", F.col("element")).select(*columns)


def _rows(objects: DataFrame, rows: Rows, nested: Nested) -> Iterator[tuple[Contract, DataFrame]]:
    contract = rows.contract
    columns = [F.col(f.name) if _is_place(f) else _value(f, F.col("value")).alias(f.name) for f in contract.schema]
    yield contract, objects.select(*columns, *_landed(nested))
    places = [name for name in objects.columns if name != "value"]
    for at, inner in rows.lists:
        # The last part of its key numbers the objects of a list, from 1.
        number = inner.contract.key[-1]
        apart = objects.select(*places, F.posexplode(_at(F.col("value"), at)).alias("index", "value"))
        numbered = apart.select(*places, (F.col("index") + 1).alias(number), "value")
        yield from _rows(numbered, inner, nested)


def _landed(nested: Nested) -> list[Column]:
    return [F.col(field.name) for field in nested.landed]


def _is_place(field: StructField) -> bool:
    return field.metadata.get("role") == "key"


def _at(value: Column, path: str) -> Column:
    return reduce(lambda inner, name: inner[name], path.split("."), value)


def _text(field: StructField, value: Column) -> Column:
    """A value as its text; blank text says nothing, so it is null."""
    text = F.trim(_at(value, field.metadata["source"]))
    return F.when(text != "", text)


def _value(field: StructField, value: Column) -> Column:
    return _as(field.dataType, _text(field, value))


def _as(kind: DataType, text: Column) -> Column:
    """A text as the column's type; null where it is none."""
    if isinstance(kind, IntegerType | LongType):
        return F.regexp_extract(text, WHOLE, 1).cast(kind)
    if isinstance(kind, DoubleType):
        return F.when(text.rlike(DECIMAL), text.cast(kind))
    if isinstance(kind, BooleanType):
        return F.when(F.lower(text).isin("true", "false"), text.cast(kind))
    if isinstance(kind, TimestampType):
        # By way of a decimal: a double is not exact to the microsecond.
        seconds = F.when(text.rlike(SECONDS), text.cast("decimal(20,6)").cast(kind))
        moment = F.coalesce(seconds, F.when(text.rlike(ISO), text.cast(kind)))
        return F.when((moment >= F.lit("2000-01-01").cast(kind)) & (moment < F.lit("2100-01-01").cast(kind)), moment)
    return text


def _reason(nested: Nested) -> Column:
    text = F.col("text")
    by_name = parsed(text, MapType(StringType(), StringType()))
    is_no_object = by_name["value"].isNull() | by_name["corrupt"].isNotNull()
    is_misread = F.col("read.value").isNull() | F.col("read.corrupt").isNotNull()
    whole = "a JSON object or an array of them"
    misread = F.coalesce(
        must_be("value", whole, text, when=is_no_object),
        *[_shape_reason(path, kind) for path, kind in _shapes(nested.schema)],
        must_be("value", "made as its contract says", text, when=F.lit(True)),
    )
    return F.coalesce(
        F.when(text.isNull(), F.lit(f"value must be {whole}, got null")),
        F.when(
            is_not_utf8(F.col("record_value")),
            F.concat(F.lit("value must be UTF-8, got 0x"), shown(F.hex("record_value"))),
        ),
        F.when(is_misread, misread),
        F.get(F.filter(_reasons(nested.rows, F.col("read.value"), F.lit("")), lambda each: each.isNotNull()), F.lit(0)),
    )


def _shapes(schema: StructType, path: str = "") -> Iterator[tuple[str, DataType]]:
    """Objects and lists that are not inside of lists, by their paths."""
    for field in schema:
        if not isinstance(field.dataType, StringType):
            yield f"{path}{field.name}", field.dataType
        if isinstance(field.dataType, StructType):
            yield from _shapes(field.dataType, f"{path}{field.name}.")


def _shape_reason(path: str, kind: DataType) -> Column:
    # By way of a list, because then a text keeps its quotes.
    raw = F.get_json_object(F.concat(F.lit("["), F.col("text"), F.lit("]")), f"$[*].{path}")
    allowed, first = ("a list of objects", "[") if isinstance(kind, ArrayType) else ("an object", "{")
    return must_be(path, allowed, raw, when=(raw != "null") & ~raw.startswith(first))


def _reasons(rows: Rows, value: Column, path: Column) -> Column:
    """What is wrong with an object and with those in its lists: an array of texts and nulls."""
    own = [_field_reason(field, value, path) for field in rows.contract.schema if not _is_place(field)]
    lists = [_list_reasons(at, inner, value, path) for at, inner in rows.lists]
    return F.concat(F.array(*own), *lists)


def _list_reasons(at: str, inner: Rows, value: Column, path: Column) -> Column:
    def of_object(each: Column, index: Column) -> Column:
        here = F.concat(path, F.lit(f"{at}["), index.cast("string"), F.lit("]"))
        missing = F.array(F.concat(here, F.lit(" must be an object, got null")))
        return F.when(each.isNull(), missing).otherwise(_reasons(inner, each, F.concat(here, F.lit("."))))

    found = F.flatten(F.transform(_at(value, at), of_object))
    return F.coalesce(found, F.array().cast("array<string>"))


def _field_reason(field: StructField, value: Column, path: Column) -> Column:
    name = F.concat(path, F.lit(field.metadata["source"]))
    text = _text(field, value)
    reasons = []
    if field.metadata["required"]:
        reasons.append(must_be(name, "present", F.lit("nothing"), when=text.isNull()))
    if isinstance(field.dataType, StringType):
        most = max_bytes(field)
        bytes_ = F.octet_length(text)
        reasons.append(must_be(name, f"at most {most} bytes of UTF-8", bytes_.cast("string"), when=bytes_ > most))
    else:
        wrong = text.isNotNull() & _as(field.dataType, text).isNull()
        reasons.append(must_be(name, ALLOWED[type(field.dataType)], text, when=wrong))
    return F.coalesce(*reasons)
