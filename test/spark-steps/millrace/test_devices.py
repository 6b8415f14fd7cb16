import pytest
from pyspark.sql import functions as F

from millrace.devices import browser, platform

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
HEADERS = {
    f'"Mozilla/5.0 (Windows NT 6.1; WOW64) {WEBKIT} Chrome/36.0.1985.125 Safari/537.36"': ("Windows", "Chrome"),
    f'"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_4) {WEBKIT} Version/7.0.6 Safari/537"': ("Macintosh", "Safari"),
    "Mozilla/5.0 (X11; Ubuntu; Linux i686; rv:31.0) Gecko/20100101 Firefox/31.0": ("Linux", "Firefox"),
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)": ("Windows", "Internet Explorer"),
    "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko": ("Windows", "Internet Explorer"),
    f'"Mozilla/5.0 (iPhone; CPU iPhone OS 7_1_2 like Mac OS X) {WEBKIT} Safari/9537.53"': ("iPhone", "Safari"),
    f'"Mozilla/5.0 (iPad; CPU OS 7_1_2 like Mac OS X) {WEBKIT} Version/7.0 Safari/9537.53"': ("iPad", "Safari"),
    f"Mozilla/5.0 (Linux; Android 4.4) {WEBKIT} Chrome/36.0 Mobile Safari/537.36": ("Android", "Chrome"),
    "curl/8.0": ("Other", "Other"),
    "": ("Other", "Other"),
    None: (None, None),
}


@pytest.fixture(scope="module")
def told(spark):
    header = F.col("header")
    headers = spark.createDataFrame([(each,) for each in HEADERS], "header string")
    rows = headers.select("header", platform(header).alias("platform"), browser(header).alias("browser")).collect()
    return {row.header: (row.platform, row.browser) for row in rows}


@pytest.mark.parametrize("header", HEADERS)
def test_platform_and_browser(told, header):
    assert told[header] == HEADERS[header]
