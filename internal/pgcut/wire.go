package pgcut

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync/atomic"
)

// line is one connection on its way through.
type line struct {
	proxy     *Proxy
	client    net.Conn
	server    net.Conn
	named     map[string]string // prepared statements
	batch     []string          // what is bound since the last Sync
	held      []byte            // frames of a round trip that is not whole yet: the server may run each at once
	swallow   atomic.Bool       // the server's next answer is lost
	swallowed chan struct{}     // closed when it was
	ending    atomic.Bool       // the server's next answer is its last
	lost      atomic.Bool       // nothing gets through, and nobody is told
}

// Frames of the wire: a kind, a length that counts itself, the rest. The first one of a client
// has no kind.
const (
	asked   = 'Q'
	parsed  = 'P'
	bound   = 'B'
	flushed = 'S'
	ready   = 'Z'
	copying = 'G' // the server waits for rows now
)

// farewell is what a server says to whom it serves when it is stopped.
var farewell = []byte("E\x00\x00\x00\x24SFATAL\x00VFATAL\x00C57P01\x00Mstopping\x00\x00")

// extended are the frames that wait for their Sync.
const extended = "PBDEC"

// requests carries what the client sends until either side ends or a fate breaks the line.
func (l *line) requests() {
	in := bufio.NewReader(l.client)
	first := make([]byte, 4)
	if l.lost.Load() {
		io.Copy(io.Discard, in)
		return
	}
	if _, err := io.ReadFull(in, first); err != nil || l.pass(in, first) != nil {
		return
	}
	for {
		frame, err := read(in)
		if err != nil || !l.request(frame) {
			return
		}
	}
}

// pass sends on a frame without a kind.
func (l *line) pass(in io.Reader, head []byte) error {
	rest := int64(binary.BigEndian.Uint32(head)) - 4
	if _, err := l.server.Write(head); err != nil {
		return err
	}
	_, err := io.CopyN(l.server, in, rest)
	return err
}

// request carries one frame and tells whether the line goes on.
func (l *line) request(frame []byte) bool {
	if l.lost.Load() {
		return true
	}
	sql, whole := l.text(frame)
	l.held = append(l.held, frame...)
	if strings.IndexByte(extended, frame[0]) >= 0 {
		return true
	}
	fate := Pass
	if whole {
		fate = l.proxy.fate(sql)
	}
	if fate == Before {
		return false
	}
	l.swallow.Store(fate == After)
	l.ending.Store(fate == Ending)
	if fate == Lost {
		l.lost.Store(true)
	}
	if _, err := l.server.Write(l.held); err != nil {
		return false
	}
	l.held = l.held[:0]
	if fate == After || fate == Ending {
		<-l.swallowed
	}
	return fate == Pass || fate == Lost
}

// text reads a frame. whole tells that a round trip ends with it; sql are the statements that ran in
// it, a line each, "" where some were only prepared.
func (l *line) text(frame []byte) (sql string, whole bool) {
	words := strings.SplitN(string(frame[5:]), "\x00", 3)
	switch frame[0] {
	case asked:
		return words[0], true
	case parsed:
		l.named[words[0]] = words[1]
	case bound:
		l.batch = append(l.batch, l.named[words[1]])
	case flushed:
		defer func() { l.batch = nil }()
		return strings.Join(l.batch, "\n"), true
	}
	return "", false
}

// answers carries what the server sends. Password exchanges take place before any query, so
// frames are all there is.
func (l *line) answers() {
	defer reset(l.client)
	out := bufio.NewReader(l.server)
	for {
		frame, err := read(out)
		if err != nil {
			break
		}
		if l.lost.Load() {
			continue
		}
		if l.ending.Load() && frame[0] == ready {
			l.client.Write(farewell)
			l.client.Close() // gently, so that it is read
			break
		}
		if l.swallow.Load() {
			if frame[0] == ready || frame[0] == copying {
				break
			}
			continue
		}
		if _, err := l.client.Write(frame); err != nil {
			break
		}
	}
	close(l.swallowed)
	if l.lost.Load() { // the client does not learn that the server has ended it
		<-l.proxy.ended
	}
}

func read(in *bufio.Reader) ([]byte, error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, err
	}
	size := int(binary.BigEndian.Uint32(head[1:])) + 1
	frame := append(make([]byte, 0, size), head...)[:size]
	_, err := io.ReadFull(in, frame[5:])
	return frame, err
}
