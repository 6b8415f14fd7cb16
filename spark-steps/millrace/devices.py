"""What a User-Agent header says of the device and the browser."""

from pyspark.sql import Column
from pyspark.sql import functions as F

# The first that matches decides: an iPhone says "like Mac OS X", Android says "Linux", Chrome says "Safari".
PLATFORMS = {
    "iPad": "iPad",
    "iPhone": "iPhone",
    "Android": "Android",
    "Windows": "Windows",
    "Macintosh": "Macintosh",
    "Linux": "Linux|X11",
}
BROWSERS = {
    "Firefox": "Firefox|FxiOS",
    "Internet Explorer": "MSIE|Trident",
    "Chrome": "Chrome|CriOS",
    "Safari": "Safari",
}
MOBILE = ("iPad", "iPhone", "Android")


def platform(user_agent: Column) -> Column:
    return _first_match(user_agent, PLATFORMS)


def browser(user_agent: Column) -> Column:
    return _first_match(user_agent, BROWSERS)


def _first_match(text: Column, patterns: dict[str, str]) -> Column:
    names = [F.when(text.rlike(pattern), F.lit(name)) for name, pattern in patterns.items()]
    return F.when(text.isNotNull(), F.coalesce(*names, F.lit("Other")))
