#!/bin/bash
# Runs the end-to-end checks of the browser client against a server of their own, on data that are thrown away.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=$(mktemp -d /tmp/basin-e2e-XXXXXX)
chmod 755 "$data"
address=127.0.0.1:$((20000 + RANDOM % 20000))
BASIN_DATA=$data BASIN_LISTEN=$address BASIN_ADMIN_TOKEN=end-to-end ./basin serve >"$data/out" 2>"$data/log" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$data"' EXIT
for _ in $(seq 240); do
	(exec 3<>"/dev/tcp/${address%:*}/${address#*:}") 2>/dev/null && grep -q 'basin is at' "$data/out" && break
	kill -0 $server 2>/dev/null || { cat "$data/out" "$data/log"; exit 1; }
	sleep 0.25
done
cd web
BASIN_URL=http://$address BASIN_TOKEN=end-to-end BASIN_LOAD="env BASIN_DATA=$data ../basin load" npm run --silent e2e || { tail -5 "$data/log"; exit 1; }
