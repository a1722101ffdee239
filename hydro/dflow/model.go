// Package dflow reads the one-dimensional part of a D-Flow FM model (Deltares): its network, cross-sections, structures, boundaries and laterals, as a network that
// hydraulics computes. What would change the water and is not supported is refused with its name, file and line; what would not is listed. Cross-sections, the laws of
// structures and their places on the mesh follow D-Flow FM's technical reference and user manual.
package dflow

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"basin/fault"
	"basin/hydro/hydraulics"
)

// Model is what was read.
type Model struct {
	Network  hydraulics.Network
	Duration float64 // of the run, s
	Branches []Branch
	Points   []Point  // of observation
	Ignored  []string // what has no influence on one-dimensional water, or lies in the two-dimensional part
}

// Branch is a channel between two nodes of the model. In the network it is one reach, or several that meet at structures, laterals and points of observation.
type Branch struct {
	Name    string
	Length  float64
	Line    [][2]float64 // in the coordinates of the model
	Reaches []int        // along it
}

// Point is a point of observation.
type Point struct {
	hydraulics.Place

	Branch   string
	Chainage float64
	Node     int // of the network: the nearest of the mesh
}

// cut is a place on a branch, on a node of its mesh, where the network needs a node.
type cut struct {
	at     float64
	inflow hydraulics.Series // nil for none
	point  int               // index of a point of observation; -1 for none
}

// reader is one reading of a model.
type reader struct {
	dir        string
	main       mainFile
	model      *Model
	branches   []*branch
	branch     map[string]int
	touching   map[int][]*branch // by the node that they end at
	node       map[string]int
	friction   map[string]friction
	missing    []string // files of roughness that are not there
	definition map[string]*block
	forced     map[string]bool
	forcings   map[forcingKey]*block
	realtime   []string // laterals that another program would feed
	start      start
}

// mainFile is the .mdu.
type mainFile struct {
	file   string
	blocks []*block
}

// Read reads a model by the path of its .mdu file. The files that it names must lie in its directory or below.
func Read(ctx context.Context, path string) (*Model, error) {
	blocks, err := readBlocks(path)
	if err != nil {
		return nil, err
	}
	r := &reader{
		dir: filepath.Dir(path), main: mainFile{filepath.Base(path), blocks}, model: &Model{}, branch: map[string]int{}, node: map[string]int{}, forced: map[string]bool{},
		forcings: map[forcingKey]*block{}, touching: map[int][]*branch{},
	}
	if err := r.settings(); err != nil {
		return nil, err
	}
	if err := r.net(ctx); err != nil {
		return nil, err
	}
	for _, part := range []func() error{r.frictions, r.definitions, r.locations, r.structures, r.external, r.points1D, r.initial, r.assemble} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := part(); err != nil {
			return nil, err
		}
	}
	return r.model, nil
}

// find is the block that holds a key of the .mdu.
func (m mainFile) find(section, key string) *block {
	for _, b := range m.blocks {
		if b.name == section {
			if _, is := b.find(key); is {
				return b
			}
		}
	}
	return nil
}

// missing says that the .mdu, or what a key of it names, is incomplete.
func (m mainFile) missing(section, key string) error {
	if b := m.find(section, key); b != nil && b.text(key) != "" {
		return b.bad(key, "a file that "+key+" names is missing: "+b.text(key))
	}
	return bad(m.file, 1, "["+section+"]", key+" is missing")
}

// mdu is the value of a key of the .mdu.
func (r *reader) mdu(section, key string) string {
	if b := r.main.find(section, key); b != nil {
		return b.text(key)
	}
	return ""
}

// path is that of a file of the model.
func (r *reader) path(name string) (string, error) {
	name = strings.ReplaceAll(name, `\`, "/")
	if !filepath.IsLocal(name) {
		return "", fault.New(fault.Invalid, "dflow-file-outside", "the file {file} lies outside the directory of the model", "file", name)
	}
	return filepath.Join(r.dir, name), nil
}

// blocks reads a file that may be missing.
func (r *reader) blocks(name string) (blocks []*block, there bool, err error) {
	path, err := r.path(name)
	if err != nil {
		return nil, false, err
	}
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return nil, false, nil
	}
	blocks, err = readBlocks(path)
	return blocks, true, err
}

// needed reads a file that must be there.
func (r *reader) needed(section, key string) ([]*block, error) {
	name := r.mdu(section, key)
	if name == "" {
		return nil, r.main.missing(section, key)
	}
	blocks, there, err := r.blocks(name)
	if err == nil && !there {
		err = r.main.missing(section, key)
	}
	return blocks, err
}

// ignore notes what is left out.
func (r *reader) ignore(what string) { r.model.Ignored = append(r.model.Ignored, what) }

// refused and left are keys of the .mdu that name what is not read: with and without influence on one-dimensional water.
var (
	refused = []string{"waterlevinifile", "manholefile", "pipefile", "shipdeffile", "proflocfile", "profdeffile", "profdefxyzfile", "storagenodefile", "restartfile", "extforcefile"}
	left    = []string{"bathymetryfile", "drypointsfile", "landboundaryfile", "thindamfile", "fixedweirfile", "gulliesfile", "vertplizfile", "1d2dlinkfile", "partitionfile", "crsfile", "foufile"}
)

// settings reads the .mdu.
func (r *reader) settings() error {
	for _, b := range r.main.blocks {
		for _, e := range b.keys {
			switch {
			case e.value == "":
			case slices.Contains(refused, e.key):
				return bad(b.file, e.line, e.key, "what "+e.value+" holds is not supported")
			case slices.Contains(left, e.key):
				r.ignore(fmt.Sprintf("%s, line %d: %s (%s) is ignored.", b.file, e.line, e.key, e.value))
			case (e.key == "salinity" || e.key == "temperature") && e.value != "0":
				r.ignore(fmt.Sprintf("%s, line %d: %s is ignored: water is of one density.", b.file, e.line, e.key))
			}
		}
	}
	return r.clock()
}

// clock reads when the run begins and how long it takes.
func (r *reader) clock() error {
	b := r.main.find("time", "refdate")
	if b == nil {
		return r.main.missing("time", "refdate")
	}
	date, ok := parseTime(b.text("refdate"), "20060102", "2006-01-02")
	unit := map[string]float64{"s": 1, "m": 60, "h": 3600, "d": 86400}[b.word("tunit", "s")]
	if !ok || unit == 0 {
		return b.bad("refdate", "the date or the unit of time cannot be read")
	}
	date = date.Add(-seconds(b.numberOr("tzone", 0) * 3600))
	from, to := b.numberOr("tstart", 0)*unit, b.numberOr("tstop", 0)*unit
	if begin, ok := parseTime(b.text("startdatetime"), "20060102150405"); ok {
		from = begin.Sub(date).Seconds()
	}
	if end, ok := parseTime(b.text("stopdatetime"), "20060102150405"); ok {
		to = end.Sub(date).Seconds()
	}
	if b.err == nil && !(to > from) {
		_ = b.bad("tstop", "the run ends before it begins")
	}
	r.model.Network.Start, r.model.Duration = date.Add(seconds(from)), to-from
	return b.err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// onBranch is the branch that something lies on, and where.
func (r *reader) onBranch(b *block) (*branch, float64, error) {
	i, known := r.branch[b.needed("branchid")]
	chainage := b.number("chainage")
	if b.err == nil && !known {
		_ = b.bad("branchid", "the branch "+b.text("branchid")+" is unknown")
	}
	if b.err != nil {
		return nil, 0, b.err
	}
	br := r.branches[i]
	if chainage < -near || chainage > br.Length+near {
		return nil, 0, b.bad("chainage", fmt.Sprintf("it lies at %v, outside its branch of %v m", chainage, br.Length))
	}
	return br, min(max(chainage, 0), br.Length), nil
}

// nearest is the node of the mesh that is nearest to a place.
func (b *branch) nearest(chainage float64) float64 {
	i, at := slices.BinarySearch(b.grid, chainage)
	if at || i > 0 && (i == len(b.grid) || chainage-b.grid[i-1] <= b.grid[i]-chainage) {
		if !at {
			i--
		}
	}
	return b.grid[i]
}

// points1D reads points of observation.
func (r *reader) points1D() error {
	for _, name := range list(r.mdu("output", "obsfile")) {
		blocks, there, err := r.blocks(name)
		if err != nil {
			return err
		}
		if !there {
			r.ignore("The points of observation in " + name + " are missing.")
		}
		for _, b := range blocks {
			switch {
			case b.name != "observationpoint":
			case b.text("branchid") == "":
				r.ignore(fmt.Sprintf("%s, line %d: the point %s lies on no branch: it is ignored.", b.file, b.line, b.id()))
			default:
				br, chainage, err := r.onBranch(b)
				if err != nil {
					return err
				}
				br.cuts = append(br.cuts, cut{at: br.nearest(chainage), point: len(r.model.Points)})
				r.model.Points = append(r.model.Points, Point{Place: b.place(), Branch: br.Name, Chainage: chainage})
			}
		}
	}
	return nil
}

// addNode adds a node.
func (r *reader) addNode(name string) int {
	nodes := &r.model.Network.Nodes
	*nodes = append(*nodes, hydraulics.Node{Place: hydraulics.Place{Name: name}, Bed: math.Inf(1), Crest: math.Inf(1), Start: math.NaN()})
	return len(*nodes) - 1
}

// addBranch adds a branch.
func (r *reader) addBranch(b *branch) {
	r.branch[b.Name] = len(r.branches)
	r.branches = append(r.branches, b)
	r.touching[b.from], r.touching[b.to] = append(r.touching[b.from], b), append(r.touching[b.to], b)
}
