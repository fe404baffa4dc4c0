// What the Go project's own libraries say of our log: golang.org/x/mod/sumdb/note opens the checkpoints (C2SP signed-note), .../tlog makes
// and checks the tree (RFC 6962). Nothing of ours is used here but the folder an export leaves.
//
//	judge log <folder> <proofs.json> [witness vkey]   is this export what its checkpoints sign, and do the service's proofs hold?
//	judge tree <size>                                 roots, inclusion and consistency proofs of the leaves "leaf 0", "leaf 1", …
//	judge sign <name> <text>                          a note of a fresh key: what must the other side open?
//
// Answers JSON; exits 1 and names the place when something does not hold.
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
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

func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

// All hashes of a growing tree, in the order tlog stores them.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if at >= int64(len(h)) {
			return nil, fmt.Errorf("no hash %d", at)
		}
		found[i] = h[at]
	}
	return found, nil
}

func (h *hashes) push(n int64, leaf []byte) {
	more, err := tlog.StoredHashes(n, leaf, *h)
	if err != nil {
		fail("entry %d: %v", n, err)
	}
	*h = append(*h, more...)
}

func (h hashes) root(size int64) tlog.Hash {
	if size == 0 {
		return sha256.Sum256(nil)
	}
	found, err := tlog.TreeHash(size, h)
	if err != nil {
		fail("tree of %d: %v", size, err)
	}
	return found
}

// C2SP tlog-cosignature v1: what note's interface needs to know of type 0x04.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.hash }
func (w witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig[:8]))
	return ed25519.Verify(w.key, append([]byte(head), msg...), sig[8:])
}

func witnessOf(vkey string) witness {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		fail("the witness's key is malformed")
	}
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(typed) != 33 || typed[0] != 4 {
		fail("the witness's key is not of type 4")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), typed...))
	hash := binary.BigEndian.Uint32(sum[:4])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		fail("the witness's key has another id")
	}
	return witness{parts[0], hash, typed[1:]}
}

// tlog-checkpoint: origin, size, root.
func head(text, origin string) (int64, tlog.Hash) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != origin || lines[3] != "" {
		fail("a checkpoint is not of three lines under %s", origin)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail("a checkpoint has no size")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		fail("checkpoint %d has no root", size)
	}
	return size, root
}

type anchor struct {
	Kind  string
	Size  int64
	Proof []byte
}

func anchorsOf(folder string) map[int64][]anchor {
	found := map[int64][]anchor{}
	text, err := os.ReadFile(filepath.Join(folder, "anchors.ndjson"))
	if err != nil {
		fail("the anchors: %v", err)
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if line == "" {
			continue
		}
		var one anchor
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			fail("the anchors: %v", err)
		}
		found[one.Size] = append(found[one.Size], one)
	}
	return found
}

type proofs struct {
	Inclusion []struct {
		Seq        int64
		Leaf       string
		Tree_size  int64
		Proof      []tlog.Hash
		Checkpoint string
	}
	Consistency []struct {
		From, To int64
		Proof    []tlog.Hash
	}
}

func judgeLog(folder, file string, seen *witness) {
	vkey, err := os.ReadFile(filepath.Join(folder, "vkey"))
	if err != nil {
		fail("vkey: %v", err)
	}
	key, err := note.NewVerifier(strings.TrimSuffix(string(vkey), "\n"))
	if err != nil {
		fail("vkey: %v", err)
	}
	anchors := anchorsOf(folder)
	log, err := os.Open(filepath.Join(folder, "log.ndjson"))
	if err != nil {
		fail("log: %v", err)
	}
	defer log.Close()
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)

	var tree hashes
	var size int64
	roots := map[int64]tlog.Hash{0: sha256.Sum256(nil)}
	witnessed, claimed := 0, int64(-1)
	for lines.Scan() {
		line := lines.Bytes()
		switch {
		case claimed < 0:
			var first struct{ Size int64 }
			if err := json.Unmarshal(line, &first); err != nil {
				fail("the first line: %v", err)
			}
			claimed = first.Size
		case line[0] == '"':
			var signed string
			if err := json.Unmarshal(line, &signed); err != nil {
				fail("checkpoint behind entry %d: %v", size-1, err)
			}
			opened, err := note.Open([]byte(signed), note.VerifierList(key))
			if err != nil {
				fail("checkpoint behind entry %d: %v", size-1, err)
			}
			n, root := head(opened.Text, key.Name())
			if n != size || root != tree.root(size) {
				fail("checkpoint %d does not sign these %d entries", n, size)
			}
			roots[n] = root
			for _, one := range anchors[n] {
				if one.Kind != "witness" || seen == nil {
					continue
				}
				both, err := note.Open(append([]byte(signed), one.Proof...), note.VerifierList(key, *seen))
				if err != nil || len(both.Sigs) != 2 || len(both.UnverifiedSigs) != 0 {
					fail("checkpoint %d is not cosigned: %v", n, err)
				}
				witnessed++
			}
		default:
			tree.push(size, line)
			size++
		}
	}
	if err := lines.Err(); err != nil {
		fail("log: %v", err)
	}
	if size != claimed || len(roots) < 2 {
		fail("%d entries are there, %d were claimed", size, claimed)
	}

	text, err := os.ReadFile(file)
	if err != nil {
		fail("proofs: %v", err)
	}
	var given proofs
	if err := json.Unmarshal(text, &given); err != nil {
		fail("proofs: %v", err)
	}
	for _, p := range given.Inclusion {
		opened, err := note.Open([]byte(p.Checkpoint), note.VerifierList(key))
		if err != nil {
			fail("inclusion of %d: %v", p.Seq, err)
		}
		n, root := head(opened.Text, key.Name())
		if n != p.Tree_size {
			fail("inclusion of %d: another size", p.Seq)
		}
		if err := tlog.CheckRecord(p.Proof, n, root, p.Seq, tlog.RecordHash([]byte(p.Leaf))); err != nil {
			fail("inclusion of %d in %d: %v", p.Seq, n, err)
		}
	}
	for _, p := range given.Consistency {
		if err := tlog.CheckTree(p.Proof, p.To, roots[p.To], p.From, roots[p.From]); err != nil {
			fail("consistency of %d and %d: %v", p.From, p.To, err)
		}
	}
	answer(map[string]int64{"size": size, "checkpoints": int64(len(roots) - 1), "inclusion": int64(len(given.Inclusion)), "consistency": int64(len(given.Consistency)), "witnessed": int64(witnessed)})
}

func judgeTree(most int64) {
	var tree hashes
	type proof struct {
		Place, Size int64
		Proof       []tlog.Hash
	}
	out := struct {
		Roots                  []tlog.Hash
		Inclusion, Consistency []proof
	}{Roots: []tlog.Hash{tree.root(0)}}
	for size := int64(1); size <= most; size++ {
		tree.push(size-1, []byte(fmt.Sprintf("leaf %d", size-1)))
		out.Roots = append(out.Roots, tree.root(size))
		for n := int64(0); n < size; n++ {
			path, err := tlog.ProveRecord(size, n, tree)
			if err != nil {
				fail("%v", err)
			}
			out.Inclusion = append(out.Inclusion, proof{n, size, path})
		}
		for n := int64(1); n <= size; n++ {
			path, err := tlog.ProveTree(size, n, tree)
			if err != nil {
				fail("%v", err)
			}
			out.Consistency = append(out.Consistency, proof{n, size, path})
		}
	}
	answer(out)
}

func sign(name, text string) {
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		fail("%v", err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		fail("%v", err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		fail("%v", err)
	}
	answer(map[string]string{"vkey": public, "note": string(signed)})
}

func answer(value interface{}) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		fail("%v", err)
	}
	os.Stdout.Write(out.Bytes())
}

func main() {
	args := os.Args[1:]
	switch {
	case len(args) >= 3 && args[0] == "log":
		var seen *witness
		if len(args) == 4 {
			one := witnessOf(args[3])
			seen = &one
		}
		judgeLog(args[1], args[2], seen)
	case len(args) == 2 && args[0] == "tree":
		size, err := strconv.ParseInt(args[1], 10, 64)
		if err != nil {
			fail("%v", err)
		}
		judgeTree(size)
	case len(args) == 3 && args[0] == "sign":
		sign(args[1], args[2])
	default:
		fail("usage: judge log|tree|sign …")
	}
}
