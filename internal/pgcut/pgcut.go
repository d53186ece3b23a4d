// Package pgcut stands between a program and PostgreSQL in tests and breaks the connection at a
// chosen message, as a bad network does at the worst moment.
//
// It reads the frames of the wire and nothing in them but the text of statements. It knows
// no TLS. Files: pgcut, wire.
package pgcut

import (
	"net"
	"net/url"
	"sync"
	"testing"
)

// Fate is what happens to one round trip: a query, or a batch up to its Sync.
type Fate int

// Fates of a round trip.
const (
	Pass      Fate = iota
	Before         // the connection breaks before the server sees it
	After          // the server has answered, and its answer is lost
	Meanwhile      // the server has it, and the connection breaks at once
	Ending         // the server has answered, and in place of being ready says that it stops
	Lost           // the server has it; nothing more comes through, and nobody is told
)

// Proxy is a way to a database that can be cut. It is safe for concurrent use.
type Proxy struct {
	listener net.Listener
	server   string
	dsn      url.URL

	mu     sync.Mutex
	decide func(sql string) Fate
	down   bool
	silent bool
	open   map[net.Conn]*line
	ended  chan struct{}
}

// New opens a way to dsn that ends with the test. At first everything passes.
func New(t testing.TB, dsn string) *Proxy {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("pgcut: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("pgcut: %v", err)
	}
	p := &Proxy{listener: l, server: u.Host, dsn: *u, open: map[net.Conn]*line{}, ended: make(chan struct{})}
	p.dsn.Host = l.Addr().String()
	go p.accept()
	t.Cleanup(func() { l.Close(); p.Down(); close(p.ended) })
	return p
}

// DSN is the database's address through the proxy.
func (p *Proxy) DSN() string { return p.dsn.String() }

// Decide has every further round trip judged, by its statements, a line each, "" where some were
// only prepared.
// Calls come one at a time. Nil lets everything pass.
func (p *Proxy) Decide(fn func(sql string) Fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decide = fn
}

// Down breaks every connection and takes no new one, as a database that has stopped.
func (p *Proxy) Down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = true
	for c := range p.open {
		reset(c)
	}
}

// Drop breaks every connection; new ones are taken.
func (p *Proxy) Drop() {
	p.Down()
	p.Up()
}

// Silence loses all that is sent from now on, either way and without a word, as a network that is split.
// New connections are taken and get no answer either.
func (p *Proxy) Silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = true
	for _, l := range p.open {
		l.lost.Store(true)
	}
}

// Speak has new connections served again. What was lost stays lost.
func (p *Proxy) Speak() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = false
}

// Up takes connections again.
func (p *Proxy) Up() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

func (p *Proxy) fate(sql string) Fate {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.decide == nil {
		return Pass
	}
	return p.decide(sql)
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.serve(client)
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer reset(client)
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	l := &line{proxy: p, client: client, server: server, named: map[string]string{}, swallowed: make(chan struct{})}
	if !p.keep(client, l) {
		return
	}
	defer p.forget(client)
	go l.answers()
	l.requests()
	if l.lost.Load() { // the server does not learn that the client has gone
		<-p.ended
	}
}

func (p *Proxy) keep(c net.Conn, l *line) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.down {
		p.open[c] = l
		l.lost.Store(p.silent)
	}
	return !p.down
}

func (p *Proxy) forget(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
}

// reset closes so that the other side learns it at once, by an error.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}
