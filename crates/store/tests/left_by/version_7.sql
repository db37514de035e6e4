-- What a program of schema version 7 adds: a reaction to what the customer was told.
INSERT INTO messages (id, workspace_id, channel_id, identity_id, conversation_id, seq, at, received_at, direction,
    kind, body, parts, external_id, about, version)
VALUES ($rea, $wsp, $chn, $idt, $cnv, 3, 3000000, 3000000, 'in', 'reaction', '👍',
    '[{"type":"reaction","to":"wamid.out","emoji":"👍"}]', 'wamid.reaction', 'wamid.out', 3);
