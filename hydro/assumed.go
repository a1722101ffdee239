package hydro

import (
	"slices"
	"strings"

	"basin/hydro/hydraulics"
	"basin/twin"
)

// Assumption is something that a model takes for granted because nobody stated it. Every result names its assumptions.
type Assumption struct {
	Code   string     `json:"code"`
	Text   twin.Label `json:"text"`
	Count  int        `json:"count"`            // of the things that it is about; 0 for the whole
	Things []string   `json:"things,omitempty"` // the first of them
}

// assumptionWords says each assumption in Chinese and English. {value} is what was assumed.
var assumptionWords = map[string][2]string{
	"sections":          {"没有实测断面的河段按河流等级采用假定梯形断面", "reaches without surveyed cross-sections have trapezoids by the rank of their river"},
	"synthetic":         {"河段断面为合成数据,并非实测", "reaches have synthetic cross-sections, which nobody surveyed"},
	"section-refused":   {"断面未采用:缺少其基准到 {value} 的改正值,或形状有误", "cross-sections left out: no offset from their datum to {value}, or no proper shape"},
	"station-refused":   {"测站水位未用于校正:缺少其基准到 {value} 的改正值", "levels of stations that correct nothing: no offset from their datum to {value}"},
	"work-outside":      {"工程不在河网上,未计入", "works that stand on no river are left out"},
	"sills":             {"闸底高程未知,取河床以上 {value} m", "sills that nobody stated lie {value} m above the bed"},
	"sills-buried":      {"闸底高程低于河床的按河床计", "sills that lie below the bed beside them lie at it"},
	"widths":            {"闸孔净宽未知,取河底宽的 {value} 倍", "net widths that nobody stated are {value} of the width of the bed"},
	"creeks":            {"闸外港道在最低潮位时水深至少 {value} m", "channels outside gates are {value} m deep at the lowest tide or more"},
	"tidal-gates":       {"临潮闸未报开度:落潮时自动开启,内河低于控制水位时关闭", "gates to tidal water of which nobody reports the opening let water out on the ebb, and shut when the inner level falls below its usual"},
	"mouths":            {"未登记工程的通潮河口按有闸计算", "reaches that meet tidal water without a work are taken to have a gate there"},
	"gates-open":        {"内河闸未报开度:按全开计算", "inland gates of which nobody reports the opening stand open"},
	"gates-held":        {"已报开度的闸门保持现状", "gates that report their opening keep it"},
	"locks-shut":        {"船闸按关闭计算", "locks are shut"},
	"pumps-off":         {"未报开机的泵站按停机计算", "pumps of which nobody reports how many run stand still"},
	"pumps-held":        {"已报开机台数的泵站保持现状", "pumps that report how many run keep on so"},
	"tide-analysed":     {"潮位由测站自身资料的调和分析预报", "tides are predicted from the stations' own readings"},
	"tide-short":        {"资料不足 30 天,潮位仅由少数分潮预报", "tides are predicted from fewer than 30 days of readings, by few constituents"},
	"tide-default":      {"缺少潮位资料,采用默认分潮", "tides without readings have constituents by default"},
	"tide-mean":         {"潮位站缺少基准改正值,平均潮位取 {value} m", "the mean of tides whose datum has no offset lies at {value} m"},
	"surge":             {"增水按现值逐渐消退", "surges fade from what they are now"},
	"inflow-none":       {"上游来水未知,按 0 计算", "inflow at edges that nobody reports is nought"},
	"inflow-held":       {"上游来水保持现值", "inflow at edges stays as it is"},
	"level-held":        {"边界水位保持现值，无观测的取初始值", "levels at edges stay as they are, or as they begin where nobody reports them"},
	"closed":            {"没有外边界的河网部分按封闭计算", "parts of the network without an edge are closed"},
	"catchment":         {"汇水面积按行政区面积沿河长分配", "land drains into the reaches of its area by their length"},
	"catchment-default": {"行政区未知的河段按每公里 {value} km² 汇水面积计算", "reaches outside any area drain {value} km² per kilometre"},
	"land":              {"下垫面组成、排涝模数、蒸发以及与河道连通的小水面为假定值", "land use, drainage, evaporation and the small waters that rise and fall with rivers are assumed"},
	"rain-none":         {"没有雨量观测,按无雨计算", "no rain was observed: none is taken"},
	"rain-dry":          {"没有降雨预报,按无雨计算", "there is no forecast of rain: none is taken"},
	"start":             {"初始水位为断面高度的 {value} 倍", "levels begin at {value} of the height of sections"},
	"anchored":          {"测站基准无改正值:预报为实测水位加计算变幅", "stations whose datum has no offset: their own last level and the change that was computed"},
	"steady-members":    {"{value} 个集合成员未能完成,未计入", "{value} members of the ensemble did not come to an end and are left out"},
}

// mostThings is how many things an assumption names.
const mostThings = 20

// assumptions gathers what a model assumes.
type assumptions struct{ list []Assumption }

// add notes an assumption about a thing, or about the whole where it is empty.
func (a *assumptions) add(code, value, thing string) {
	i := slices.IndexFunc(a.list, func(x Assumption) bool { return x.Code == code })
	if i < 0 {
		words := assumptionWords[code]
		a.list = append(a.list, Assumption{Code: code, Text: twin.Label{Zh: strings.ReplaceAll(words[0], "{value}", value), En: strings.ReplaceAll(words[1], "{value}", value)}})
		i = len(a.list) - 1
	}
	if thing == "" {
		return
	}
	one := &a.list[i]
	if one.Count++; len(one.Things) < mostThings {
		one.Things = append(one.Things, thing)
	}
}

// drop takes back an assumption.
func (a *assumptions) drop(code string) {
	a.list = slices.DeleteFunc(a.list, func(x Assumption) bool { return x.Code == code })
}

// trapezoid is an assumed cross-section: widths and height in metres, slope of the banks as horizontal per metre of rise.
type trapezoid struct{ bottom, slope, height float64 }

// trapezoids are assumed cross-sections by the rank of a river; those of other ranks have the last.
var trapezoids = map[string]trapezoid{"basin-mainstream": {1200, 10, 20}, "regional-backbone": {45, 3, 7}, "important": {25, 3, 6}, "": {15, 2.5, 5}}

// What is assumed where nobody stated it.
const (
	assumedRoughness = 0.025 // Manning's n
	assumedBank      = 4.5   // top of banks above the datum, m, in a network without any section
	assumedFill      = 0.6   // part of the height of a section that water fills at the start
	assumedSill      = 0.5   // of gates above the higher bed beside them, m
	assumedWidth     = 0.6   // net width of gates as part of the width of the bed
	assumedInland    = 5000  // m from a tidal gate to where its inner level is held
	assumedCreek     = 1.5   // m of water at the lowest tide between tidal water and gates
	assumedDeep      = 0.8   // m of water that a reach must keep at the lowest level of the network not to be computed as one that may run dry
	assumedMu        = 0.9   // coefficient of gates
	assumedHeight    = 4.0   // of gates that report an opening, m
	assumedBand      = 0.4   // m below its usual level at which a tidal gate is shut, and above at which it is open
	assumedLift      = 8.0   // up to which pumps drive their capacity, m
	assumedSuction   = 0.3   // m of water that pumps leave
	assumedPump      = 10.0  // m³/s of a unit
	gateSeconds      = 1800  // from shut to open
	assumedJoined    = 0.5   // part of the small waters of land that rises and falls with the rivers
	assumedCatchment = 5.0   // km² of land per kilometre of reach
	assumedMean      = 0.0   // level of the mean of tides, m
	surgeFades       = 12.0  // hours in which a surge falls to 1/e
)

// assumedTide are the constituents of a tide of which nothing is known: a range of about three metres twice a day.
var assumedTide = []hydraulics.Harmonic{{Name: "M2", Amplitude: 1.2, Lag: 0}, {Name: "S2", Amplitude: 0.5, Lag: 40}, {Name: "K1", Amplitude: 0.2, Lag: 120},
	{Name: "O1", Amplitude: 0.15, Lag: 90}, {Name: "M4", Amplitude: 0.1, Lag: 60}}

// analyses are the constituents that so many days of readings tell from each other.
var analyses = []struct {
	days  float64
	names []string
	code  string
}{
	{30, []string{"M2", "S2", "N2", "K1", "O1", "M4", "MS4"}, "tide-analysed"},
	{15, []string{"M2", "S2", "K1", "O1", "M4", "MS4"}, "tide-short"},
	{1.1, []string{"M2", "K1", "M4"}, "tide-short"},
	{0.6, []string{"M2", "M4"}, "tide-short"},
}

// assumedLand is a square metre of plain behind dikes: its uses, and an outlet of 1 m³/s for each square kilometre.
var assumedLand = hydraulics.Polder{Water: 0.1, Capacity: 1e-6,
	Paddy: hydraulics.Paddy{Area: 0.4, Alpha: 1.1, Seeps: 3e-3 / 86400, Low: 0, Fit: 0, High: 0.08},
	Dry:   hydraulics.Dry{Area: 0.3, Capacity: 0.12, Beta: 1},
	Built: hydraulics.Built{Area: 0.2, Phi: 0.85, Hollows: 0.003}}

// assumedWet is how wet it is when a run of runoff begins.
var assumedWet = hydraulics.PolderState{Paddy: 0.04, Soil: 0.06}

// assumedEvaporation is that of open water, m/s.
const assumedEvaporation = 3e-3 / 86400
