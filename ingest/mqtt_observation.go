package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"strings"

	"basin/access"
	"basin/fault"
	"basin/sensorthings"
	"basin/twin"
)

// sensorThingsRoot begins the topics of SensorThings below a gateway. The standard (OGC 18-088, 14) has them begin the topic. Here the root of the service is
// basin/v1/{gateway}: a broker tells basin who published by nothing but the topic, so who speaks must stand in it, and the access list that ties a user to the
// topic of its readings ties it to these as well.
const sensorThingsRoot = "v1.1/"

// maxObservation is the greatest length of an observation in bytes, after decompression.
const maxObservation = 64 << 10

// observation stores the observation that a gateway published to v1.1/Observations, which names its datastream in the body, or to
// v1.1/Datastreams(N)/Observations. It must say when it was observed: a message may wait at the broker for days and may come twice, so the time of its receipt
// is neither that of the phenomenon nor the same each time.
func (m *MQTT) observation(ctx context.Context, by access.Principal, msg message, body io.Reader) (twin.Result, int, error) {
	path, err := sensorthings.ParsePath(strings.TrimPrefix(msg.resource, sensorThingsRoot))
	if err != nil {
		return twin.Result{}, 0, err
	}
	stream, ok := sensorthings.ObservationPath(path)
	if !ok {
		return twin.Result{}, 0, fault.New(fault.Invalid, "not-created-here",
			"nothing is created at this topic: publish to basin/v1/GATEWAY/v1.1/Observations or …/v1.1/Datastreams(N)/Observations")
	}
	o, err := readObservation(body, msg.kind)
	if err != nil {
		return twin.Result{}, 0, err
	}
	n, err := o.OfDatastream(stream)
	if err != nil {
		return twin.Result{}, 1, err
	}
	measured, err := o.Measurement()
	if err == nil && measured.Time.IsZero() {
		err = sensorthings.BadObservation("phenomenonTime is missing: a message may wait at the broker, so the time of its receipt cannot stand for it")
	}
	if err != nil {
		return twin.Result{}, 1, err
	}
	codes, err := twin.StreamCodes(ctx, m.db, []int64{n}, by)
	if err != nil {
		return twin.Result{}, 1, err
	}
	if codes[n] == "" {
		return twin.Result{}, 1, fault.New(fault.Invalid, "unknown-entity", "there is no {entity} {id}", "entity", "Datastream", "id", n)
	}
	result, err := m.writer.Append(ctx, by, []twin.Reading{{Datastream: codes[n], Time: measured.Time, Value: twin.Decimal(measured.Result),
		Issued: measured.Issued}})
	return result, 1, err
}

// readObservation reads a body that is one observation in JSON.
func readObservation(body io.Reader, contentType string) (o sensorthings.Observation, err error) {
	if media, _, bad := mime.ParseMediaType(contentType); contentType != "" && (bad != nil || media != "application/json") {
		return o, fault.New(fault.Invalid, "unsupported-media-type", "the body must be of the type application/json, not {type}", "type", clip(contentType))
	}
	text, err := io.ReadAll(io.LimitReader(body, maxObservation+1))
	switch {
	case err != nil:
		return o, broken(err)
	case len(text) > maxObservation:
		return o, tooLarge()
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&o); err != nil {
		return o, malformed(d, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return o, malformed(d, errors.New("there is something after the end of the JSON value"))
	}
	return o, nil
}
