package embedpg

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// patience is for a server that ends: longer, and it is killed.
const patience = 10 * time.Second

// joinOrClaim uses the server that runs, or takes server.lock when the last
// process of an earlier one has ended. What has lost its keeper or does not
// end is killed after a while; the data recovers from that.
func (s *Server) joinOrClaim(ctx context.Context) (claim *os.File, err error) {
	due := time.Now().Add(patience)
	for !s.join(ctx) {
		claim, err := tryLock(s.folder.file("server.lock"), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return claim, err
		}
		if time.Now().After(due) {
			if err := s.folder.kill(); err != nil {
				return nil, err
			}
			due = time.Now().Add(patience)
		}
		if err := sleep(ctx); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// join fails if there is nothing to join.
func (s *Server) join(ctx context.Context) bool {
	return s.openLifeline() == nil && s.enter(ctx)
}

func (s *Server) openLifeline() (err error) {
	s.lifeline, err = os.OpenFile(s.folder.file("users"), os.O_WRONLY|syscall.O_NONBLOCK, 0)
	return err
}

func (s *Server) enter(ctx context.Context) bool {
	if s.greet(ctx) && s.await(ctx) {
		return true
	}
	s.lifeline.Close()
	return false
}

// greet says that we are a user and waits for the keeper to know.
func (s *Server) greet(ctx context.Context) bool {
	name := "joined." + rand.Text()
	for s.folder.running() {
		if _, err := s.lifeline.WriteString(name + "\n"); err != nil {
			return false
		}
		for range 100 {
			if os.Remove(s.folder.file(name)) == nil {
				return true
			}
			if sleep(ctx) != nil {
				return false
			}
		}
	}
	return false
}

// await waits until the server takes connections, or has ended.
func (s *Server) await(ctx context.Context) bool {
	for {
		address, password, ready := s.folder.ready()
		if ready && answers(address) {
			s.address, s.password = address, password
			return true
		}
		if !s.folder.running() || sleep(ctx) != nil {
			return false
		}
	}
}

// answers is false for a server just killed, whose pid file says ready for
// ever. It asks, as clients do first, for TLS and takes either reply.
func answers(address string) bool {
	conn, err := net.DialTimeout("tcp4", address, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}); err != nil {
		return false
	}
	reply := make([]byte, 1)
	_, err = conn.Read(reply)
	return err == nil && (reply[0] == 'N' || reply[0] == 'S')
}

// launch starts the server and is its first user.
func (s *Server) launch(ctx context.Context, o Options, claim *os.File) error {
	defer claim.Close()
	bin, err := s.folder.prepare(ctx, o, claim)
	if err != nil {
		return err
	}
	// A pipe without a reader takes no writer, and the keeper is not there yet.
	reader, err := os.OpenFile(s.folder.file("users"), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer reader.Close()
	if err := s.openLifeline(); err != nil {
		return err
	}
	if err := s.folder.keep(ctx, bin, o, claim); err != nil {
		s.lifeline.Close()
		return err
	}
	// From here the lock is the server's alone, and tells whether it lives.
	claim.Close()
	if s.enter(ctx) {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.folder.complaint()
}

// prepare clears away what an earlier server left, and makes the data.
func (f folder) prepare(ctx context.Context, o Options, claim *os.File) (bin string, err error) {
	if o.Throwaway {
		if err := os.RemoveAll(f.file("data")); err != nil {
			return "", err
		}
	}
	if err := f.clear(); err != nil {
		return "", err
	}
	bin, err = findInstall(ctx, f, o.Stderr)
	if err != nil {
		return "", err
	}
	return bin, f.cluster(ctx, bin, o, claim)
}
