#!/bin/bash
# Posts one reading and shows the status that follows from it.
#
#   examples/post-reading.sh NT-S05.level 3.12
#
# BASIN_URL    the server; http://127.0.0.1:8080 when not set
# BASIN_TOKEN  a token that may post for the station; the administrator's when not set, read from the data directory (BASIN_DATA)
set -euo pipefail

datastream=${1:?"usage: $0 DATASTREAM VALUE [TIME]"}
value=${2:?"usage: $0 DATASTREAM VALUE [TIME]"}
time=${3:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}
url=${BASIN_URL:-http://127.0.0.1:8080}
if [ -z "${BASIN_TOKEN:-}" ]; then
	if [ "$(id -u)" = 0 ]; then data=/var/lib/basin; else data=$HOME/.local/share/basin; fi
	BASIN_TOKEN=$(cat "${BASIN_DATA:-$data}/admin-token")
fi

# 200 means that what is counted as accepted is committed. A reading that cannot be stored is listed under "rejected" with the reason.
curl -fsS -X POST "$url/ingest/readings" \
	-H "Authorization: Bearer $BASIN_TOKEN" -H 'Content-Type: application/json' \
	-d "{\"readings\":[{\"datastream\":\"$datastream\",\"time\":\"$time\",\"value\":$value}]}"

# The code of the station is what stands before the first dot.
curl -fsS -H "Authorization: Bearer $BASIN_TOKEN" "$url/twin/things/station:${datastream%%.*}/state"
