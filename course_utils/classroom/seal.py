"""The checkers, held fast: a snapshot of the modules they live on, and their restoration before each check.

Restored are the functions, classes and constants of these modules, the code and the defaults of their functions, the
methods of the course's own classes, and the checkers' tables of numbers.

What it does not stop: an attempt runs in the process that judges it. One that is written to cheat can look up the
right answer in the checker's frame, or forge the message that carries the verdict. That takes a student who knows far
more Python than the exercise asks for; the instructor should read the code of whoever is suspected.
"""

import builtins
import copy
import functools
import re
import sys
import types
from typing import Any

import numpy as np

# numpy.allclose is what decides; inspect, copy and functools are what `checks.verdict` calls an attempt with.
_PACKAGES = {
    "builtins", "copy", "course_utils", "functools", "inspect", "itertools", "keras", "math", "numpy", "operator",
    "scipy", "tensorflow",
}  # fmt: skip
_INSIDE = re.compile(r"keras\.src\.|tensorflow\.(?!_api\.)")  # they keep a state of their own in their modules
_OWN, _CHECKERS = "course_utils.", "course_utils.checks."
_METHODS = (types.FunctionType, property, classmethod, staticmethod)


class Seal:
    """A snapshot of the modules that are loaded now, of the packages that checkers rely on."""

    def __init__(self) -> None:
        """Take the snapshot."""
        self._modules = {
            name: module
            for name, module in list(sys.modules.items())
            if name.split(".")[0] in _PACKAGES and not _INSIDE.match(name)
        }
        self._kept = {
            name: {key: value for key, value in list(vars(module).items()) if _is_kept(name, key, value)}
            for name, module in self._modules.items()
        }
        values = {id(value): value for kept in self._kept.values() for value in kept.values()}.values()
        self._functions = [
            (value, value.__code__, value.__defaults__, value.__kwdefaults__, dict(vars(value)))
            for value in values
            if isinstance(value, types.FunctionType)
        ]
        self._methods = [
            (value, key, method)
            for value in values
            if isinstance(value, type) and str(value.__module__).startswith(_OWN)
            for key, method in vars(value).items()
            if isinstance(method, _METHODS)
        ]
        self._tables = {
            name: copy.deepcopy({key: value for key, value in kept.items() if _is_table(value)})
            for name, kept in self._kept.items()
            if name.startswith(_CHECKERS)
        }

    def restore(self) -> list[str]:
        """Put everything back; return the dotted names of what had been replaced."""
        replaced = _put_back("builtins", builtins, self._kept["builtins"])  # the rest of this relies on them
        sys.settrace(None)
        sys.setprofile(None)
        for name, module in self._modules.items():
            sys.modules[name] = module
            replaced += _put_back(name, module, self._kept[name])
            if name.startswith(_OWN):
                hidden = vars(module).keys() & self._kept["builtins"].keys() - self._kept[name].keys()
                for key in hidden:  # a global that hides a built-in function
                    del vars(module)[key]
                    replaced.append(f"{name}.{key}")
        for function, code, defaults, keyword_defaults, attributes in self._functions:
            if function.__code__ is not code:
                replaced.append(f"{function.__module__}.{function.__qualname__}")
                function.__code__ = code
            function.__defaults__, function.__kwdefaults__ = defaults, keyword_defaults
            vars(function).update(attributes)
        for owner, key, method in self._methods:
            if vars(owner).get(key) is not method:
                replaced.append(f"{owner.__module__}.{owner.__qualname__}.{key}")
                setattr(owner, key, method)
        self._renew_tables()
        return replaced

    def _renew_tables(self) -> None:
        """Give the checkers fresh tables and empty caches: what they hold may have been changed in place."""
        for name, tables in self._tables.items():
            fresh = copy.deepcopy(tables)
            self._kept[name].update(fresh)
            vars(self._modules[name]).update(fresh)
            for value in self._kept[name].values():
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()


def _put_back(name: str, module: types.ModuleType, kept: dict[str, Any]) -> list[str]:
    """Put a module's attributes back; name those that had been replaced."""
    now = vars(module)
    replaced = [f"{name}.{key}" for key, value in kept.items() if now.get(key) is not value]
    now.update(kept)
    return replaced


def _is_kept(name: str, key: str, value: Any) -> bool:
    """Tell whether an attribute is sealed: of other modules than the checkers' not what is their changing state."""
    if key == "__loader__":
        return False
    if isinstance(value, types.ModuleType):
        return not hasattr(value, "_tfll_name")  # TensorFlow's own stand-ins, until the module itself is loaded
    return callable(value) or isinstance(value, float) or (name.startswith(_CHECKERS) and not key.startswith("__"))


def _is_table(value: Any) -> bool:
    return isinstance(value, (dict, list, set, np.ndarray))
