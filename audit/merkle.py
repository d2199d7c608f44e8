"""The tree of the trail: RFC 9162 (and 6962) hashes, roots and proofs.

Standard library only: the stand-alone verifier of an evidence package carries this file.
A full subtree is named by its height and its place: (0, 5) is leaf 5, (8, 1) the root of
leaves 256 to 511. ``Subtree`` finds the hash of one, wherever the hashes are kept.
"""

import hashlib
from collections.abc import Callable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()
HASH_SIZE = 32
Subtree = Callable[[int, int], bytes]


def leaf_hash(body: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows: all it keeps are its peaks, the roots of its largest full subtrees."""

    def __init__(self, size: int = 0, peaks: bytes = b"") -> None:
        if len(peaks) != size.bit_count() * HASH_SIZE:
            raise ValueError(f"{len(peaks)} bytes are not the peaks of a tree of {size} leaves.")
        self.size = size
        self._peaks = [peaks[i : i + HASH_SIZE] for i in range(0, len(peaks), HASH_SIZE)]

    @property
    def peaks(self) -> bytes:
        return b"".join(self._peaks)

    def append(self, leaf: bytes) -> list[bytes]:
        """Add the hash of a leaf; the roots of the full subtrees that it ends, by height."""
        ended, rest = [leaf], self.size
        while rest & 1:
            ended.append(node_hash(self._peaks.pop(), ended[-1]))
            rest >>= 1
        self._peaks.append(ended[-1])
        self.size += 1
        return ended

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def subtrees(leaves: Sequence[bytes]) -> Subtree:
    """The full subtrees over hashes of leaves that are in memory."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[i - 1], below[i]) for i in range(1, len(below), 2)])
    return lambda height, place: levels[height][place]


def inclusion_proof(place: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes that lead from the leaf at ``place`` to the root of the first ``size``."""
    if not 0 <= place < size:
        raise ValueError(f"There is no place {place} among {size} leaves.")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if place < middle:
            proof.append(_root_between(middle, end, subtree))
            end = middle
        else:
            proof.append(_root_between(start, middle, subtree))
            start = middle
    return proof[::-1]


def inclusion_holds(
    leaf: bytes, place: int, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether ``leaf`` stands at ``place`` under ``root``: RFC 9162, 2.1.3.2."""
    if not 0 <= place < size:
        return False
    node, last, found = place, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(step, found)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, step)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def consistency_proof(old_size: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes that show the first ``old_size`` leaves to be the beginning of ``size``."""
    if not 0 <= old_size <= size:
        raise ValueError(f"A tree of {size} leaves has no beginning of {old_size}.")
    if old_size in {0, size}:
        return []
    proof: list[bytes] = []
    start, end, is_beginning = 0, size, True
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            proof.append(_root_between(middle, end, subtree))
            end = middle
        else:
            proof.append(_root_between(start, middle, subtree))
            start, is_beginning = middle, False
    if not is_beginning:
        proof.append(_root_between(start, end, subtree))
    return proof[::-1]


def consistency_holds(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree under ``root`` begins with the one under ``old_root``: 2.1.4.2."""
    if old_size == 0:
        return size >= 0 and old_root == EMPTY_ROOT and not proof
    if old_size == size:
        return old_root == root and not proof
    if not 0 < old_size < size or not proof:
        return False
    steps = list(proof)
    if old_size & (old_size - 1) == 0:
        steps.insert(0, old_root)
    return _both_roots(old_size, size, steps) == (old_root, root)


def _both_roots(old_size: int, size: int, steps: list[bytes]) -> tuple[bytes, bytes] | None:
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, step)
        node, last = node >> 1, last >> 1
    return (old, new) if last == 0 else None


def _split(count: int) -> int:
    """The largest power of two that is smaller than ``count``."""
    return 1 << (count - 1).bit_length() - 1


def _root_between(start: int, end: int, subtree: Subtree) -> bytes:
    count = end - start
    if count & (count - 1) == 0:
        height = count.bit_length() - 1
        return subtree(height, start >> height)
    middle = start + _split(count)
    return node_hash(_root_between(start, middle, subtree), _root_between(middle, end, subtree))
