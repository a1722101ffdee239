package format

import "basin/layer"

const mediaGeoJSON = "application/geo+json"

// Words about what a format loses, where several lose it.
var (
	roundedPlaces = layer.Text{Zh: "坐标保留九位小数，以米为单位的保留四位", En: "coordinates have nine decimal places, those in metres four"}
	degrees       = layer.Text{Zh: "只用经纬度（CRS84），如 RFC 7946 所定", En: "places are in longitude and latitude (CRS84) only, as RFC 7946 has it"}
	systemInNames = layer.Text{Zh: "坐标系只写在坐标列的列名里（如 wkt_4549）；列名不带编号即 CRS84", En: "only the names of the columns of places tell their reference system (wkt_4549); without a number it is CRS84"}
	listsAsText   = layer.Text{Zh: "列表和对象写成 JSON 文本", En: "lists and objects become text in JSON"}
	milliseconds  = layer.Text{Zh: "时间只精确到毫秒", En: "times are exact to the millisecond only"}
	renamed       = layer.Text{Zh: "名为 fid 或 geometry 的列、只在大小写上与他列不同的列，名后加下划线", En: "columns that are named fid or geometry, or like another but for the case of letters, get an underscore after their names"}
	noZone        = layer.Text{Zh: "时间以 UTC 表示，不保留原时区", En: "times are in UTC whatever their zone was"}
)

// Formats lists all formats, with what each loses.
func Formats() []Format {
	return []Format{
		{Name: "geojson", Media: mediaGeoJSON, Extension: ".geojson", Title: layer.Title{Zh: "GeoJSON", En: "GeoJSON"}, Form: layer.AsGeoJSON, Streamed: true, Degrees: true,
			write: (*job).geojson, Losses: []layer.Text{roundedPlaces, degrees, noZone}},
		{Name: "geojsonseq", Media: "application/geo+json-seq", Extension: ".geojsonl", Title: layer.Title{Zh: "GeoJSON 文本序列", En: "GeoJSON text sequence"},
			Form: layer.AsGeoJSON, Streamed: true, Degrees: true, write: (*job).geojsonseq, Losses: []layer.Text{roundedPlaces, degrees, noZone}},
		{Name: "csv", Media: "text/csv; charset=utf-8; header=present", Extension: ".csv", Title: layer.Title{Zh: "CSV", En: "CSV"}, Form: layer.AsWKT, Streamed: true,
			write: (*job).csv, Losses: []layer.Text{roundedPlaces, systemInNames, noZone, listsAsText,
				{Zh: "没有类型：一切都是文本", En: "there are no types: all is text"},
				{Zh: "以 = + - @ 开头的文本前加撇号，使电子表格不把它当公式；数不受影响", En: "text that begins with = + - or @ gets an apostrophe before it, so that no spreadsheet runs it; numbers do not"},
				{Zh: "空值是空单元格，空文本是一对引号；多数读取程序不加区分", En: "null is an empty cell and empty text a pair of quotes; most readers do not tell them apart"}}},
		{Name: "fgb", Media: "application/flatgeobuf", Others: []string{"application/vnd.flatgeobuf"}, Extension: ".fgb",
			Title: layer.Title{Zh: "FlatGeobuf", En: "FlatGeobuf"}, Form: layer.AsGeoJSON, MaxRows: maxRows, Placed: true, write: (*job).gdal,
			Losses: []layer.Text{roundedPlaces, noZone, milliseconds, listsAsText, renamed,
				{Zh: "日期成为零时的时间", En: "days become times at midnight"},
				{Zh: "要素按索引的次序存放", En: "features stand in the order of its index"},
				{Zh: "没有要素编号的位置：编号在列 gid 中", En: "it has no place for ids of features: they are in the column gid"},
				{Zh: "没有位置的要素被略去", En: "features without a place are left out"}}},
		{Name: "gpkg", Media: "application/geopackage+sqlite3", Others: []string{"application/geopackage+vnd.sqlite3"}, Extension: ".gpkg",
			Title: layer.Title{Zh: "GeoPackage", En: "GeoPackage"}, Form: layer.AsGeoJSON, MaxRows: maxRows, write: (*job).gdal,
			Losses: []layer.Text{roundedPlaces, noZone, milliseconds, listsAsText, renamed,
				{Zh: "要素按编号的次序读出，不论要求何种次序", En: "features are read by their ids, whatever order was asked for"}}},
		{Name: "shp", Media: "application/zip", Others: []string{"application/x-shapefile", "application/vnd.shp"}, Extension: ".zip",
			Title: layer.Title{Zh: "Shapefile（压缩包）", En: "Shapefile (zip)"}, Form: layer.AsGeoJSON, MaxRows: maxRows, Packed: true, write: (*job).shapefile,
			Losses: []layer.Text{roundedPlaces, listsAsText,
				{Zh: "列名截为十个字节且互不相同，原名在 fields.csv 中", En: "names of columns are cut to ten bytes and made unique; fields.csv has the whole ones"},
				{Zh: "文本截为 254 个字节；空文本成为空值", En: "text is cut to 254 bytes; empty text becomes null"},
				{Zh: "时间成为文本；真假成为 1 和 0", En: "times become text; true and false become 1 and 0"},
				{Zh: "数最多 24 个字符，小数最多 15 位", En: "numbers have at most 24 characters, 15 of them after the point"},
				{Zh: "一个文件只有一种几何：点、线、面和没有位置的要素分开存放，几何集合不予写出", En: "a file has one kind of geometry: points, lines, polygons and features without a place have a file each, and collections of geometries are left out"},
				{Zh: "单个 .shp 或 .dbf 不超过 2 GB", En: "a .shp or .dbf is at most 2 GB large"}}},
		{Name: "parquet", Media: "application/vnd.apache.parquet", Others: []string{"application/x-parquet"}, Extension: ".parquet",
			Title: layer.Title{Zh: "GeoParquet", En: "GeoParquet"}, Form: layer.AsWKB, Streamed: true, Packed: true, write: (*job).parquet,
			Losses: []layer.Text{noZone, {Zh: "公元前或无穷远的日期和时间成为空值", En: "days and times before Christ or at infinity become null"}}},
		{Name: "xlsx", Media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Extension: ".xlsx",
			Title: layer.Title{Zh: "Excel 工作簿", En: "Excel workbook"}, Form: layer.AsWKT, MaxRows: min(maxRows, maxSheetRows), Packed: true, write: (*job).xlsx,
			Losses: []layer.Text{roundedPlaces, systemInNames, noZone, listsAsText,
				{Zh: "最多 1,048,575 行，此处最多 500,000 行", En: "at most 1,048,575 rows, and here 500,000"},
				{Zh: "单元格最多 32,767 个字符：更长的文本截断，更长的几何略去", En: "a cell has at most 32,767 characters: longer text is cut, a longer geometry left out"},
				{Zh: "超过 2^53 的整数成为文本；时间成为文本，1900 年 3 月以前的日期也是", En: "integers beyond 2^53 become text, and so do times, and days before March 1900"},
				{Zh: "XML 不允许的控制字符被去掉", En: "control characters that XML forbids are dropped"}}},
	}
}
