// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Consistency of two RFC 6962 trees
/// @dev The algorithm is that of RFC 9162 section 2.1.4.2, and so are the names `fn`, `sn`, `fr` and
/// `sr`: the first and second tree's position and folded hash.
library RFC6962 {
    /// @notice Whether a proof shows that the tree of the new size and root begins with all entries
    /// of the tree of the old size and root. Nothing extends, or is, the empty tree.
    /// @param oldSize The number of entries of the old tree.
    /// @param newSize The number of entries of the new tree.
    /// @param oldRoot The root of the old tree.
    /// @param newRoot The root of the new tree.
    /// @param proof The nodes of PROOF(oldSize, D[newSize]), RFC 6962 section 2.1.2.
    function isConsistent(
        uint64 oldSize,
        uint64 newSize,
        bytes32 oldRoot,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) internal pure returns (bool) {
        if (oldSize == 0 || oldSize > newSize) return false;
        if (oldSize == newSize) return proof.length == 0 && oldRoot == newRoot;
        // A proof leaves out the old root when the old tree is one perfect subtree of the new.
        bool perfect = oldSize & (oldSize - 1) == 0;
        if (!perfect && proof.length == 0) return false;
        (bool fits, bytes32 fr, bytes32 sr) =
            _fold(oldSize, newSize, perfect ? oldRoot : proof[0], proof[perfect ? 0 : 1:]);
        return fits && fr == oldRoot && sr == newRoot;
    }

    /// @notice The hash of a node.
    /// @param left The hash of its left child.
    /// @param right The hash of its right child.
    function nodeHash(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }

    /// @dev Climbs from the largest subtree that ends with the old tree to both roots.
    /// @return fits Whether the path has exactly as many nodes as the sizes ask for.
    /// @return fr The root of the old tree, as the path has it.
    /// @return sr The root of the new tree, as the path has it.
    function _fold(uint64 oldSize, uint64 newSize, bytes32 seed, bytes32[] calldata path)
        private
        pure
        returns (bool fits, bytes32 fr, bytes32 sr)
    {
        (uint64 fn, uint64 sn) = (oldSize - 1, newSize - 1);
        while (fn & 1 == 1) (fn, sn) = (fn >> 1, sn >> 1);
        (fr, sr) = (seed, seed);
        for (uint256 i = 0; i < path.length; ++i) {
            // At the new root already: a longer path would hang old entries at other places.
            if (sn == 0) return (false, fr, sr);
            if (fn & 1 == 1 || fn == sn) {
                (fr, sr) = (nodeHash(path[i], fr), nodeHash(path[i], sr));
                while (fn & 1 == 0 && fn != 0) (fn, sn) = (fn >> 1, sn >> 1);
            } else {
                sr = nodeHash(sr, path[i]);
            }
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        fits = sn == 0;
    }
}
