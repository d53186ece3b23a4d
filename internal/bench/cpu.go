package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of /proc's CPU times on Linux.
const tick = 10 * time.Millisecond

// cpu is the CPU time that this process and the database's have used. Unlike the time that
// passes, it hardly changes when others keep the machine busy. It is 0 where there is no /proc.
func (w *world) cpu() time.Duration {
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return 0
	}
	sum := time.Duration(own.Utime.Nano() + own.Stime.Nano())
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range all {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		f := strings.Fields(rest) // state, parent, …, and from the twelfth user and system time
		if len(f) > 12 && f[1] == fmt.Sprint(w.postmaster) {
			user, _ := strconv.ParseInt(f[11], 10, 64)
			system, _ := strconv.ParseInt(f[12], 10, 64)
			sum += time.Duration(user+system) * tick
		}
	}
	return sum
}

// findPostmaster reads the number of the server's first process.
func findPostmaster(folder string) int {
	text, _ := os.ReadFile(filepath.Join(folder, "data", "postmaster.pid"))
	first, _, _ := strings.Cut(string(text), "\n")
	n, _ := strconv.Atoi(first)
	return n
}
