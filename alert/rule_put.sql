-- Makes a rule, or puts one in the place of that of its id; empty texts of $3 to $6 stand for none.
INSERT INTO alert.rule AS r (id, kind, thing, thing_kind, property, role, hold_s, hysteresis, release_s, ahead_h, enabled, title_zh, title_en, advice_zh, advice_en)
VALUES ($1, $2, nullif($3, ''), nullif($4, ''), nullif($5, ''), nullif($6, ''), $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, thing = excluded.thing, thing_kind = excluded.thing_kind, property = excluded.property, role = excluded.role,
    hold_s = excluded.hold_s, hysteresis = excluded.hysteresis, release_s = excluded.release_s, ahead_h = excluded.ahead_h, enabled = excluded.enabled,
    title_zh = excluded.title_zh, title_en = excluded.title_en, advice_zh = excluded.advice_zh, advice_en = excluded.advice_en
