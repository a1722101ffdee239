package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// fullLoad is for how long TestFaultFullLoad lasts: ten seconds, or as many minutes as BASIN_LOAD_MINUTES says.
func fullLoad(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("BASIN_LOAD_MINUTES")
	if text == "" {
		return 10 * time.Second
	}
	minutes, err := strconv.ParseFloat(text, 64)
	if err != nil || minutes <= 0 {
		t.Fatalf("BASIN_LOAD_MINUTES is %q", text)
	}
	return time.Duration(minutes * float64(time.Minute))
}

// TestFaultFullLoad lets 16 gateways send requests of 1,000 readings as fast as they are acknowledged, and watches the memory of the server.
func TestFaultFullLoad(t *testing.T) {
	const gateways, size, most = 16, 1000, 512 << 20
	s := newServed(t)
	s.start()
	token := s.token()
	var acknowledged, refused atomic.Int64
	begun, stop := time.Now(), make(chan struct{})
	start := begun.AddDate(0, 0, -300).UTC().Truncate(time.Second)
	done := make(chan time.Duration)
	go func() {
		done <- together(gateways, func(g int) {
			code := fmt.Sprintf("NT-S%02d.level", 3+g%13)
			for n := g / 13; ; n += 2 {
				body := loadBody(code, start.Add(time.Duration(n*size)*time.Second), size)
				for sent := false; !sent; {
					select {
					case <-stop:
						return
					default:
					}
					r, _ := http.NewRequest(http.MethodPost, "http://"+s.address+"/ingest/readings", bytes.NewReader(body))
					r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}
					answer, err := http.DefaultClient.Do(r)
					if err != nil {
						t.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, answer.Body)
					_ = answer.Body.Close()
					if sent = answer.StatusCode == http.StatusOK; !sent {
						refused.Add(1)
						time.Sleep(20 * time.Millisecond)
					}
				}
				acknowledged.Add(size)
			}
		})
	}()
	length, resident := fullLoad(t), []string(nil)
	for i := range 10 {
		time.Sleep(time.Until(begun.Add(length * time.Duration(i+1) / 10)))
		resident = append(resident, strconv.Itoa(s.memory("VmRSS")>>20))
	}
	close(stop)
	took := <-done
	peak := s.memory("VmHWM")
	if peak > most {
		t.Errorf("the server took %d MiB", peak>>20)
	}
	if acknowledged.Load() == 0 {
		t.Error("nothing was acknowledged")
	}
	note := fmt.Sprintf("%.0f s, %.0f readings/s, 503 %d times; MiB of the server at each tenth: %s; %d at most", took.Seconds(),
		float64(acknowledged.Load())/took.Seconds(), refused.Load(), strings.Join(resident, " "), peak>>20)
	reportFault(t, scenario{name: "full load", trials: 1, verdict: verdict{acknowledged: int(acknowledged.Load())}, note: note})
}

// loadBody is a request of so many readings of a datastream, second by second.
func loadBody(code string, from time.Time, size int) []byte {
	out := []byte(`{"readings":[`)
	for i := range size {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, `{"datastream":"`...), code...), `","time":"`...)
		out = from.Add(time.Duration(i)*time.Second).AppendFormat(out, time.RFC3339)
		out = append(out, `","value":`...)
		out = append(strconv.AppendFloat(out, 2+float64(i%977)/1000, 'f', 3, 64), '}')
	}
	return append(out, `]}`...)
}
