package swmm

import (
	"basin/hydro/hydraulics"
)

// Solver makes a solver of the model's network, with what SWMM's options say of inertia, of the limit of normal flow and of the area of a node. Its greatest step is that given, s; 0 for one
// that suits the model.
func (m *Model) Solver(step float64) (*hydraulics.Solver, error) {
	n, o := &m.Network, &m.Options
	switch o.NormalFlow {
	case "SLOPE":
		n.Limit = hydraulics.BySlope
	case "FROUDE":
		n.Limit = hydraulics.ByFroude
	case "BOTH":
		n.Limit = hydraulics.BySlopeOrFroude
	default:
		n.Limit = hydraulics.NoLimit
	}
	switch o.Inertia {
	case "NONE":
		n.Damping = hydraulics.NoDamping
	case "FULL":
		n.Damping = hydraulics.NoInertia
	default:
		n.Damping = hydraulics.NearCritical
	}
	for i := range n.Nodes {
		if node := &n.Nodes[i]; node.Storage == nil && node.Level == nil {
			node.Area = o.MinSurface
		}
	}
	if step == 0 {
		step = min(m.Options.ReportStep, max(m.Options.RoutingStep, 30))
	}
	return hydraulics.NewSolver(n, hydraulics.Options{Step: step, Close: min(5e-4, o.HeadTolerance)})
}
