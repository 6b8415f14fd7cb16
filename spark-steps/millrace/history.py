"""Listening histories as they stood at each cut-off: sums, profile, artists and songs.

Cut-offs and windows are whole days, so events are read once into sums of each listener, session and day (and once more
for distinct titles); what is done for every cut-off works on these few rows.
"""

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

CANCELLED = "Cancellation Confirmation"
COUNTED_PAGES = {
    "songs": "NextSong",
    "thumbs_up": "Thumbs Up",
    "thumbs_down": "Thumbs Down",
    "adverts": "Roll Advert",
    "errors": "Error",
    "playlist_adds": "Add to Playlist",
    "friend_adds": "Add Friend",
    "home_views": "Home",
    "help_views": "Help",
    "about_views": "About",
    "settings_views": "Settings",
    "settings_saves": "Save Settings",
    "upgrade_views": "Upgrade",
    "downgrade_views": "Downgrade",
    "logouts": "Logout",
    "upgrades": "Submit Upgrade",
    "downgrades": "Submit Downgrade",
    "cancellations": CANCELLED,
}
COUNTED_ANSWERS = {"put_200": ("PUT", 200), "get_200": ("GET", 200), "put_307": ("PUT", 307)}
SUMS = ["events", "seconds_listened", *COUNTED_PAGES, *COUNTED_ANSWERS]
PROFILE = ["first_name", "last_name", "gender", "level", "location", "user_agent", "registration"]

# Windows of days before the cut-off. No history is as long as the first.
EVER = "ever"
WINDOWS = {EVER: 36_500, "last_7": 7, "last_28": 28}
# A window of the last days with an event, however long ago: what a listener who was silent of late met at last.
LATEST = "latest"
LATEST_DAYS = 3


def session_days(events: DataFrame) -> DataFrame:
    """Sums of each listener, session and day. Cut-offs and windows are whole days, so events need no second look."""
    page = F.col("page")
    answers = {
        name: (F.col("method") == method) & (F.col("status") == status)
        for name, (method, status) in COUNTED_ANSWERS.items()
    }
    counted = {name: page == value for name, value in COUNTED_PAGES.items()} | answers
    order = [F.col(name) for name in ("ts", "item_in_session", "event_id")]
    return events.groupBy("user_id", "session_id", F.to_date("ts").alias("day")).agg(
        F.count("*").alias("events"),
        F.coalesce(F.sum(F.when(page == "NextSong", F.col("length"))), F.lit(0.0)).alias("seconds_listened"),
        *[F.count(F.when(condition, 1)).alias(name) for name, condition in counted.items()],
        F.min("ts").alias("first_ts"),
        F.max("ts").alias("last_ts"),
        # The order goes with the value, so that the last known value of a day can be compared with those of others.
        *[F.max(F.when(F.col(name).isNotNull(), F.struct(*order, F.col(name)))).alias(name) for name in PROFILE],
    )


def histories(session_days: DataFrame, cutoffs: Sequence[date]) -> DataFrame:
    """One row a listener and cut-off: the profile, and the sums of each window as structs by the window's name."""
    sessions = (
        _in_windows(session_days, cutoffs)
        .groupBy("user_id", "cutoff", "window", "session_id")
        .agg(
            *[F.sum(name).alias(name) for name in SUMS],
            F.min("first_ts").alias("first_ts"),
            F.max("last_ts").alias("last_ts"),
            F.collect_set("day").alias("days"),
        )
    )
    hours = (F.col("last_ts").cast("double") - F.col("first_ts").cast("double")) / 3600
    in_windows = sessions.groupBy("user_id", "cutoff", "window").agg(
        *[F.sum(name).alias(name) for name in SUMS],
        F.count("*").alias("sessions"),
        F.sum(hours).alias("hours"),
        F.size(F.array_distinct(F.flatten(F.collect_list("days")))).alias("active_days"),
        F.min("first_ts").alias("first_ts"),
        F.max("last_ts").alias("last_ts"),
    )
    names = [name for name in in_windows.columns if name not in ("user_id", "cutoff", "window")]

    def of_window(window: str) -> Column:
        return F.first(F.when(F.col("window") == window, F.struct(*names)), ignorenulls=True).alias(window)

    by_window = in_windows.groupBy("user_id", "cutoff").agg(*[of_window(window) for window in (*WINDOWS, LATEST)])
    return by_window.join(_profiles(session_days, cutoffs), ["user_id", "cutoff"])


def _profiles(session_days: DataFrame, cutoffs: Sequence[date]) -> DataFrame:
    """The last known values before each cut-off."""
    known = session_days.select("user_id", "day", *PROFILE)
    return (
        known.join(F.broadcast(dates(session_days, cutoffs)), F.col("day") < F.col("cutoff"))
        .groupBy("user_id", "cutoff")
        .agg(*[F.max(name)[name].alias(name) for name in PROFILE])
    )


def _in_windows(session_days: DataFrame, cutoffs: Sequence[date]) -> DataFrame:
    """Each session day once for every window of every cut-off that it is in."""
    windows = [F.struct(F.lit(window).alias("window"), F.lit(days).alias("days")) for window, days in WINDOWS.items()]
    spans = dates(session_days, cutoffs).select("cutoff", F.inline(F.array(*windows)))
    in_span = (F.col("day") < F.col("cutoff")) & (F.col("day") >= F.expr("date_sub(cutoff, days)"))
    newest_first = Window.partitionBy("user_id", "cutoff", "window").orderBy(F.desc("day"))
    is_latest = (F.col("window") == EVER) & (F.dense_rank().over(newest_first) <= LATEST_DAYS)
    named = F.when(is_latest, F.array("window", F.lit(LATEST))).otherwise(F.array("window"))
    rows = session_days.join(F.broadcast(spans), in_span).drop("days").withColumn("windows", named)
    return rows.withColumn("window", F.explode("windows")).drop("windows")


def heard(events: DataFrame, cutoffs: Sequence[date]) -> DataFrame:
    """How many artists and songs each listener had heard by each cut-off: those first heard before it."""
    kinds = ("artist", "song")
    titles = F.array(*[F.struct(F.lit(kind).alias("kind"), F.col(kind).alias("title")) for kind in kinds])
    first_heard = (
        events.select("user_id", F.to_date("ts").alias("day"), F.explode(titles).alias("heard"))
        .where(F.col("heard.title").isNotNull())
        .groupBy("user_id", "heard")
        .agg(F.min("day").alias("day"))
    )
    of_kind = {kind: F.count(F.when(F.col("heard.kind") == kind, 1)) for kind in kinds}
    return (
        first_heard.join(F.broadcast(dates(events, cutoffs)), F.col("day") < F.col("cutoff"))
        .groupBy("user_id", "cutoff")
        .agg(*[count.alias(f"distinct_{kind}s") for kind, count in of_kind.items()])
    )


def dates(like: DataFrame, cutoffs: Sequence[date]) -> DataFrame:
    """The cut-offs as rows, in the session of `like`."""
    values = F.array(*[F.lit(cutoff) for cutoff in cutoffs]).cast("array<date>")
    return like.sparkSession.range(1).select(F.explode(values).alias("cutoff"))
