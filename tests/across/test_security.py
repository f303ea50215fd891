"""Nothing let in: no code from files, nothing fetched unasked, no name that becomes HTML."""

import ast
import html.parser
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from PIL import PngImagePlugin

from course_utils.networks import NETWORKS
from course_utils.recipe import read_recipe
from course_utils.storage.decoding import FORMATS
from course_utils.studio import Browser, chart, views

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "course_utils").rglob("*.py"))
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "subprocess", "ctypes", "telnetlib", "ftplib", "requests"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "system", "popen", "urlopen", "urlretrieve", "yaml"}
HOSTILE = "<script>alert(1)</script> & \"quotes\" 'too' <img src=x onerror=y>"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_module_runs_what_it_reads(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & FORBIDDEN_MODULES
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in FORBIDDEN_MODULES
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            owner = getattr(getattr(node.func, "value", None), "id", "")
            if (owner, name) in (("re", "compile"), ("platform", "system")):
                continue
            assert name not in FORBIDDEN_CALLS, f"{path.name}:{node.lineno}"
            for keyword in node.keywords:
                value = getattr(keyword.value, "value", None)
                assert not (keyword.arg in ("shell", "allow_pickle") and value is not False), f"{path}:{node.lineno}"
            if name == "load" and owner == "np":
                assert "allow_pickle" in {keyword.arg for keyword in node.keywords}


def test_nothing_is_fetched_at_import():
    """Every module is imported in a process in which the network is a trap."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in MODULES if path.stem != "__main__"]
    code = (
        "import socket, sys\n"
        "def trap(*args, **kwargs): raise SystemExit('the network was used')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = trap\n"
        f"for name in {names!r}: __import__(name.removesuffix('.__init__'))\n"
        "from course_utils import Transfer\n"
        "next(Transfer('cat', 'great_wave', size=64))\n"
        "print('done')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "done\n", done.stderr[-2000:]


def test_what_is_downloaded_comes_over_https_and_is_checked_by_a_hash():
    """Keras fetches, from addresses and with hashes that stand in its own source."""
    import keras.src.applications as applications

    for name in ("vgg16", "resnet50"):
        assert NETWORKS[name].file
    folder = Path(applications.__file__).parent
    for module in ("vgg16.py", "resnet.py"):
        source = (folder / module).read_text("utf-8")
        assert not re.search(r"http://(?!www\.apache)", source)
        assert source.count("get_file(") == source.count("file_hash=")


def test_only_picture_formats_are_tried_that_call_no_program():
    assert "EPS" not in FORMATS
    assert {"JPEG", "PNG", "WEBP"} <= set(FORMATS)


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def tags(text):
    reader = Tags()
    reader.feed(text)
    return reader.found


MAKERS = {
    "message": lambda text: views.message(text),
    "failure": lambda text: views.message(text, failed=True),
    "heading": views.heading,
    "picture": lambda text: views.picture("data:x", text),
    "thumbnail": lambda text: views.thumbnail("data:x", text, 60),
    "thumbnails": lambda text: views.thumbnails({text: "data:x"}),
    "code": views.code,
    "wiped": lambda text: views.wiped("data:x", "data:y", 0.5, text, 1.5),
    "chart": lambda text: chart.loss_chart([(1, {"content": 1.0, "style": 1.0, "tv": 1.0})], {1: text}),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_text_stays_text_wherever_html_is_made(maker):
    """The same tags with the same attributes, whatever the text is."""
    plain, hostile = tags(MAKERS[maker]("plain")), tags(MAKERS[maker](HOSTILE))
    assert [(tag, attributes.keys()) for tag, attributes in hostile] == [(tag, given.keys()) for tag, given in plain]
    assert plain


def test_html_is_made_in_few_modules_only():
    """What joins texts to tags stands in `views` and `chart`, where every text is escaped; the rest says why not."""
    allowed = {"views.py", "chart.py", "controls.py"}  # the labels of controls, which are escaped there
    allowed |= {"release.py"}  # folds the Markdown of our own lessons, which may hold tags
    for path in MODULES:
        if re.search(r"""f["'][^"'\n]*<\w+[ >]""", path.read_text("utf-8")):
            assert path.name in allowed, path.name


def test_a_recipe_from_a_file_cannot_smuggle_a_line_into_the_code_shown(tmp_path):
    """A remark stands in a comment: what follows a line's end would be code, to be copied and run."""
    remark = "harmless\nimport os\rprint('run')\u2028x"
    facts = {"format": 1, "content": "cat\n1/0", "style": "great_wave", "options": {}, "remarks": [remark]}
    info = PngImagePlugin.PngInfo()
    info.add_itxt("course_utils", json.dumps(facts))
    PIL.Image.new("RGB", (40, 40)).save(tmp_path / "x.png", pnginfo=info)
    code = read_recipe(tmp_path / "x.png").code()
    assert len(code.splitlines()) == 1
    assert [type(node) for node in ast.parse(code).body] == [ast.Expr]


def test_the_slider_through_pictures_escapes_its_words():
    browser = Browser({HOSTILE: np.zeros((1, 40, 40, 3), np.float32)}, HOSTILE, HOSTILE)
    assert [tag for tag, _ in tags(browser.picture.value)] == ["img"]
