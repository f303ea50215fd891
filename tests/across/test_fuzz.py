"""A small part of `python -m tests.fuzz`, and that it would notice."""

import pytest

from tests import fuzz


def test_mutated_files_give_a_picture_or_a_refusal():
    record = fuzz.fuzz(400, derandomize=True)
    assert sum(record.outcomes.values()) >= 400
    assert record.outcomes.keys() == {"read", "refused"}
    assert min(record.outcomes.values()) > 20  # neither kind is all there is


@pytest.mark.parametrize("trouble", [ZeroDivisionError, MemoryError, KeyError])
def test_another_exception_would_be_noticed(monkeypatch, trouble):
    def fail(source, size=None):
        raise trouble

    monkeypatch.setattr(fuzz, "load_image", fail)
    with pytest.raises(trouble):
        fuzz.fuzz(50, derandomize=True)


def test_a_file_that_takes_too_long_would_be_noticed(monkeypatch):
    monkeypatch.setattr(fuzz, "SECONDS", 0.0)
    with pytest.raises(AssertionError, match="took"):
        fuzz.fuzz(20, derandomize=True)
