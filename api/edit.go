package api

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
	"basin/layer"
	"basin/postgis"
)

// maxFeatureBody is the greatest length of a body that holds one feature.
const maxFeatureBody = 4 << 20

// FeatureBody is a feature as an editor sends it.
type FeatureBody struct {
	Type       string          `json:"type"` // Feature
	Geometry   json.RawMessage `json:"geometry"`
	Properties map[string]any  `json:"properties"`
}

// FeaturePatch changes a feature, as RFC 7396 has it: what is null is removed, what is missing stays.
type FeaturePatch struct {
	Geometry   json.RawMessage `json:"geometry,omitempty"`
	Properties map[string]any  `json:"properties,omitempty"`
}

// FeatureHistory is a page of the changes of a feature.
type FeatureHistory struct {
	Changes []layer.Past `json:"changes"`
	Next    string       `json:"next,omitempty"` // address of the next page; absent for none
}

// editors are the roles that edit layers of users' own.
func editors() []access.Role { return []access.Role{access.Planner, access.System} }

func paramFeature() access.Param {
	return access.Param{Name: "fid", In: "path", Type: "string", Doc: "the feature's id, a whole number"}
}

// editEndpoints let planners edit layers of users' own, as OGC API Features part 4 has it.
func (s *Server) editEndpoints() []Endpoint {
	id, fid := paramCollection(), paramFeature()
	class := access.Param{Name: "class", In: "query", Type: "string", Enum: []string{string(access.Public), string(access.Internal), string(access.Restricted)},
		Doc: "classification of the feature from now on; when absent that of its layer for a new one, else as it is"}
	crs := access.Param{Name: "crs", In: "query", Type: "string",
		Doc: "address of the reference system of the answer; when absent that of the body, which its header Content-Crs names and which is CRS84 without one"}
	const items, item = "/ogc/collections/{id}/items", "/ogc/collections/{id}/items/{fid}"
	route := func(method, path, summary string, roles []access.Role, request, response any, params ...access.Param) access.Route {
		return access.Route{Method: method, Path: path, Tag: "layer", Summary: summary, Roles: roles, Params: params, Request: request, Response: response}
	}
	edit := func(op layer.Operation) func(echo.Context, Ask) error {
		return func(c echo.Context, a Ask) error { return s.edit(c, a, op) }
	}
	readers := []access.Role{access.Planner, access.Operator, access.System, access.Audit}
	return []Endpoint{
		{route(http.MethodOptions, items, "What may be done with the features of a layer, in Allow", access.Everyone(), nil, nil, id), s.itemsOptions},
		{route(http.MethodOptions, item, "What may be done with a feature, in Allow", access.Everyone(), nil, nil, id, fid), s.itemsOptions},
		{route(http.MethodPost, items, "Create a feature", editors(), FeatureBody{}, FeatureItem{}, id, class, crs), edit(layer.OpCreate)},
		{route(http.MethodPut, item, "Replace a feature", editors(), FeatureBody{}, FeatureItem{}, id, fid, class, crs), edit(layer.OpReplace)},
		{route(http.MethodPatch, item, "Change parts of a feature", editors(), FeaturePatch{}, FeatureItem{}, id, fid, class, crs), edit(layer.OpUpdate)},
		{route(http.MethodDelete, item, "Delete a feature", editors(), nil, nil, id, fid), edit(layer.OpDelete)},
		{route(http.MethodGet, item+"/history", "What a feature was before each change, the last first", readers, nil, FeatureHistory{}, id, fid, paramLimit(200),
			access.Param{Name: "before", In: "query", Type: "integer", Min: 1, Max: 1 << 31, Doc: "page before the change of this number"}), s.featureHistory},
		{route(http.MethodPost, item+"/history/{version}/restore", "Make a feature again what it was before a change", editors(), nil, FeatureItem{}, id, fid,
			access.Param{Name: "version", In: "path", Type: "integer", Min: 1, Max: 1<<31 - 1, Doc: "number of the change"}), edit(layer.OpRestore)},
		{route(http.MethodDelete, "/ogc/collections/{id}", "Delete a layer of users' own, with its features and their history", []access.Role{access.System}, nil, nil, id), s.dropLayer},
	}
}

// editable says whether somebody may edit the features of a layer.
func editable(l layer.Layer, who access.Principal) bool {
	return l.Own && slices.Contains(editors(), who.Role)
}

// allowed lists the methods of the features of a layer, or of one feature, for whoever asks.
func allowed(l layer.Layer, who access.Principal, one bool) string {
	methods := []string{http.MethodGet, http.MethodHead, http.MethodOptions}
	if editable(l, who) {
		if one {
			methods = append(methods, http.MethodPut, http.MethodPatch, http.MethodDelete)
		} else {
			methods = append(methods, http.MethodPost)
		}
	}
	return strings.Join(methods, ", ")
}

func (s *Server) itemsOptions(c echo.Context, a Ask) error {
	l, err := s.Layers.Get(c.Request().Context(), a.Text("id"), a.Who.Clearance())
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderAllow, allowed(l, a.Who, c.Param("fid") != "")) // also for ids that are not there: QGIS asks so of an empty layer
	if l.Own {
		h.Set("Accept-Patch", mediaMergePatch)
	}
	return c.NoContent(http.StatusNoContent)
}

const (
	mediaMergePatch = "application/merge-patch+json"
	headerETag      = "ETag"
)

// gid is the number of the feature in the path.
func gid(a Ask) (int64, error) {
	n, err := strconv.ParseInt(a.Text("fid"), 10, 64)
	if err != nil || n <= 0 {
		return 0, fault.New(fault.NotFound, "unknown-feature", "there is no feature {feature} in layer {layer}", "feature", short(a.Text("fid")), "layer", a.Text("id"))
	}
	return n, nil
}

// edit does one edit and answers with the feature as it is then.
func (s *Server) edit(c echo.Context, a Ask, op layer.Operation) error {
	ctx, clearance := c.Request().Context(), a.Who.Clearance()
	l, err := s.Layers.Get(ctx, a.Text("id"), clearance)
	if err != nil {
		return err
	}
	e := layer.Edit{Operation: op, Layer: l, Class: access.Class(a.Text("class")), Before: a.Int("version", 0), By: a.Who,
		Match: strings.Join(c.Request().Header.Values("If-Match"), ",")}
	if op != layer.OpCreate {
		if e.GID, err = gid(a); err != nil {
			return err
		}
	}
	if !l.Own {
		c.Response().Header().Set(echo.HeaderAllow, allowed(l, a.Who, e.GID != 0))
	} else if op == layer.OpCreate || op == layer.OpReplace || op == layer.OpUpdate {
		if e.CRS, err = layer.FindCRS(strings.Trim(c.Request().Header.Get("Content-Crs"), "<> ")); err != nil {
			return err
		}
		if e.Body, err = featureBody(c, op); err != nil {
			return err
		}
	}
	answer := e.CRS
	if wanted := a.Text("crs"); wanted != "" {
		if answer, err = layer.FindCRS(wanted); err != nil {
			return err
		}
	}
	var done layer.Edited
	err = s.DB.Do(ctx, func(tx postgis.Tx) (err error) {
		if done, err = layer.Apply(ctx, tx, e); err != nil {
			return err
		}
		detail := map[string]any{"layer": l.ID}
		if op == layer.OpRestore {
			detail["before"] = e.Before
		}
		if e.Class != "" {
			detail["class"] = e.Class
		}
		return s.Auth.AuditIn(ctx, tx, a.Who, "feature."+string(op), l.ID+"/"+strconv.FormatInt(done.GID, 10), detail, requestID(c))
	})
	if err != nil {
		return err
	}
	s.Layers.Forget()
	if op == layer.OpDelete {
		return c.NoContent(http.StatusNoContent)
	}
	status, at := http.StatusOK, collectionURL(c, l.ID)+"/items/"+strconv.FormatInt(done.GID, 10)
	if op == layer.OpCreate {
		status = http.StatusCreated
		c.Response().Header().Set(echo.HeaderLocation, at)
	}
	return s.sendEdited(c, a, l, done, answer, status, at)
}

// sendEdited answers with a feature that was just written. Should it be gone again already, only that it was written is told.
func (s *Server) sendEdited(c echo.Context, a Ask, l layer.Layer, done layer.Edited, crs layer.CRS, status int, at string) error {
	raw, err := s.Layers.Item(c.Request().Context(), l.ID, done.GID, crs, a.Who.Clearance())
	if fault.KindOf(err) == fault.NotFound {
		return c.NoContent(status)
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set(headerETag, `"`+done.Version+`"`)
	sayCRS(c, crs)
	return sendItem(c, status, raw, Link{Href: at, Rel: "self", Type: mediaGeoJSON}, Link{Href: collectionURL(c, l.ID), Rel: "collection", Type: echo.MIMEApplicationJSON})
}

// tagged sets the ETag of a feature, and says whether the client has that version already. The tag is read before the feature: if it changes in between,
// the client's next edit is refused rather than another's overwritten.
func (s *Server) tagged(c echo.Context, layer string, gid int64, clearance access.Class) (bool, error) {
	version, err := s.Layers.Version(c.Request().Context(), layer, gid, clearance)
	if err != nil {
		return false, err
	}
	tag := `"` + version + `"`
	c.Response().Header().Set(headerETag, tag)
	return c.Request().Header.Get("If-None-Match") == tag, nil
}

// featureBody reads the body of an edit, whose media type must be that of the operation.
func featureBody(c echo.Context, op layer.Operation) ([]byte, error) {
	media, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	good := []string{mediaGeoJSON, echo.MIMEApplicationJSON}
	if op == layer.OpUpdate {
		good = []string{mediaMergePatch, echo.MIMEApplicationJSON}
	}
	if err != nil || !slices.Contains(good, media) {
		return nil, fault.New(fault.Invalid, "unsupported-media-type", "the body must be of the type {wanted}, not {type}", "wanted", good[0],
			"type", short(c.Request().Header.Get(echo.HeaderContentType)))
	}
	if packing := c.Request().Header.Get(echo.HeaderContentEncoding); packing != "" && packing != "identity" {
		return nil, fault.New(fault.Invalid, "unsupported-media-type", "the body must not be packed as {encoding}", "encoding", short(packing))
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxFeatureBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, fault.New(fault.Invalid, "too-large", "the body is too large")
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "broken-body", "the body cannot be read: {why}", "why", err.Error())
	}
	return body, nil
}

func (s *Server) featureHistory(c echo.Context, a Ask) error {
	n, err := gid(a)
	if err != nil {
		return err
	}
	limit := a.Int("limit", 50)
	found, err := s.Layers.History(c.Request().Context(), a.Text("id"), n, a.Who.Clearance(), a.Int("before", 0), limit)
	if err != nil {
		return err
	}
	out := FeatureHistory{Changes: found}
	if len(found) == limit && found[len(found)-1].Version > 1 {
		out.Next = withQuery(c, "before", strconv.Itoa(found[len(found)-1].Version))
	}
	ids := make([]string, len(found))
	for i := range found {
		ids[i] = found[i].By
	}
	names, err := s.Auth.Names(c.Request().Context(), ids)
	if err != nil {
		return err
	}
	for i := range out.Changes {
		out.Changes[i].Changed = out.Changes[i].Changed.In(time.UTC)
		out.Changes[i].ByName = names[out.Changes[i].By]
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) dropLayer(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	l, err := s.Layers.Get(ctx, a.Text("id"), a.Who.Clearance())
	if err != nil {
		return err
	}
	if !l.Own {
		c.Response().Header().Set(echo.HeaderAllow, "GET, HEAD")
	}
	if err := s.DB.Do(ctx, func(tx postgis.Tx) error {
		if err := layer.DropOwn(ctx, tx, l); err != nil {
			return err
		}
		return s.Auth.AuditIn(ctx, tx, a.Who, "layer.delete", l.ID, nil, requestID(c))
	}); err != nil {
		return err
	}
	s.Layers.Forget()
	return c.NoContent(http.StatusNoContent)
}
