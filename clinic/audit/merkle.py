"""Merkle tree hashing and proofs as in RFC 6962, section 2.1: leaf prefix 0x00, node prefix 0x01. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree that keeps only its right edge: O(log n) memory."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[tuple[int, bytes]] = []
        """(height, hash) of the complete subtrees, the largest first."""

    def append(self, leaf: bytes) -> None:
        height, node = 0, leaf
        while self._edge and self._edge[-1][0] == height:
            node = node_hash(self._edge.pop()[1], node)
            height += 1
        self._edge.append((height, node))
        self.size += 1

    def root(self) -> bytes:
        if not self._edge:
            return EMPTY
        root = self._edge[-1][1]
        for _, node in reversed(self._edge[:-1]):
            root = node_hash(node, root)
        return root


def root(leaves: Iterable[bytes]) -> bytes:
    """Root of the tree over these leaf hashes."""
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(index, D[n]): the sibling hashes from the leaf to the root. IndexError outside the tree."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"entry {index} is not in a log of {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(index, leaves[:split]), root(leaves[split:])]
    return [*inclusion_proof(index - split, leaves[split:]), root(leaves[:split])]


def root_from_proof(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that the proof leads to (RFC 9162, section 2.1.3.2). ValueError if the proof has the wrong length."""
    if not 0 <= index < size:
        raise ValueError("index outside the tree")
    place, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ValueError("proof too long")
        if place % 2 or place == last:
            node = node_hash(sibling, node)
            while place % 2 == 0 and place:
                place >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        place >>= 1
        last >>= 1
    if last:
        raise ValueError("proof too short")
    return node


def consistency_proof(first: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PROOF(first, D[n]): what shows that the log of `first` entries is the beginning of this one. IndexError outside the tree."""
    if not 0 <= first <= len(leaves):
        raise IndexError(f"a log of {first} entries is not the beginning of one of {len(leaves)}")
    return _subproof(first, leaves, True) if first else []


def _subproof(first: int, leaves: Sequence[bytes], known: bool) -> list[bytes]:
    """`known`: the verifier holds the root of exactly these first leaves, so it need not be sent."""
    if first == len(leaves):
        return [] if known else [root(leaves)]
    split = _split(len(leaves))
    if first <= split:
        return [*_subproof(first, leaves[:split], known), root(leaves[split:])]
    return [*_subproof(first - split, leaves[split:], False), root(leaves[:split])]


def consistent(first: int, size: int, first_root: bytes, size_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree of `first` leaves is the beginning of that of `size` (RFC 9162, section 2.1.4.2)."""
    if not 0 <= first <= size:
        return False
    if first in (0, size):
        return not proof and first_root == (size_root if first else EMPTY)
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        return False
    place, last = first - 1, size - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == size_root


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
