-- What a program of schema version 12 adds: the same document once more, uploaded and not sent.
INSERT INTO media (id, workspace_id, channel_id, conversation_id, place, agent_id, kind, state, name, mime, size, hash,
    created_at)
VALUES ($upl, $wsp, $chn, $cnv, 0, $agt, 'document', 'stored', 'factura.pdf', 'application/pdf', 29, 'facade', 6000000);
