"""The feature columns, from a history as it stood at its cut-off (millrace.history); no number is ever null."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from millrace.devices import MOBILE, browser, platform
from millrace.history import COUNTED_ANSWERS, COUNTED_PAGES, EVER, LATEST, LATEST_DAYS

RECENT = (7, 28)
RECENT_RATES = ["thumbs_up", "thumbs_down", "adverts", "errors"]
RECENT_USE = ["songs", "sessions", "hours", "active_days"]
RECENT_ACTS = [
    "playlist_adds",
    "friend_adds",
    "help_views",
    "upgrade_views",
    "downgrade_views",
    "upgrades",
    "downgrades",
]


def feature_columns() -> dict[str, Column]:
    """Every column of the contract but key and label, by name."""
    return {**_profile(), **_totals(), **_habits(), **_rates(), **_recent(), **_latest(), **_trends()}


def _profile() -> dict[str, Column]:
    kept = ["first_name", "last_name", "gender", "level", "location"]
    user_agent = F.col("user_agent")
    return {
        **{name: F.col(name) for name in kept},
        "platform": platform(user_agent),
        "browser": browser(user_agent),
        "last_event_at": F.col("ever.last_ts"),
    }


def _totals() -> dict[str, Column]:
    names = ["events", "sessions", "active_days", *COUNTED_PAGES, *COUNTED_ANSWERS, "hours", "seconds_listened"]
    distinct = {name: F.coalesce(name, F.lit(0)) for name in ("distinct_artists", "distinct_songs")}
    # Listeners still there have not cancelled: a column of zeros.
    return {name: F.col(f"ever.{name}") for name in names if name != "cancellations"} | distinct


def _habits() -> dict[str, Column]:
    ever = {
        name: F.col(f"ever.{name}")
        for name in ("sessions", "songs", "hours", "active_days", "thumbs_up", "thumbs_down")
    }
    observed, silent = days_since("ever.first_ts"), days_since("ever.last_ts")
    between = (observed - silent - ever["hours"] / 24) / (ever["sessions"] - 1)
    return {
        "days_since_registration": F.coalesce(days_since("registration"), F.lit(0.0)),
        "days_observed": observed,
        "days_since_last_event": silent,
        "paid": (F.coalesce("level", F.lit("")) == "paid").cast("int"),
        "mobile": F.coalesce(platform(F.col("user_agent")).isin(*MOBILE), F.lit(False)).cast("int"),
        "sessions_per_week": ever["sessions"] / F.greatest(observed / 7, F.lit(1.0)),
        "songs_per_session": ever["songs"] / ever["sessions"],
        "hours_per_session": ever["hours"] / ever["sessions"],
        "songs_per_active_day": ever["songs"] / ever["active_days"],
        "active_day_share": ever["active_days"] / F.datediff("cutoff", F.to_date("ever.first_ts")),
        # Sessions of one listener may overlap (two devices): no less than nothing lies between them.
        "days_between_sessions": F.when(ever["sessions"] > 1, F.greatest(between, F.lit(0.0))).otherwise(silent),
        "thumbs_up_share": _ratio(ever["thumbs_up"], ever["thumbs_up"] + ever["thumbs_down"]),
        "artists_per_song": F.coalesce(_ratio(F.col("distinct_artists"), ever["songs"]), F.lit(0.0)),
    }


def _rates() -> dict[str, Column]:
    rated = [name for name in COUNTED_PAGES if name not in ("songs", "upgrades", "downgrades", "cancellations")]
    return {f"{name}_per_hour": _per_hour(name, EVER) for name in ["events", *rated]}


def _recent() -> dict[str, Column]:
    uses = {f"{name}_{days}_days": _in_window(name, days) for days in RECENT for name in RECENT_USE}
    rates = {
        f"{name}_per_hour_{days}_days": _per_hour(name, f"last_{days}") for days in RECENT for name in RECENT_RATES
    }
    return uses | rates | {f"{name}_28_days": _in_window(name, 28) for name in RECENT_ACTS}


def _latest() -> dict[str, Column]:
    uses = {f"{name}_last_{LATEST_DAYS}_active_days": F.col(f"{LATEST}.{name}") for name in ("songs", "hours")}
    return uses | {f"{name}_per_hour_last_{LATEST_DAYS}_active_days": _per_hour(name, LATEST) for name in RECENT_RATES}


def _trends() -> dict[str, Column]:
    """How the pace of late compares with the pace before; days before the first event count in no pace."""
    observed = days_since("ever.first_ts")

    def pace(name: str, days: int) -> Column:
        return _in_window(name, days) / F.least(F.lit(float(days)), observed)

    trends = {}
    for name in ("songs", "sessions"):
        trends[f"{name}_trend_7_days"] = _ratio(pace(name, 7), pace(name, 28))
        trends[f"{name}_trend_28_days"] = _ratio(pace(name, 28), F.col(f"ever.{name}") / observed)
    return trends


def _in_window(name: str, days: int) -> Column:
    return F.coalesce(F.col(f"last_{days}.{name}"), F.lit(0))


def _per_hour(name: str, window: str) -> Column:
    # One hour at least: a visit of a minute must not make a rate of hundreds.
    hours = F.greatest(F.col(f"{window}.hours"), F.lit(1.0))
    return F.coalesce(F.col(f"{window}.{name}") / hours, F.lit(0.0))


def _ratio(part: Column, whole: Column) -> Column:
    return F.when(whole == 0, F.lit(0.0)).otherwise(part / whole)


def days_since(timestamp: str) -> Column:
    return (F.col("cutoff").cast("timestamp").cast("double") - F.col(timestamp).cast("double")) / 86400
