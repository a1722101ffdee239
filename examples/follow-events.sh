#!/bin/bash
# Follows what changes, as server-sent events, and goes on after an interruption where it stopped.
#
#   examples/follow-events.sh                       everything that a visitor without a credential may see
#   examples/follow-events.sh kind=river,work       only these kinds
#   examples/follow-events.sh bbox=120,31,121,33    only what touches this box: west,south,east,north
#
# BASIN_URL    the server; http://127.0.0.1:8080 when not set
# BASIN_TOKEN  a token, for what is not public
set -uo pipefail

url=${BASIN_URL:-http://127.0.0.1:8080}
last=
while true; do
	while IFS= read -r line; do
		case $line in
		"id: "*) last=${line#id: } ;; # the place in the feed; handing it back resumes there
		"event: "*) printf '%s  ' "${line#event: }" ;; # state, tiles, or reset: too old a place, ask for everything anew
		"data: "*) printf '%s\n' "${line#data: }" ;;
		esac
	done < <(curl -sSN "$url/twin/events?${1:-}" ${BASIN_TOKEN:+-H "Authorization: Bearer $BASIN_TOKEN"} ${last:+-H "Last-Event-ID: $last"})
	echo "the stream ended; resuming in 2 s" >&2
	sleep 2
done
