package db

import "log/slog"

// Log is where jobs, which have no request, tell what a person must look at.
func (d *DB) Log() *slog.Logger { return d.log }
