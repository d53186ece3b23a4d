package main

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/jexi/portal/models/db"
)

// Version is set by the release build; a build from a checkout names its commit.
var Version = "dev"

func version(_ context.Context, args []string) error {
	if err := parse(flags("version"), args); err != nil {
		return err
	}
	fmt.Printf("portal %s\nschema %d\n", release(), db.Schema())
	return nil
}

func release() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return Version + " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return Version
}
