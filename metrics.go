package main

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"basin/ingest"
	"basin/postgis"
	"basin/twin"
)

// readings are the measurements of the writer.
func readings(w *twin.Writer) []prometheus.Collector {
	count := func(outcome string, value func(twin.Counts) int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "basin_readings_total", Help: "Readings by what became of them.",
			ConstLabels: prometheus.Labels{"outcome": outcome}}, func() float64 { return float64(value(w.Counts())) })
	}
	return []prometheus.Collector{
		count("accepted", func(c twin.Counts) int64 { return c.Accepted }), count("duplicate", func(c twin.Counts) int64 { return c.Duplicates }),
		count("correction", func(c twin.Counts) int64 { return c.Corrections }), count("rejected", func(c twin.Counts) int64 { return c.Rejected }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "basin_reading_commits_total", Help: "Transactions that stored readings."},
			func() float64 { return float64(w.Counts().Commits) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "basin_reading_requests_waiting", Help: "Requests waiting to be stored."},
			func() float64 { return float64(w.Queued()) }),
	}
}

// messages are the measurements of the MQTT way in.
func messages(m *ingest.MQTT) []prometheus.Collector {
	count := func(outcome string, value func(ingest.MQTTCounts) int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "basin_mqtt_messages_total", Help: "MQTT messages by what became of them.",
			ConstLabels: prometheus.Labels{"outcome": outcome}}, func() float64 { return float64(value(m.Counts())) })
	}
	return []prometheus.Collector{
		count("accepted", func(c ingest.MQTTCounts) int64 { return c.Accepted }), count("partial", func(c ingest.MQTTCounts) int64 { return c.Partial }),
		count("refused", func(c ingest.MQTTCounts) int64 { return c.Refused }), count("dropped", func(c ingest.MQTTCounts) int64 { return c.Dropped }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "basin_mqtt_retries_total", Help: "Times that an MQTT message had to be tried again."},
			func() float64 { return float64(m.Counts().Retried) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "basin_mqtt_connected", Help: "Whether basin is subscribed at the MQTT broker: 1 or 0."}, func() float64 {
			if m.Connected() {
				return 1
			}
			return 0
		}),
	}
}

// description describes a measurement.
func description(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// What is measured of field stations and of the database.
var (
	fieldLines    = description("basin_field_lines", "Lines of field stations that are open, peers over UDP among them.", "protocol")
	framesTotal   = description("basin_frames_total", "Frames of field stations by what became of them; unstored are those whose sender was told nothing because the database was away.", "protocol", "verdict")
	framesDropped = description("basin_frame_log_dropped_total", "Frames that were taken but not logged: flood, when strangers or refusals come too fast, or failed.", "reason")
	framesWaiting = description("basin_frame_log_waiting", "Frames that are taken and about to be logged.")
	rollupsDirty  = description("basin_rollups_dirty", "Marks of rollups that wait to be computed, counted up to 100000.")
	feedHeldBack  = description("basin_feed_held_back_seconds", "Age of the eldest change that nobody can be told of yet because an elder transaction is under way.")
	relayReadings = description("basin_relay_readings_total", "Readings relayed to another centre: confirmed, or passed over.", "centre", "outcome")
	relayFailing  = description("basin_relay_failing", "Field stations whose readings the centre does not confirm at present.", "centre")
)

// fieldMetrics measures what field stations do. Labels are names of protocols and verdicts, of which there are few.
type fieldMetrics struct {
	desk  *ingest.Desk
	field *ingest.Listener
}

// Describe names the measurements.
func (m fieldMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{fieldLines, framesTotal, framesDropped, framesWaiting} {
		out <- d
	}
}

// Collect measures.
func (m fieldMetrics) Collect(out chan<- prometheus.Metric) {
	for protocol, n := range m.field.Count() {
		out <- prometheus.MustNewConstMetric(fieldLines, prometheus.GaugeValue, float64(n), protocol)
	}
	counts := m.desk.Counts()
	for of, n := range counts.Frames {
		out <- prometheus.MustNewConstMetric(framesTotal, prometheus.CounterValue, float64(n), of.Protocol, of.Verdict)
	}
	out <- prometheus.MustNewConstMetric(framesDropped, prometheus.CounterValue, float64(counts.Flood), "flood")
	out <- prometheus.MustNewConstMetric(framesDropped, prometheus.CounterValue, float64(counts.Failed), "failed")
	out <- prometheus.MustNewConstMetric(framesWaiting, prometheus.GaugeValue, float64(counts.Waiting))
}

// databaseMetrics asks the database, at most once in a while however often it is asked. While the database is away they are absent.
type databaseMetrics struct {
	db    *postgis.DB
	feed  *postgis.Feed
	mu    sync.Mutex
	asked time.Time
	held  []prometheus.Metric
}

// Bounds of asking the database for measurements.
const (
	measureEvery = 10 * time.Second
	measureLimit = 3 * time.Second
	maxCentres   = 50 // as labels
)

// Describe names the measurements.
func (m *databaseMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{rollupsDirty, feedHeldBack, relayReadings, relayFailing} {
		out <- d
	}
}

// Collect measures, or hands out what was measured a moment ago.
func (m *databaseMetrics) Collect(out chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Since(m.asked) > measureEvery {
		ctx, cancel := context.WithTimeout(context.Background(), measureLimit)
		defer cancel()
		m.held, m.asked = m.measure(ctx), time.Now()
	}
	for _, one := range m.held {
		out <- one
	}
}

// measure asks the database; what it does not answer is left out.
func (m *databaseMetrics) measure(ctx context.Context) (found []prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		found = append(found, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...))
	}
	if n, err := twin.DirtyRollups(ctx, m.db); err == nil {
		gauge(rollupsDirty, float64(n))
	}
	if age, err := m.feed.HeldBack(ctx); err == nil {
		gauge(feedHeldBack, age.Seconds())
	}
	centres, err := ingest.RelayTotals(ctx, m.db, maxCentres)
	if err != nil {
		return found
	}
	for _, c := range centres {
		gauge(relayFailing, float64(c.Failing), c.Centre)
		found = append(found, prometheus.MustNewConstMetric(relayReadings, prometheus.CounterValue, float64(c.Confirmed), c.Centre, "confirmed"),
			prometheus.MustNewConstMetric(relayReadings, prometheus.CounterValue, float64(c.Passed), c.Centre, "passed"))
	}
	return found
}

// published are the measurements of the MQTT way out.
func published(p *ingest.MQTTPublisher) []prometheus.Collector {
	count := func(outcome string, value func() int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "basin_mqtt_observations_total", Help: "Observations to be published by MQTT by what became of them.",
			ConstLabels: prometheus.Labels{"outcome": outcome}}, func() float64 { return float64(value()) })
	}
	return []prometheus.Collector{count("published", p.Published), count("dropped", p.Dropped), count("refused", p.Refused)}
}
