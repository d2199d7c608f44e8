"""Assembles the stand-alone verifier: one file of standard-library Python.

The parts are the very files that the product runs on, one after the other, with the imports
from one another taken out; so what signs and what verifies cannot drift apart.
"""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    "audit/canonical.py",
    "audit/merkle.py",
    "audit/ed25519.py",
    "audit/notes.py",
    "reviews/evidence/checks.py",
)
HEAD = '''#!/usr/bin/env python3
"""Verifies an evidence package of PortX Access: python verify_evidence.py PACKAGE.zip

Needs Python 3.11 and nothing else, and trusts nothing but the key whose fingerprint it prints:
compare that with the one you were given by another way, or hand it in with --key.
Exit status: 0 valid, 1 tampered, 2 cannot tell.

Assembled from the files named below by `make verifier`; edit those, not this.
"""
'''
_OURS = re.compile(r"^from audit[.\w]* import (?:\([^)]*\)|[^\n]*)\n", re.MULTILINE)
_TOP_NAME = re.compile(r"^(?:def |class )?([A-Za-z_]\w*)(?:\(|:| = )", re.MULTILINE)
_IMPORT = re.compile(r"^(?:import [\w.]+|from [\w.]+ import [^\n(]+)\n", re.MULTILINE)


def source() -> str:
    """The verifier's whole text."""
    plain: set[str] = set()
    named: dict[str, set[str]] = {}
    bodies = []
    for name in PARTS:
        text = _OURS.sub("", (ROOT / name).read_text(encoding="utf-8"))
        for line in _IMPORT.findall(text):
            _note_import(line.strip(), plain, named)
        body = _IMPORT.sub("", text).strip()
        bodies.append(f"# {'-' * 8} {name} {'-' * 8}\n{_without_docstring(body)}\n")
    _refuse_twice("\n".join(bodies))
    froms = [f"from {module} import {', '.join(sorted(named[module]))}" for module in sorted(named)]
    return "\n".join([HEAD, *sorted(plain), *froms, "", *bodies])


def _note_import(line: str, plain: set[str], named: dict[str, set[str]]) -> None:
    if line.startswith("import "):
        plain.add(line)
        return
    module, _, names = line.removeprefix("from ").partition(" import ")
    named.setdefault(module, set()).update(names.split(", "))


def _refuse_twice(text: str) -> None:
    """Two parts may not use one name: the later would silently take the earlier one's place."""
    names = Counter(_TOP_NAME.findall(text))
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise ValueError(f"The parts of the verifier share the names {', '.join(twice)}.")


def _without_docstring(body: str) -> str:
    """A part's opening sentence as a comment: only the whole file has a docstring."""
    end = body.index('"""', 3)
    comment = "\n".join(f"# {line}".rstrip() for line in body[3:end].strip().splitlines())
    return f"{comment}\n{body[end + 3 :]}"


def write() -> None:
    """Assemble the verifier at the top of the project: what `make verifier` calls."""
    (ROOT / "verify_evidence.py").write_text(source(), encoding="utf-8")


if __name__ == "__main__":
    write()
