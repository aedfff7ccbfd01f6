// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RFC6962} from "../src/RFC6962.sol";

/// @dev The library from outside, for the tests here and in Python.
contract ConsistencyHarness {
    function isConsistent(
        uint64 oldSize,
        uint64 newSize,
        bytes32 oldRoot,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external pure returns (bool) {
        return RFC6962.isConsistent(oldSize, newSize, oldRoot, newRoot, proof);
    }
}
