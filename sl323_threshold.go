package main

import (
	"context"

	"basin/catalog"
	"basin/fault"
	"basin/postgis"
	"basin/source"
	"basin/twin"
)

// sl323Thresholds are the columns of ST_RVFCCH_B that become thresholds of the level.
var sl323Thresholds = []struct{ column, is string }{
	{"WRZ", "warning"}, {"GRZ", "guaranteed"}, {"OBHTZ", "record"}, {"LLZ", "record-low"}, {"HLZ", "record-low"}}

// loadThresholds sets the thresholds of ST_RVFCCH_B, in the datum of the station's levels. A limit of 0 is a finding: databases hold it for one that is not
// known.
func (s *sl323Load) loadThresholds(ctx context.Context) error {
	var rows []sl323Row
	if err := s.read(ctx, nil, func(r source.TableRow, code string) error {
		row := sl323Row{line: r.Line, code: code}
		for _, t := range sl323Thresholds {
			if v, ok := s.cell(r, t.column); ok {
				row.values = append(row.values, measured{property: t.is, value: v})
			}
		}
		rows = append(rows, row)
		return nil
	}); err != nil || s.db == nil {
		return err
	}
	codes := make([]string, len(rows))
	for i, r := range rows {
		codes[i] = r.code
	}
	if err := s.learn(ctx, codes); err != nil {
		return err
	}
	var thresholds []twin.Threshold
	for _, r := range rows {
		v := s.things[twin.ID("station", r.code)]
		code := twin.DatastreamCode(r.code, "level", "", 0)
		if v == nil || !s.streams[code] {
			s.find(r.line, fault.New(fault.NotFound, "unknown-station", "no station {code} with a level is known", "code", r.code))
			continue
		}
		for _, m := range r.values {
			value, err := twin.Fields{"value": string(m.value)}.Number("value")
			if err != nil || value == nil || *value == 0 {
				s.find(r.line, fault.New(fault.Invalid, "threshold-zero", "{code} has a {type} level of {value}, which says that none is known", "code", r.code,
					"type", m.property, "value", string(m.value)))
				continue
			}
			thresholds = append(thresholds, twin.Threshold{Datastream: code, Type: m.property, Value: *value, Datum: datumOfLevels(v),
				Source: s.l.dataset.Source + ", " + tableThresholds})
		}
	}
	s.sum.Thresholds += len(thresholds)
	return s.db.Do(ctx, func(tx postgis.Tx) error {
		if err := catalog.PutDataset(ctx, tx, s.l.dataset); err != nil {
			return err
		}
		return twin.PutThresholds(ctx, tx, thresholds)
	})
}
