package api

import (
	"regexp"
	"strings"

	"basin/fault"
)

// filterPhrases words in Chinese what is wrong with a filter, phrase by phrase. Of phrases that begin alike the longer stands first.
var filterPhrases = strings.NewReplacer(
	", but it ends there", "，却到此为止", ", but found ", "，却是 ", ", but this is ", "，而这是", "found null", "却是 null",
	"expected a pattern: a text, or a text in CASEI or ACCENTI", "此处应为样式：文本，或 CASEI、ACCENTI 中的文本",
	"expected a pattern: a text, or a text in casei or accenti", "此处应为样式：文本，或 casei、accenti 中的文本",
	"expected a number of metres from ", "此处应为米数，范围 ", "expected an object with op, property, date, timestamp, interval, bbox or type",
	"此处应为含 op、property、date、timestamp、interval、bbox 或 type 的对象", "expected args to be a list", "args 应为列表",
	"expected a geometry that is no collection", "此处应为不是几何集合的几何", "expected a type of geometry as in GeoJSON", "此处应为 GeoJSON 的几何类型",
	"expected a list that is not empty", "此处应为非空列表", "expected a list of coordinates", "此处应为坐标列表", "expected the end of the JSON", "JSON 应到此结束",
	"expected the name of an operator or a function", "此处应为运算符或函数的名称", "expected an expression, but ", "此处应为表达式，", "expected a condition", "此处应为条件",
	"expected a day like ", "此处应为日期，例如 ", "expected a time like ", "此处应为时间，例如 ",
	"expected a day, a time, a property or '..' for open", "此处应为日期、时间、属性，或表示不限的 '..'", "expected ", "此处应为", " as ", "，见 ",
	"a value, a name or a condition", "值、名称或条件", "an operator or the end", "运算符或结尾", "a comma or )", "逗号或 )", "a geometry that is no collection", "不是几何集合的几何",
	"a date, a timestamp or an interval", "日期、时刻或时段", "a date or a timestamp", "日期或时刻", "a text in quotes", "带引号的文本",
	"a collection of geometries takes part in s_intersects and s_disjoint only", "几何集合只能用于 s_intersects 和 s_disjoint",
	"a latitude is beyond 90: in this system the latitude comes first", "纬度超过 90：此坐标系中纬度在前", "a latitude is beyond 90: the longitude comes first", "纬度超过 90：应经度在前",
	"a longitude is beyond 180", "经度超过 180", "a box has four or six numbers", "范围框有四个或六个数", "a line has at least two positions", "线至少有两个点",
	"a point has one position", "点只有一个位置", "a position has two or three numbers", "一个位置有两个或三个数", "a ring of a polygon ends where it begins", "多边形的环须首尾相接",
	"a ring of a polygon has at least four positions", "多边形的环至少有四个点", "a list does not hold ", "列表中不能有", "a name is empty", "名称为空",
	"an interval has a beginning and an end", "时段须有起止", "an interval is never null: ask for its beginning or its end", "时段不会为空：请改问其起点或终点",
	"geometries are compared by s_equals and the like", "几何用 s_equals 等比较", "intervals are compared by t_equals and the like", "时段用 t_equals 等比较",
	"lists are compared by a_equals and the like", "列表用 a_equals 等比较", "it compares ", "不能相比：", " with ", "与",
	"it is nested more than ", "嵌套超过 ", " levels deep", " 层", "its geometries have more than ", "其几何的顶点超过 ", " vertices", " 个", "it has more than ", "组成部分超过 ", " parts", " 个",
	"it holds a zero byte", "含零字节", "it is not text in UTF-8, or holds a zero byte", "不是 UTF-8 文本，或含零字节", "it is not text in UTF-8", "不是 UTF-8 文本",
	"some positions have a height and others have none", "有的位置有高程，有的没有", "that is no number", "这不是数", "the character ", "字符 ", " has no meaning here", " 在此处没有意义",
	"the filter names too many features of other layers", "引用其他图层的要素过多", "the geometry is empty", "几何为空", "the geometry is not valid: ", "几何无效：",
	"the least coordinates of the box are greater than the greatest", "范围框的最小坐标大于最大坐标", "the list is empty", "列表为空", "the list is too long", "列表过长",
	"the number is too large", "数过大", "the pattern ends in a backslash that has nothing to act on", "样式以反斜杠结尾，其后没有字符",
	"the quotation that begins here does not end", "此处开始的引号没有结束", "there is no function ", "没有函数 ", ": /ogc/functions lists them", "，见 /ogc/functions",
	"this has no meaning here", "此处不能这样写", "what is computed here is too long", "此处的计算过长",
	" has at least ", " 至少有 ", " has one operand", " 有一个运算对象", " operands", " 个运算对象", " has ", " 有 ", "a position", "位置",
	"a boolean", "真假值", "a number", "数", "a text", "文本", "a date", "日期", "a timestamp", "时刻", "an interval", "时段", "a geometry", "几何", "a list", "列表", "JSON: ", "JSON：", " to ", " 至 ",
)

var filterPlace = regexp.MustCompile(`^line (\d+), column (\d+)$`)

// filterWords is the Chinese of a reason. What the filter itself says stands in quotes and stays as it is.
func filterWords(why string) string {
	ours, quoted, found := strings.Cut(why, `"`)
	if found {
		quoted = `"` + quoted
	}
	return filterPhrases.Replace(ours) + quoted
}

// inChinese is a fault whose values that are words are Chinese.
func inChinese(f *fault.Error) *fault.Error {
	out := *f
	out.Params = make([]fault.Param, len(f.Params))
	for i, p := range f.Params {
		text, isText := p.Value.(string)
		switch {
		case isText && p.Name == "why" && f.Code == "bad-filter":
			p.Value = filterWords(text)
		case isText && p.Name == "why" && (f.Code == "bad-scenario" || f.Code == "bad-rainfall"):
			p.Value = scenarioWords(text)
		case isText && p.Name == "place" && text == "the whole":
			p.Value = "整体"
		case isText && p.Name == "place":
			p.Value = filterPlace.ReplaceAllString(text, "第 $1 行第 $2 个字符")
		}
		out.Params[i] = p
	}
	return &out
}
