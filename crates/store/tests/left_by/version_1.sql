-- What a program of schema version 1 leaves behind: one conversation, answered, and the answer failed.
INSERT INTO workspaces (id, name, locale, time_zone, currency, created_at, event_seq, conversation_number)
VALUES ($wsp, 'Casa Turia', 'es', 'Europe/Madrid', 'USD', 1, 7, 1);
INSERT INTO users (id, email, name, locale, time_zone, created_at)
VALUES ($usr, 'ana@casaturia.example', 'Ana Roig', 'es', 'Europe/Madrid', 1);
INSERT INTO agents (id, workspace_id, user_id, role, created_at) VALUES ($agt, $wsp, $usr, 'owner', 1);
INSERT INTO channels (id, workspace_id, kind, app, external_id, account_id, name, address, throughput, created_at)
VALUES ($chn, $wsp, 'whatsapp', 'default', '106540352242922', '102290129340398', 'Casa Turia', '+34 960 00 12 34', 80, 1);
INSERT INTO contacts (id, workspace_id, name, created_at) VALUES ($con, $wsp, 'Vera Soler', 2);
INSERT INTO identities (id, workspace_id, contact_id, canonical_id, kind, value, created_at)
VALUES ($idt, $wsp, $con, $idt, 'wa_id', '34600000001', 2);
INSERT INTO windows (channel_id, identity_id, workspace_id, conversation_id, last_inbound_at)
VALUES ($chn, $idt, $wsp, $cnv, 2000000);
INSERT INTO conversations (id, workspace_id, number, channel_id, identity_id, state, opened_at, last_message_id,
    last_at, last_seq, last_inbound_seq, window_until, version)
VALUES ($cnv, $wsp, 1, $chn, $idt, 'open', 2000000, $msg, 3000000, 5, 2, 86402000000, 7);
INSERT INTO messages (id, workspace_id, channel_id, identity_id, conversation_id, seq, at, received_at, direction,
    kind, body, version)
VALUES ($hrd, $wsp, $chn, $idt, $cnv, 2, 2000000, 2000000, 'in', 'text', 'Hola', 2);
INSERT INTO messages (id, workspace_id, channel_id, identity_id, conversation_id, seq, at, received_at, direction,
    kind, body, agent_id, external_id, delivery, failure_code, tries, version)
VALUES ($msg, $wsp, $chn, $idt, $cnv, 5, 3000000, 3000000, 'out', 'text', 'Hola, Vera', $agt, 'wamid.out', 'failed',
    131026, 1, 7);
INSERT INTO statuses (channel_id, external_id, status, at, workspace_id, message_id, received_at, code, pricing)
VALUES ($chn, 'wamid.out', 'sent', 3000000, $wsp, $msg, 3000001, NULL, '{"billable":true}');
INSERT INTO statuses (channel_id, external_id, status, at, workspace_id, message_id, received_at, code, pricing)
VALUES ($chn, 'wamid.out', 'failed', 4000000, $wsp, $msg, 4000001, 131026, NULL);
INSERT INTO counters (workspace_id, name, n) VALUES ($wsp, 'all', 1);
INSERT INTO counters (workspace_id, name, n) VALUES ($wsp, 'unassigned', 1);
