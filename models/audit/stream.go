package audit

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"sync"
)

// checked is a line whose leaf and body are as recorded.
type checked struct {
	leaf   Leaf
	hash   Hash
	erased bool
}

// block is a run of whole lines. One goroutine reads blocks, several check them, and the
// caller gets them in their order.
type block struct {
	text []byte
	out  []checked
	err  error // of the line after out
	done chan struct{}
}

const (
	blockSize = 256 << 10
	maxLine   = MaxBody + 2<<10
)

var errLong = errors.New("is too long")

// eachLine calls fn for every line of r in order, until fn or a line fails.
func eachLine(r io.Reader, fn func(checked) error) error {
	workers := runtime.GOMAXPROCS(0)
	order, work, stop := make(chan *block, 2*workers), make(chan *block, workers), make(chan struct{})
	var all sync.WaitGroup
	defer all.Wait()
	defer close(stop)
	all.Go(func() { readBlocks(r, order, work, stop) })
	for range workers {
		all.Go(func() {
			for b := range work {
				b.check()
			}
		})
	}
	for b := range order {
		<-b.done
		for i := range b.out {
			if err := fn(b.out[i]); err != nil {
				return err
			}
		}
		if b.err != nil {
			return b.err
		}
	}
	return nil
}

// readBlocks sends every block to both channels, then closes them. It ends early at stop.
func readBlocks(r io.Reader, order, work chan<- *block, stop <-chan struct{}) {
	defer close(order)
	defer close(work)
	var rest []byte
	for {
		text, left, err := nextBlock(r, rest)
		rest = left
		b := &block{text: text, done: make(chan struct{})}
		if err != io.EOF {
			b.err = err
		}
		select {
		case order <- b:
		case <-stop:
			return
		}
		select {
		case work <- b:
		case <-stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// nextBlock reads on after rest and cuts at the last newline. At the end all of it is text.
func nextBlock(r io.Reader, rest []byte) (text, left []byte, err error) {
	buf := make([]byte, blockSize+len(rest))
	n := copy(buf, rest)
	for {
		m, err := io.ReadFull(r, buf[n:])
		n += m
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return buf[:n], nil, io.EOF
		case err != nil:
			return nil, nil, errors.New("cannot be read: the file is damaged")
		}
		if cut := bytes.LastIndexByte(buf[:n], '\n') + 1; cut > 0 {
			return buf[:cut], buf[cut:n], nil
		}
		if n > maxLine {
			return nil, nil, errLong
		}
		buf = append(buf, make([]byte, len(buf))...)
	}
}

func (b *block) check() {
	defer close(b.done)
	text := b.text
	b.out = make([]checked, 0, bytes.Count(text, []byte{'\n'}))
	for len(text) > 0 {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			b.err = errLine
			return
		}
		c, err := checkLine(text[:end])
		if err != nil {
			b.err = err
			return
		}
		b.out = append(b.out, c)
		text = text[end+1:]
	}
}

func checkLine(line []byte) (checked, error) {
	if len(line) > maxLine {
		return checked{}, errLong
	}
	e, err := parseLine(line)
	if err != nil {
		return checked{}, err
	}
	l, err := e.verify()
	if err != nil {
		return checked{}, err
	}
	return checked{leaf: l, hash: LeafHash(e.Leaf), erased: e.Body == nil}, nil
}
