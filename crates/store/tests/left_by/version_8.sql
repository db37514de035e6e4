-- What a program of schema version 8 adds: how the number stands, how its customers are shown things, and what was
-- begun to connect another one.
INSERT INTO standings (channel_id, workspace_id, standing, read_at)
VALUES ($chn, $wsp, '{"token_valid":true,"token_expires_at":null,"missing_scopes":[],"status":"connected","verified_name":"Casa Turia","name_status":"approved","quality":"green","messaging_limit":"tier_2k","throughput":"standard","can_send":"available","blockers":[],"business":"verified","business_name":"Casa Turia","review":"approved","payment":true}', 4000000);
UPDATE channels SET receipts = 'opened', tested_at = 4000000 WHERE id = $chn;
INSERT INTO receipts (channel_id, identity_id, workspace_id, shown_seq) VALUES ($chn, $idt, $wsp, 3);
INSERT INTO setups (id, workspace_id, app, account_id, created_at) VALUES ($stp, $wsp, 'default', '102290129340398', 4000000);
