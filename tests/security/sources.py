"""The platform's own sources, as what they say: for rules that hold for every module, also the next one."""

import ast
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "vanguard", "customers", "policies", "claims")


@dataclass
class Source:
    """What a module imports, wherever in it that stands; each call in it with its dotted name; what it calls its compiled patterns."""

    imports: set[str] = field(default_factory=set)
    calls: list[tuple[str, ast.Call]] = field(default_factory=list)
    named: dict[int, str] = field(default_factory=dict)


@cache
def sources() -> dict[str, Source]:
    """Path → what the module says, of every module but migrations."""
    files = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts)
    return {str(path.relative_to(ROOT)): _read(path.read_text()) for path in files}


def _read(text: str) -> Source:
    found = Source()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            found.calls.append((_dotted(node.func), node))
        elif isinstance(node, ast.Import):
            found.imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.imports.add(node.module)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.named[node.value.lineno] = node.targets[0].id
    return found


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
