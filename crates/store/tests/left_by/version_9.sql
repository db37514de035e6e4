-- What a program of schema version 9 adds: the customer has a new number.
INSERT INTO identities (id, workspace_id, contact_id, canonical_id, kind, value, created_at, since, home_id)
VALUES ($new, $wsp, $con, $idt, 'wa_id', '34600000002', 4, 4000000, $con);
UPDATE identities SET left_at = 4000000 WHERE id = $idt;
INSERT INTO moves (workspace_id, kind, value, at, was, identity_id)
VALUES ($wsp, 'wa_id', '34600000002', 4000000, '34600000001', $idt);
