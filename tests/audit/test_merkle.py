"""The tree against the vectors of Certificate Transparency, and against its own definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle

# Inputs and roots of the reference implementation of RFC 6962.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# (place, size): the proof, hex.
INCLUSIONS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
LEAVES = [merkle.leaf_hash(data) for data in INPUTS]


def tree_of(leaves: list[bytes]) -> merkle.Tree:
    tree = merkle.Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree


def defined_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 9162, 2.1.1, word by word."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return merkle.node_hash(defined_root(leaves[:k]), defined_root(leaves[k:]))


def test_root_of_the_known_answers() -> None:
    assert [tree_of(LEAVES[:n]).root().hex() for n in range(9)] == ROOTS


@pytest.mark.parametrize(("place", "size"), INCLUSIONS)
def test_inclusion_proof_of_the_known_answers(place: int, size: int) -> None:
    proof = merkle.inclusion_proof(place, size, merkle.subtrees(LEAVES))
    assert [step.hex() for step in proof] == INCLUSIONS[place, size]


def test_consistency_proof_of_the_known_answer() -> None:
    proof = merkle.consistency_proof(6, 8, merkle.subtrees(LEAVES))
    assert [step.hex() for step in proof] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


sizes = st.integers(0, 70)


def leaves_of(size: int) -> list[bytes]:
    return [merkle.leaf_hash(bytes([place])) for place in range(size)]


@given(sizes, sizes)
def test_tree_continued_from_its_peaks_has_the_defined_root(first: int, more: int) -> None:
    leaves = leaves_of(first + more)
    started = tree_of(leaves[:first])
    tree = merkle.Tree(started.size, started.peaks)
    for leaf in leaves[first:]:
        tree.append(leaf)
    assert tree.root() == defined_root(leaves)


def test_append_returns_the_subtrees_that_a_leaf_ends() -> None:
    leaves, tree = leaves_of(16), merkle.Tree()
    subtree = merkle.subtrees(leaves)
    for place, leaf in enumerate(leaves):
        ended = tree.append(leaf)
        assert ended == [subtree(h, place >> h) for h in range(len(ended))]


def test_tree_refuses_peaks_that_do_not_fit_its_size() -> None:
    with pytest.raises(ValueError, match="not the peaks"):
        merkle.Tree(3, bytes(32))


@given(st.integers(1, 70), st.data())
def test_inclusion_proof_holds_for_its_leaf_alone(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    place = data.draw(st.integers(0, size - 1))
    root = defined_root(leaves)
    proof = merkle.inclusion_proof(place, size, merkle.subtrees(leaves))
    assert merkle.inclusion_holds(leaves[place], place, size, root, proof)
    assert not merkle.inclusion_holds(merkle.leaf_hash(b"other"), place, size, root, proof)
    assert not merkle.inclusion_holds(leaves[place], place, size, bytes(32), proof)
    assert not merkle.inclusion_holds(leaves[place], place, size, root, [*proof, bytes(32)])
    assert not merkle.inclusion_holds(leaves[place], size, size, root, proof)
    for step in range(len(proof)):
        spoilt = [*proof[:step], bytes(32), *proof[step + 1 :]]
        assert not merkle.inclusion_holds(leaves[place], place, size, root, spoilt)
        cut = [*proof[:step], *proof[step + 1 :]]
        assert not merkle.inclusion_holds(leaves[place], place, size, root, cut)
    for other in set(range(size)) - {place}:
        assert not merkle.inclusion_holds(leaves[place], other, size, root, proof)


@given(sizes, sizes)
def test_consistency_proof_holds_for_its_two_roots_alone(first: int, more: int) -> None:
    leaves = leaves_of(first + more)
    size, old, new = first + more, defined_root(leaves[:first]), defined_root(leaves)
    proof = merkle.consistency_proof(first, size, merkle.subtrees(leaves))
    assert merkle.consistency_holds(first, old, size, new, proof)
    assert not merkle.consistency_holds(first, bytes(32), size, new, proof)
    assert not merkle.consistency_holds(first, old, size, new, [*proof, bytes(32)])
    if first:
        assert not merkle.consistency_holds(first, old, size, bytes(32), proof)
    for step in range(len(proof)):
        spoilt = [*proof[:step], bytes(32), *proof[step + 1 :]]
        assert not merkle.consistency_holds(first, old, size, new, spoilt)
    forked = [*leaves[: first - 1], merkle.leaf_hash(b"forged"), *leaves[first:]]
    if first:
        forged = merkle.consistency_proof(first, size, merkle.subtrees(forked))
        assert not merkle.consistency_holds(first, old, size, defined_root(forked), forged)


def test_proofs_refuse_places_and_sizes_that_are_not_there() -> None:
    with pytest.raises(ValueError, match="no place"):
        merkle.inclusion_proof(8, 8, merkle.subtrees(LEAVES))
    with pytest.raises(ValueError, match="no beginning"):
        merkle.consistency_proof(9, 8, merkle.subtrees(LEAVES))
