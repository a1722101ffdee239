-- Deletes the superseded values of the months that were dropped and lie wholly before $1.
DELETE FROM twin.superseded s
USING twin.reading_dropped g
WHERE s.time >= g.month AND s.time < g.until AND g.until <= $1
