"""What each rule's script imports, found by reading the code: what its conda environment has to provide.

Followed are names, not files: a module that merely defines a function which imports torch does not need torch; a
script that comes to call that function does. A method counts as called when some code that is reached has an
attribute of its name.
"""

import ast
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

PACKAGE = "sr_fingerprints"
IMPORTERS = {"import_module", "import_without_packages", "find_spec", "__import__"}
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass
class Rule:
    """A rule as its file has it: name, script and environment are '' where it has none."""

    name: str
    script: str
    environment: str


def rules(folder):
    """Every rule of the ``*.smk`` files in a folder; one that uses another has what that one has."""
    found = {}
    for file in sorted(Path(folder).glob("*.smk")):
        for block in re.split(r"^(?=(?:use )?rule )", file.read_text(), flags=re.MULTILINE)[1:]:
            used, name = re.match(r"(?:use rule (\w+) as|rule) (\w+)", block).groups()
            script = re.search(r'^    script:\s+"(.+)"', block, re.MULTILINE)
            environment = re.search(r'^    conda:\s+"(.+)"', block, re.MULTILINE)
            rule = found.get(used, Rule("", "", ""))
            own = [Path(match[1]).name if match else "" for match in (script, environment)]
            found[name] = Rule(name, own[0] or rule.script, own[1] or rule.environment)
    return list(found.values())


@dataclass
class Reader:
    """Follows code from a script through the library below ``scripts``.

    dynamic: what a function imports whose name it computes, by the function's full name: names of third-party
        modules, or of modules of the library: all that they define is then reached, or what is named after a colon.

    What was found so far is in ``imports`` (third-party modules, with the place that imports each),
    ``distributions`` (whose versions are asked for), ``computed`` (full names of functions that compute the name of
    what they import) and ``attributes`` (all names after a dot).
    """

    scripts: Path
    dynamic: dict[str, list[str]] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    distributions: set[str] = field(default_factory=set)
    computed: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)

    def __post_init__(self):
        self._modules = {}
        self._done = set()
        self._methods = []

    def read(self, path):
        """Follow a script."""
        self._modules["__main__"] = _Module("__main__", ast.parse(Path(path).read_text()))
        self._module("__main__")

    @property
    def modules_read(self):
        """Full names of the modules of the library that are imported."""
        return {name for name in self._done if isinstance(name, str)}

    def _module(self, name):
        """A module is imported: its packages and itself run, less the bodies of functions and classes."""
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            part = ".".join(parts[:end])
            if part not in self._done and self._load(part):
                self._done.add(part)
                self._follow(part, "", self._modules[part].statements, self._modules[part].bound)

    def _load(self, name):
        if name not in self._modules:
            folder = self.scripts.joinpath(*name.split("."))
            file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
            self._modules[name] = _module_of(name, file) if file.is_file() else None
        return self._modules[name]

    def _reach(self, module, name):
        """A name of a module is used: its definition, or what the name was imported from."""
        if not self._load(module) or (module, name) in self._done:
            return
        self._done.add((module, name))
        self._module(module)
        definition = self._modules[module].defined.get(name)
        if self._load(f"{module}.{name}"):
            self._module(f"{module}.{name}")
        elif name in self._modules[module].bound:
            self._used(self._modules[module].bound[name])
        elif isinstance(definition, ast.ClassDef):
            self._class(module, definition)
        elif definition:
            self._follow(module, name, [definition], self._modules[module].bound)

    def _class(self, module, definition):
        bound = self._modules[module].bound
        methods = [node for node in definition.body if isinstance(node, FUNCTION)]
        rest = [node for node in definition.body if not isinstance(node, FUNCTION)]
        special = [method for method in methods if method.name.startswith("__")]
        self._follow(module, definition.name, [*definition.bases, *definition.decorator_list, *rest, *special], bound)
        self._methods += [(module, definition.name, method) for method in methods if method not in special]
        self._called()

    def _called(self):
        called = [entry for entry in self._methods if entry[2].name in self.attributes]
        self._methods = [entry for entry in self._methods if entry not in called]
        for module, name, method in called:
            self._follow(module, f"{name}.{method.name}", [method], self._modules[module].bound)

    def _used(self, target):
        """What an import binds a name to is used: (module, name in it or '')."""
        module, name = target
        if module.split(".")[0] == PACKAGE:
            self._reach(module, name) if name else self._module(module)

    def _follow(self, module, function, statements, bound):
        place = f"{module}.{function}".strip(".")
        bound = dict(bound)
        nodes = [node for statement in statements for node in _walk(statement)]
        for node in nodes:
            for name, target in _imports(node):
                bound[name] = target
                self._imported(target, place)
        for node in nodes:
            if isinstance(node, ast.Call):
                self._call(node, place)
            if isinstance(node, ast.Attribute):
                self.attributes.add(node.attr)
                if isinstance(node.value, ast.Name) and node.value.id in bound:
                    owner, name = bound[node.value.id]
                    if owner.split(".")[0] == PACKAGE:
                        self._reach(f"{owner}.{name}".strip("."), node.attr)
            if isinstance(node, ast.Name):
                self._used(bound[node.id]) if node.id in bound else self._reach(module, node.id)
        self._called()

    def _imported(self, target, place):
        module, name = target
        top = module.split(".")[0]
        if top == PACKAGE:
            self._module(module)
            if name and self._load(f"{module}.{name}"):
                self._module(f"{module}.{name}")
        elif top not in sys.stdlib_module_names:
            self.imports.setdefault(top, place)

    def _call(self, node, place):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        literal = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        if called == "versions":
            self.distributions.update(literal)
        if called not in IMPORTERS:
            return
        if not literal:
            self.computed.add(place)
        for name in literal[:1] or self.dynamic.get(place, []):
            module, _, only = name.partition(":")
            self._imported((module, ""), place)
            if module.split(".")[0] == PACKAGE:
                for definition in [only] if only else self._modules[module].defined:
                    self._reach(module, definition)


class _Module:
    """A module's code: what it defines, what names its imports bind, and the statements that run when it is imported.

    A table at its top level, which calls nothing, counts as a definition: it is followed when the table is used.
    """

    def __init__(self, name, tree):
        self.name = name
        self.statements, self.defined, self.bound = [], {}, {}
        for node in tree.body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if isinstance(node, (*FUNCTION, ast.ClassDef)):
                self.defined[node.name] = node
            elif isinstance(target, ast.Name) and not any(isinstance(part, ast.Call) for part in ast.walk(node)):
                self.defined[target.id] = node
            else:
                self.statements.append(node)
        for node in (part for statement in self.statements for part in _walk(statement)):
            self.bound.update(_imports(node))


@cache
def _module_of(name, file):
    return _Module(name, ast.parse(file.read_text()))


def _walk(node):
    """A node and all below it, less what only type checkers read."""
    if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
        return
    yield node
    annotations = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    for child in ast.iter_child_nodes(node):
        if child not in annotations:
            yield from _walk(child)


def _imports(node):
    """(name that an import binds, (module, name in it or '')), for each."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.split(".")[0], (alias.name, "")
    if isinstance(node, ast.ImportFrom) and not node.level:
        for alias in node.names:
            yield alias.asname or alias.name, (node.module, alias.name)
