import pytest
from pyspark.sql.types import LongType, StringType, StructField, StructType, TimestampType

from millrace.contract import Contract, read_contract
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
    contract = Contract("name", "description", ("k",), schema, StructType(), StructType())
    assert contract.columns_with_role("feature") == ["b", "a"]
    assert contract.columns_with_role("label") == []


@pytest.mark.parametrize("text", ["", "[]", '{"name": "x"}', '{"name": "x", "schema": 1}'])
def test_fails_when_the_file_is_no_contract(spark, tmp_path, text):
    file = tmp_path / "contract.json"
    file.write_text(text)
    with pytest.raises(StepError, match=r"contract must be JSON as .* got .*contract\.json"):
        read_contract(spark, str(file))


def test_fails_when_there_is_no_file(spark, tmp_path):
    with pytest.raises(StepError, match=r"contract must be a file, got .*missing\.json"):
        read_contract(spark, str(tmp_path / "missing.json"))
