// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Registry of checkpoints of append-only logs
/// @notice Holds, for each log, the sizes and roots its publisher has anchored, and takes a new one
/// only with a proof that it extends the last. What is anchored can never be anchored differently.
/// @dev A log is named by SHA-256(origin, 0x0a, decimal epoch). Trees are those of RFC 6962:
/// SHA-256 with the prefixes 0x00 for leaves and 0x01 for nodes. A size is the publisher's claim: a
/// consistency proof binds the past, not the number of new entries, so auditors recompute the root.
interface ICheckpointRegistry {
    /// @notice A checkpoint of the log was accepted.
    /// @param log The log's id.
    /// @param size The number of entries the publisher says the tree has.
    /// @param root The root of the tree.
    /// @param publisher The account that anchored it.
    event Anchored(bytes32 indexed log, uint64 indexed size, bytes32 root, address indexed publisher);

    /// @notice The log has a new publisher; the one before has lost the right to anchor.
    /// @param log The log's id.
    /// @param publisher The new publisher, or zero when the log now has none.
    event PublisherSet(bytes32 indexed log, address indexed publisher);

    /// @notice The log was closed for ever.
    /// @param log The log's id.
    /// @param size The size of its last anchor, zero if it had none.
    /// @param root The root of its last anchor, zero if it had none.
    event Closed(bytes32 indexed log, uint64 size, bytes32 root);

    /// @notice The account is not the publisher of the log.
    /// @param account The account that called.
    error NotPublisher(address account);

    /// @notice The log is closed.
    /// @param log The log's id.
    error LogClosed(bytes32 log);

    /// @notice The size is not above the one anchored last.
    /// @param current The size anchored last, zero if none.
    /// @param given The size refused.
    error SizeNotIncreasing(uint64 current, uint64 given);

    /// @notice The proof does not show that the tree given extends the one anchored last.
    /// @param current The size anchored last, zero if none.
    /// @param given The size refused.
    error InconsistentCheckpoint(uint64 current, uint64 given);

    /// @notice The root is zero, which stands for "nothing anchored".
    error EmptyRoot();

    /// @notice Anchors a checkpoint. Only for the publisher of the log.
    /// @param log The log's id.
    /// @param size The tree's size, above the one anchored last.
    /// @param root The tree's root.
    /// @param consistencyProof PROOF(last size, D[size]) of RFC 6962 section 2.1.2; empty for the
    /// first anchor of a log.
    function anchor(bytes32 log, uint64 size, bytes32 root, bytes32[] calldata consistencyProof) external;

    /// @notice Gives the right to anchor a log to one account and takes it from the one before. Only
    /// for the admin.
    /// @param log The log's id.
    /// @param publisher The new publisher, or zero for none.
    function setPublisher(bytes32 log, address publisher) external;

    /// @notice Closes a log: nothing is anchored under this id again. Only for the admin.
    /// @param log The log's id.
    function close(bytes32 log) external;

    /// @notice The newest anchor of a log; all zero if there is none.
    /// @param log The log's id.
    /// @return size The size of the tree.
    /// @return root The root of the tree.
    /// @return anchoredAt The time of the block that took it, in seconds since 1970.
    function latest(bytes32 log) external view returns (uint64 size, bytes32 root, uint64 anchoredAt);

    /// @notice The root anchored for one size of a log.
    /// @param log The log's id.
    /// @param size The size of the tree.
    /// @return root The root, or zero if this size was not anchored.
    function rootAt(bytes32 log, uint64 size) external view returns (bytes32 root);
}
