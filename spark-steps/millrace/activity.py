"""What happened in the app, day by day."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from millrace.history import CANCELLED, COUNTED_PAGES

COUNTED = ["songs", "thumbs_up", "thumbs_down", "adverts", "errors", "upgrades", "downgrades"]


def daily_activity(events: DataFrame) -> DataFrame:
    """One row a day (UTC) that has an event. Logged-out page views count as events and as nothing else."""
    dated = events.withColumn("activity_date", F.to_date("ts"))
    listeners = _listener_days(dated)
    days = listeners.groupBy("activity_date").agg(
        F.count("user_id").alias("listeners"),
        F.count_if((F.col("level") == "paid") & F.col("user_id").isNotNull()).alias("paid_listeners"),
        F.sum(F.when(F.col("user_id").isNotNull(), F.size("session_ids")).otherwise(0)).alias("sessions"),
        F.count_if(F.col("cancelled")).alias("cancellations"),
        F.sum("events").alias("events"),
        F.sum(F.when(F.col("user_id").isNull(), F.col("events")).otherwise(0)).alias("logged_out_events"),
        *[F.sum(name).alias(name) for name in COUNTED],
        (F.sum("seconds") / 3600).alias("hours_listened"),
    )
    free = F.col("listeners") - F.col("paid_listeners")
    registrations = F.coalesce("registrations", F.lit(0))
    return days.join(_registrations(events), "activity_date", "left").withColumns(
        {"free_listeners": free, "registrations": registrations}
    )


def _listener_days(dated: DataFrame) -> DataFrame:
    """One row a day and listener, and one a day for everybody who is logged out (no listener)."""
    known = F.col("user_id").isNotNull()
    counts = {name: F.count_if(known & (F.col("page") == COUNTED_PAGES[name])) for name in COUNTED}
    seconds = F.sum(F.when(known & (F.col("page") == COUNTED_PAGES["songs"]), F.col("length")))
    order = F.struct("ts", "item_in_session", "event_id")
    return dated.groupBy("activity_date", "user_id").agg(
        F.count("*").alias("events"),
        F.collect_set(F.when(known, F.col("session_id"))).alias("session_ids"),
        F.max_by("level", F.when(F.col("level").isNotNull(), order)).alias("level"),
        F.max(known & (F.col("page") == CANCELLED)).alias("cancelled"),
        F.coalesce(seconds, F.lit(0.0)).alias("seconds"),
        *[count.alias(name) for name, count in counts.items()],
    )


def _registrations(events: DataFrame) -> DataFrame:
    """Listeners by the day they registered; their events say it, whichever day those are of."""
    registered = events.where("user_id is not null and registration is not null").groupBy("user_id")
    return (
        registered.agg(F.to_date(F.min("registration")).alias("activity_date"))
        .groupBy("activity_date")
        .agg(F.count("*").alias("registrations"))
    )
