-- What a program of schema version 6 adds: a picture that was fetched.
INSERT INTO messages (id, workspace_id, channel_id, identity_id, conversation_id, seq, at, received_at, direction,
    kind, body, parts, external_id, version)
VALUES ($pic, $wsp, $chn, $idt, $cnv, 1, 1000000, 1000000, 'in', 'image', 'La mesa',
    '[{"type":"media","kind":"image","external_id":"900","mime":"image/jpeg","caption":"La mesa","filename":null,"sha256":null}]',
    'wamid.picture', 1);
INSERT INTO media (id, workspace_id, channel_id, conversation_id, message_id, place, kind, state, external_id, mime,
    size, hash, width, height, preview, created_at)
VALUES ($pic, $wsp, $chn, $cnv, $pic, 0, 'image', 'stored', '900', 'image/jpeg', 68, 'c0ffee', 4, 3, TRUE, 1000000);
