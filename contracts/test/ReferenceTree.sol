// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev RFC 6962 section 2.1 word by word and by recursion, where the library goes by loops. The leaf
/// hashes of the tree are `leaf(seed, 0)`, `leaf(seed, 1)` and so on.
library ReferenceTree {
    function leaf(bytes32 seed, uint64 index) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(0), seed, index));
    }

    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(1), left, right));
    }

    /// @dev The largest power of two below n, for n > 1.
    function split(uint64 n) internal pure returns (uint64 k) {
        k = 1;
        while (k < n - k) k <<= 1;
    }

    /// @dev MTH(D[start:stop]).
    function root(bytes32 seed, uint64 start, uint64 stop) internal pure returns (bytes32) {
        if (stop - start == 1) return leaf(seed, start);
        uint64 middle = start + split(stop - start);
        return node(root(seed, start, middle), root(seed, middle, stop));
    }

    function root(bytes32 seed, uint64 size) internal pure returns (bytes32) {
        return root(seed, 0, size);
    }

    /// @dev PROOF(m, D[n]).
    function proof(bytes32 seed, uint64 m, uint64 n) internal pure returns (bytes32[] memory nodes) {
        nodes = new bytes32[](proofLength(m, n));
        _subproof(seed, m, 0, n, true, nodes, nodes.length);
    }

    function proofLength(uint64 m, uint64 n) internal pure returns (uint256) {
        return _length(m, n, true);
    }

    /// @dev Both roots that the nodes given lead to, of whatever size the trees are. The number of nodes
    /// must be proofLength(m, n).
    function fold(uint64 m, uint64 n, bytes32 oldRoot, bytes32[] memory nodes)
        internal
        pure
        returns (bytes32 fr, bytes32 sr)
    {
        return _fold(m, n, true, oldRoot, nodes, nodes.length);
    }

    function _length(uint64 m, uint64 n, bool complete) private pure returns (uint256) {
        if (m == n) return complete ? 0 : 1;
        uint64 k = split(n);
        return 1 + (m <= k ? _length(m, k, complete) : _length(m - k, n - k, false));
    }

    function _subproof(
        bytes32 seed,
        uint64 m,
        uint64 start,
        uint64 stop,
        bool complete,
        bytes32[] memory nodes,
        uint256 end
    ) private pure {
        if (m == stop - start) {
            if (!complete) nodes[end - 1] = root(seed, start, stop);
            return;
        }
        uint64 k = split(stop - start);
        if (m <= k) {
            nodes[end - 1] = root(seed, start + k, stop);
            _subproof(seed, m, start, start + k, complete, nodes, end - 1);
        } else {
            nodes[end - 1] = root(seed, start, start + k);
            _subproof(seed, m - k, start + k, stop, false, nodes, end - 1);
        }
    }

    function _fold(uint64 m, uint64 n, bool complete, bytes32 oldRoot, bytes32[] memory nodes, uint256 end)
        private
        pure
        returns (bytes32 fr, bytes32 sr)
    {
        if (m == n) return complete ? (oldRoot, oldRoot) : (nodes[end - 1], nodes[end - 1]);
        uint64 k = split(n);
        bytes32 last = nodes[end - 1];
        if (m <= k) {
            (fr, sr) = _fold(m, k, complete, oldRoot, nodes, end - 1);
            return (fr, node(sr, last));
        }
        (fr, sr) = _fold(m - k, n - k, false, oldRoot, nodes, end - 1);
        return (node(last, fr), node(last, sr));
    }
}
