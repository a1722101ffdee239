package hydraulics

// wave is a constituent of the tide that comes from the sky: how its argument goes with the mean sun's hour angle (15° an hour), the mean longitudes of moon (s) and sun (h), of the
// lunar (p) and the solar perigee (p₁), its phase in degrees, and how the moon's node moves it: by ξ, ν and in the way of a kind.
// Source: P. Schureman, Manual of Harmonic Analysis and Prediction of Tides, US Coast and Geodetic Survey, Special Publication 98, 1940, table 2 (in the public domain).
type wave struct {
	argument [5]float64
	phase    float64
	xi, nu   float64
	node     node
}

// node is the way in which the moon's node changes amplitude and phase; Schureman's formulae by number.
type node uint8

const (
	nodeNone node = iota
	nodeMm        // 73
	nodeMf        // 74
	nodeO1        // 75
	nodeJ1        // 76
	nodeOO1       // 77
	nodeM2        // 78
	nodeEta       // 79
	nodeM1        // 206, phase −Q_u
	nodeK1        // 227, phase −ν′
	nodeL2        // 215, phase −R
	nodeK2        // 235, phase −2ν″
	nodeM1C       // 144
	nodeM3        // 149: 78 to the power of 1.5
	nodes
)

var waves = map[string]wave{
	"SA":     {argument: [5]float64{0, 0, 1, 0, 0}},
	"SSA":    {argument: [5]float64{0, 0, 2, 0, 0}},
	"MM":     {[5]float64{0, 1, 0, -1, 0}, 0, 0, 0, nodeMm},
	"MSF":    {[5]float64{0, 2, -2, 0, 0}, 0, 0, 0, nodeMm},
	"MF":     {[5]float64{0, 2, 0, 0, 0}, 0, -2, 0, nodeMf},
	"2Q1":    {[5]float64{1, -4, 1, 2, 0}, 90, 2, -1, nodeO1},
	"SIGMA1": {[5]float64{1, -4, 3, 0, 0}, 90, 2, -1, nodeO1},
	"Q1":     {[5]float64{1, -3, 1, 1, 0}, 90, 2, -1, nodeO1},
	"RO1":    {[5]float64{1, -3, 3, -1, 0}, 90, 2, -1, nodeO1},
	"O1":     {[5]float64{1, -2, 1, 0, 0}, 90, 2, -1, nodeO1},
	"M1C":    {[5]float64{1, -1, 1, 0, 0}, 0, 1, -1, nodeM1C},
	"M1":     {[5]float64{1, -1, 1, 1, 0}, -90, 0, -1, nodeM1},
	"CHI1":   {[5]float64{1, -1, 3, -1, 0}, -90, 0, -1, nodeJ1},
	"PI1":    {argument: [5]float64{1, 0, -2, 0, 1}, phase: 90},
	"P1":     {argument: [5]float64{1, 0, -1, 0, 0}, phase: 90},
	"S1":     {argument: [5]float64{1, 0, 0, 0, 0}},
	"K1":     {[5]float64{1, 0, 1, 0, 0}, -90, 0, 0, nodeK1},
	"PSI1":   {argument: [5]float64{1, 0, 2, 0, -1}, phase: -90},
	"FI1":    {argument: [5]float64{1, 0, 3, 0, 0}, phase: -90},
	"THETA1": {[5]float64{1, 1, -1, 1, 0}, -90, 0, -1, nodeJ1},
	"J1":     {[5]float64{1, 1, 1, -1, 0}, -90, 0, -1, nodeJ1},
	"OO1":    {[5]float64{1, 2, 1, 0, 0}, -90, -2, -1, nodeOO1},
	"2N2":    {[5]float64{2, -4, 2, 2, 0}, 0, 2, -2, nodeM2},
	"MU2":    {[5]float64{2, -4, 4, 0, 0}, 0, 2, -2, nodeM2},
	"N2":     {[5]float64{2, -3, 2, 1, 0}, 0, 2, -2, nodeM2},
	"NU2":    {[5]float64{2, -3, 4, -1, 0}, 0, 2, -2, nodeM2},
	"M2":     {[5]float64{2, -2, 2, 0, 0}, 0, 2, -2, nodeM2},
	"LABDA2": {[5]float64{2, -1, 0, 1, 0}, 180, 2, -2, nodeM2},
	"L2":     {[5]float64{2, -1, 2, -1, 0}, 180, 2, -2, nodeL2},
	"T2":     {argument: [5]float64{2, 0, -1, 0, 1}},
	"S2":     {argument: [5]float64{2, 0, 0, 0, 0}},
	"R2":     {argument: [5]float64{2, 0, 1, 0, -1}, phase: 180},
	"K2":     {[5]float64{2, 0, 2, 0, 0}, 0, 0, 0, nodeK2},
	"ETA2":   {[5]float64{2, 1, 2, -1, 0}, 0, 0, -2, nodeEta},
	"M3":     {[5]float64{3, -3, 3, 0, 0}, 0, 3, -3, nodeM3},
}

// compounds are the constituents that shallow water makes of others: arguments add up, amplitudes of the node multiply.
var compounds = map[string]string{
	"SM": "S2-M2", "3MKS2": "3M2-K2-S2", "3MS2": "3M2-2S2", "OQ2": "O1+Q1", "MNK2": "M2+N2-K2", "MNS2": "M2+N2-S2", "2ML2S2": "2M2+L2-2S2", "NLK2": "N2+L2-K2",
	"2MS2": "2M2-S2", "OP2": "O1+P1", "MSK2": "M2+S2-K2", "MPS2": "M2+P1-S1", "MSP2": "M2-P1+S1", "MKS2": "M2+K2-S2", "2MN2": "2M2-N2", "2SK2": "2S2-K2",
	"MSN2": "M2+S2-N2", "2SM2": "2S2-M2", "SKM2": "S2+K2-M2", "2SN2": "2S2-N2", "MQ3": "M2+Q1", "NO3": "N2+O1", "MO3": "M2+O1", "2MK3": "2M2-K1",
	"2MP3": "2M2-P1", "SO3": "S2+O1", "MK3": "M2+K1", "SP3": "S2+P1", "SK3": "S2+K1", "4MS4": "4M2-2S2", "2MNS4": "2M2+N2-S2", "3MK4": "3M2-K2",
	"3MS4": "3M2-S2", "MSNK4": "M2+S2+N2-K2", "MN4": "M2+N2", "2MLS4": "2M2+L2-S2", "2MSK4": "2M2+S2-K2", "M4": "2M2", "2MKS4": "2M2+K2-S2", "SN4": "S2+N2",
	"3MN4": "3M2-N2", "MS4": "M2+S2", "MK4": "M2+K2", "2MSN4": "2M2+S2-N2", "S4": "2S2", "SK4": "S2+K2", "N4": "2N2", "MNO5": "M2+N2+O1",
	"3MK5": "3M2-K1", "3MP5": "3M2-P1", "2MP5": "2M2+P1", "3MO5": "3M2-O1", "MSK5": "M2+S2+K1", "3KM5": "3K1+M2", "3MNS6": "3M2+N2-S2", "2NM6": "2N2+M2",
	"4MS6": "4M2-S2", "2MN6": "2M2+N2", "2MNU6": "2M2+NU2", "3MSK6": "3M2+S2-K2", "M6": "3M2", "MSN6": "M2+S2+N2", "MKNU6": "M2+K2+NU2", "2MS6": "2M2+S2",
	"2MK6": "2M2+K2", "2SN6": "2S2+N2", "3MSN6": "3M2+S2-N2", "2SM6": "2S2+M2", "MSK6": "M2+S2+K2", "S6": "3S2", "2MNO7": "2M2+N2+O1", "M7": "3M2+M1",
	"2MSO7": "2M2+S2+O1", "2(MN)8": "2M2+2N2", "3MN8": "3M2+N2", "M8": "4M2", "2MSN8": "2M2+S2+N2", "2MNK8": "2M2+N2+K2", "3MS8": "3M2+S2", "3MK8": "3M2+K2",
	"2(MS)8": "2M2+2S2", "2MSK8": "2M2+S2+K2", "S8": "4S2", "3MNK9": "3M2+N2+K1", "4MK9": "4M2+K1", "3MSK9": "3M2+S2+K1", "4MN10": "4M2+N2", "M10": "5M2",
	"3MSN10": "3M2+S2+N2", "4MS10": "4M2+S2", "2(MS)N10": "2M2+2S2+N2", "3M2S10": "3M2+2S2", "4MSK11": "4M2+S2+K1", "M12": "6M2", "4MSN12": "4M2+S2+N2", "5MS12": "5M2+S2",
	"4M2S12": "4M2+2S2",
}
