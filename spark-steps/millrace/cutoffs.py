"""Which cut-offs to look back from: one to score at, and those before it whose outcome is known, to train on."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import median

from millrace.step import StepError

# A listener silent for longer is gone, not at risk: there is nobody left to persuade, and in a lake that keeps years
# such rows would swamp the others.
STILL_THERE_DAYS = 60

# Days of events before the first cut-off: a model learns nothing from listeners who were only just met.
MIN_HISTORY_DAYS = 14

# Training sets grow with cut-offs, what they teach does not: neighbouring cut-offs see nearly the same events.
MAX_TRAINING_CUTOFFS = 12

# Days without an event from anybody after which the lake is taken to have no data, rather than the app no listeners.
MAX_GAP_DAYS = 7

# Listeners of a day, as a share of what days usually have, below which events after a gap are taken for those of clocks
# that are wrong: going by them, everybody else would be gone.
STRAY_SHARE = 0.1

ONE_DAY = timedelta(days=1)

# Asks for the default, where an argument cannot be left out.
AUTO = "auto"


def observed_periods(days: Sequence[date]) -> list[tuple[date, date]]:
    """Stretches of days that the lake has events of, as (first midnight, midnight after the last event).

    Two data sets years apart are two periods: in the gap between them nobody was seen to stay, so no label is known.
    """
    periods: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if periods and day - periods[-1][1] <= MAX_GAP_DAYS * ONE_DAY:
            periods[-1] = (periods[-1][0], day + ONE_DAY)
        else:
            periods.append((day, day + ONE_DAY))
    return periods


def last_day(listeners: Mapping[date, int]) -> date:
    """The last day of events, by how many listeners each has; but for periods at the end that hardly anybody has."""
    periods = observed_periods(list(listeners))
    usual = median(listeners.values())
    while len(periods) > 1:
        first, end = periods[-1]
        if max(count for day, count in listeners.items() if first <= day < end) >= STRAY_SHARE * usual:
            break
        periods.pop()
    return periods[-1][1] - ONE_DAY


def training_cutoffs(first: date, last: date, every_days: int, horizon_days: int) -> list[date]:
    """Cut-offs of one period, oldest first: the last whose horizon ends by `last`, and one each `every_days` before."""
    cutoff = last - timedelta(days=horizon_days)
    cutoffs = []
    while cutoff >= first + timedelta(days=MIN_HISTORY_DAYS):
        cutoffs.append(cutoff)
        cutoff -= timedelta(days=every_days)
    return cutoffs[::-1]


def all_training_cutoffs(days: Sequence[date], every_days: int, horizon_days: int) -> list[date]:
    """The newest training cut-offs of all periods in the days that have events, oldest first."""
    periods = observed_periods(days)
    cutoffs = [cutoff for period in periods for cutoff in training_cutoffs(*period, every_days, horizon_days)]
    return cutoffs[-MAX_TRAINING_CUTOFFS:]


def scoring_cutoff(listeners: Mapping[date, int], asked: str | None) -> date:
    """The cut-off to score at: the one asked for, or else (nothing or "auto") the midnight after the last event.

    `listeners` has how many listeners each day with events has; see `last_day` for events of wrong clocks.
    """
    if not listeners:
        raise StepError("events table must be one that has events of listeners, got an empty one")
    if asked in (None, AUTO):
        return last_day(listeners) + ONE_DAY
    earliest, latest = min(listeners) + ONE_DAY, max(listeners) + ONE_DAY
    allowed = f"a date (YYYY-MM-DD) from {earliest} to {latest}, what the events cover"
    try:
        cutoff = date.fromisoformat(asked)
    except ValueError:
        raise StepError(f"cutoff must be {allowed}, got {asked}") from None
    if not earliest <= cutoff <= latest:
        raise StepError(f"cutoff must be {allowed}, got {asked}")
    if not any(cutoff - STILL_THERE_DAYS * ONE_DAY <= day < cutoff for day in listeners):
        raise StepError(f"cutoff must be a date with events in the {STILL_THERE_DAYS} days before it, got {asked}")
    return cutoff
