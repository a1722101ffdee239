package api

import "strings"

// scenarioPhrases words in Chinese what is wrong with a scenario or a forecast of rain, phrase by phrase. Of phrases that begin alike the longer stands first.
var scenarioPhrases = strings.NewReplacer(
	"must be a text of 1 to 200 bytes", "应为 1 至 200 字节的文本", "must be 100 at most", "最多 100 项", "must be about one of work, pump, rain, surge_m and inflow", "应在 work、pump、rain、surge_m、inflow 中恰取一项",
	"must have one of setting, schedule, units and fails with a work or a pump, and none otherwise", "有 work 或 pump 时应在 setting、schedule、units、fails 中恰取一项，否则不应有",
	"is of pumps alone", "只用于泵站", "is of gates alone: pumps that fail have 0 units", "只用于闸门：失灵的泵站请写开机 0 台", "must be shut or open", "应为 shut 或 open", "goes with rain alone", "只与 rain 同用",
	"goes with inflow, and inflow with it", "须与 inflow 同用", "must be 1 to 500 pairs of a time and a value", "应为 1 至 500 对时间和数值", "must be a time and a value", "应为时间和数值",
	"must be later than the one before", "应晚于前一项", "names no area of the network: ", "不是河网内的行政区：", "must be a factor, or first, interval_s and mm", "应为倍数，或 first、interval_s 和 mm",
	"names a work that has no gates in the network: ", "在河网中没有闸门：", "names a work that has no pumps in the network: ", "在河网中没有机组：", "names no work of the network: ", "不是河网中的工程：",
	"names no node inside the network and no river that flows into it: ", "不是河网内的节点，也不是流入河网的河道：", "must be zero or more, and no more than 500 mm an hour", "应不小于 0，且每小时不超过 500 mm",
	"must be 1 to 1000 values", "应为 1 至 1000 个数值", "must be a time that is not ahead", "应为不晚于现在的时间", "must be a time", "应为时间", "must be public, internal or restricted", "应为 public、internal 或 restricted",
	"must hold 1 to 200 forecasts", "应有 1 至 200 项预报", "must be from ", "范围为 ", ", not ", "，而不是 ", " to ", " 至 ",
)

// scenarioWords is the Chinese of a reason. What was asked for stands in quotes and stays as it is.
func scenarioWords(why string) string {
	ours, quoted, found := strings.Cut(why, `"`)
	if found {
		quoted = `"` + quoted
	}
	return scenarioPhrases.Replace(ours) + quoted
}
