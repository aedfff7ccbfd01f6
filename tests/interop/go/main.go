// Verify a log of Jejak with the Go project's own code for transparency logs.
//
//	jejakcheck VKEY TREE PROOFS
//
// TREE is a public tree of files. PROOFS is JSON with hashes in base64: an older checkpoint, the
// consistency proof from it to the tree's checkpoint, and an inclusion proof of one leaf; or the vkey
// of a witness that cosigned the checkpoint. Prints a line for each thing that holds; exits 1 at the
// first that does not.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

type proofs struct {
	Older       string      `json:"older"`
	Consistency []tlog.Hash `json:"consistency"`
	Index       int64       `json:"index"`
	Leaf        []byte      `json:"leaf"`
	Inclusion   []tlog.Hash `json:"inclusion"`
	Witness     string      `json:"witness"`
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: jejakcheck VKEY TREE PROOFS")
		os.Exit(2)
	}
	if err := check(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(vkey, tree, file string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	var given proofs
	if raw, err := os.ReadFile(file); err != nil {
		return err
	} else if err := json.Unmarshal(raw, &given); err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(tree, "checkpoint"))
	if err != nil {
		return err
	}
	newer, err := openCheckpoint(raw, verifier)
	if err != nil {
		return err
	}
	fmt.Printf("checkpoint %d\n", newer.N)
	if given.Witness != "" {
		return checkWitness(raw, verifier, given.Witness)
	}
	older, err := openCheckpoint([]byte(given.Older), verifier)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(given.Consistency, newer.N, newer.Hash, older.N, older.Hash); err != nil {
		return fmt.Errorf("consistency: %w", err)
	}
	fmt.Printf("consistency %d to %d\n", older.N, newer.N)
	leaf := tlog.RecordHash(given.Leaf)
	if err := tlog.CheckRecord(given.Inclusion, newer.N, newer.Hash, given.Index, leaf); err != nil {
		return fmt.Errorf("inclusion: %w", err)
	}
	fmt.Printf("inclusion %d\n", given.Index)
	count, err := checkTiles(tree, newer)
	if err != nil {
		return err
	}
	fmt.Printf("tiles %d\n", count)
	return nil
}

// openCheckpoint reads the three lines of a checkpoint that the log has signed under its own name.
func openCheckpoint(raw []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(raw, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s: %q", verifier.Name(), opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// checkTiles reads every entry from its bundle and looks its hash up in the authenticated tiles.
func checkTiles(tree string, head tlog.Tree) (int64, error) {
	hashes := tlog.TileHashReader(head, files(tree))
	for index := int64(0); index < head.N; {
		width := head.N - index
		if width > 1<<tileHeight {
			width = 1 << tileHeight
		}
		leaves, err := readBundle(tree, index>>tileHeight, int(width))
		if err != nil {
			return index, err
		}
		for _, leaf := range leaves {
			found, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
			if err != nil {
				return index, fmt.Errorf("tiles: %w", err)
			}
			if found[0] != tlog.RecordHash(leaf) {
				return index, fmt.Errorf("tiles: entry %d is not what its tile says", index)
			}
			index++
		}
	}
	return head.N, nil
}

func readBundle(tree string, number int64, width int) ([][]byte, error) {
	tile := tlog.Tile{H: tileHeight, L: 0, N: number, W: width}
	path := strings.Replace(tilePath(tile), "tile/0/", "tile/entries/", 1)
	raw, err := os.ReadFile(filepath.Join(tree, path))
	if err != nil {
		return nil, err
	}
	reader := bytes.NewBuffer(raw)
	leaves := make([][]byte, 0, width)
	for len(leaves) < width {
		if reader.Len() < 2 {
			return nil, fmt.Errorf("%s ends early", path)
		}
		length := int(binary.BigEndian.Uint16(reader.Next(2)))
		leaf := reader.Next(length)
		if len(leaf) != length {
			return nil, fmt.Errorf("%s ends early", path)
		}
		leaves = append(leaves, leaf)
	}
	return leaves, nil
}

// files reads tiles from a folder laid out as tlog-tiles says: the same as Go's, less the height.
type files string

func (tree files) Height() int { return tileHeight }

func (tree files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(tiles))
	for at, tile := range tiles {
		raw, err := os.ReadFile(filepath.Join(string(tree), tilePath(tile)))
		if err != nil {
			return nil, err
		}
		read[at] = raw
	}
	return read, nil
}

func (tree files) SaveTiles([]tlog.Tile, [][]byte) {}

func tilePath(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
}
