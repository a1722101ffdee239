package source

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// Convert runs GDAL's ogr2ogr in a directory, where it leaves its temporary files too, and ends it with ctx. It is how files are written that basin does
// not write itself.
func Convert(ctx context.Context, dir string, arguments ...string) error {
	cmd := command(ctx, "ogr2ogr", arguments...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Env, "TMPDIR="+dir, "CPL_TMPDIR="+dir, "OGR_SQLITE_SYNCHRONOUS=OFF", "OGR_SQLITE_JOURNAL=OFF")
	var said head
	cmd.Stderr = &said
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return missing()
	case ctx.Err() != nil:
		return context.Cause(ctx) //nolint:wrapcheck // whoever ended it said why
	case err != nil:
		return fmt.Errorf("ogr2ogr: %s: %w", short(said.String()), err)
	}
	return nil
}
