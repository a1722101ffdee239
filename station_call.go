package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"basin/fault"
)

// call sends a running server a body, if any, and reads its JSON.
func call(ctx context.Context, method, address, token string, body, into any) error {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(sent))
	if err != nil {
		return wrongUse("{url} is not an address", "url", address)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	client := http.Client{Timeout: time.Minute}
	answer, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 32<<20))
	if err != nil {
		return fmt.Errorf("the server's answer broke off: %w", err)
	}
	if answer.StatusCode >= http.StatusMultipleChoices {
		var problem struct{ Detail string }
		_ = json.Unmarshal(text, &problem)
		kind := fault.Invalid
		switch code := answer.StatusCode; {
		case code == http.StatusUnauthorized || code == http.StatusForbidden:
			kind = fault.Denied
		case code == http.StatusTooManyRequests || code >= http.StatusInternalServerError:
			kind = fault.Unavailable
		}
		return fault.New(kind, "refused", "the server answered {status}: {answer}", "status", answer.StatusCode, "answer", problem.Detail)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
