import pytest
from pyspark.sql.types import LongType, StringType, StructField, StructType, TimestampType

from millrace.contract import Contract, Derivation, Lookup, read_contract
from millrace.step import StepError


def test_a_message_has_the_json_names_and_its_timestamps_are_epoch_milliseconds(spark, contract_file):
    contract = read_contract(spark, contract_file("listening_events"))
    assert contract.schema["user_id"].metadata["source"] == "userId"
    assert contract.schema["ts"].dataType == TimestampType()
    assert contract.message["userId"].dataType == StringType()
    assert contract.message["ts"].dataType == LongType()
    assert contract.message["ts"].metadata["required"]
    assert "user_id" not in contract.message.names
    assert contract.key == ("event_id",)


def test_columns_are_found_by_role_in_the_order_of_the_contract():
    def column(name: str, **metadata: str) -> StructField:
        return StructField(name, StringType(), metadata=metadata)

    schema = StructType(
        [column("b", role="feature"), column("k", role="key"), column("a", role="feature"), column("x")]
    )
    contract = Contract("name", "description", ("k",), schema, StructType(), StructType(), StructType())
    assert contract.columns_with_role("feature") == ["b", "a"]
    assert contract.columns_with_role("label") == []


def test_a_derivation_says_what_a_table_is_made_of_and_a_column_where_its_value_is_from(spark, contract_file):
    contract = read_contract(spark, contract_file("songplays"))
    on = (("song", "title"), ("artist", "artist_name"))
    lookup = Lookup("songs", ("song_id",), on, near="length", to="duration", within=1)
    assert contract.derivation == Derivation("listening_events", ("page", "NextSong"), (), lookup)
    assert contract.schema["songplay_id"].metadata["from"] == {"column": "event_id"}
    assert contract.schema["song_id"].metadata["from"] == {"found": "song_id"}
    assert contract.lake_partition == "months(start_time)"
    assert contract.staging.names == ["file_id", "file_line", "staged_at"]
    assert read_contract(spark, contract_file("listening_events")).derivation is None


@pytest.mark.parametrize("text", ["", "[]", '{"name": "x"}', '{"name": "x", "schema": 1}'])
def test_fails_when_the_file_is_no_contract(spark, tmp_path, text):
    file = tmp_path / "contract.json"
    file.write_text(text)
    with pytest.raises(StepError, match=r"contract must be JSON as .* got .*contract\.json"):
        read_contract(spark, str(file))


def test_fails_when_there_is_no_file(spark, tmp_path):
    with pytest.raises(StepError, match=r"contract must be a file, got .*missing\.json"):
        read_contract(spark, str(tmp_path / "missing.json"))
