package ingest

// arrivalWords are the words of the printed page of arrivals, in Chinese and in English.
var arrivalWords = map[string]map[string]string{
	"zh": {
		"title": "遥测站到报统计", "month": "月份", "zone": "时区", "generated": "生成于", "of": "厂商",
		"station": "按测站", "vendor": "按厂商", "channel": "按信道",
		"station-head": "测站", "vendor-head": "厂商", "channel-head": "信道", "stations": "测站数", "readings": "读数", "total": "合计", "none": "没有遥测站。",
		"unnamed": "（未注明）", "expected": "应到", "arrived": "实到", "timely": "及时", "line-days": "畅通天数",
		"arrival-rate": "到报率", "timely-rate": "及时率", "line-rate": "畅通率",
		"arrival-rate-is": "实到 ÷ 应到。应到：自当月首日零时起，按各数据流约定的时间间隔划分时段，完全落在应报时间（登记之后、停用或停报之前、当前时刻之前）内的时段各计一次，没有约定间隔的数据流不计。实到：其中至少有一个非人工录入读数的时段，同一时段只计一次。",
		"timely-rate-is":  "及时 ÷ 实到。及时：至少有一个读数在其观测时间之后十分钟内收到的时段。",
		"line-rate-is":    "畅通天数 ÷ 天数。天数自登记之日起计，含当日；畅通天数为收到过读数或未被拒绝的报文的天数。多个测站时为各站之和。",
		"shared":          "一个测站有多家厂商的遥测站时，计入每一家，因此不列合计。",
		"channels":        "按信道统计以保存的报文为准：某站当月有报文或读数经过该信道，才计入该信道；同一读数经两个信道送达，两个信道各计一次，因此不列合计。",
		"since":           "没有更早的报文，统计始于",
	},
	"en": {
		"title": "Arrival of readings of field stations", "month": "Month", "zone": "time zone", "generated": "generated", "of": "vendor",
		"station": "by station", "vendor": "by vendor", "channel": "by channel",
		"station-head": "Station", "vendor-head": "Vendor", "channel-head": "Channel", "stations": "Stations", "readings": "Readings", "total": "Total",
		"none": "There are no field stations.", "unnamed": "(not named)", "expected": "Expected", "arrived": "Arrived", "timely": "Timely", "line-days": "Line days",
		"arrival-rate": "Arrival rate", "timely-rate": "Timely rate", "line-rate": "Line rate",
		"arrival-rate-is": "Arrived of expected. Expected: from midnight of the first of the month on time is cut into the agreed interval of each datastream; each interval counts once that lies wholly within the time in which the station is to report (after it was registered, before it was disabled or retired, until now). Datastreams without an agreed interval do not count. Arrived: those of these intervals with at least one reading that no person entered, each once.",
		"timely-rate-is":  "Timely of arrived. Timely: intervals of which at least one reading was received within ten minutes of its time.",
		"line-rate-is":    "Line days of days. Days count from the day on which the station was registered, today included; line days are those on which a reading came, or a frame that was not refused. Of several stations it is the sum.",
		"shared":          "A station with field stations of several vendors counts for each of them, so there is no total.",
		"channels":        "By channel it is counted from the frames that are kept: a station counts for a channel only if a frame or a reading of it came by that channel in the month. A reading that came by two channels counts for both, so there is no total.",
		"since":           "No earlier frames are kept; counted since",
	},
}
