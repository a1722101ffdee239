#!/usr/bin/env python3
"""A field gateway in one file: keeps readings until basin says that it has them.

    echo 'NT-S05.level 2026-07-18T08:00:00+08:00 3.12' | examples/gateway.py

Standard input has one reading on a line: datastream, time (RFC 3339 with its zone), value. Readings are put aside in a file before they are
sent and leave it only after an answer of 200, so neither a lost line, a restart of the server nor a restart of this program loses one.
Sending the same reading twice does no harm: basin counts it as a duplicate.

    BASIN_URL    the server; http://127.0.0.1:8080 when not set
    BASIN_TOKEN  a gateway's token: basin token create --role gateway --station CODE
    BASIN_SPOOL  the file for readings that are not acknowledged; gateway.spool when not set

Exit code 0 when everything was acknowledged, 1 when readings are still in the spool, 2 for wrong use.
"""

import gzip
import json
import os
import random
import sys
import time
import urllib.error
import urllib.request

URL = os.environ.get("BASIN_URL", "http://127.0.0.1:8080").rstrip("/") + "/ingest/readings"
SPOOL = os.environ.get("BASIN_SPOOL", "gateway.spool")
BATCH = 500  # readings in one request
PATIENCE = 600  # seconds without an answer after which this program gives up; the spool stays
LONGEST_WAIT = 60  # seconds between two attempts


class Refused(Exception):
    """The server does not want this request, however often it is sent."""


def put_aside(lines):
    """Appends readings to the spool and makes sure that they are on the disk."""
    with open(SPOOL, "a", encoding="utf-8") as spool:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                datastream, instant, value = line.split()
                float(value)
            except ValueError:
                print(f"line {number} is not DATASTREAM TIME VALUE: {line.rstrip()}", file=sys.stderr)
                continue
            # The value goes out as the text that came in: basin keeps decimals exactly.
            spool.write('{"datastream":%s,"time":%s,"value":%s}\n' % (json.dumps(datastream), json.dumps(instant), value))
        spool.flush()
        os.fsync(spool.fileno())


def post(lines, token):
    """Sends readings once. Returns the answer; raises OSError when trying again may help, Refused when not."""
    body = gzip.compress("".join(lines).encode())
    request = urllib.request.Request(URL, body, {
        "Authorization": "Bearer " + token, "Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")
        if error.code == 429 or error.code >= 500:
            wait = error.headers.get("Retry-After", "")
            raise Busy(f"{error.code}: {text}", float(wait) if wait.isdigit() else 0) from None
        raise Refused(f"{error.code}: {text}") from None
    except ValueError as error:  # the answer broke off
        raise Busy(str(error), 0) from None


class Busy(OSError):
    """The server, or what it needs, is away for the moment."""

    def __init__(self, text, wait):
        super().__init__(text)
        self.wait = wait


def deliver(lines, token):
    """Sends readings until they are acknowledged."""
    started, pause = time.monotonic(), 0.5
    while True:
        try:
            return post(lines, token)
        except OSError as error:  # a broken connection is one, too
            if time.monotonic() - started > PATIENCE:
                raise
            wait = max(getattr(error, "wait", 0), pause * random.uniform(0.5, 1.5))  # gateways must not come back all at once
            print(f"not acknowledged ({error}); again in {wait:.1f} s", file=sys.stderr)
            time.sleep(wait)
            pause = min(2 * pause, LONGEST_WAIT)


def main():
    token = os.environ.get("BASIN_TOKEN")
    if not token:
        print("BASIN_TOKEN is not set: basin token create --role gateway --station CODE", file=sys.stderr)
        return 2
    put_aside([] if sys.stdin.isatty() else sys.stdin)
    with open(SPOOL, encoding="utf-8") as spool:
        waiting = spool.readlines()
    while waiting:
        batch, waiting = waiting[:BATCH], waiting[BATCH:]
        try:
            answer = deliver(batch, token)
        except (OSError, Refused) as error:
            print(f"{len(batch) + len(waiting)} readings stay in {SPOOL}: {error}", file=sys.stderr)
            return 1
        for rejected in answer["rejected"]:  # such a reading can never be stored: it is reported, and not sent again
            print(f"rejected: {batch[rejected['index']].strip()}: {rejected['reason']}", file=sys.stderr)
        print(f"{answer['accepted']} accepted, {answer['duplicates']} duplicates, {answer['corrections']} corrections, {len(answer['rejected'])} rejected")
        with open(SPOOL + ".new", "w", encoding="utf-8") as spool:
            spool.writelines(waiting)
            spool.flush()
            os.fsync(spool.fileno())
        os.replace(SPOOL + ".new", SPOOL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
