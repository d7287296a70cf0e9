"""The tree against RFC 6962's known answers, and against the RFC's definitions written out naively."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.audit.merkle import EMPTY, Tree, consistency_proof, consistent, inclusion_proof, leaf_hash, node_hash, root, root_from_proof

INPUTS = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
"""The eight leaves that the reference implementations of Certificate Transparency test with."""

ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

SIZES = st.integers(min_value=0, max_value=70)


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % n) for n in range(count)]


def naive(hashes: list[bytes]) -> bytes:
    """MTH(D[n]) as the RFC words it."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return sha256(b"\x01" + naive(hashes[:split]) + naive(hashes[split:])).digest()


def test_empty_root_is_the_hash_of_nothing() -> None:
    assert EMPTY.hex() == root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (b"L123456", "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"),
    ],
    ids=["empty", "L123456"],
)
def test_leaf_hash_is_the_known_one(data: bytes, expected: str) -> None:
    assert leaf_hash(data).hex() == expected


def test_node_hash_is_the_known_one() -> None:
    assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


@pytest.mark.parametrize("count", range(1, 9))
def test_roots_are_the_known_ones(count: int) -> None:
    assert root(leaf_hash(data) for data in INPUTS[:count]).hex() == ROOTS[count - 1]


@given(SIZES)
def test_root_is_the_naive_root(count: int) -> None:
    assert root(leaves(count)) == naive(leaves(count))


@given(SIZES)
def test_growing_tree_has_the_naive_root_at_every_size(count: int) -> None:
    tree = Tree()
    for n, leaf in enumerate(leaves(count), start=1):
        tree.append(leaf)
        assert (tree.size, tree.root()) == (n, naive(leaves(n)))


@given(st.data(), st.integers(min_value=1, max_value=70))
def test_inclusion_proof_leads_to_the_root(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    all_leaves = leaves(size)
    assert root_from_proof(index, size, all_leaves[index], inclusion_proof(index, all_leaves)) == naive(all_leaves)


@given(st.data(), st.integers(min_value=2, max_value=70))
def test_spoilt_inclusion_proof_does_not_lead_to_the_root(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    all_leaves = leaves(size)
    leaf, proof = all_leaves[index], inclusion_proof(index, all_leaves)
    for wrong in spoilt(data, proof):
        assert lands(index, size, leaf, wrong) != naive(all_leaves)
    assert lands(index, size, leaf_hash(b"another"), proof) != naive(all_leaves)
    assert lands((index + 1) % size, size, leaf, proof) != naive(all_leaves)


@pytest.mark.parametrize("index", [-1, 5, 6])
def test_entry_outside_the_log_has_no_proof(index: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(index, leaves(5))


@given(st.data(), st.integers(min_value=0, max_value=70))
def test_consistency_proof_holds(data: st.DataObject, size: int) -> None:
    first = data.draw(st.integers(min_value=0, max_value=size))
    proof = consistency_proof(first, leaves(size))
    assert consistent(first, size, naive(leaves(first)), naive(leaves(size)), proof)


@given(st.data(), st.integers(min_value=2, max_value=70))
def test_spoilt_consistency_proof_fails(data: st.DataObject, size: int) -> None:
    first = data.draw(st.integers(min_value=1, max_value=size - 1))
    proof, old, new = consistency_proof(first, leaves(size)), naive(leaves(first)), naive(leaves(size))
    for wrong in spoilt(data, proof):
        assert not consistent(first, size, old, new, wrong)
    assert not consistent(first, size, leaf_hash(b"another"), new, proof)
    assert not consistent(first, size, old, leaf_hash(b"another"), proof)
    assert not consistent(first + 1, size, old, new, proof)


@given(st.data(), st.integers(min_value=2, max_value=70))
def test_rewritten_beginning_is_not_consistent(data: st.DataObject, size: int) -> None:
    first = data.draw(st.integers(min_value=1, max_value=size - 1))
    changed = leaves(size)
    changed[data.draw(st.integers(min_value=0, max_value=first - 1))] = leaf_hash(b"another")
    assert not consistent(first, size, naive(leaves(first)), naive(changed), consistency_proof(first, changed))


@pytest.mark.parametrize(("first", "size"), [(-1, 3), (4, 3), (0, 0)])
def test_sizes_that_make_no_sense(first: int, size: int) -> None:
    assert consistent(first, size, EMPTY, EMPTY, []) is (first == size == 0)
    if first != size:
        with pytest.raises(IndexError):
            consistency_proof(first, leaves(size))


def spoilt(data: st.DataObject, proof: list[bytes]) -> list[list[bytes]]:
    """Cut short, lengthened, one bit turned, two places swapped."""
    wrong = [[*proof, leaf_hash(b"more")]]
    if proof:
        place = data.draw(st.integers(min_value=0, max_value=len(proof) - 1))
        bit = data.draw(st.integers(min_value=0, max_value=255))
        turned = (int.from_bytes(proof[place], "big") ^ (1 << bit)).to_bytes(32, "big")
        wrong += [proof[:-1], proof[1:], [*proof[:place], turned, *proof[place + 1 :]]]
    if len(proof) > 1:
        wrong.append([proof[1], proof[0], *proof[2:]])
    return wrong


def lands(index: int, size: int, leaf: bytes, proof: list[bytes]) -> bytes | None:
    try:
        return root_from_proof(index, size, leaf, proof)
    except ValueError:
        return None
