package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// cosignatureV1 is the key type of C2SP tlog-cosignature. Go's note package knows type 0x01 alone,
// and takes any other as a Verifier that its caller brings along.
const cosignatureV1 = 0x04

type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
	last uint64
}

// newCosigner reads a witness's vkey: name+hash+base64(type || key).
func newCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("not a vkey: %q", vkey)
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != cosignatureV1 {
		return nil, fmt.Errorf("not the key of a cosigner: %q", vkey)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	if hex.EncodeToString(sum[:4]) != parts[1] {
		return nil, fmt.Errorf("the hash of %q is not that of its key", vkey)
	}
	return &cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), raw[1:], 0}, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(text, payload []byte) bool {
	if len(payload) != 8+ed25519.SignatureSize {
		return false
	}
	c.last = binary.BigEndian.Uint64(payload)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", c.last, text)
	return ed25519.Verify(c.key, []byte(signed), payload[8:])
}

// checkWitness opens a note that a witness has cosigned: without its key the log's signature stands
// and the witness's line is listed as unverified; with it both are verified.
func checkWitness(raw []byte, log note.Verifier, vkey string) error {
	witness, err := newCosigner(vkey)
	if err != nil {
		return err
	}
	plain, err := note.Open(raw, note.VerifierList(log))
	if err != nil {
		return err
	}
	fmt.Printf("without the witness's key: %d verified, %d not\n", len(plain.Sigs), len(plain.UnverifiedSigs))
	both, err := note.Open(raw, note.VerifierList(log, witness))
	if err != nil {
		return fmt.Errorf("witness: %w", err)
	}
	fmt.Printf("with it: %d verified, %d not, at %d\n", len(both.Sigs), len(both.UnverifiedSigs), witness.last)
	return nil
}
