-- Notes that an address ($2, of protocol $1, from the network address $3) sends frames but is not registered, unless there are $4 such addresses already.
INSERT INTO ingest.pending AS p (protocol, address, peer)
SELECT $1, $2, $3
WHERE EXISTS (SELECT FROM ingest.pending WHERE protocol = $1 AND address = $2) OR (SELECT count(*) FROM ingest.pending) < $4
ON CONFLICT (protocol, address) DO UPDATE SET peer = excluded.peer, last_seen = now(), frames = p.frames + 1
