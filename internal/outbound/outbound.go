// Package outbound makes the HTTP clients that call addresses typed by customers.
//
// A client reaches public hosts over HTTPS on port 443 only. The address is judged when the
// connection is made, after DNS, so that a name that changes its mind gains nothing. It follows
// no redirect, uses no proxy, reads a bounded answer in a bounded time. Networks that are
// allowed by configuration are reached on any port, also without TLS.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// ErrRefused says that the address may not be called. Nothing was sent to it.
var ErrRefused = errors.New("this address may not be called")

// ErrTooLong says that the answer is longer than the client reads.
var ErrTooLong = errors.New("the answer is too long")

// Limits bound one call, from the connection to the last byte of the answer.
type Limits struct {
	Timeout time.Duration // zero is 10 s
	Body    int64         // bytes of the answer, zero is 64 KiB
}

// New makes a client that may also reach the allowed networks.
func New(allow []netip.Prefix, limits Limits) *http.Client {
	if limits.Timeout == 0 {
		limits.Timeout = 10 * time.Second
	}
	if limits.Body == 0 {
		limits.Body = 64 << 10
	}
	g := guard{allow: allow}
	return &http.Client{
		Timeout: limits.Timeout,
		Transport: bounded{
			tls:   transport(g.https, limits.Timeout),
			plain: transport(g.http, limits.Timeout),
			body:  limits.Body,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type control func(ctx context.Context, network, address string, _ syscall.RawConn) error

func transport(judge control, timeout time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: timeout, ControlContext: judge}
	return &http.Transport{
		Proxy:                  nil, // not from the environment: a proxy would resolve names behind the guard
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    timeout,
		ResponseHeaderTimeout:  timeout,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // a small answer stays small
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
	}
}

// guard judges the address that is really connected to.
type guard struct{ allow []netip.Prefix }

func (g guard) https(_ context.Context, _, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err == nil && (g.allowed(a.Addr()) || Public(a.Addr()) && a.Port() == 443) {
		return nil
	}
	return fmt.Errorf("%w: %s is not port 443 of a public host", ErrRefused, address)
}

func (g guard) http(_ context.Context, _, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err == nil && g.allowed(a.Addr()) {
		return nil
	}
	return fmt.Errorf("%w: it must start with https://", ErrRefused)
}

func (g guard) allowed(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	for _, p := range g.allow {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

type bounded struct {
	tls, plain *http.Transport
	body       int64
}

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	var t *http.Transport
	switch r.URL.Scheme {
	case "https":
		t = b.tls
	case "http":
		t = b.plain
	default:
		return nil, fmt.Errorf("%w: it must start with https://", ErrRefused)
	}
	answer, err := t.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = &limited{ReadCloser: answer.Body, left: b.body}
	return answer, nil
}

// CloseIdleConnections is what http.Client calls on its transport.
func (b bounded) CloseIdleConnections() {
	b.tls.CloseIdleConnections()
	b.plain.CloseIdleConnections()
}

// limited ends with ErrTooLong, so that a cut answer is never taken for a whole one.
type limited struct {
	io.ReadCloser
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.ReadCloser.Read(p)
	if int64(n) > l.left {
		n, err = int(l.left), ErrTooLong
	}
	l.left -= int64(n)
	return n, err
}
