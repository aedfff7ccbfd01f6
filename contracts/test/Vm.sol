// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The few of Foundry's cheat codes that these tests use.
interface Vm {
    function assume(bool condition) external pure;
    function deal(address account, uint256 balance) external;
    function expectEmit(address emitter) external;
    function expectRevert(bytes calldata revertData) external;
    function load(address account, bytes32 slot) external view returns (bytes32);
    function prank(address sender) external;
    function warp(uint256 time) external;
}

/// @dev What every test contract stands on.
abstract contract Test {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        return high - low == type(uint256).max ? value : low + value % (high - low + 1);
    }
}
