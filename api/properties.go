package api

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"basin/access"
	"basin/fault"
	"basin/hydro"
	"basin/layer"
	"basin/twin"
)

// told are the columns of a layer that a thing tells in fields of its own.
var told = []string{"gid", "id", "code", "kind", "name_zh", "name_en", "name_pinyin", "area", "geometry_status", "accuracy_m", "source", "dataset", "class", "changed"}

// tell completes the properties of things: what their source said, the columns of their nouns, and the parts that they consist of, the latter winning.
func (s *Server) tell(ctx context.Context, views []twin.View, clearance access.Class) error {
	columns, err := s.columns(ctx, views, clearance)
	if err != nil {
		return err
	}
	ids := make([]string, len(views))
	for i, v := range views {
		ids[i] = v.ID
	}
	parts, err := hydro.Parts(ctx, s.DB, ids)
	if err != nil {
		return err
	}
	for i, v := range views {
		all := map[string]json.RawMessage{}
		for _, text := range []json.RawMessage{v.Properties, columns[v.GID], parts[v.ID]} {
			if len(text) == 0 {
				continue
			}
			var some map[string]json.RawMessage
			if err := json.Unmarshal(text, &some); err != nil {
				return err
			}
			for name, value := range some {
				if string(value) != "null" {
					all[name] = value
				}
			}
		}
		maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return slices.Contains(told, name) })
		if views[i].Properties, err = json.Marshal(all); err != nil {
			return err
		}
	}
	return nil
}

// columns reads the columns of things from the layers of their kinds, by gid.
func (s *Server) columns(ctx context.Context, views []twin.View, clearance access.Class) (map[int64]json.RawMessage, error) {
	kinds := map[string][]int64{}
	for _, v := range views {
		kinds[v.Kind] = append(kinds[v.Kind], v.GID)
	}
	out := map[int64]json.RawMessage{}
	for kind, gids := range kinds {
		page, err := s.Layers.Items(ctx, layer.Query{Layer: kind, IDs: gids, Limit: len(gids)}, clearance)
		if fault.KindOf(err) == fault.NotFound {
			continue // a kind without a layer has no columns to tell
		}
		if err != nil {
			return nil, err
		}
		for _, text := range page.Features {
			var f struct {
				ID         int64           `json:"id"`
				Properties json.RawMessage `json:"properties"`
			}
			if err := json.Unmarshal(text, &f); err != nil {
				return nil, err
			}
			out[f.ID] = f.Properties
		}
	}
	return out, nil
}
