// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ICheckpointRegistry} from "./ICheckpointRegistry.sol";
import {RFC6962} from "./RFC6962.sol";

/// @title The checkpoint registry
/// @notice Not even a publisher's key can anchor a history that does not extend the last one.
/// @dev Cannot be upgraded, holds no ether and calls no other contract. The slot of `rootAt` is a
/// public format: a receipt proves it against a block header. Never move it.
contract CheckpointRegistry is ICheckpointRegistry, AccessControl {
    struct Head {
        uint64 size;
        uint64 anchoredAt;
        bool closed;
    }

    /// @dev Admin of every role but the default one, held by nobody and grantable by nobody.
    bytes32 private constant NOBODY = bytes32(type(uint256).max);

    /// @inheritdoc ICheckpointRegistry
    mapping(bytes32 log => mapping(uint64 size => bytes32 root)) public rootAt;
    mapping(bytes32 log => Head) private _heads;
    mapping(bytes32 log => address) private _publishers;

    /// @param admin Sets publishers, closes logs and may pass its role on: a multisignature or a key
    /// kept off line.
    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /// @inheritdoc ICheckpointRegistry
    function anchor(bytes32 log, uint64 size, bytes32 root, bytes32[] calldata consistencyProof) external {
        Head storage head = _heads[log];
        uint64 current = head.size;
        if (!hasRole(publisherRole(log), msg.sender)) revert NotPublisher(msg.sender);
        if (head.closed) revert LogClosed(log);
        if (root == 0) revert EmptyRoot();
        if (size <= current) revert SizeNotIncreasing(current, size);
        if (!_extends(log, current, size, root, consistencyProof)) {
            revert InconsistentCheckpoint(current, size);
        }
        rootAt[log][size] = root;
        head.size = size;
        head.anchoredAt = uint64(block.timestamp);
        emit Anchored(log, size, root, msg.sender);
    }

    /// @inheritdoc ICheckpointRegistry
    function setPublisher(bytes32 log, address publisher) external onlyRole(DEFAULT_ADMIN_ROLE) {
        bytes32 role = publisherRole(log);
        _revokeRole(role, _publishers[log]);
        if (publisher != address(0)) _grantRole(role, publisher);
        _publishers[log] = publisher;
        emit PublisherSet(log, publisher);
    }

    /// @inheritdoc ICheckpointRegistry
    function close(bytes32 log) external onlyRole(DEFAULT_ADMIN_ROLE) {
        Head storage head = _heads[log];
        if (head.closed) revert LogClosed(log);
        head.closed = true;
        emit Closed(log, head.size, rootAt[log][head.size]);
    }

    /// @inheritdoc ICheckpointRegistry
    function latest(bytes32 log) external view returns (uint64 size, bytes32 root, uint64 anchoredAt) {
        Head storage head = _heads[log];
        return (head.size, rootAt[log][head.size], head.anchoredAt);
    }

    /// @notice The role of the publisher of a log.
    /// @dev Hashed, because the log id zero would otherwise be the admin's role.
    /// @param log The log's id.
    function publisherRole(bytes32 log) public pure returns (bytes32) {
        return keccak256(abi.encode("publisher", log));
    }

    /// @notice The role that may grant a role: for publishers none, so that every change of a
    /// publisher goes through setPublisher and is told by PublisherSet.
    /// @inheritdoc AccessControl
    function getRoleAdmin(bytes32 role) public pure override returns (bytes32) {
        return role == DEFAULT_ADMIN_ROLE ? DEFAULT_ADMIN_ROLE : NOBODY;
    }

    /// @dev The first anchor of a log extends nothing and takes an empty proof.
    function _extends(bytes32 log, uint64 current, uint64 size, bytes32 root, bytes32[] calldata proof)
        private
        view
        returns (bool)
    {
        if (current == 0) return proof.length == 0;
        return RFC6962.isConsistent(current, size, rootAt[log][current], root, proof);
    }
}
