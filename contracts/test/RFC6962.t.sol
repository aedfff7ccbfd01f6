// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ConsistencyHarness} from "./ConsistencyHarness.sol";
import {ReferenceTree} from "./ReferenceTree.sol";
import {Test} from "./Vm.sol";

contract RFC6962Test is Test {
    bytes32 private constant SEED = "entries";
    ConsistencyHarness private tree = new ConsistencyHarness();

    /// Every pair of sizes up to 20 is consistent by the RFC's own proof, and by no shorter or longer one.
    function test_everyPairOfSmallSizes() public view {
        for (uint64 n = 1; n <= 20; ++n) {
            for (uint64 m = 1; m <= n; ++m) {
                _checkPair(m, n);
            }
        }
    }

    function _checkPair(uint64 m, uint64 n) private view {
        bytes32[] memory nodes = ReferenceTree.proof(SEED, m, n);
        (bytes32 old, bytes32 grown) = (ReferenceTree.root(SEED, m), ReferenceTree.root(SEED, n));
        require(tree.isConsistent(m, n, old, grown, nodes), "refuses a good proof");
        require(!tree.isConsistent(m, n, old, grown, _resized(nodes, nodes.length + 1)), "takes a longer one");
        if (nodes.length > 0) {
            require(
                !tree.isConsistent(m, n, old, grown, _resized(nodes, nodes.length - 1)), "takes a shorter one"
            );
        }
    }

    /// Nothing extends the empty tree, whatever its root is said to be.
    function test_emptyTreeHasNoExtension() public view {
        bytes32 root = ReferenceTree.root(SEED, 1);
        require(!tree.isConsistent(0, 1, 0, root, new bytes32[](0)), "root zero");
        require(!tree.isConsistent(0, 1, sha256(""), root, new bytes32[](0)), "root of nothing");
        require(!tree.isConsistent(0, 0, sha256(""), sha256(""), new bytes32[](0)), "empty to empty");
    }

    /// A tree does not shrink, not even with the proof of the way up.
    function test_shrinking() public view {
        bytes32[] memory nodes = ReferenceTree.proof(SEED, 5, 8);
        (bytes32 old, bytes32 grown) = (ReferenceTree.root(SEED, 5), ReferenceTree.root(SEED, 8));
        require(!tree.isConsistent(8, 5, grown, old, nodes), "5 follows 8");
        require(!tree.isConsistent(8, 7, grown, grown, new bytes32[](0)), "7 follows 8");
    }

    /// A tree of the same size has the same root and needs no proof.
    function test_equalSizes() public view {
        bytes32 root = ReferenceTree.root(SEED, 6);
        require(tree.isConsistent(6, 6, root, root, new bytes32[](0)), "itself");
        require(
            !tree.isConsistent(6, 6, root, ReferenceTree.root("other", 6), new bytes32[](0)), "another tree"
        );
        require(!tree.isConsistent(6, 6, root, root, new bytes32[](1)), "with a proof");
    }

    /// An overlong proof that passes through the new root and hangs entries 4 and 5 one level lower.
    /// Its old root comes out right; only the count of nodes tells.
    function test_overlongProofRehangsOldLeaves() public view {
        bytes32[] memory nodes = new bytes32[](4);
        nodes[0] = ReferenceTree.leaf(SEED, 5);
        nodes[1] = "anything";
        nodes[2] = ReferenceTree.leaf(SEED, 4);
        nodes[3] = ReferenceTree.root(SEED, 0, 4);
        bytes32 rehung = ReferenceTree.node(
            nodes[3], ReferenceTree.node(nodes[2], ReferenceTree.node(nodes[0], nodes[1]))
        );
        require(
            !tree.isConsistent(6, 7, ReferenceTree.root(SEED, 6), rehung, nodes), "old leaves at new places"
        );
    }

    /// From a power of two the old root itself begins the path: a proof that repeats it is refused.
    function test_powerOfTwoLeavesOutTheOldRoot() public view {
        bytes32[] memory nodes = new bytes32[](2);
        nodes[0] = ReferenceTree.root(SEED, 4);
        nodes[1] = ReferenceTree.root(SEED, 4, 8);
        (bytes32 old, bytes32 grown) = (nodes[0], ReferenceTree.root(SEED, 8));
        require(!tree.isConsistent(4, 8, old, grown, nodes), "with the old root");
        require(tree.isConsistent(4, 8, old, grown, ReferenceTree.proof(SEED, 4, 8)), "without");
    }

    /// A leaf is not a node: the prefixes keep an entry of 64 bytes from passing for two hashes.
    function test_prefixesKeepLeavesApart() public view {
        bytes32 second = ReferenceTree.leaf(SEED, 1);
        bytes32[] memory nodes = new bytes32[](1);
        nodes[0] = second;
        bytes32 old = ReferenceTree.root(SEED, 1);
        bytes32 asLeaf = sha256(abi.encodePacked(uint8(0), old, second));
        bytes32 bare = sha256(abi.encodePacked(old, second));
        require(!tree.isConsistent(1, 2, old, asLeaf, nodes), "hashed as a leaf");
        require(!tree.isConsistent(1, 2, old, bare, nodes), "hashed without prefix");
    }

    /// The greatest size there is goes through.
    function test_greatestSize() public view {
        uint64 n = type(uint64).max;
        bytes32[] memory nodes = _nodes(SEED, ReferenceTree.proofLength(n - 1, n));
        (bytes32 old, bytes32 grown) = ReferenceTree.fold(n - 1, n, 0, nodes);
        require(nodes.length == 64, "another proof");
        require(tree.isConsistent(n - 1, n, old, grown, nodes), "refused");
    }

    /// For sizes of any magnitude, roots that the RFC's recursion leads to are accepted.
    function testFuzz_anySizes(uint64 m, uint64 n, bytes32 seed) public view {
        (m, n) = _sizes(m, n, seed);
        bytes32[] memory nodes = _nodes(seed, ReferenceTree.proofLength(m, n));
        (bytes32 old, bytes32 grown) = ReferenceTree.fold(m, n, seed, nodes);
        require(tree.isConsistent(m, n, old, grown, nodes), "refused");
    }

    /// One bit changed anywhere in the roots or the proof is refused.
    function testFuzz_oneBitChanged(uint64 m, uint64 n, bytes32 seed, uint256 where, uint8 bit) public view {
        (m, n) = _sizes(m, n, seed);
        bytes32[] memory nodes = _nodes(seed, ReferenceTree.proofLength(m, n));
        (bytes32 old, bytes32 grown) = ReferenceTree.fold(m, n, seed, nodes);
        bytes32 flip = bytes32(uint256(1) << bit);
        where = bound(where, 0, nodes.length + 1);
        if (where == nodes.length) old ^= flip;
        else if (where > nodes.length) grown ^= flip;
        else nodes[where] ^= flip;
        require(!tree.isConsistent(m, n, old, grown, nodes), "accepted");
    }

    /// A proof of a wrong length is refused even with the roots that its own folding leads to.
    function testFuzz_wrongLength(uint64 m, uint64 n, bytes32 seed, uint256 length) public view {
        (m, n) = _sizes(m, n, seed);
        uint256 right = ReferenceTree.proofLength(m, n);
        length = bound(length, 0, right + 3);
        vm.assume(length != right);
        bytes32[] memory nodes = _nodes(seed, length);
        (bytes32 old, bytes32 grown) = _foldWithoutCounting(m, n, seed, nodes);
        require(!tree.isConsistent(m, n, old, grown, nodes), "accepted");
    }

    /// Two neighbours of a proof may not change places.
    function testFuzz_swapped(uint64 m, uint64 n, bytes32 seed, uint256 where) public view {
        (m, n) = _sizes(m, n, seed);
        bytes32[] memory nodes = _nodes(seed, ReferenceTree.proofLength(m, n));
        vm.assume(nodes.length > 1);
        (bytes32 old, bytes32 grown) = ReferenceTree.fold(m, n, seed, nodes);
        where = bound(where, 0, nodes.length - 2);
        (nodes[where], nodes[where + 1]) = (nodes[where + 1], nodes[where]);
        require(!tree.isConsistent(m, n, old, grown, nodes), "accepted");
    }

    /// 0 < m < n, of every magnitude alike: uniform sizes would nearly all be of 63 or 64 bits.
    function _sizes(uint64 m, uint64 n, bytes32 seed) private pure returns (uint64, uint64) {
        n = uint64(bound(n, 2, type(uint64).max >> (uint256(keccak256(abi.encode(seed))) % 63)));
        return (uint64(bound(m, 1, n - 1)), n);
    }

    function _nodes(bytes32 seed, uint256 length) private pure returns (bytes32[] memory nodes) {
        nodes = new bytes32[](length);
        for (uint64 i = 0; i < length; ++i) {
            nodes[i] = ReferenceTree.leaf(seed, i);
        }
    }

    function _resized(bytes32[] memory nodes, uint256 length)
        private
        pure
        returns (bytes32[] memory resized)
    {
        resized = new bytes32[](length);
        for (uint256 i = 0; i < length && i < nodes.length; ++i) {
            resized[i] = nodes[i];
        }
    }

    /// What a verifier that only folds would compute.
    function _foldWithoutCounting(uint64 m, uint64 n, bytes32 oldRoot, bytes32[] memory nodes)
        private
        pure
        returns (bytes32 fr, bytes32 sr)
    {
        (uint64 fn, uint64 sn) = (m - 1, n - 1);
        while (fn % 2 == 1) (fn, sn) = (fn / 2, sn / 2);
        uint256 i = fn == 0 || nodes.length == 0 ? 0 : 1;
        fr = sr = i == 0 ? oldRoot : nodes[0];
        for (; i < nodes.length; ++i) {
            bool left = fn % 2 == 1 || fn == sn;
            sr = left ? ReferenceTree.node(nodes[i], sr) : ReferenceTree.node(sr, nodes[i]);
            if (left) fr = ReferenceTree.node(nodes[i], fr);
            while (left && fn % 2 == 0 && fn != 0) (fn, sn) = (fn / 2, sn / 2);
            (fn, sn) = (fn / 2, sn / 2);
        }
    }
}
