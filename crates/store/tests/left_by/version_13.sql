-- What a program of schema version 13 adds: an upload whose bytes were there before, have left, and came again.
INSERT INTO contents (workspace_id, name, hash, loose_at, leaving) VALUES ($wsp, 'decade', 'decade', 7000000, TRUE);
INSERT INTO contents (workspace_id, name, hash) VALUES ($wsp, 'decade.0123456789abcdef', 'decade');
INSERT INTO media (id, workspace_id, channel_id, conversation_id, place, agent_id, kind, state, name, mime, size,
    content, created_at)
VALUES ($two, $wsp, $chn, $cnv, 0, $agt, 'document', 'stored', 'otra.pdf', 'application/pdf', 31,
    'decade.0123456789abcdef', 7000000);
