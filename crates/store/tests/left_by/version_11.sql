-- What a program of schema version 11 adds: a document of ours that the provider has.
INSERT INTO messages (id, workspace_id, channel_id, identity_id, conversation_id, seq, at, received_at, direction,
    kind, body, parts, agent_id, external_id, delivery, tries, version)
VALUES ($doc, $wsp, $chn, $idt, $cnv, 3, 2500000, 2500000, 'out', 'document', 'The invoice',
    '[{"type":"file","file":"med_0000000000000000000000000000000f","name":"factura.pdf"}]', $agt, 'wamid.document', 'seen', 1, 3);
INSERT INTO media (id, workspace_id, channel_id, conversation_id, message_id, place, agent_id, kind, state, external_id,
    name, mime, size, hash, provided_at, created_at)
VALUES ($doc, $wsp, $chn, $cnv, $doc, 0, $agt, 'document', 'stored', '901', 'factura.pdf', 'application/pdf', 29,
    'facade', 2400000, 2300000);
