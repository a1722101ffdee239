// Package web holds the browser client.
package web

import (
	"embed"
	"io/fs"
)

// dist is what the client's build leaves. A program that was built without it serves everything but the client.
//
//go:embed all:dist
var dist embed.FS

// Files are the files of the built client.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return dist
	}
	return files
}
