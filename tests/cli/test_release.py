from course_utils.__main__ import main


def test_it_says_where_the_folders_are_and_how_to_hand_out_the_solutions(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["release"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("handout: the students' folder, ") and (tmp_path / "handout" / "README.md").is_file()
    assert lines[1].startswith("handout-solutions: the solutions, for later.")
    assert lines[2].replace("\\", "/") == '  cp -R "handout-solutions/solutions" "handout/notebooks/"'
    assert (tmp_path / "handout-solutions" / "solutions" / "03_gram_matrices.ipynb").is_file()


def test_it_packs_the_folder_for_a_class(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["release", "--zip", "-o", "class"]) == 0
    line = capsys.readouterr().out.splitlines()[1]
    size = (tmp_path / "class.zip").stat().st_size
    assert line == f"class.zip: the same as one file, {size / 1e6:.0f} MB, for Moodle or a USB stick."


def test_what_no_release_has_made_is_an_error_in_one_line(tmp_path, capsys):
    (tmp_path / "mine.txt").touch()
    assert main(["release", "-o", str(tmp_path)]) == 2
    assert "exists, and was not made by `release`" in capsys.readouterr().err
