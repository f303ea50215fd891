"""Studios in real kernels of a Jupyter server: many at once, and one after another that was killed."""

import concurrent.futures
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path

import numpy as np
import pytest
import websocket

from course_utils import Transfer, load_image
from course_utils.recipe import read_recipe

ROOT = Path(__file__).resolve().parents[2]
CELL = """
import asyncio
from course_utils.studio import Studio
studio = Studio("cat", "great_wave", size=64, steps=12, levels=1, beta={beta})
studio.buttons["run"].click()
await asyncio.wait_for(studio.task, 900)
for name in ("mine-{number}.png", "shared.png"):
    studio.filename.value = name
    studio.buttons["save"].click()
print(studio.state, len(studio.run.history), "Saved" in studio.code.value)
"""


@pytest.fixture
def server(tmp_path):
    """Start a Jupyter server in an empty folder; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token=x"]
    command = [sys.executable, "-m", "jupyter", "server", *options, f"--ServerApp.root_dir={tmp_path}"]
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=tmp_path, env=surroundings, **quiet) as process:
        for _ in range(240):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status?token=x", timeout=5).close()
                break
            time.sleep(0.25)
        yield f"127.0.0.1:{port}"
        process.terminate()


def asked(server: str, what: str, method: str = "POST", **content: object) -> dict:
    """Ask the server's interface for something, and return its answer."""
    address, body = f"http://{server}/api/{what}?token=x", json.dumps(content).encode()
    with urllib.request.urlopen(urllib.request.Request(address, body, method=method), timeout=60) as answer:
        return json.loads(answer.read() or "{}")


def executed(server: str, kernel: str, code: str, seconds: float = 120) -> str:
    """Run a cell in a kernel, and return what it prints."""
    connection = websocket.create_connection(f"ws://{server}/api/kernels/{kernel}/channels?token=x", timeout=seconds)
    with contextlib.closing(connection):
        message = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": uuid.uuid4().hex}
        content = {"code": code, "silent": False, "allow_stdin": False, "store_history": True}
        header = message | {"username": "", "version": "5.3", "date": ""}
        connection.send(
            json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"})
        )
        text = ""
        while True:
            reply = json.loads(connection.recv())
            if reply["parent_header"].get("msg_id") != message["msg_id"]:
                continue
            if reply["msg_type"] == "stream":
                text += reply["content"]["text"]
            elif reply["msg_type"] == "error":
                text += "\n".join(reply["content"]["traceback"])
            elif reply["msg_type"] == "status" and reply["content"]["execution_state"] == "idle":
                return text


@pytest.mark.parametrize("count", [2, pytest.param(20, marks=pytest.mark.long)])
def test_studios_in_many_kernels_all_finish_and_nothing_collides(count, server, tmp_path):
    cells = [CELL.format(number=number, beta=10.0 + number) for number in range(count)]
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(lambda cell: executed(server, asked(server, "kernels")["id"], cell, 900), cells))
    assert answers == ["ended 12 True\n"] * count
    for number in range(count):
        assert read_recipe(tmp_path / f"mine-{number}.png").options.beta == 10.0 + number
    assert load_image(tmp_path / "shared.png").shape == (1, 43, 64, 3)
    assert 10 <= read_recipe(tmp_path / "shared.png").options.beta < 10 + count
    left = {each.name for each in tmp_path.iterdir()} - {f"mine-{number}.png" for number in range(count)}
    assert left == {"shared.png"}


BEGIN = """
import asyncio, os
from course_utils.studio import Studio
studio = Studio("cat", "great_wave", size=64, steps=60, levels=1, precision="float32")
studio.buttons["run"].click()
while not studio.run or len(studio.run.history) < 5:
    await asyncio.sleep(0.01)
studio.buttons["pause"].click()
print(os.getpid())
"""
GO_ON = """
import asyncio
from course_utils.studio import Studio
studio = Studio("pagoda", "summertime")
print(studio.buttons["go_on"].layout.display == "")
studio.buttons["go_on"].click()
await asyncio.wait_for(studio.task, 100)
studio.buttons["save"].click()
print(studio.state, len(studio.run.history))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_after_a_kernel_was_killed_the_next_one_goes_on_with_its_run(server, tmp_path):
    notebook = {"path": "lesson.ipynb", "name": "lesson.ipynb", "type": "notebook", "kernel": {"name": "python3"}}
    session = asked(server, "sessions", **notebook)
    os.kill(int(executed(server, session["kernel"]["id"], BEGIN)), signal.SIGKILL)
    assert [each.name for each in tmp_path.iterdir()] == [".lesson.run.npz"]
    asked(server, f"sessions/{session['id']}", "DELETE")
    session = asked(server, "sessions", **notebook)
    assert executed(server, session["kernel"]["id"], GO_ON) == "True\nended 60\n"
    assert [each.name for each in tmp_path.iterdir()] == ["studio.png"]
    whole = Transfer("cat", "great_wave", size=64, steps=60, levels=1, precision="float32")
    list(whole)
    np.testing.assert_array_equal(load_image(tmp_path / "studio.png"), np.round(whole.image * 255) / np.float32(255))
