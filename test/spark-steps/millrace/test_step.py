import json

import pytest

from millrace.files import read_text, write_text
from millrace.step import StepError, progress, run, write_result


def test_a_step_error_is_one_line_and_exit_code_1(capsys):
    def main() -> None:
        raise StepError("topic must be there,\n got none")

    with pytest.raises(SystemExit) as stop:
        run(main)
    assert stop.value.code == 1
    assert capsys.readouterr().err == "error: topic must be there, got none\n"


def test_any_other_error_keeps_its_stack():
    def main() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        run(main)


def test_progress_leaves_out_what_is_not_known(capsys):
    progress(0)
    progress(5, total=9, note="zwei, três")
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"rows": 0},
        {"rows": 5, "total": 9, "note": "zwei, três"},
    ]


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_result_replaces_the_one_before_and_leaves_nothing_else(spark, tmp_path, scheme):
    uri = f"{scheme}{tmp_path}/results/ingest.json"
    write_result(spark, uri, {"rowsIn": 1})
    write_result(spark, uri, {"rowsIn": 2, "note": "é"})
    assert json.loads((tmp_path / "results" / "ingest.json").read_text()) == {"rowsIn": 2, "note": "é"}
    assert [file.name for file in (tmp_path / "results").iterdir()] == ["ingest.json"]


def test_a_text_is_read_as_it_was_written_and_a_missing_one_is_none(spark, tmp_path):
    write_text(spark, str(tmp_path / "text"), "naïve ☃\n")
    assert read_text(spark, str(tmp_path / "text")) == "naïve ☃\n"
    assert read_text(spark, str(tmp_path / "other")) is None
