// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {CheckpointRegistry} from "../src/CheckpointRegistry.sol";
import {ICheckpointRegistry} from "../src/ICheckpointRegistry.sol";
import {ReferenceTree} from "./ReferenceTree.sol";
import {Test} from "./Vm.sol";

contract CheckpointRegistryTest is Test {
    // Plain words: hashing with SHA-256 is a call, and would use up a prank or an expectation.
    bytes32 private constant LOG = "log of epoch 0";
    bytes32 private constant OTHER = "log of epoch 1";
    bytes32 private constant SEED = "entries";
    address private constant ADMIN = address(0xad);
    address private constant PUBLISHER = address(0xb1);
    address private constant STRANGER = address(0xbad);

    CheckpointRegistry private registry = new CheckpointRegistry(ADMIN);
    bytes32[] private empty;

    function setUp() public {
        vm.warp(1_767_225_600);
        _setPublisher(LOG, PUBLISHER);
    }

    // ---- what an anchor leaves behind

    /// A log that was never anchored has neither size nor root nor time.
    function test_unknownLog() public view {
        _requireLatest(LOG, 0, 0, 0);
        require(registry.rootAt(LOG, 0) == 0 && registry.rootAt(LOG, 1) == 0, "a root out of nowhere");
    }

    /// The first anchor may have any size and is the newest at once, with the block's time.
    function test_firstAnchor() public {
        _anchor(LOG, 6);
        _requireLatest(LOG, 6, _root(6), 1_767_225_600);
        require(registry.rootAt(LOG, 6) == _root(6), "root not kept");
    }

    /// A later anchor becomes the newest; the roots before it stay.
    function test_laterAnchor() public {
        _anchor(LOG, 6);
        vm.warp(1_767_225_660);
        _anchorAfter(LOG, 6, 7);
        _requireLatest(LOG, 7, _root(7), 1_767_225_660);
        require(registry.rootAt(LOG, 6) == _root(6), "the old root is gone");
    }

    /// Every step between powers of two and their neighbours is accepted.
    function test_powersOfTwoAndTheirNeighbours() public {
        uint8[13] memory sizes = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32];
        _anchor(LOG, sizes[0]);
        for (uint256 i = 1; i < sizes.length; ++i) {
            _anchorAfter(LOG, sizes[i - 1], sizes[i]);
        }
        _requireLatest(LOG, 32, _root(32), 1_767_225_600);
    }

    /// An anchor is told with log, size, root and publisher.
    function test_anchorIsTold() public {
        bytes32 root = _root(6);
        vm.expectEmit(address(registry));
        emit ICheckpointRegistry.Anchored(LOG, 6, root, PUBLISHER);
        _anchorAs(PUBLISHER, LOG, 6, root, empty);
    }

    /// The slot of a root is keccak(size . keccak(log . 1)): receipts prove it against a header.
    function testFuzz_slotOfARoot(bytes32 log, uint64 size, bytes32 root) public {
        size = uint64(bound(size, 1, type(uint64).max));
        vm.assume(root != 0);
        _setPublisher(log, PUBLISHER);
        _anchorAs(PUBLISHER, log, size, root, empty);
        bytes32 slot = keccak256(abi.encode(uint256(size), keccak256(abi.encode(log, uint256(1)))));
        require(vm.load(address(registry), slot) == root, "another slot");
    }

    // ---- what is refused

    /// Only the log's publisher anchors: not a stranger, not the admin, not another log's publisher.
    function test_notThePublisher() public {
        _setPublisher(OTHER, STRANGER);
        address[2] memory callers = [STRANGER, ADMIN];
        for (uint256 i = 0; i < callers.length; ++i) {
            _refuseTo(callers[i], _notPublisher(callers[i]), LOG, 6, _root(6), empty);
        }
    }

    /// A new publisher takes the place of the old one.
    function test_replacedPublisher() public {
        _setPublisher(LOG, STRANGER);
        _refuse(_notPublisher(PUBLISHER), 6, _root(6), empty);
        _anchorAs(STRANGER, LOG, 6, _root(6), empty);
    }

    /// A log whose publisher is set to zero has none, and nobody becomes one by being address zero.
    function test_publisherTakenAway() public {
        _setPublisher(LOG, address(0));
        _refuse(_notPublisher(PUBLISHER), 6, _root(6), empty);
        _refuseTo(address(0), _notPublisher(address(0)), LOG, 6, _root(6), empty);
    }

    /// The root zero stands for "not anchored" and is refused.
    function test_emptyRoot() public {
        _refuse(abi.encodeWithSelector(ICheckpointRegistry.EmptyRoot.selector), 6, 0, empty);
    }

    /// The empty tree is never anchored.
    function test_sizeZero() public {
        _refuse(
            abi.encodeWithSelector(ICheckpointRegistry.SizeNotIncreasing.selector, 0, 0), 0, sha256(""), empty
        );
    }

    /// The same size again is refused, with the same root as with another.
    function test_equalSize() public {
        _anchor(LOG, 6);
        bytes memory reason = abi.encodeWithSelector(ICheckpointRegistry.SizeNotIncreasing.selector, 6, 6);
        _refuse(reason, 6, _root(6), empty);
        _refuse(reason, 6, ReferenceTree.root("other", 6), empty);
    }

    /// A smaller size is refused.
    function test_smallerSize() public {
        _anchor(LOG, 6);
        bytes memory reason = abi.encodeWithSelector(ICheckpointRegistry.SizeNotIncreasing.selector, 6, 5);
        _refuse(reason, 5, _root(5), empty);
    }

    /// The first anchor extends nothing: a proof with it is refused.
    function test_firstAnchorWithProof() public {
        _refuse(_inconsistent(0, 6), 6, _root(6), new bytes32[](1));
    }

    /// A later anchor without proof is refused.
    function test_noProof() public {
        _anchor(LOG, 6);
        _refuse(_inconsistent(6, 7), 7, _root(7), empty);
    }

    /// A publisher cannot anchor another past, however well that past is proven in itself.
    function test_rewrittenPast() public {
        _anchor(LOG, 6);
        bytes32[] memory proof = ReferenceTree.proof("other", 6, 9);
        _refuse(_inconsistent(6, 9), 9, ReferenceTree.root("other", 9), proof);
        _refuse(_inconsistent(6, 9), 9, _root(9), proof);
        _refuse(_inconsistent(6, 9), 9, ReferenceTree.root("other", 9), ReferenceTree.proof(SEED, 6, 9));
    }

    /// A proof from an older anchor than the newest is refused.
    function test_proofFromAnOlderAnchor() public {
        _anchor(LOG, 5);
        _anchorAfter(LOG, 5, 6);
        _refuse(_inconsistent(6, 9), 9, _root(9), ReferenceTree.proof(SEED, 5, 9));
    }

    /// The overlong proof of facts: four nodes from 6 to 7 hang entries 4 and 5 at other places.
    function test_overlongProof() public {
        _anchor(LOG, 6);
        bytes32[] memory nodes = new bytes32[](4);
        nodes[0] = ReferenceTree.leaf(SEED, 5);
        nodes[1] = "anything";
        nodes[2] = ReferenceTree.leaf(SEED, 4);
        nodes[3] = ReferenceTree.root(SEED, 0, 4);
        bytes32 rehung = ReferenceTree.node(
            nodes[3], ReferenceTree.node(nodes[2], ReferenceTree.node(nodes[0], nodes[1]))
        );
        _refuse(_inconsistent(6, 7), 7, rehung, nodes);
    }

    /// No log begins with what belongs to another.
    function test_logsAreApart() public {
        _anchor(LOG, 6);
        _setPublisher(OTHER, PUBLISHER);
        _anchor(OTHER, 3);
        _requireLatest(LOG, 6, _root(6), 1_767_225_600);
        _requireLatest(OTHER, 3, _root(3), 1_767_225_600);
        require(registry.rootAt(OTHER, 6) == 0, "a root of another log");
    }

    // ---- a stolen publisher key, and the way out of it

    /// A size is a claim: one root and proof passes for more than one size. Auditors recompute roots.
    function test_aProofDoesNotFixTheSize() public {
        _setPublisher(OTHER, PUBLISHER);
        _anchor(LOG, 4);
        _anchor(OTHER, 4);
        bytes32[] memory proof = ReferenceTree.proof(SEED, 4, 6);
        _anchorAs(PUBLISHER, LOG, 6, _root(6), proof);
        _anchorAs(PUBLISHER, OTHER, 8, _root(6), proof);
        _requireLatest(OTHER, 8, _root(6), 1_767_225_600);
    }

    /// A junk future up to the greatest size blocks the honest log, until the admin closes the id and the
    /// next epoch goes on from the last good checkpoint.
    function test_junkFutureThenClose() public {
        _anchor(LOG, 4);
        bytes32 junk = _anchorJunk(4, type(uint64).max);
        _refuse(
            abi.encodeWithSelector(ICheckpointRegistry.SizeNotIncreasing.selector, type(uint64).max, 7),
            7,
            _root(7),
            ReferenceTree.proof(SEED, 4, 7)
        );
        vm.expectEmit(address(registry));
        emit ICheckpointRegistry.Closed(LOG, type(uint64).max, junk);
        vm.prank(ADMIN);
        registry.close(LOG);
        _setPublisher(OTHER, STRANGER);
        _anchorAs(STRANGER, OTHER, 7, _root(7), empty);
        require(registry.rootAt(LOG, 4) == _root(4), "the good past is gone");
    }

    /// After a junk future of an ordinary size the honest root has no proof any more.
    function test_junkFutureShutsOutTheHonestLog() public {
        _anchor(LOG, 4);
        _anchorJunk(4, 7);
        _refuse(_inconsistent(7, 9), 9, _root(9), ReferenceTree.proof(SEED, 7, 9));
    }

    /// A closed log takes no anchor, not even a good one; what it holds can be read for ever.
    function test_closed() public {
        _anchor(LOG, 6);
        vm.prank(ADMIN);
        registry.close(LOG);
        _refuse(
            abi.encodeWithSelector(ICheckpointRegistry.LogClosed.selector, LOG),
            7,
            _root(7),
            ReferenceTree.proof(SEED, 6, 7)
        );
        _requireLatest(LOG, 6, _root(6), 1_767_225_600);
    }

    /// A closed log stays closed under a new publisher, and does not close its neighbours.
    function test_closedForEver() public {
        vm.prank(ADMIN);
        registry.close(LOG);
        _setPublisher(LOG, STRANGER);
        _refuseTo(
            STRANGER,
            abi.encodeWithSelector(ICheckpointRegistry.LogClosed.selector, LOG),
            LOG,
            6,
            _root(6),
            empty
        );
        _setPublisher(OTHER, PUBLISHER);
        _anchor(OTHER, 6);
    }

    /// A log is closed once.
    function test_closedTwice() public {
        vm.prank(ADMIN);
        registry.close(LOG);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointRegistry.LogClosed.selector, LOG));
        vm.prank(ADMIN);
        registry.close(LOG);
    }

    // ---- who administers

    /// Only the admin names publishers and closes logs; the publisher does neither.
    function test_onlyTheAdmin() public {
        address[2] memory callers = [STRANGER, PUBLISHER];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(_unauthorised(callers[i], 0));
            vm.prank(callers[i]);
            registry.setPublisher(LOG, callers[i]);
            vm.expectRevert(_unauthorised(callers[i], 0));
            vm.prank(callers[i]);
            registry.close(LOG);
        }
    }

    /// A new publisher is told.
    function test_publisherIsTold() public {
        vm.expectEmit(address(registry));
        emit ICheckpointRegistry.PublisherSet(LOG, STRANGER);
        _setPublisher(LOG, STRANGER);
    }

    /// Naming the same publisher again leaves it in place.
    function test_samePublisherAgain() public {
        _setPublisher(LOG, PUBLISHER);
        _anchor(LOG, 6);
    }

    /// Not even the admin grants a publisher's role behind the back of PublisherSet.
    function test_noSecondPublisher() public {
        bytes32 role = registry.publisherRole(LOG);
        bytes32 nobody = registry.getRoleAdmin(role);
        vm.expectRevert(_unauthorised(ADMIN, nobody));
        vm.prank(ADMIN);
        registry.grantRole(role, STRANGER);
        vm.expectRevert(_unauthorised(ADMIN, nobody));
        vm.prank(ADMIN);
        registry.grantRole(nobody, ADMIN);
    }

    /// The publisher of the log id zero does not become admin.
    function test_logZeroIsNotTheAdminRole() public {
        _setPublisher(0, STRANGER);
        vm.expectRevert(_unauthorised(STRANGER, 0));
        vm.prank(STRANGER);
        registry.close(LOG);
    }

    /// The admin passes its role on and gives it up.
    function test_adminHandsOver() public {
        vm.prank(ADMIN);
        registry.grantRole(0, STRANGER);
        vm.prank(ADMIN);
        registry.renounceRole(0, ADMIN);
        vm.expectRevert(_unauthorised(ADMIN, 0));
        vm.prank(ADMIN);
        registry.close(LOG);
        vm.prank(STRANGER);
        registry.close(LOG);
    }

    /// The contract takes no ether and has no function for unknown calls.
    function test_noEther() public {
        vm.deal(address(this), 1 ether);
        (bool sent,) = address(registry).call{value: 1}("");
        (bool sentWithCall,) = address(registry).call{value: 1}(abi.encodeCall(registry.latest, (LOG)));
        (bool unknown,) = address(registry).call(hex"12345678");
        require(!sent && !sentWithCall && !unknown, "accepted");
    }

    // ---- fuzz

    /// Any growth of an honest log is accepted with the RFC's proof, and refused with one bit changed.
    function testFuzz_growth(uint8 m, uint8 n, uint256 where, uint8 bit) public {
        n = uint8(bound(n, 2, 80));
        m = uint8(bound(m, 1, n - 1));
        _anchor(LOG, m);
        bytes32[] memory proof = ReferenceTree.proof(SEED, m, n);
        where = bound(where, 0, proof.length - 1);
        proof[where] ^= bytes32(uint256(1) << bit);
        _refuse(_inconsistent(m, n), n, _root(n), proof);
        _anchorAfter(LOG, m, n);
    }

    /// No stranger anchors anything, whoever it is and whatever it brings.
    function testFuzz_stranger(
        address caller,
        bytes32 log,
        uint64 size,
        bytes32 root,
        bytes32[] calldata proof
    ) public {
        vm.assume(caller != PUBLISHER || log != LOG);
        _refuseTo(caller, _notPublisher(caller), log, size, root, proof);
    }

    // ---- short forms

    function _root(uint64 size) private pure returns (bytes32) {
        return ReferenceTree.root(SEED, size);
    }

    function _setPublisher(bytes32 log, address publisher) private {
        vm.prank(ADMIN);
        registry.setPublisher(log, publisher);
    }

    function _anchor(bytes32 log, uint64 size) private {
        _anchorAs(PUBLISHER, log, size, _root(size), empty);
    }

    function _anchorAfter(bytes32 log, uint64 current, uint64 size) private {
        _anchorAs(PUBLISHER, log, size, _root(size), ReferenceTree.proof(SEED, current, size));
    }

    /// Anchors an extension that no log holds: made-up nodes beside the true old root.
    function _anchorJunk(uint64 current, uint64 size) private returns (bytes32 junk) {
        bytes32[] memory nodes = new bytes32[](ReferenceTree.proofLength(current, size));
        for (uint64 i = 0; i < nodes.length; ++i) {
            nodes[i] = ReferenceTree.leaf("junk", i);
        }
        (, junk) = ReferenceTree.fold(current, size, _root(current), nodes);
        _anchorAs(PUBLISHER, LOG, size, junk, nodes);
    }

    function _anchorAs(address caller, bytes32 log, uint64 size, bytes32 root, bytes32[] memory proof)
        private
    {
        vm.prank(caller);
        registry.anchor(log, size, root, proof);
    }

    function _refuse(bytes memory reason, uint64 size, bytes32 root, bytes32[] memory proof) private {
        _refuseTo(PUBLISHER, reason, LOG, size, root, proof);
    }

    function _refuseTo(
        address caller,
        bytes memory reason,
        bytes32 log,
        uint64 size,
        bytes32 root,
        bytes32[] memory proof
    ) private {
        vm.expectRevert(reason);
        _anchorAs(caller, log, size, root, proof);
    }

    function _notPublisher(address account) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICheckpointRegistry.NotPublisher.selector, account);
    }

    function _inconsistent(uint64 current, uint64 given) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICheckpointRegistry.InconsistentCheckpoint.selector, current, given);
    }

    function _unauthorised(address account, bytes32 role) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, account, role);
    }

    function _requireLatest(bytes32 log, uint64 size, bytes32 root, uint64 time) private view {
        (uint64 size_, bytes32 root_, uint64 time_) = registry.latest(log);
        require(size_ == size && root_ == root && time_ == time, "another latest");
    }
}
