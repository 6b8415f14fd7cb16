"""JSON that messages hold as text: read strictly, and shown to people where it is not what it must be."""

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StringType, StructField, StructType

LONGEST_SHOWN = 80
REPLACEMENT_CHARACTER = "\ufffd"

# Spark is lenient by default; these make it read JSON and nothing else.
JSON_OPTIONS = {
    "mode": "PERMISSIVE",
    "columnNameOfCorruptRecord": "corrupt",
    "allowSingleQuotes": "false",
    "allowNonNumericNumbers": "false",
}


def parsed(text: Column, kind: DataType) -> Column:
    """A struct of the `value` that a text holds, and of `corrupt`, which is null where the text is that and no more."""
    # Read as the field of an object, because Spark reads one object and ignores what follows it: of two lines in one
    # message the second would be lost.
    schema = StructType([StructField("value", kind), StructField("corrupt", StringType())])
    return F.from_json(F.concat(F.lit('{"value":'), text, F.lit("}")), schema, JSON_OPTIONS)


def must_be(name: str | Column, allowed: str, got: Column, when: Column) -> Column:
    """`<name> must be <allowed>, got <got>` where `when` holds, else null."""
    subject = F.lit(name) if isinstance(name, str) else name
    return F.when(when, F.concat(subject, F.lit(f" must be {allowed}, got "), shown(got)))


def shown(text: Column) -> Column:
    """A text in one line, its beginning where it is long."""
    line = F.regexp_replace(text, r"\s+", " ")
    cut = F.concat(F.substring(line, 1, LONGEST_SHOWN), F.lit("…"))
    return F.when(F.length(line) > LONGEST_SHOWN, cut).otherwise(line)


def is_not_utf8(value: Column) -> Column:
    """Whether bytes are no UTF-8; null where there are none."""
    text = F.decode(value, "UTF-8")
    # Decoding puts this character where bytes are no UTF-8; only then is it worth comparing the bytes.
    return F.contains(text, F.lit(REPLACEMENT_CHARACTER)) & (F.encode(text, "UTF-8") != value)
