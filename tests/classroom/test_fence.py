"""What a submission's program may not do. It can't be undone, so a process of its own stands in the fence."""

import json
import os
import subprocess
import sys

import pytest

from course_utils.classroom.fence import bare_environment

REFUSED = {
    "write": ("open(outside, 'w')", "change files outside its own folder: outside.txt"),
    "append": ("open(outside, 'a')", "change files"),
    "write through os.open": ("os.open(outside, os.O_RDWR)", "change files"),
    "write through a pathlib path": ("pathlib.Path(outside).write_text('x')", "change files"),
    "remove": ("os.remove(outside)", "change files"),
    "remove by bytes": ("os.remove(os.fsencode(outside))", "change files"),
    "rename away": ("os.rename(outside, 'mine')", "change files"),
    "rename over": ("os.replace('own.txt', outside)", "change files"),
    "make a folder": ("os.mkdir(outside + '2')", "change files"),
    "remove a tree": ("shutil.rmtree(os.path.dirname(outside))", "change files"),
    "climb out": ("open('../outside.txt', 'w')", "change files"),
    "climb out after chdir": ("[os.chdir('..'), open('outside.txt', 'w')]", "change files"),
    "through a link": ("[os.symlink(outside, 'link'), open('link', 'w')]", "change files"),
    "permissions": ("os.chmod(outside, 0)", "change files"),
    "times": ("os.utime(outside)", "change files"),
    "a database": ("__import__('sqlite3').connect(outside)", "change files"),
    "subprocess": ("subprocess.run([sys.executable, '-c', '1'])", "start another program"),
    "system": ("os.system('echo')", "start another program"),
    "multiprocessing": (
        "multiprocessing.get_context('spawn').Process(target=print).start()",
        "start another program",
    ),
    "kill": ("os.kill(os.getppid(), 0)", "send signals"),
    "connect": ("socket.create_connection(('127.0.0.1', 9))", "use the network"),
    "resolve": ("socket.getaddrinfo('localhost', 80)", "use the network"),
    "send": ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))", "use the network"),
}
UNIX = {
    "fork": ("os.fork()", "start another program"),
    "exec": ("os.execv('/bin/true', ['true'])", "start another program"),
    "spawn": ("os.posix_spawn('/bin/true', ['true'], {})", "start another program"),
    "a hard link": ("os.link(outside, 'hard')", "change files"),
}
ALLOWED = {
    "read": "open(outside).read()",
    "write inside": "open('new.txt', 'w').write('x')",
    "a temporary folder": "tempfile.TemporaryDirectory(dir='.').cleanup()",
    "rename inside": "os.rename('old.txt', 'renamed.txt')",
    "the null device": "open(os.devnull, 'w').write('x')",
    "an open file": "open(os.dup(1), 'w', closefd=False)",
    "a thread": "[t := threading.Thread(target=len, args=['']), t.start(), t.join()]",
}
PROGRAM = """
import json, multiprocessing, os, pathlib, shutil, socket, subprocess, sys, tempfile, threading
from course_utils.classroom.fence import raise_fence
cases, outside = json.loads(sys.argv[1]), sys.argv[2]
told, results, home = [], {}, os.getcwd()
raise_fence(pathlib.Path(home), told.append)
for name, code in cases.items():
    os.chdir(home)
    told.clear()
    try:
        eval(code)
    except BaseException as error:
        results[name] = [type(error).__name__, str(error), list(told)]
    else:
        results[name] = None
print(json.dumps(results))
"""
CASES = REFUSED | (UNIX if os.name == "posix" else {})


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    folder = tmp_path_factory.mktemp("around")
    home, outside = folder / "home", folder / "outside.txt"
    home.mkdir()
    outside.write_text("kept")
    for name in ("own.txt", "old.txt"):
        (home / name).write_text("x")
    cases = {name: code for name, (code, _) in CASES.items()} | ALLOWED
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(cases), str(outside)], capture_output=True, text=True, cwd=home
    )
    assert done.returncode == 0, done.stderr
    assert outside.read_text() == "kept"
    assert sorted(each.name for each in folder.iterdir()) == ["home", "outside.txt"]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("case", CASES)
def test_what_is_refused_says_so_in_a_sentence_and_is_told(tried, case):
    kind, text, told = tried[case]
    assert kind == "Refused"
    assert text.startswith(f"a program that is graded may not {CASES[case][1]}")
    assert told == [text]


@pytest.mark.parametrize("case", ALLOWED)
def test_what_a_program_needs_is_left_alone(tried, case):
    assert tried[case] is None


def test_the_environment_is_bare(tmp_path):
    given = {
        "PATH": "p",
        "SystemRoot": "s",
        "API_TOKEN": "t",
        "USER": "u",
        "HOME": "/home/u",
        "TF_ENABLE_ONEDNN_OPTS": "1",
    }
    bare = bare_environment(given, tmp_path)
    assert bare["PATH"] == "p"
    assert bare["SystemRoot"] == "s"
    assert bare["TF_ENABLE_ONEDNN_OPTS"] == "1"
    assert bare["HOME"] == bare["TMPDIR"] == bare["TEMP"] == str(tmp_path)
    assert not {"t", "u", "/home/u"} & set(bare.values())
