"""Canonical bytes, and that the offline verifier can carry the files it is made of."""

import ast
import hashlib
import sys
from pathlib import Path

import pytest

from audit import canonical, ed25519, merkle, notes

CARRIED = [canonical, ed25519, merkle, notes]


def test_canonical_sorts_and_escapes_as_rfc_8785_does() -> None:
    value: canonical.JSON = {
        "b": [1, True, None, -(2**53)],
        "a": 'quote " slash / back \\ bell \x07 del \x7f line \n é \u2028 😀',
    }
    assert canonical.canonical(value) == (
        '{"a":"quote \\" slash / back \\\\ bell \\u0007 del \x7f line \\n é \u2028 😀",'
        '"b":[1,true,null,-9007199254740992]}'
    )


def test_commitment_is_the_hash_of_salt_and_text() -> None:
    expected = hashlib.sha256(b"salt" + "Émile".encode()).hexdigest()
    assert canonical.commitment(b"salt", "Émile") == expected


@pytest.mark.parametrize("module", CARRIED)
def test_file_that_the_verifier_carries_needs_the_standard_library_alone(
    module: object,
) -> None:
    path = Path(str(getattr(module, "__file__", "")))
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _names(node)
    }
    assert imported
    assert imported <= sys.stdlib_module_names


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or "."] if isinstance(node, ast.ImportFrom) else []
