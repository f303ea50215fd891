import pytest


@pytest.fixture(autouse=True)
def a_pause_after_every_step_in_a_folder_of_its_own(monkeypatch, tmp_path):
    """So that a scenario can look at each, and no run is kept beside the tests."""
    monkeypatch.setattr("course_utils.studio.studio.HEAR", (0.0, 1e9))
    monkeypatch.chdir(tmp_path)
