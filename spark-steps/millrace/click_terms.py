"""What the click model knows of an impression: terms, texts such as `site_id=85f751fd`, hashed into so many buckets.

lambdas/score-impressions/terms.ts says the same in TypeScript; a test holds both equal.
"""

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

# Between the parts of a crossed term. No category holds it: it is a control character.
SEPARATOR = "\x1f"
# From the column `hour`, in UTC whatever the session's time zone is.
HOUR_OF_DAY = "hour_of_day"
# 0 is Sunday, as in JavaScript.
DAY_OF_WEEK = "day_of_week"

SECONDS_OF_HOUR = 3_600
SECONDS_OF_DAY = 24 * SECONDS_OF_HOUR
# 1970-01-01 was a Thursday.
FIRST_DAY_OF_WEEK = 4

# Columns that a term is made of; one alone is the value itself, several are crossed.
Term = tuple[str, ...]


def bucket_of(term: Term, buckets: int) -> Column:
    """The bucket of a row's value of a term, from 0; `buckets` is a power of two."""
    return F.crc32(text_of(term)).bitwiseAND(F.lit(buckets - 1)).cast("int")


def buckets_of(terms: Sequence[Term], buckets: int) -> Column:
    """The buckets of all terms, as an array in their order."""
    return F.array(*[bucket_of(term, buckets) for term in terms])


def text_of(term: Term) -> Column:
    """A term as text; a value that is missing is an empty one."""
    parts = [F.concat(F.lit(f"{name}="), F.coalesce(_value(name).cast("string"), F.lit(""))) for name in term]
    return F.concat_ws(SEPARATOR, *parts)


def _value(name: str) -> Column:
    if name == HOUR_OF_DAY:
        return F.floor(F.unix_seconds("hour") / SECONDS_OF_HOUR) % 24
    if name == DAY_OF_WEEK:
        return (F.floor(F.unix_seconds("hour") / SECONDS_OF_DAY) + FIRST_DAY_OF_WEEK) % 7
    return F.col(name)
