// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CheckpointRegistry} from "../src/CheckpointRegistry.sol";
import {ReferenceTree} from "./ReferenceTree.sol";
import {Test} from "./Vm.sol";

/// @dev A publisher whose key is now in honest hands and now in a thief's. It keeps its own book of
/// what the registry accepted.
contract Publisher is Test {
    bytes32 public constant LOG = "log";
    bytes32 public constant SEED = "entries";

    CheckpointRegistry public immutable registry;
    uint64[] public sizes;
    bool public closed;
    bool public wronged;

    constructor() {
        registry = new CheckpointRegistry(address(this));
        registry.setPublisher(LOG, address(this));
    }

    function anchors() external view returns (uint256) {
        return sizes.length;
    }

    /// The honest log grows and is anchored; refused only when closed.
    function grow(uint8 entries) external {
        uint64 current = _current();
        uint64 size = current + uint64(bound(entries, 1, 40));
        bytes32 root = ReferenceTree.root(SEED, size);
        try registry.anchor(LOG, size, root, _proof(SEED, current, size)) {
            sizes.push(size);
            wronged = wronged || closed;
        } catch {
            wronged = wronged || !closed;
        }
    }

    /// The thief anchors a log with another past, with a faultless proof of its own.
    function rewrite(uint8 entries, bytes32 seed) external {
        vm.assume(seed != SEED);
        uint64 current = _current();
        if (current == 0) return;
        uint64 size = current + uint64(bound(entries, 1, 40));
        _mustFail(size, ReferenceTree.root(seed, size), ReferenceTree.proof(seed, current, size));
    }

    /// The thief goes back to an earlier size, or repeats the newest.
    function goBack(uint64 size) external {
        uint64 current = _current();
        if (current == 0) return;
        size = uint64(bound(size, 1, current));
        _mustFail(size, ReferenceTree.root(SEED, size), new bytes32[](0));
    }

    /// The thief tries a true new root with nodes that prove nothing.
    function guess(uint8 entries, bytes32[] calldata nodes) external {
        uint64 size = _current() + uint64(bound(entries, 1, 40));
        if (_current() == 0 && nodes.length == 0) return;
        _mustFail(size, ReferenceTree.root(SEED, size), nodes);
    }

    /// A stranger tries everything.
    function intrude(address stranger, bytes32 log, uint64 size, bytes32 root, bytes32[] calldata nodes)
        external
    {
        vm.assume(stranger != address(this));
        bytes[3] memory calls = [
            abi.encodeCall(registry.anchor, (log, size, root, nodes)),
            abi.encodeCall(registry.setPublisher, (log, stranger)),
            abi.encodeCall(registry.close, (log))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(stranger);
            (bool done,) = address(registry).call(calls[i]);
            wronged = wronged || done;
        }
    }

    /// Rarely, so that runs are long, the admin closes the log.
    function close(uint8 chance) external {
        if (chance % 16 != 0 || closed) return;
        registry.close(LOG);
        closed = true;
    }

    function _current() private view returns (uint64) {
        return sizes.length == 0 ? 0 : sizes[sizes.length - 1];
    }

    function _proof(bytes32 seed, uint64 current, uint64 size) private pure returns (bytes32[] memory) {
        return current == 0 ? new bytes32[](0) : ReferenceTree.proof(seed, current, size);
    }

    function _mustFail(uint64 size, bytes32 root, bytes32[] memory nodes) private {
        try registry.anchor(LOG, size, root, nodes) {
            wronged = true;
        } catch {}
    }
}

contract CheckpointRegistryInvariants is Test {
    Publisher private publisher = new Publisher();

    /// @dev Foundry asks a test contract which contracts to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(publisher);
    }

    /// What must hold after every call. One invariant for all three rules: each would be tried on the
    /// same calls, drawn from the same seed.
    function invariant_theHonestPastAlone() external view {
        thePastStays();
        theNewestIsTheLast();
        nobodyIsWronged();
    }

    /// Every root ever accepted stays where it was, and is that of the honest log.
    function thePastStays() private view {
        for (uint256 i = 0; i < publisher.anchors(); ++i) {
            uint64 size = publisher.sizes(i);
            bytes32 root = publisher.registry().rootAt(publisher.LOG(), size);
            require(root == ReferenceTree.root(publisher.SEED(), size), "another past");
        }
    }

    /// The newest anchor is the last accepted, and sizes only grow.
    function theNewestIsTheLast() private view {
        uint256 count = publisher.anchors();
        (uint64 size, bytes32 root,) = publisher.registry().latest(publisher.LOG());
        require(size == (count == 0 ? 0 : publisher.sizes(count - 1)), "another size");
        require(root == publisher.registry().rootAt(publisher.LOG(), size), "another root");
        for (uint256 i = 1; i < count; ++i) {
            require(publisher.sizes(i - 1) < publisher.sizes(i), "shrunk");
        }
    }

    /// No thief, stranger or closed log got anything through, and no honest anchor was refused.
    function nobodyIsWronged() private view {
        require(!publisher.wronged(), "wronged");
    }
}
